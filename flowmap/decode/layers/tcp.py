"""TCP headers of the twin, whole or cut by the snap length: what was not captured is 0 and not in `have` (RFC 9293).

Where the byte with the header's length was not captured, how long it is and how much payload follows is not known: both are 0.
Of a header that states less than its own 20 bytes the ports and the sequence number are taken, and its payload begins where
it says; tcpdump and Wireshark read it so.
"""

from __future__ import annotations

from struct import Struct
from typing import NamedTuple

from flowmap.decode.numbers import ACK, FLAGS, MAGIC, SEQUENCE, TCP, TCP_SHORT

__all__ = ["NO_SEGMENT", "Segment", "tcp"]

_U32 = Struct("!I")
_PORTS = Struct("!HH")
_TO_WINDOW = Struct("!HHIIBBH")
_WHOLE = 5 << 4


class Segment(NamedTuple):
    """What the TCP header says, as far as it was captured."""

    cls: int
    at: int = 0
    sport: int = 0
    dport: int = 0
    seq: int = 0
    ack: int = 0
    flags: int = 0
    window: int = 0
    data_offset: int = 0
    payload: int = 0
    magic: int = 0
    have: int = 0


NO_SEGMENT = Segment(TCP_SHORT)


def tcp(frame: bytes, at: int, end: int, length: int) -> Segment:
    """Return the TCP segment; `end` bounds what may be read, `length` is header and payload by the IP length."""
    if at + 16 > end:
        return _cut_tcp(frame, at, end, length)
    sport, dport, seq, ack, offset_byte, flags, window = _TO_WINDOW.unpack_from(frame, at)
    if offset_byte < _WHOLE:
        return _cut_tcp(frame, at, end, length)
    have = SEQUENCE | FLAGS
    if flags & 0x10:
        have |= ACK
    else:
        ack = 0
    data_offset = (offset_byte >> 4) * 4
    payload = length - data_offset if data_offset < length else 0
    magic = 0
    if payload >= 4 and at + data_offset + 4 <= end:
        (magic,) = _U32.unpack_from(frame, at + data_offset)
        have |= MAGIC
    return Segment(TCP, at, sport, dport, seq, ack, flags, window, data_offset, payload, magic, have)


def _cut_tcp(frame: bytes, at: int, end: int, length: int) -> Segment:
    """Return a segment whose header was not captured as far as the window, or states a length that is none."""
    if at + 4 > end:
        return NO_SEGMENT
    sport, dport = _PORTS.unpack_from(frame, at)
    have = seq = ack = flags = data_offset = payload = 0
    if at + 8 <= end:
        (seq,) = _U32.unpack_from(frame, at + 4)
        have |= SEQUENCE
    if at + 13 <= end:
        data_offset = (frame[at + 12] >> 4) * 4
        payload = length - data_offset if data_offset < length else 0
    if at + 14 <= end and data_offset >= 20:
        flags = frame[at + 13]
        have |= FLAGS
        if flags & 0x10:
            (ack,) = _U32.unpack_from(frame, at + 8)
            have |= ACK
    return Segment(TCP, at, sport, dport, seq, ack, flags, 0, data_offset, payload, 0, have)
