"""The flows counted last, found by the bytes of a frame as they stand.

That is one comparison of a key, where links, MAC pairs and rows are looked up for any other frame. An entry names a row, which may have been replaced or have another MAC pair by now: whoever replaces a row forgets it here, and
whoever finds one compares its pair. Two flows of the same place take the two entries that are there; of more, the latest.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from flowmap.kernels.columns cimport TS_NONE, Iface, Index, MacPair, larger
from flowmap.decode.layers.segment cimport Kind, Segment, kind_of, read_key, read_segment
from flowmap.flow.bins.kernel cimport N_BINS
from flowmap.flow.table cimport CALM, KNOWN, Known, Table


cdef inline uint64_t known_hash(const Table* t, const Segment* g) noexcept nogil:
    """Return the hash of the bytes that a flow is found by. The keys are random: no capture can put all flows in one place."""
    cdef uint64_t total = g.addresses[0] ^ g.ports * t.keys[0]
    if g.six:
        total ^= (g.addresses[1] ^ g.addresses[3] * t.keys[2]) * t.keys[4] ^ g.addresses[2]
    return total * (t.keys[1] | 1)


cdef inline Known* known_place(Table* t, uint64_t total) noexcept nogil:
    """Return the first of the two entries in which a flow of this hash may be."""
    return t.known + (<int64_t>(total >> 56) & (KNOWN - 2))


cdef inline bint is_known(const Known* known, const Segment* g, uint32_t interface) noexcept nogil:
    """Return whether the entry is that of the segment's flow."""
    cdef uint64_t differs = (
        (known.address ^ g.addresses[0]) | (known.type ^ g.type) | (known.macs ^ g.macs) | (known.ports ^ g.ports)
        | (known.tag ^ g.tag) | (known.interface ^ interface)
    )
    if g.six:
        differs |= (
            (known.addresses[0] ^ g.addresses[1]) | (known.addresses[1] ^ g.addresses[2]) | (known.addresses[2] ^ g.addresses[3])
        )
    return differs == 0


cdef inline Known* find_known(Table* t, const Segment* g, uint32_t interface) noexcept nogil:
    """Return the entry of a flow, or NULL.

    There is no branch between its two entries: which one it has is a guess that the processor often loses, 7 ns a packet where
    two flows meet in one place. One word says which it is, 13 instructions less than the key.
    """
    cdef uint64_t total = known_hash(t, g)
    cdef Known* known = known_place(t, total)
    known += <int64_t>(known.check != total)
    return known if is_known(known, g, interface) else NULL


cdef inline void learn(
    Table* t, int64_t row, uint32_t link, const uint8_t* frame, const Index* record, const Iface* iface
) noexcept nogil:
    """Know the flow of a TCP packet just counted in `row`, if its frames are to be found by their bytes."""
    cdef Segment g
    cdef Known* known
    cdef uint64_t total
    cdef int64_t number = t.rows[row].pair
    cdef Kind kind
    cdef MacPair* pair = t.pairs + (number - 1)
    if number == 0 or pair.bins == 0 or pair.first_ns == TS_NONE or iface.link_type != 1:
        return
    if t.links[link].interface != record.interface or record.cap_len == 0 or frame[0] & 1:
        return
    kind = kind_of(frame, record.cap_len)
    if kind.at == 0:
        return
    read_key(&g, frame, kind.at, kind.six)
    if not read_segment(&g, frame, kind.at, larger(record.wire_len, record.cap_len) - iface.fcs_len - kind.at):
        return
    total = known_hash(t, &g)
    known = known_place(t, total)
    if known.type != 0 and not is_known(known, &g, record.interface):
        if known[1].type == 0 or is_known(known + 1, &g, record.interface) or t.turn & 1:
            known += 1
        t.turn += 1
    known.check, known.macs, known.type, known.ports, known.tag = total, g.macs, g.type, g.ports, g.tag
    known.address = g.addresses[0]
    if g.six:
        known.addresses[0], known.addresses[1], known.addresses[2] = g.addresses[1], g.addresses[2], g.addresses[3]
    known.interface, known.fcs_len, known.link, known.calm = record.interface, iface.fcs_len, t.links + link, t.calm + link % CALM
    known.pair, known.pair_number, known.bins = pair, <uint32_t>number, t.bins + <int64_t>pair.bins * N_BINS
    known.row, known.begin = t.rows + row, t.sequences.begins + row
    known.wanted = (t.sequences.interest[t.rows[row].sport] | t.sequences.interest[t.rows[row].dport]) != 0


cdef inline void forget(Table* t, int64_t row) noexcept nogil:
    """Forget a row that has been replaced."""
    cdef int64_t k
    for k in range(KNOWN):
        if t.known[k].row == t.rows + row:
            t.known[k].type = 0


cdef inline void forget_all(Table* t) noexcept nogil:
    """Forget all flows: the arrays are others now."""
    cdef int64_t k
    for k in range(KNOWN):
        t.known[k].type = 0
    for k in range(CALM):
        t.calm[k].until_ns = TS_NONE
