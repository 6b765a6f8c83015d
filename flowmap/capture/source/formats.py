"""Which other program's format a file has, by its first bytes.

Formats with a magic are told by it; ERF and CommView have none and are told by their first records.
"""

from __future__ import annotations

import struct
from collections.abc import Container

from flowmap.message import Message, msg

__all__ = ["ERF", "erf_is_ethernet", "foreign_format"]

_MAGICS = (
    (b"GMBU", msg("a Network Monitor 2 capture")),
    (b"RTSS", msg("a Network Monitor 1 capture")),
    (b"snoop\x00\x00\x00", msg("a snoop capture")),
    (b"btsnoop\x00", msg("a btsnoop capture")),
    (b"XCP\x00", msg("a Windows Sniffer (NetXRay) capture")),
    (b"TRSNIFF data", msg("a Sniffer (DOS) capture")),
    (b"\x05VNF", msg("a Visual Networks capture")),
    (b"\xaa\xaa\xaa\xaa", msg("a 5View capture")),
    (b"\x01\x10\x4c\x00\x01\x05", msg("a LANalyzer capture")),
    (b"TR\x00\x64\x00\x00\x00\x00", msg("an HP-UX nettl trace")),
    (b"\x54\x52\x00\x64\x00", msg("an HP-UX nettl trace")),
    (b"iptrace 1.0", msg("an AIX iptrace capture")),
    (b"iptrace 2.0", msg("an AIX iptrace capture")),
    (b"+---------+---------------+----------+", msg("a K12 text capture")),
    (b"\x00\x00\x02\x00\x12\x05\x00\x10", msg("a Tektronix K12 capture")),
    (b"ObserverPktBuf", msg("an Observer capture")),
    (b"EyeSDN", msg("an EyeSDN trace")),
    (b"\x7fver", msg("an OmniPeek capture")),
    (b"NetScaler", msg("a NetScaler trace")),
    (b"\x4d\x3c\x2b\x1a", msg("a pcap file with a pre-standard magic number")),
)
ERF = msg("an ERF capture")
_ERF_TYPES = range(1, 28)
_ERF_ETHERNET = (2, 11, 16, 20, 27)
"""Record types of Ethernet frames, plain or coloured, and of what ERF says about itself."""
_ERF_1996 = 820454400


def foreign_format(head: bytes) -> Message | None:
    """Return what a file is whose format tshark reads, with its article; None where the first bytes don't tell.

    >>> foreign_format(b"snoop" + bytes(3))
    'a snoop capture'
    """
    for magic, name in _MAGICS:
        if head.startswith(magic):
            return name
    if _is_erf(head):
        return ERF
    return msg("a CommView capture") if _is_commview(head) else None


def erf_is_ethernet(head: bytes) -> bool:
    """Return whether the ERF records in `head` are of Ethernet, all of them."""
    return _is_erf(head, _ERF_ETHERNET)


def _is_erf(head: bytes, types: Container[int] = _ERF_TYPES) -> bool:
    """Return a chain of ERF records as far as `head` shows it: type, time from 1996 on, lengths that fit each other."""
    position, seen = 0, 0
    while position + 16 <= len(head):
        kind, flags, record, _lost, wire = struct.unpack_from(">BBHHH", head, position + 8)
        seconds = int.from_bytes(head[position + 4 : position + 8], "little")
        if kind & 0x7F not in types or flags & 0xC0 or not 18 <= record <= wire + 40 or seconds < _ERF_1996:
            return False
        position += record
        seen += 1
    return seen >= 2 or (seen == 1 and position >= len(head))


def _is_commview(head: bytes) -> bool:
    """Return a CommView NCF or NCFX record: equal lengths, a date and a time of day."""
    if len(head) < 24:
        return False
    size, source_size, version, year, month, day, hour, minute, second, micro = struct.unpack_from("<HHBHBBBBBI", head)
    return bool(
        version == 0
        and 0 < source_size <= size
        and 1990 <= year < 2200
        and 1 <= month <= 12
        and 1 <= day <= 31
        and hour < 24
        and minute < 60
        and second < 60
        and micro < 1_000_000
    )
