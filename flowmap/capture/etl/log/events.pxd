"""Events and the frames in them, read where they lie: what `kernel.pyx` walks over. `reference.py` says what each means.

In: bytes, and where an event begins and must end. Nothing is read beyond; what contradicts itself says so.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy

from flowmap.capture.etl.layout cimport *
from flowmap.kernels.columns cimport larger
from flowmap.decode.layers.bytes cimport BIG_HERE, SWAP16, SWAP32, SWAP64

cdef extern from *:
    """
    #define NDIS_LOW 0x460947292ED6006EULL
    #define NDIS_HIGH 0xEF78D6BCE73E23B4ULL
    #define PKTMON_LOW 0x4D73C8BD4D4F80D9ULL
    #define PKTMON_HIGH 0xACC50204C9195BBBULL
    #define KEY_END 0x80000000ULL
    #define KEY_SENT 0x100000000ULL
    #define KEY_RECEIVED 0x200000000ULL
    """
    const uint64_t NDIS_LOW, NDIS_HIGH, PKTMON_LOW, PKTMON_HIGH, KEY_END, KEY_SENT, KEY_RECEIVED

ctypedef struct Size:
    int64_t size
    int64_t reason  # R_*, or 0
    int64_t found

ctypedef struct Frame:
    int64_t at  # -1: the event contradicts itself; -2: it holds no frame
    int64_t size
    int64_t wire
    int64_t flags
    int64_t[4] key


cdef inline int64_t le16(const uint8_t* data, int64_t p) noexcept nogil:
    """Return the 16-bit number at `p`, the lowest byte first."""
    cdef uint16_t value
    memcpy(&value, data + p, 2)
    return SWAP16(value) if BIG_HERE else value


cdef inline int64_t le32(const uint8_t* data, int64_t p) noexcept nogil:
    """Return the 32-bit number at `p`, the lowest byte first."""
    cdef uint32_t value
    memcpy(&value, data + p, 4)
    return SWAP32(value) if BIG_HERE else value


cdef inline uint64_t le64(const uint8_t* data, int64_t p) noexcept nogil:
    """Return the 64-bit number at `p`, the lowest byte first."""
    cdef uint64_t value
    memcpy(&value, data + p, 8)
    return SWAP64(value) if BIG_HERE else value


cdef inline Size event_size(const uint8_t* data, int64_t p, int64_t end) noexcept nogil:
    """Return the size of the event at `p`, and why it is not sound: 0 where it is. Twin: `reference.event_size`."""
    cdef int64_t kind = data[p + 2], marker = data[p + 3], least = 8, size
    if marker == 0xC0:
        if kind == 0x12 or kind == 0x13:
            least, size = 80, le16(data, p)
        elif kind <= 0x04 and kind >= 0x01:
            least, size = 32 if kind <= 0x02 else 24, le16(data, p + 4)
        elif kind == 0x10 or kind == 0x11:
            least, size = 16, le16(data, p + 4)
        elif kind == 0x0A or kind == 0x14:
            least, size = 48, le16(data, p)
        elif kind == 0x0B or kind == 0x15:
            least, size = 72, le16(data, p)
        else:
            size = le16(data, p)
    elif marker == 0x90:
        size = le16(data, p)
    else:
        return Size(0, R_MARKER, marker)
    if size < least:
        return Size(size, R_SIZE, size)
    return Size(size, R_BEYOND if p + size > end else 0, size)


cdef inline bint same_key(const int64_t* a, const int64_t* b) noexcept nogil:
    """Return whether two sources of frames are one."""
    return a[1] == b[1] and a[2] == b[2] and a[3] == b[3] and a[0] == b[0]


cdef inline Frame frame_in(const uint8_t* data, int64_t p, int64_t stop, int64_t number) noexcept nogil:
    """Return the frame in the event at `p`, which ends at `stop`; `number` is that of its kind."""
    cdef Frame broken
    cdef int64_t q = p + EVENT_HEADER
    cdef uint64_t keyword = le64(data, p + 48)
    if le16(data, p + 4) & 1:
        q = _payload_at(data, q, stop)
    if q < 0:
        broken.at = -1
        return broken
    if number == PKTMON_FRAME:
        return _pktmon(data, q, stop)
    return _ndis(data, q, stop, keyword) if number == NDIS_FRAME else _switch(data, q, stop, keyword)


cdef inline int64_t _payload_at(const uint8_t* data, int64_t q, int64_t stop) noexcept nogil:
    """Return where the payload begins, behind the extended items; -1 where they are broken."""
    cdef int64_t size, more
    while q + 8 <= stop:
        size, more = le16(data, q), le16(data, q + 4)
        if size < 8:
            return -1
        q += size
        if more & 1 == 0:
            return q if q <= stop else -1
    return -1


cdef inline int64_t _bits(uint64_t keyword) noexcept nogil:
    cdef int64_t direction = 1 if keyword & KEY_RECEIVED else 2 if keyword & KEY_SENT else 0
    return direction | (F_START if keyword & KEY_START else 0) | (F_END if keyword & KEY_END else 0)


cdef inline Frame _ndis(const uint8_t* data, int64_t q, int64_t stop, uint64_t keyword) noexcept nogil:
    cdef Frame frame
    frame.at = -1
    if q + 12 > stop:
        return frame
    frame.size = le32(data, q + 8)
    if q + 12 + frame.size > stop:
        return frame
    frame.at, frame.wire, frame.flags = q + 12, 0, _bits(keyword)
    frame.key[0] = NDIS_FRAME << 16 | (
        LINK_WIFI if keyword & KEY_WIFI else LINK_RAW if keyword & KEY_RAW else LINK_ETHERNET
    )
    frame.key[1], frame.key[2], frame.key[3] = le32(data, q), le32(data, q + 4), 0
    return frame


cdef inline Frame _switch(const uint8_t* data, int64_t q, int64_t stop, uint64_t keyword) noexcept nogil:
    cdef Frame frame
    cdef int64_t miniport, lower, port, at, vlan = 0, n
    frame.at = -1
    if q + 12 > stop:
        return frame
    miniport, lower, port = le32(data, q), le32(data, q + 4), le32(data, q + 8)
    q += 12
    for n in range(3):
        while q + 2 <= stop and le16(data, q) != 0:
            q += 2
        q += 2
    if q + 4 > stop:
        return frame
    q += 4 + 8 * le32(data, q)
    if q + 4 > stop:
        return frame
    frame.size = le32(data, q)
    at = q + 4
    q = at + frame.size
    if q > stop:
        return frame
    if q + 44 <= stop and le32(data, q) >= 40:
        vlan = le16(data, q + 36) >> 4
    frame.at, frame.wire, frame.flags = at, 0, _bits(keyword)
    frame.key[0] = NDIS_SWITCH_FRAME << 16 | LINK_ETHERNET
    frame.key[1], frame.key[2], frame.key[3] = miniport, lower, vlan << 32 | port
    return frame


cdef inline Frame _pktmon(const uint8_t* data, int64_t q, int64_t stop) noexcept nogil:
    cdef Frame frame
    cdef int64_t direction, kind
    frame.at = -1
    if q + 34 > stop:
        return frame
    direction, kind = le16(data, q + 12), le16(data, q + 14)
    frame.size = le16(data, q + 32)
    if q + 34 + frame.size > stop:
        return frame
    frame.at = -2
    if kind < 1 or kind > 3:
        return frame
    frame.at = q + 34
    frame.wire = larger(le16(data, q + 30), frame.size)
    frame.flags = F_WHOLE | (1 if direction == 1 or direction == 3 else 2 if direction == 2 or direction == 4 else 0)
    frame.key[0] = PKTMON_FRAME << 16 | (LINK_ETHERNET if kind == 1 else LINK_WIFI if kind == 2 else LINK_RAW)
    frame.key[1], frame.key[2], frame.key[3] = le16(data, q + 16), 0, 0
    return frame
