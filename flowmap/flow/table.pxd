"""The flow table of one capture as its kernels see it. The caller owns the arrays, and grows them.

`rows` (FLOW, in order of first sight) with `slots` (open addressing: hash tag << 32 | row + 1, 0 = free), `links` (LINK) with
`link_slots`, `pairs` (MACPAIR) with `pair_slots`, `bins` (see `bins.pxd`), `gaps` (GAP, the first so many silences). Every
`*_mask` is one less than a power of two, the number of its slots.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from flowmap.kernels.columns cimport Flow, Gap, Link, MacPair
from flowmap.flow.sequence.follow cimport Begin, Sequences, State

cdef enum:
    BATCH = 64  # packets decoded before any is counted: their headers stay in the first-level cache
    MAX_PAIRS = 65536
    MAX_LINKS = 4096
    BIN_NS = 100_000_000
    GAP_NS = 200_000_000
    RECENT = 16  # LINK.recent
    KNOWN = 256  # flows, see `short/known.pxd`
    CALM = 4  # links, see `short/calm.pxd`

ctypedef struct Calm:
    int64_t last_ns
    int64_t until_ns  # TS_NONE: the link is not calm
    uint64_t captured_bytes  # these are still to be added to the link's
    uint32_t max_wire_len
    uint32_t max_cap_len
    uint64_t snapped
    Link* link
    int64_t bin_ns
    int64_t slot  # of LINK.recent
    uint8_t logging

ctypedef struct Known:  # what a packet of IPv4 touches lies in the first three cache lines
    uint64_t check  # the hash of the key
    uint64_t address
    uint64_t type  # 0: there is no flow in this place
    uint64_t macs
    uint32_t ports
    uint32_t tag
    uint32_t interface
    uint8_t fcs_len
    uint8_t wanted
    uint8_t open  # whether the counters below are the row's
    uint8_t sends  # whether it is known which segment comes next
    uint8_t magic
    Calm* calm
    uint64_t* bins
    uint64_t packets  # these are still to be added to the row's, the link's and the MAC pair's
    uint64_t wire_bytes
    uint64_t payload_bytes
    uint64_t data_packets
    int64_t last_ns
    int64_t acked
    uint32_t ack_base
    uint32_t seq_next
    uint32_t last_ack
    uint32_t max_payload
    State* state  # NULL where there is none
    uint16_t last_id
    uint32_t pair_number  # + 1
    Link* link
    MacPair* pair
    Flow* row
    Begin* begin
    int64_t missed  # bytes of the holes before segments that began later than expected, and how many these were
    uint32_t holes
    uint64_t[3] addresses  # the rest of those of IPv6
    uint64_t[4] nothing  # 256 bytes in all: places are found by a shift

ctypedef struct Table:
    Flow* rows
    int64_t* slots
    Link* links
    int64_t* link_slots
    MacPair* pairs
    int64_t* pair_slots
    uint64_t* bins
    Gap* gaps
    int64_t rows_room
    int64_t slots_mask
    int64_t links_room
    int64_t link_mask
    int64_t pairs_room
    int64_t pair_mask
    int64_t bins_room
    int64_t gaps_room
    int64_t n_rows
    int64_t n_links
    int64_t n_pairs
    int64_t n_bins  # row 0 included, which is no row
    int64_t n_gaps
    int64_t last_link
    int64_t last_pair
    int64_t pairs_lost
    int64_t links_lost
    int64_t bin_shift
    int64_t bin_low  # lowest and highest bin so far
    int64_t bin_high
    int64_t from_ns
    int64_t to_ns
    uint64_t[24] keys  # random
    Known[256] known
    Calm[4] calm
    uint8_t[256] opened  # places in `known`
    int64_t n_opened
    uint64_t calm_packets
    uint32_t turn  # which entry goes next
    int64_t run  # packets of known flows since the last other one
    int64_t stride  # packets to be counted one and all after one that was not known
    Sequences sequences  # what is kept of the sequence numbers of each row


cdef inline bint in_bins(int64_t ts_ns) noexcept nogil:
    """Return whether a time is counted in bins: all but the last two seconds and some at either end of what int64 holds.

    Sums with these would wrap. The bounds are multiples of BIN_NS, so that of one bin all times or none are counted.
    """
    return -9223372034800000000LL <= ts_ns < 9223372034800000000LL


cdef inline uint64_t mix(uint64_t total, const uint64_t* keys, uint64_t word) noexcept nogil:
    """Return a hash with one more word in it, by pair-multiply-shift with random keys.

    It is strongly universal in its upper 32 bits (Thorup, "High speed hashing for integers and strings"), so that no capture
    can be made to put all its flows into one slot chain.
    """
    return total + (keys[0] + (word & 0xFFFFFFFFU)) * (keys[1] + (word >> 32))
