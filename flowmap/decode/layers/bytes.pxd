"""How the kernels read numbers from bytes: network byte order, no alignment. Who calls has checked that they are there."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy

cdef extern from *:
    """
    #if defined(__GNUC__) || defined(__clang__)
    #define SWAP16(x) __builtin_bswap16(x)
    #define SWAP32(x) __builtin_bswap32(x)
    #define SWAP64(x) __builtin_bswap64(x)
    #define BIG_HERE (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
    #else
    #include <stdlib.h>
    #define SWAP16(x) _byteswap_ushort(x)
    #define SWAP32(x) _byteswap_ulong(x)
    #define SWAP64(x) _byteswap_uint64(x)
    #define BIG_HERE 0
    #endif
    """
    uint16_t SWAP16(uint16_t) noexcept nogil
    uint32_t SWAP32(uint32_t) noexcept nogil
    uint64_t SWAP64(uint64_t) noexcept nogil
    const bint BIG_HERE


cdef inline int64_t u8(const uint8_t* data, int64_t p) noexcept nogil:
    """Return the byte at `p`."""
    return data[p]


cdef inline int64_t be16(const uint8_t* data, int64_t p) noexcept nogil:
    """Return the 16-bit number at `p`."""
    cdef uint16_t value
    memcpy(&value, data + p, 2)
    return value if BIG_HERE else SWAP16(value)


cdef inline int64_t be32(const uint8_t* data, int64_t p) noexcept nogil:
    """Return the 32-bit number at `p`."""
    cdef uint32_t value
    memcpy(&value, data + p, 4)
    return value if BIG_HERE else SWAP32(value)


cdef inline uint64_t be48(const uint8_t* data, int64_t p) noexcept nogil:
    """Return the 48-bit number at `p`, such as a MAC address."""
    return <uint64_t>be16(data, p) << 32 | <uint64_t>be32(data, p + 2)


cdef inline uint64_t be64(const uint8_t* data, int64_t p) noexcept nogil:
    """Return the 64-bit number at `p`."""
    cdef uint64_t value
    memcpy(&value, data + p, 8)
    return value if BIG_HERE else SWAP64(value)
