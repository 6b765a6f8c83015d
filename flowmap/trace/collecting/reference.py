"""The meaning of tracing: which fields of a TCP packet of interest are kept, and how a frame is recognised elsewhere.

The compiled twin in `kernel.pyx` must agree. `digest` is equal for two records of one packet: it covers the IP ID, the
lengths, the TCP header with its options and the first payload bytes, and leaves out what a capture point may change (link
header, TTL, checksums). A retransmission has another IP ID or timestamp option and so, mostly, another digest.
"""

from __future__ import annotations

from typing import NamedTuple

from flowmap.decode.options import MAX_SHIFT, option
from flowmap.decode.reference import Header
from flowmap.types import Have

__all__ = ["TracedPacket", "connection_key", "digest", "traced"]

_PAYLOAD_BYTES = 16
_MASK, _PRIME = (1 << 64) - 1, 0x9E3779B97F4A7C15


class TracedPacket(NamedTuple):
    """The fields of `flowmap.types.TRACE`, in its order."""

    ts_ns: int
    digest: int
    direction_id: int
    member: int
    ifindex: int
    seq: int
    ack: int
    payload: int
    wire_len: int
    tsval: int
    tsecr: int
    window: int
    ip_id: int
    outer: int
    mss: int
    flags: int
    have: int
    options: int
    scale: int


def connection_key(h: Header) -> tuple[int, ...]:
    """Return what a stream-direction is found by: the 5-tuple and tunnel, whatever member, link or VLAN it was seen on."""
    return (h.src_hi, h.src_lo, h.dst_hi, h.dst_lo, h.sport, h.dport, h.version, h.encap)


def mix(value: int, word: int) -> int:
    """Fold a word into a 64-bit digest, as the kernel does."""
    value = ((value ^ word) * _PRIME) & _MASK
    return value ^ value >> 29


def digest(h: Header, frame: bytes) -> int:
    """Return 64-bit digest of what identifies the packet (see the module)."""
    value = mix(mix(0, h.ip_id << 32 | h.payload), h.seq << 32 | h.ack)
    value = mix(value, h.window << 16 | h.flags << 8 | h.data_offset)
    end = h.l4_offset + h.data_offset
    if end > len(frame):
        return value
    stop = end + _PAYLOAD_BYTES if h.payload >= _PAYLOAD_BYTES and end + _PAYLOAD_BYTES <= len(frame) else end
    for position in range(h.l4_offset + 20, stop - 3, 4):
        value = mix(value, int.from_bytes(frame[position : position + 4], "big"))
    return value


def traced(
    h: Header, frame: bytes, ts_ns: int, wire_len: int, direction_id: int, member: int, outer: int = 0
) -> TracedPacket:
    """Return a packet of a direction of interest as the trace keeps it.

    It has timestamps (RFC 7323 section 3), and of a SYN the MSS (RFC 9293, 3.7.1) and one more than its window scale
    (RFC 7323, 2.2; more than 14 counts as 14).
    """
    stamps = option(h, frame, 8, 10)
    tsval, tsecr = int.from_bytes(stamps[:4], "big"), int.from_bytes(stamps[4:], "big")
    mss = int.from_bytes(option(h, frame, 2, 4), "big") if h.flags & 2 else 0
    shift = option(h, frame, 3, 3) if h.flags & 2 else b""
    return TracedPacket(
        ts_ns,
        digest(h, frame),
        direction_id,
        member,
        h.ifindex,
        h.seq,
        h.ack,
        h.payload,
        wire_len,
        tsval,
        tsecr,
        h.window,
        h.ip_id,
        outer,
        mss,
        h.flags,
        h.have & (Have.SEQUENCE | Have.ACK | Have.FLAGS),
        max(20, h.data_offset) - 20,
        min(shift[0], MAX_SHIFT) + 1 if shift else 0,
    )
