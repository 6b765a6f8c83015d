"""TCP options."""

from libc.stdint cimport int64_t, uint8_t

from flowmap.kernels.columns cimport Header, smaller
from flowmap.decode.layers.bytes cimport be32

cdef enum:
    MAX_SHIFT = 14  # of a window scale option (RFC 7323, section 2.3)
    ALIGNED_TIMESTAMP = 0x0101080A  # two NOPs before it (RFC 7323, appendix A)


cdef inline int64_t option_position(
    const Header* h, const uint8_t* frame, int64_t cap_len, int64_t wanted, int64_t size
) noexcept nogil:
    """Return where in the frame the value of the TCP option of kind `wanted` and `size` bytes stands, or -1."""
    cdef int64_t position = <int64_t>h.l4_offset + 20
    cdef int64_t stop = smaller(cap_len, position - 20 + h.data_offset)
    while position < stop:
        if frame[position] == 0:
            break
        if frame[position] == 1:
            position += 1
            continue
        if position + 2 > stop or frame[position + 1] < 2:
            break
        if frame[position] == wanted and frame[position + 1] == size and position + size <= stop:
            return position + 2
        position += frame[position + 1]
    return -1


cdef inline int64_t timestamp_position(const Header* h, const uint8_t* frame, int64_t cap_len) noexcept nogil:
    """Return where the value of the timestamp option stands, or -1: mostly where RFC 7323 (appendix A) would have it."""
    cdef int64_t position = <int64_t>h.l4_offset + 20
    if h.data_offset >= 32 and position + 12 <= cap_len and be32(frame, position) == ALIGNED_TIMESTAMP:
        return position + 4
    return option_position(h, frame, cap_len, 8, 10)
