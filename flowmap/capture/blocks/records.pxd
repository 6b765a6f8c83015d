"""What the walkers, and whoever counts while walking, read of records and blocks. `reference.py` says what it means."""

from libc.stdint cimport INT64_MAX, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy

from flowmap.capture.layout cimport BLOCK_EPB, MAX_FRAME, MAX_WIRE, NO_SECOND
from flowmap.kernels.columns cimport TS_NONE, smaller
from flowmap.decode.layers.bytes cimport BIG_HERE, SWAP16, SWAP32

cdef enum:
    NS = 1_000_000_000
    MULTIPLY = 0  # TimeUnit
    DIVIDE = 1

cdef extern from *:
    """
    #define LAST_SECOND 9223372036LL  /* of int64 nanoseconds; 854775807 ns more, and before 1970 one second more */
    #define PLAIN_US 9000000000000000ULL  /* microseconds that surely fit */
    #define PLAIN_NS 9000000000000000000ULL
    #define DROPS_CAP ((1LL << 62) - 1)
    """
    const int64_t LAST_SECOND
    const uint64_t PLAIN_US
    const uint64_t PLAIN_NS
    const int64_t DROPS_CAP

ctypedef struct Record:
    int64_t seconds
    int64_t part
    int64_t captured
    int64_t wire


cdef inline int64_t u16(const uint8_t* data, int64_t p, bint big) noexcept nogil:
    """Return the 16-bit number at `p`, in the byte order of the file."""
    cdef uint16_t value
    memcpy(&value, data + p, 2)
    return value if big == BIG_HERE else SWAP16(value)


cdef inline int64_t u32(const uint8_t* data, int64_t p, bint big) noexcept nogil:
    """Return the 32-bit number at `p`, in the byte order of the file."""
    cdef uint32_t value
    memcpy(&value, data + p, 4)
    return value if big == BIG_HERE else SWAP32(value)


cdef inline Record read_record(const uint8_t* data, int64_t p, bint big) noexcept nogil:
    """Return the header of the pcap record at `p`, of which 16 bytes are there."""
    return Record(u32(data, p, big), u32(data, p + 4, big), u32(data, p + 8, big), u32(data, p + 12, big))


cdef inline bint is_usual(const Record* r, int64_t fractions, int64_t last, int64_t jump) noexcept nogil:
    """Return whether nothing is odd in it, as nearly always: one test of each number, 15 instructions less than in turn."""
    return (
        r.captured <= MAX_FRAME and r.wire <= MAX_WIRE and r.part < fractions
        and <uint64_t>(r.seconds - last + jump) <= <uint64_t>(2 * jump) and r.seconds > 0 and last != NO_SECOND
    )


cdef inline bint is_usual_after(const uint8_t* header, int64_t second, int64_t fractions, int64_t jump) noexcept nogil:
    """Return whether that is so of a little-endian record after one of `second`.

    It is not of the longest that there may be, either: the limits are powers of two, so both lengths are tested at once.
    """
    cdef int64_t seconds = u32(header, 0, False)
    cdef uint64_t lengths = <uint64_t>u32(header, 12, False) << 32 | <uint64_t>u32(header, 8, False)
    return (
        lengths & ~(<uint64_t>(MAX_WIRE - 1) << 32 | <uint64_t>(MAX_FRAME - 1)) == 0 and u32(header, 4, False) < fractions
        and <uint64_t>(seconds - second + jump) <= <uint64_t>(2 * jump) and seconds > 0
    )


cdef inline int64_t ns_of(uint64_t ticks, int64_t unit, uint64_t factor, int64_t offset_s) noexcept nogil:
    """Return ticks as int64 nanoseconds since 1970, or TS_NONE.

    It works on whole seconds and the rest, so that an offset that brings a huge clock back into range is exact. The product of
    a binary fraction and 10^9 has up to 94 bits: it is made in halves.
    """
    cdef uint64_t seconds = 0, rest = 0, whole, part, low_product, middle
    if offset_s == 0 and unit == MULTIPLY:
        if factor == 1000 and ticks < PLAIN_US:
            return <int64_t>ticks * 1000
        if factor == 1 and ticks < PLAIN_NS:
            return <int64_t>ticks
    if unit == MULTIPLY:
        whole = NS // factor if factor != 0 else 1
        seconds = ticks // whole
        rest = (ticks - seconds * whole) * factor
    elif unit == DIVIDE:
        if factor != 0:
            whole = ticks // factor
            seconds = whole // NS
            rest = whole - seconds * NS
    else:
        part = ticks
        if factor < 64:
            seconds = ticks >> factor
            part = ticks & ((<uint64_t>1 << factor) - 1)
        low_product = (part & 0xFFFFFFFFU) * NS
        middle = (part >> 32) * NS + (low_product >> 32)
        if factor == 0:
            rest = 0
        elif factor < 32:
            rest = middle << (32 - factor) | (low_product & 0xFFFFFFFFU) >> factor
        elif factor < 96:
            rest = middle >> (factor - 32)
    return ns_joined(seconds, <int64_t>rest, offset_s)


cdef inline int64_t ns_joined(uint64_t seconds, int64_t rest, int64_t offset_s) noexcept nogil:
    """Return (seconds + offset_s) * 10^9 + rest, or TS_NONE; any offset, 0 <= rest < 10^9."""
    cdef int64_t total
    if seconds > <uint64_t>INT64_MAX:
        if offset_s >= 0:
            return TS_NONE
        total = <int64_t>(seconds - <uint64_t>INT64_MAX - 1) + offset_s
        if total >= 0:
            return TS_NONE
        total = total + INT64_MAX + 1
    else:
        total = <int64_t>seconds
        if offset_s > LAST_SECOND or (offset_s >= 0 and total > LAST_SECOND):
            return TS_NONE
        total = total + offset_s
    if total > LAST_SECOND or total < -LAST_SECOND - 1:
        return TS_NONE
    if total == LAST_SECOND and rest > 854775807:
        return TS_NONE
    if total == -LAST_SECOND - 1:
        if rest <= 145224192:  # -2^63 itself is TS_NONE
            return TS_NONE
        return -LAST_SECOND * NS + (rest - NS)
    return total * NS + rest


cdef inline uint32_t packet_options(
    const uint8_t* data, int64_t q, int64_t stop, int64_t kind, bint big, int64_t* drops
) noexcept nogil:
    """Return the flags among the options of a packet block; packets dropped before it are added to `drops`."""
    cdef int64_t code, size, high, low
    cdef uint32_t flags = 0
    while q + 4 <= stop:
        code, size = u16(data, q, big), u16(data, q + 2, big)
        if code == 0 or q + 4 + size > stop:
            break
        if code == 2 and size == 4:
            flags = u32(data, q + 4, big)
        elif code == 4 and size == 8 and kind == BLOCK_EPB:
            high, low = u32(data, q + 4, big), u32(data, q + 8, big)
            if not big:
                high, low = low, high
            drops[0] = DROPS_CAP if high >= 1 << 30 else smaller(drops[0] + (high << 32 | low), DROPS_CAP)
        q += 4 + ((size + 3) & ~3)
    return flags
