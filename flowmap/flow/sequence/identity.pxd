"""By what a packet that was captured once more is known again.

`reference.py` says what goes into it. Words are multiplied with odd numbers and added up, and the upper half is kept: two packets
that differ have the same identity once in four billion times. That is half the instructions of mixing word by word.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from flowmap.kernels.columns cimport Header
from flowmap.decode.layers.bytes cimport be32


cdef inline uint32_t digest(const Header* h, const uint8_t* frame, int64_t cap_len) noexcept nogil:
    """Return what the same packet has again, captured once more."""
    cdef uint32_t rest = <uint32_t>h.data_offset << 26 | <uint32_t>h.flags << 16 | h.window
    return digest_of(h.ip_id, h.payload, h.seq, h.ack, rest, timestamp_at(h.l4_offset, h.data_offset, frame, cap_len))


cdef inline uint32_t timestamp_at(int64_t l4_offset, int64_t data_offset, const uint8_t* frame, int64_t cap_len) noexcept nogil:
    """Return the timestamp where that stands as senders put it, else 0."""
    return <uint32_t>be32(frame, l4_offset + 24) if data_offset >= 32 and l4_offset + 28 <= cap_len else 0


cdef inline uint32_t digest_of(
    uint32_t ip_id, uint32_t payload, uint32_t seq, uint32_t ack, uint32_t rest, uint32_t stamp
) noexcept nogil:
    """Return the digest of these fields; `rest` has data offset, flags and window."""
    return <uint32_t>((
        (<uint64_t>ip_id << 32 | payload) * <uint64_t>0x9E3779B97F4A7C15U + (<uint64_t>seq << 32 | ack) * <uint64_t>0xC2B2AE3D27D4EB4FU
        + (<uint64_t>rest << 32 | stamp) * <uint64_t>0x165667B19E3779F9U
    ) >> 32)
