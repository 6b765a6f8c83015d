"""The global header of pcap files.

Source: draft-ietf-opsawg-pcap, sections 4 and 5; libpcap's sf-pcap.c for versions before 2.4 and modified records.
"""

from __future__ import annotations

import struct

from flowmap.capture.layout import LENGTHS_MAYBE, LENGTHS_NORMAL, LENGTHS_SWAPPED, MAX_FRAME
from flowmap.dataclass import dataclass
from flowmap.errors import NotACapture, UnsupportedFormat
from flowmap.message import msg, nmsg

__all__ = ["HEADER_BYTES", "PcapHeader", "fraction_limit", "parse_header", "record_size"]

HEADER_BYTES = 24
_MAGICS = {0xA1B2C3D4: ("pcap", 16, 1000), 0xA1B23C4D: ("pcap-ns", 16, 1), 0xA1B2CD34: ("pcap-modified", 24, 1000)}
_OTHER_SIZES = {16: (24, 20), 24: (28, 16)}
"""Record headers that patched programs wrote under the same magic (Red Hat 6.1 and Nokia; SuSE 6.3)."""
_TRIAL = 16
_FCS_PRESENT = 0x04000000


@dataclass(frozen=True)
class PcapHeader:
    """`record_bytes` is the size of a record header, `fraction_ns` the unit of its second word, `lengths` LENGTHS_*."""

    format: str
    big_endian: bool
    record_bytes: int
    fraction_ns: int
    lengths: int
    snaplen: int
    link_type: int
    fcs_len: int


def parse_header(head: bytes, path: str) -> PcapHeader:
    """Read the 24 bytes at the start of a pcap file. Raises NotACapture, UnsupportedFormat."""
    if len(head) < HEADER_BYTES:
        raise NotACapture(
            path,
            msg("the pcap header is cut short"),
            offset=0,
            needed=nmsg("{count} byte", "{count} bytes", HEADER_BYTES),
            found=nmsg("{count} byte", "{count} bytes", len(head)),
            hint=msg(
                "The file was cut in copying, or its capture was stopped before it began: copy or capture it again"
            ),
        )
    big_endian = struct.unpack(">I", head[:4])[0] in _MAGICS
    order = ">" if big_endian else "<"
    magic, major, minor, _zone, _accuracy, snaplen, word = struct.unpack(order + "IHHIIII", head[:HEADER_BYTES])
    name, record_bytes, fraction_ns = _MAGICS[magic]
    if major not in (2, 543):
        reason = msg("pcap version {version} is unknown", version=f"{major}.{minor}")
        raise UnsupportedFormat(path, reason, offset=4, needed=msg("version 2.4 or before"), hint=msg("Is it damaged?"))
    lengths = LENGTHS_NORMAL
    if major == 543 or minor < 3:
        lengths = LENGTHS_SWAPPED
    elif minor == 3:
        lengths = LENGTHS_MAYBE
    fcs_len = (word >> 28) * 2 if word & _FCS_PRESENT else 0
    return PcapHeader(name, big_endian, record_bytes, fraction_ns, lengths, snaplen, word & 0xFFFF, fcs_len)


def record_size(header: PcapHeader, data: bytes) -> int:
    """Return bytes of a record header, by trying the first records in `data` (the start of the file).

    The size that the magic says stands unless an early record is impossible with it and another size explains all of
    them, at least two: the magic alone does not tell the patched formats apart.
    """
    if header.format == "pcap-ns" or _try_size(header, data, header.record_bytes, False) is not None:
        return header.record_bytes
    for size in _OTHER_SIZES[header.record_bytes]:
        if (_try_size(header, data, size, True) or 0) >= 2:
            return size
    return header.record_bytes


def fraction_limit(header: PcapHeader, data: bytes, record_bytes: int) -> int:
    """Return what the second word of a record header stays below: a second, unless most of the first records hold more."""
    order = struct.Struct(">4I" if header.big_endian else "<4I")
    limit = 10**9 // header.fraction_ns
    position, odd, count = HEADER_BYTES, 0, 0
    while count < _TRIAL and position + record_bytes <= len(data):
        _seconds, fraction, *lengths = order.unpack_from(data, position)
        position += record_bytes + lengths[header.lengths == LENGTHS_SWAPPED]
        odd += fraction >= limit
        count += 1
    return 1 << 32 if 2 * odd > count else limit


def _try_size(header: PcapHeader, data: bytes, size: int, exact: bool) -> int | None:
    """Return how many of the first records are possible; None where one is not, or (exact) where data ends inside one."""
    order = struct.Struct(">4I" if header.big_endian else "<4I")
    position, count = HEADER_BYTES, 0
    while count < _TRIAL and position + size <= len(data):
        _seconds, fraction, captured, wire = order.unpack_from(data, position)
        if header.lengths == LENGTHS_SWAPPED:
            captured, wire = wire, captured
        if captured > MAX_FRAME or (exact and (fraction >= 1_000_000 or captured > wire)):
            return None
        position += size + captured
        count += 1
    if exact and count < _TRIAL and position != len(data):
        return None
    return count
