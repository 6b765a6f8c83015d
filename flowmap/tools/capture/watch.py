"""What can be seen of each member while it is recorded: packets, drops, LACPDUs, ports of migrations.

The recorder tells nothing before its end. So this looks beside it: the kernel's counters for packets and drops, a packet socket
that only takes LACPDUs (a filter of three instructions), and one that takes some packets of each second, as many as its small
buffer holds, for the ports. A sample is enough to say "migrations are seen", and costs no more on a busy link than on a quiet
one. Where packet sockets cannot be had the counters are all there is. Linux only.
"""

from __future__ import annotations

import ctypes
import socket
import struct
from collections import Counter
from contextlib import suppress
from dataclasses import field
from pathlib import Path

from flowmap.dataclass import dataclass
from flowmap.decode.reference import decode
from flowmap.flow.streams.platforms import PORTS
from flowmap.types import PacketClass

__all__ = ["MemberSeen", "Watch"]

_ETH_P_ALL = 0x0003
_ARPHRD_LOOPBACK = 772
_SO_ATTACH_FILTER = 26
_SLOW = [(0x28, 0, 0, 12), (0x15, 0, 1, 0x8809), (0x06, 0, 0, 128), (0x06, 0, 0, 0)]
"""ldh [12]; jeq 0x8809 (Slow Protocols, IEEE 802.3 annex 57A); ret 128; ret 0"""
_SAMPLE_BYTES = 256 << 10
_MOST_FRAMES = 400
"""Looked at in a second for each member: some milliseconds of a processor."""
_OFTEN = {22, 80, 443, 902}
"""Migration ports that every host's other traffic uses too: seeing them says nothing."""
_DROPS = ("rx_dropped", "rx_missed_errors", "rx_fifo_errors")


@dataclass
class MemberSeen:
    """Since the start. `ports`: of migrations, with how many sampled packets; `gone`: the interface is no longer there."""

    packets: int = 0
    dropped: int = 0
    lacpdus: int = 0
    ports: Counter[int] = field(default_factory=Counter)
    gone: bool = False


class Watch:
    """Looks at members, beside what records them."""

    def __init__(self, members: tuple[str, ...], net: Path) -> None:
        self._net = net
        self.seen = {member: MemberSeen() for member in members}
        self._first = {member: _counters(net / member) for member in members}
        self._slow = {member: _open(member, _SLOW) for member in members}
        self._all = {member: _open(member, None) for member in members}

    def look(self) -> dict[str, MemberSeen]:
        """Return what has been seen of each member up to now."""
        for member, seen in self.seen.items():
            counted = _counters(self._net / member)
            seen.gone = counted is None
            first = self._first[member]
            if counted is not None and first is not None:
                seen.packets, seen.dropped = (max(0, now - then) for now, then in zip(counted, first, strict=True))
            seen.lacpdus += sum(1 for _ in _waiting(self._slow[member]))
            for frame in _waiting(self._all[member]):
                seen.ports.update(_migration_ports(frame))
        return self.seen

    def close(self) -> None:
        """Close the sockets."""
        for sockets in (self._slow, self._all):
            for one in sockets.values():
                if one is not None:
                    one.close()


def _counters(folder: Path) -> tuple[int, int] | None:
    """Return packets and drops of an interface; None if it is gone."""
    try:
        values = {
            name: int((folder / "statistics" / name).read_text()) for name in ("rx_packets", "tx_packets", *_DROPS)
        }
        twice = int((folder / "type").read_text()) == _ARPHRD_LOOPBACK  # each packet is sent, and received again
    except (OSError, ValueError):
        return None
    return values["rx_packets"] + (0 if twice else values["tx_packets"]), sum(values[name] for name in _DROPS)


def _open(member: str, program: list[tuple[int, int, int, int]] | None) -> socket.socket | None:
    """Open a packet socket on an interface, with a filter; None where that cannot be had."""
    family = getattr(socket, "AF_PACKET", None)
    if family is None:
        return None
    try:
        opened = socket.socket(family, socket.SOCK_RAW, socket.htons(_ETH_P_ALL))
    except OSError:
        return None
    try:
        if program is not None:
            code = b"".join(struct.pack("HBBI", *one) for one in program)
            kept = ctypes.create_string_buffer(code)
            opened.setsockopt(
                socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HL", len(program), ctypes.addressof(kept))
            )
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SAMPLE_BYTES)
        opened.bind((member, 0))
        opened.setblocking(False)
    except OSError:
        opened.close()
        return None
    return opened


def _waiting(opened: socket.socket | None) -> list[bytes]:
    """Return some of the frames that wait in a socket, and drop the others: the next look is to see newer ones."""
    frames: list[bytes] = []
    if opened is None:
        return frames
    with suppress(OSError):  # none is left, or the interface went away
        while len(frames) < _MOST_FRAMES:
            frames.append(opened.recv(128))
    return frames


def _migration_ports(frame: bytes) -> list[int]:
    header = decode(frame, len(frame), 1)
    if header.cls != PacketClass.TCP:
        return []
    ends = {header.sport, header.dport}
    return [port for port in ends - _OFTEN if any(one.low <= port <= one.high for one in PORTS)]
