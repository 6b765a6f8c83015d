"""Compiled twin of `reference.py`: records of a block are decoded and update the flow table, batch by batch.

The table is described in `table.pxd`, what is counted in `bins/traffic.pxd` and `counting/rows.pxd`.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy

from flowmap.capture.layout cimport S_INTERFACES, S_SECTION_BASE, STATE_SIZE
from flowmap.kernels.columns cimport TS_NONE, Flow, Gap, Header, Iface, Index, Link, MacPair, rows, smaller
from flowmap.flow.counting.batch cimport classify, count_batch, decode_batch, room, stride_after
from flowmap.flow.bins.kernel cimport N_BINS, SHIFT
from flowmap.flow.short.calm cimport count_calmly, settle_links
from flowmap.flow.short.known cimport forget_all
from flowmap.flow.counting.rows cimport move_slots
from flowmap.flow.sequence.follow cimport Begin, Logged, Missing, Node, Ring, State, sequence_room, set_level
from flowmap.flow.short.straight cimport Stretch, count_on
from flowmap.flow.short.turns cimport Turns, take_turns
from flowmap.flow.table cimport BATCH, Table
from flowmap.flow.bins.traffic cimport rehash_links, rehash_pairs

__all__ = ["Kernel", "hash_columns"]

cdef enum:
    MOST_COLUMNS = 16


cdef class Kernel:
    """Counts packets in arrays that are the caller's: `attach` them before `ingest`, and anew whenever one has grown."""

    cdef Table t

    def __init__(self, bytes keys, int64_t from_ns, int64_t to_ns):
        """Count packets of [from_ns, to_ns). `keys` are 192 random bytes."""
        if len(keys) != sizeof(self.t.keys):
            raise ValueError("192 bytes are needed")
        memcpy(self.t.keys, <const char*>keys, sizeof(self.t.keys))
        self.t.from_ns = from_ns
        self.t.to_ns = to_ns
        self.t.n_bins = 1
        self.t.bin_shift = SHIFT
        self.t.bin_high = -1
        self.t.stride = 1
        set_level(&self.t.sequences, 0)

    def attach(self, flows, links, pairs, bins, gaps):
        """Use these arrays: FLOW, LINK, MACPAIR, (rows, N_BINS) uint64, GAP. What was counted so far is in them."""
        if len(flows) < self.t.n_rows or len(links) < self.t.n_links or len(pairs) < self.t.n_pairs or len(bins) < self.t.n_bins:
            raise ValueError("arrays shrink")
        if bins.shape[1] != N_BINS:
            raise ValueError("rows of other bins")
        self.t.rows = <Flow*>rows(flows, sizeof(Flow))
        self.t.links = <Link*>rows(links, sizeof(Link))
        self.t.pairs = <MacPair*>rows(pairs, sizeof(MacPair))
        self.t.bins = <uint64_t*>rows(bins, sizeof(uint64_t))
        self.t.gaps = <Gap*>rows(gaps, sizeof(Gap))
        self.t.rows_room, self.t.links_room, self.t.pairs_room = len(flows), len(links), len(pairs)
        self.t.bins_room, self.t.gaps_room = len(bins), len(gaps)
        forget_all(&self.t)

    def attach_sequences(self, begins, states, nodes, missing, rings, log, interest):
        """Keep what there is of sequence numbers in these arrays, see `SequenceStore`."""
        s = &self.t.sequences
        if len(begins) < self.t.rows_room or len(interest) != 65536:
            raise ValueError("fewer rows than the flow table has, or not a mark for each port")
        if len(states) < s.n_states or len(nodes) < s.n_nodes or len(missing) < s.n_missing or len(log) < s.n_log:
            raise ValueError("arrays shrink")
        if len(rings) < s.n_rings:
            raise ValueError("arrays shrink")
        s.begins = <Begin*>rows(begins, sizeof(Begin))
        s.states = <State*>rows(states, sizeof(State))
        s.nodes = <Node*>rows(nodes, sizeof(Node))
        s.missing = <Missing*>rows(missing, sizeof(Missing))
        s.rings = <Ring*>rows(rings, sizeof(Ring))
        s.log = <Logged*>rows(log, sizeof(Logged))
        s.interest = <uint8_t*>rows(interest, 1)
        s.states_room, s.nodes_room, s.missing_room, s.log_room = len(states), len(nodes), len(missing), len(log)
        s.rings_room = len(rings)
        forget_all(&self.t)

    def rehash(self, slots, link_slots, pair_slots):
        """Find rows, links and pairs by these arrays from now on: int64, all 0, each of a power of two entries, None to keep one.

        The slots there were are read once more: the caller lets go of them afterwards.
        """
        if slots is not None:
            before, count = self.t.slots, self.t.slots_mask + 1 if self.t.slots != NULL else 0
            self.t.slots, self.t.slots_mask = _slots(slots), len(slots) - 1
            move_slots(&self.t, before, count)
        if link_slots is not None:
            self.t.link_slots, self.t.link_mask = _slots(link_slots), len(link_slots) - 1
            rehash_links(&self.t)
        if pair_slots is not None:
            self.t.pair_slots, self.t.pair_mask = _slots(pair_slots), len(pair_slots) - 1
            rehash_pairs(&self.t)

    def ingest(self, headers, data, index, ifaces, control, Py_ssize_t start, Py_ssize_t ready):
        """Decode and count records index[start..) in small batches that stay in the first-level cache.

        Positions in `index` of control frames (ARP, neighbour discovery, LACP, LLDP, CDP) are written to `control`. Returns
        (first record not done, number of control frames, declined): the first is len(index), or less where the table must grow
        first, or where `declined` frames of the batch are not for the kernel. Then the caller decodes those in `headers` and calls
        again with `ready` rows of it decoded.

        Packets of known flows are counted by themselves as long as they come one after another; the others in batches, of one
        packet where those are few, of BATCH where there is hardly anything else.
        """
        cdef Header* h = <Header*>rows(headers, sizeof(Header))
        cdef const uint8_t* bytes_ = <uint8_t*>rows(data, 1)
        cdef const Index* records = <Index*>rows(index, sizeof(Index))
        cdef const Iface* iface = <Iface*>rows(ifaces, sizeof(Iface))
        cdef int64_t* places = <int64_t*>rows(control, sizeof(int64_t))
        cdef Py_ssize_t k = start, stop = len(index), n, calm, declined = 0
        cdef Py_ssize_t n_control = 0
        if len(headers) < BATCH or len(control) < stop or start < 0 or not 0 <= ready <= BATCH or start + ready > stop:
            raise IndexError("too little room, or records beyond the index")
        with nogil:
            while k < stop:
                n = ready if ready > 0 else smaller(BATCH, stop - k)
                if smaller(room(&self.t), sequence_room(&self.t.sequences)) < n:
                    break
                if ready == 0:
                    calm = count_calmly(&self.t, bytes_, records + k, n)
                    k += calm
                    self.t.run += calm
                    if calm == n:
                        continue
                    self.t.stride = stride_after(self.t.stride, self.t.run)
                    self.t.run = 0
                    n = smaller(self.t.stride, n - calm)
                    declined = decode_batch(h, bytes_, records + k, iface, n)
                    if declined > 0:
                        decode_batch(h + n, bytes_, records + k + n, iface, smaller(BATCH, stop - k) - n)
                        break
                ready = 0
                settle_links(&self.t)
                n_control += classify(&self.t, h, records + k, k, n, places + n_control)
                count_batch(&self.t, h, records + k, bytes_, iface, n)
                k += n
            settle_links(&self.t)
        return k, n_control, declined

    def count_straight(self, headers, data, int64_t start, int64_t end, state, ifaces, bint blocks, int file, int64_t left):
        """Count the packets in data[start:end] of a capture, pcapng where `blocks`, while walking it, up to the first that is odd.

        `state` is what the walkers are given, who go on from there. Up to `left` more bytes are read from `file` where they are
        all that is wanted. Returns (packets, start and end of the bytes that are left in `data`, bytes read, largest captured
        length, time of the last packet, whether the table must grow before it goes on).
        """
        cdef Header* h = <Header*>rows(headers, sizeof(Header))
        cdef int64_t* words = <int64_t*>rows(state, 8)
        cdef const Iface* iface = <Iface*>rows(ifaces, sizeof(Iface))
        cdef Stretch s = _stretch(headers, data, start, end, state, ifaces, file, left)
        with nogil:
            s = count_on(&self.t, h, s, words, iface, blocks)
        return s.packets, s.start, s.end, s.taken, s.largest, s.last_ns, s.full

    def take_turns(self, headers, data, int64_t start, int64_t end, state, ifaces, bint blocks, int file, int64_t left, turns, rest,
                   int64_t offset, int64_t me):
        """Count as `count_straight` does, in turn with another thread that calls this too.

        Each has `headers` and `data` of its own.

        `turns` (1,), a row of `Turns` (see `turns.pxd`), and `rest` (n,) uint8 are what both share, all else is the same for both. `me` is 0
        for who has what is in data[start:end], 1 for the other, who has nothing yet; `offset` is where the `left` bytes begin in
        `file`.
        """
        cdef Header* h = <Header*>rows(headers, sizeof(Header))
        cdef int64_t* words = <int64_t*>rows(state, 8)
        cdef const Iface* iface = <Iface*>rows(ifaces, sizeof(Iface))
        cdef Turns* shared = <Turns*>rows(turns, sizeof(Turns))
        cdef uint8_t* kept = <uint8_t*>rows(rest, 1)
        cdef Stretch s = _stretch(headers, data, start, end, state, ifaces, file, left)
        if len(turns) != 1 or shared.room != len(rest) or len(data) <= 2 * len(rest) or not 0 <= me <= 1:
            raise IndexError("too little room")
        with nogil:
            take_turns(&self.t, h, s, words, iface, blocks, shared, kept, offset, me)

    @property
    def counts(self):
        """Return how many rows, links, MAC pairs, rows of bins (row 0 included) and silences there are."""
        return self.t.n_rows, self.t.n_links, self.t.n_pairs, self.t.n_bins, self.t.n_gaps

    @property
    def sequence_counts(self):
        """Return how many states, nodes, blocks of missing bytes, rings and logged packets there are, and the log's level."""
        s = &self.t.sequences
        return s.n_states, s.n_nodes, s.n_missing, s.n_rings, s.n_log, s.level

    @property
    def lost(self):
        """Return how many frames' MAC pair was not counted, and how many packets' link was not told apart."""
        return self.t.pairs_lost, self.t.links_lost

    @property
    def calm_packets(self):
        """Return how many packets were counted by themselves."""
        return self.t.calm_packets

    @property
    def grid(self):
        """Return (shift, lowest bin, highest bin) of the bins."""
        return self.t.bin_shift, self.t.bin_low, self.t.bin_high


def hash_columns(columns, totals):
    """Write the hash of each row of `columns` to `totals` (n,) uint64, and return it. Twin: `grouping.plainly_hashed`.

    The columns are unsigned and each of its own stride.
    """
    cdef uint8_t* at[16]
    cdef int64_t[16] step
    cdef int64_t[16] size
    cdef uint64_t[4] keys
    cdef uint64_t* out = <uint64_t*>rows(totals, sizeof(uint64_t))
    cdef int64_t n = len(totals), n_columns = len(columns), r, k
    cdef uint64_t total
    if n_columns > MOST_COLUMNS:
        raise ValueError("too many columns")
    for k in range(n_columns):
        if len(columns[k]) != n or columns[k].ndim != 1 or columns[k].dtype.kind != "u":
            raise ValueError("unequal columns, or of other numbers")
        at[k] = <uint8_t*><size_t>columns[k].ctypes.data
        step[k], size[k] = columns[k].strides[0], columns[k].itemsize
    keys[0], keys[1] = 0x9E3779B97F4A7C15U, 0xC2B2AE3D27D4EB4FU
    keys[2], keys[3] = 0x165667B19E3779F9U, 0xD6E8FEB86659FD93U
    with nogil:
        for r in range(n):
            total = 0
            for k in range(n_columns):
                total = (total ^ unsigned_at(at[k] + r * step[k], size[k])) * keys[k & 3]
                total ^= total >> 31
            out[r] = total
    return totals


cdef inline uint64_t unsigned_at(const uint8_t* place, int64_t size) noexcept nogil:
    """Return the number of `size` bytes, of whatever alignment."""
    cdef uint8_t one
    cdef uint16_t two
    cdef uint32_t four
    cdef uint64_t eight
    if size == 8:
        memcpy(&eight, place, 8)
        return eight
    if size == 4:
        memcpy(&four, place, 4)
        return four
    if size == 2:
        memcpy(&two, place, 2)
        return two
    memcpy(&one, place, 1)
    return one


cdef Stretch _stretch(headers, data, int64_t start, int64_t end, state, ifaces, int file, int64_t left) except *:
    """Return data[start:end] as what is counted straight; IndexError where an array has too little room."""
    cdef int64_t* words = <int64_t*>rows(state, 8)
    if start < 0 or end > len(data) or len(headers) < BATCH or len(state) < STATE_SIZE:
        raise IndexError("bytes beyond the buffer, or too little room")
    if words[S_SECTION_BASE] < 0 or words[S_SECTION_BASE] + words[S_INTERFACES] > len(ifaces) or len(ifaces) == 0:
        raise IndexError("interfaces beyond those described")
    return Stretch(<uint8_t*>rows(data, 1), start, end, len(data), file, left, 0, 0, 0, TS_NONE, False)


cdef int64_t* _slots(array) except NULL:
    if len(array) & (len(array) - 1) or len(array) == 0:
        raise ValueError("not a power of two")
    return <int64_t*>rows(array, sizeof(int64_t))
