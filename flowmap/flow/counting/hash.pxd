"""The hash of a flow's key, seeded, and whether two keys are equal.

Pair-multiply-shift with random keys (see `table.pxd`). IPv4 without tags or tunnels takes two multiplications, where seven
would do for any key: 30 instructions a packet less.
"""

from libc.stdint cimport int64_t, uint32_t, uint64_t

from flowmap.kernels.columns cimport Flow, Header
from flowmap.flow.table cimport mix


cdef inline uint64_t key_hash(
    const uint64_t* keys, uint64_t src_hi, uint64_t src_lo, uint64_t dst_hi, uint64_t dst_lo, uint64_t ports, uint64_t link,
    uint64_t vlan, uint64_t encap, bint six,
) noexcept nogil:
    """Return the hash of a key in 31 bits: with one more, a slot's tag would come back from `>> 32` as a sign."""
    cdef uint64_t total = (keys[0] + ports) * (keys[1] + link)
    if six:
        total += mix(mix(mix(mix(keys[2], keys + 3, src_hi), keys + 5, src_lo), keys + 7, dst_hi), keys + 9, dst_lo)
    else:
        total += keys[11] + (keys[12] + src_lo) * (keys[13] + dst_lo)
    if vlan | encap:
        total = mix(mix(total, keys + 14, vlan), keys + 16, encap)
    return total >> 33


cdef inline uint64_t flow_hash(const uint64_t* keys, const Header* h, uint32_t link) noexcept nogil:
    """Return the hash of the flow of a packet."""
    return key_hash(
        keys, h.src_hi, h.src_lo, h.dst_hi, h.dst_lo, <uint64_t>h.sport << 16 | h.dport, link, h.vlan, h.encap, h.version == 6
    )


cdef inline uint64_t row_hash(const uint64_t* keys, const Flow* row) noexcept nogil:
    """Return what `flow_hash` gives for the row's key."""
    return key_hash(
        keys, row.src_hi, row.src_lo, row.dst_hi, row.dst_lo, <uint64_t>row.sport << 16 | row.dport, row.link, row.vlan, row.encap,
        row.version == 6,
    )


cdef inline bint same_key(const Flow* row, const Header* h, uint32_t link) noexcept nogil:
    """Return whether a packet is of the row's flow.

    There are no branches but for the last two: each would be one that the processor may guess wrong. The upper halves of
    addresses, which IPv4 has not, are in another cache line.
    """
    return (
        (row.src_lo ^ h.src_lo) | (row.dst_lo ^ h.dst_lo) | (row.vlan ^ h.vlan) | (row.encap ^ h.encap) | (row.link ^ link)
        | (row.sport ^ h.sport) | (row.dport ^ h.dport) | (row.version ^ h.version)
    ) == 0 and (h.version != 6 or (row.src_hi == h.src_hi and row.dst_hi == h.dst_hi))


cdef inline int64_t likely_number(const int64_t* slots, int64_t mask, int64_t tag) noexcept nogil:
    """Return the first number that `slots` have for a hash, less one, or -1: nearly always it is the one, and no row is read."""
    cdef int64_t s = tag & mask
    while slots[s] != 0 and slots[s] >> 32 != tag:
        s = (s + 1) & mask
    return <int64_t><uint32_t>slots[s] - 1
