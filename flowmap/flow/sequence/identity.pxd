"""By what a packet that was captured once more is known again.

`reference.py` says what goes into it. Numbers are mixed by multiplying with an odd number, and shifting, as hash functions do:
two packets that differ have the same identity once in four billion times.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from flowmap.kernels.columns cimport Header
from flowmap.decode.layers.bytes cimport be32


cdef inline uint64_t mix64(uint64_t value, uint64_t word) noexcept nogil:
    """Return a hash with one more word in it."""
    value = (value ^ word) * <uint64_t>0x9E3779B97F4A7C15U
    return value ^ value >> 29


cdef inline uint32_t digest(const Header* h, const uint8_t* frame, int64_t cap_len) noexcept nogil:
    """Return what the same packet has again, captured once more."""
    cdef uint64_t value = mix64(mix64(0, <uint64_t>h.ip_id << 32 | h.payload), <uint64_t>h.seq << 32 | h.ack)
    value = mix64(value, <uint64_t>h.window << 16 | <uint64_t>h.flags << 8 | h.data_offset)
    return stamped(value, <int64_t>h.l4_offset + 24, h.data_offset, frame, cap_len)


cdef inline uint32_t stamped(uint64_t value, int64_t at, int64_t data_offset, const uint8_t* frame, int64_t cap_len) noexcept nogil:
    """Return the digest with the timestamp in it, where that stands as senders put it."""
    return <uint32_t>(mix64(value, <uint64_t>be32(frame, at)) if data_offset >= 32 and at + 4 <= cap_len else value)
