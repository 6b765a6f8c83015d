"""A team being captured: what each member's capture holds, and a tally of what was put there."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

from kit import control
from kit.connection import Connection, Segment
from kit.frames import filler, tcp_frame
from kit.hosts import BASE_NS, GATEWAY, SWITCH_A, TEAM_SYSTEM, Host, target
from kit.writers import Packet

__all__ = ["Scene"]

Clock = Callable[[int, bool], int]
"""(true nanoseconds since second 0, outbound) -> nanoseconds as the member's capture stamps them"""


class Scene:
    """`members` are the captured members' names; `local` the teamed host, whose MAC is in every unicast frame."""

    def __init__(self, seed: str, members: Sequence[str] = ("nic1", "nic2"), local: Host | None = None) -> None:
        self.members = list(members)
        self.local = local or target()
        self.packets: dict[str, list[Packet]] = {name: [] for name in members}
        self.clocks: dict[str, Clock] = {}
        self.own_macs: dict[str, str] = {}
        """members that put their own source MAC into what the host sends"""
        self._random = random.Random(seed)

    def jitter(self, limit: int) -> int:
        """A draw from 0 to `limit` - 1."""
        return int(self._random.random() * limit)

    def put(self, at_ns: int, frame: bytes, *, outbound: bool, on: str | tuple[str, ...] | None) -> None:
        """Record one frame on one or more members (copies) or none."""
        for member in (on,) if isinstance(on, str) else on or ():
            clock = self.clocks.get(member)
            stamped = clock(at_ns, outbound) if clock else at_ns
            self.packets[member].append(Packet(BASE_NS + stamped, frame, outbound, len(frame)))

    def connect(self, connection: Connection) -> Connection:
        """Play a connection into the captures."""
        numbers, ip_ids = [0, 0], [self.jitter(60000), self.jitter(60000)]
        for segment in sorted(connection.segments(self.jitter, filler), key=lambda s: s.at_ns):
            outbound = segment.from_client == connection.outgoing
            place = connection.tx if outbound else connection.rx
            side = int(segment.from_client)
            on = place(segment.at_ns, numbers[side]) if callable(place) else place
            frame = self._frame(connection, segment, ip_ids[side], outbound, on)
            numbers[side] += 1
            ip_ids[side] += max(1, len(segment.payload) // 1448)
            self.put(segment.at_ns, frame, outbound=outbound, on=on)
            for member in (on,) if isinstance(on, str) else on or ():
                tally = connection.carried.setdefault((segment.from_client, member), [0, 0, 0])
                for i, more in enumerate((1, len(frame), len(segment.payload))):
                    tally[i] += more
        return connection

    def _frame(
        self, connection: Connection, segment: Segment, ip_id: int, outbound: bool, on: str | tuple[str, ...] | None
    ) -> bytes:
        src, dst = connection.client, connection.server
        sport, dport = connection.sport, connection.dport
        if not segment.from_client:
            src, dst, sport, dport = dst, src, dport, sport
        smac = self.own_macs.get(on, src.mac) if outbound and isinstance(on, str) else src.mac
        shape = (smac, dst.mac, src.ip, dst.ip, sport, dport, connection.vlan, segment.flags, "S" in segment.flags)
        now = segment.at_ns // 1_000_000
        stamps = (0x00A00000 + now, 0 if segment.flags == "S" else 0x00A00000 + max(0, now - 1))
        offload = connection.offload and outbound and len(segment.payload) > 1448
        return tcp_frame(shape, ip_id, segment.seq, segment.ack, stamps, segment.payload, offload=offload)

    def arp(self, asker: Host, answerer: Host, at_s: float, *, tx: str, rx: str) -> None:
        """A broadcast question and its answer; one of the two hosts is the captured one."""
        at, asks = round(at_s * 1e9), asker == self.local
        self.put(at, control.arp_request(asker, answerer.ip), outbound=asks, on=tx if asks else rx)
        later = at + (180_000 if asks else 11_000)
        self.put(later, control.arp_reply(answerer, asker), outbound=not asks, on=rx if asks else tx)

    def chatter(self, until_s: float, *, tx: str = "nic1", rx: str = "nic1", start_s: float = 0.05) -> None:
        """The gateway looks after the captured host: a third MAC, so that only one is in every unicast frame."""
        at = round(start_s * 1e9)
        while at < until_s * 1e9:
            number = at // 1_000_000 % 60_000
            self.put(at, control.echo(GATEWAY, self.local, number), outbound=False, on=rx)
            reply = control.echo(self.local, GATEWAY, number, reply=True)
            self.put(at + 14_000 + self.jitter(3000), reply, outbound=True, on=tx)
            at += 500_000_000

    def lacp(
        self,
        until_s: float,
        *,
        start_s: float = 0.0,
        period_s: float = 1.0,
        members: Sequence[str] | None = None,
        host_state: int = 0x3F,
        switch_state: int = 0x3F,
        switch: str = SWITCH_A,
    ) -> None:
        """LACPDUs of both sides on each member, once a period: the switch's, and 3 ms later the host's."""
        for name in members or self.members:
            i = self.members.index(name)
            host = (TEAM_SYSTEM, 17, i + 1, host_state)
            partner = (switch, 5, 101 + i, switch_state)
            from_switch = control.lacpdu(f"{switch[:-2]}{0x41 + i:02x}", partner, host)
            from_host = control.lacpdu(f"00:15:5d:42:00:{0x71 + i:02x}", host, partner)
            at = round(start_s * 1e9) + 2_000_000 * i
            while at < until_s * 1e9:
                self.put(at + self.jitter(500_000), from_switch, outbound=False, on=name)
                self.put(at + 3_000_000 + self.jitter(500_000), from_host, outbound=True, on=name)
                at += round(period_s * 1e9)

    def directions(
        self,
        connections: Sequence[Connection],
        tx: str = "single",
        rx: str = "single",
        *,
        tx_cause: str | None = None,
        rx_cause: str | None = None,
        named: bool = True,
    ) -> list[dict[str, Any]]:
        """What the manifest says of these connections: the placement stated here, the numbers from the tally."""
        out = []
        for connection in connections:
            for from_client in (True, False):
                outbound = from_client == connection.outgoing
                placement, cause = (tx, tx_cause) if outbound else (rx, rx_cause)
                if placement == "absent":
                    continue
                carried = {m: t for (side, m), t in sorted(connection.carried.items()) if side == from_client}
                row: dict[str, Any] = {"flow": connection.flow(from_client)}
                row |= {"direction": "tx" if outbound else "rx", "placement": placement}
                row |= {"cause": cause} if cause else {}
                row |= {"members": carried} if named else {"sizes": sorted(carried.values())}
                out.append(row)
        return out
