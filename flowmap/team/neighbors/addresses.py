"""ARP and neighbour discovery: who answers whom, and which group-addressed frames arrived on every member.

Sources: RFC 826 (ARP), RFC 903 (RARP), RFC 5227 section 1.1 (announcements), RFC 4861 sections 4.3, 4.4 and 7.2.6 (neighbour
solicitation and advertisement).
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence

from flowmap.decode.control import ControlFrame
from flowmap.team.host import Address

__all__ = ["announcements", "answered", "flooded_frames", "told_macs"]

_TAGS = (b"\x81\x00", b"\x88\xa8", b"\x91\x00")
_WITHIN_NS = 1_000_000_000


def _network(data: bytes) -> tuple[bytes, bytes]:
    """Return EtherType and what follows it, tags skipped."""
    at = 12
    while data[at : at + 2] in _TAGS:
        at += 4
    return data[at : at + 2], data[at + 2 :]


def answered(frames: Iterable[ControlFrame]) -> Iterator[tuple[Address, Address]]:
    """Yield (who answers or is asked, by whom) of each ARP and neighbour discovery frame that says so."""
    for frame in frames:
        ethertype, packet = _network(frame.data)
        if ethertype == b"\x08\x06" and len(packet) >= 28 and packet[4:6] == b"\x06\x04":
            operation, sender, target = packet[7], _ipv4(packet[14:18]), _ipv4(packet[24:28])
            if sender != target and sender[1] and target[1]:
                yield (sender, target) if operation == 2 else (target, sender)
        elif ethertype == b"\x86\xdd" and len(packet) >= 64 and packet[6] == 58 and packet[40] in (135, 136):
            src, dst, target = (_ipv6(packet[at : at + 16]) for at in (8, 24, 48))
            if packet[40] == 135 and src[1]:
                yield target, src
            elif packet[40] == 136 and dst[1] >> 120 != 0xFF:
                yield target, dst


def told_macs(frames: Iterable[ControlFrame]) -> dict[Address, set[int]]:
    """Return by address the MACs that ARP (its sender) or neighbour advertisements (their target) gave for it."""
    told: dict[Address, set[int]] = {}
    for frame in frames:
        ethertype, packet = _network(frame.data)
        if ethertype == b"\x08\x06" and len(packet) >= 28 and packet[4:6] == b"\x06\x04":
            address, mac = _ipv4(packet[14:18]), packet[8:14]
        elif (
            ethertype == b"\x86\xdd" and len(packet) >= 72 and packet[6] == 58 and packet[40] == 136 and packet[64] == 2
        ):
            address, mac = _ipv6(packet[48:64]), packet[66:72]
        else:
            continue
        if address[1] and any(mac):
            told.setdefault(address, set()).add(int.from_bytes(mac, "big"))
    return told


def announcements(
    frames: Iterable[ControlFrame], local_macs: Iterable[int], true_time: Callable[[int, int], int]
) -> list[tuple[int, int]]:
    """Return (time on the reference clock, member) of the frames by which the host tells unasked where it is now.

    They are RARP, ARP for its own address, and neighbour advertisements to all nodes. A switch that floods such a frame brings
    it back on the other members: of equal frames within a second only the first one was sent.
    """
    own = {mac.to_bytes(6, "big") for mac in local_macs}
    sent = sorted(
        (true_time(frame.member, frame.ts_ns), frame.member, frame.data)
        for frame in frames
        if frame.data[6:12] in own and frame.data[0] & 1 and frame.direction != 1 and _is_announcement(frame.data)
    )
    latest: dict[bytes, int] = {}
    found = []
    for ts_ns, member, data in sent:
        if ts_ns - latest.get(data, ts_ns - 2 * _WITHIN_NS) > _WITHIN_NS:
            found.append((ts_ns, member))
            latest[data] = ts_ns
    return found


def _is_announcement(data: bytes) -> bool:
    ethertype, packet = _network(data)
    if ethertype == b"\x80\x35":
        return True
    if ethertype == b"\x08\x06":
        return len(packet) >= 28 and packet[14:18] == packet[24:28]
    return ethertype == b"\x86\xdd" and len(packet) > 40 and packet[6] == 58 and packet[40] == 136


def _ipv4(octets: bytes) -> Address:
    return 4, int.from_bytes(octets, "big")


def _ipv6(octets: bytes) -> Address:
    return 6, int.from_bytes(octets, "big")


def flooded_frames(
    frames: Iterable[ControlFrame],
    members: Sequence[int],
    local_macs: Iterable[int],
    talkers: Container[int],
    true_time: Callable[[int, int], int],
) -> int:
    """Return how many distinct group-addressed ARP and ND frames of others arrived on every one of `members`.

    A switch that aggregates the ports sends such a frame on one of them; one that does not floods it to all. 0 where some
    came on one member only: then the ports are not flooded alike. `talkers` are the MACs that send traffic over the team:
    what others send on one member only may be the port at either end of that link itself.
    """
    own = {mac.to_bytes(6, "big") for mac in local_macs}
    seen: dict[bytes, list[tuple[int, int]]] = {}
    for frame in frames:
        ethertype, _ = _network(frame.data)
        is_group = len(frame.data) > 12 and frame.data[0] & 1
        if (
            is_group
            and ethertype in (b"\x08\x06", b"\x86\xdd")
            and frame.data[6:12] not in own
            and frame.direction != 2
        ):
            seen.setdefault(frame.data, []).append((true_time(frame.member, frame.ts_ns), frame.member))
    everywhere = alone = 0
    for data, arrivals in seen.items():
        for group in _bursts(sorted(arrivals)):
            if set(members) <= group:
                everywhere += 1
            elif int.from_bytes(data[6:12], "big") in talkers:
                alone += 1
    return everywhere if len(members) > 1 and everywhere > 4 * alone else 0


def _bursts(arrivals: Sequence[tuple[int, int]]) -> Iterator[set[int]]:
    """Yield members of arrivals that belong together: within a second of the first, each member once."""
    group: set[int] = set()
    began = 0
    for ts_ns, member in arrivals:
        if group and (member in group or ts_ns - began > _WITHIN_NS):
            yield group
            group = set()
        if not group:
            began = ts_ns
        group.add(member)
    if group:
        yield group
