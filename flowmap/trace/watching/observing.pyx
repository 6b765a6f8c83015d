"""Compiled twin of `observe.py`: windows of packets in time order update what is known of each direction on several members.

A window is taken in three steps: copies are marked, by a table of the packets' digests; packets are put together by direction;
each direction's are followed in time order, and at its end once more in the order in which they were sent. Counters by member and
by length of a run are lists of nodes, the one used last in front. The caller owns all arrays, and grows the nodes: `go_on` stops
where there might be too few.
"""

from libc.math cimport sqrt
from libc.stdint cimport int16_t, int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memset

from flowmap.kernels.columns cimport ACK, SEQUENCE, Trace, rows
from flowmap.flow.counting.rows cimport prefetch
from flowmap.flow.sequence.follow cimport SMALL_PAYLOAD, Missing, Node, Sequences, State, count_size
from flowmap.trace.watching.observed cimport (
    BLOCK, DUPLICATE_WITHIN_NS, EXTRA, KEPT_OFFSETS, KEPT_SWITCHES, LONG_RUN, MOST_BACK, NODES, REPEATED, Change, Course, Observed,
    Offset, count_node, count_peak, cover, is_copy, place_of,
)

__all__ = ["Observing"]

cdef enum:
    AHEAD = 12  # packets, for which the memory is asked

cdef class Observing:
    """Observers by number; `attach` their arrays, and anew whenever one has grown."""

    cdef Sequences s
    cdef Observed* observed
    cdef int64_t n_observers
    cdef uint64_t seed
    cdef const Trace* tail
    cdef const uint32_t* tail_numbers
    cdef int64_t n_tail
    cdef const Trace* window
    cdef const uint32_t* numbers
    cdef int64_t n
    cdef uint8_t* flags
    cdef uint32_t* order
    cdef int64_t* values
    cdef uint32_t* places
    cdef uint32_t* spare
    cdef int64_t at
    cdef int64_t group
    cdef int64_t block
    cdef int64_t* positions
    cdef Change* changes_
    cdef int64_t changes_room
    cdef int64_t n_changes
    cdef Offset* offsets
    cdef int64_t offsets_room
    cdef int64_t n_offsets
    cdef object kept_alive

    def __init__(self, uint64_t seed):
        """Begin without arrays; `seed` is random."""
        self.seed = seed | 1

    def attach(self, observed, states, nodes, missing, changes, offsets):
        """Use these arrays; what was found so far is in them. Each observer has a row of the first, second and fourth."""
        if len(states) < len(observed) or len(missing) < len(observed):
            raise ValueError("fewer states than observers")
        self.observed = <Observed*>rows(observed, sizeof(Observed))
        self.n_observers = len(observed)
        self.block = max(BLOCK, self.n_observers)
        self.s.states = <State*>rows(states, sizeof(State))
        self.s.nodes = <Node*>rows(nodes, sizeof(Node))
        self.s.missing = <Missing*>rows(missing, sizeof(Missing))
        self.s.nodes_room = len(nodes)
        self.s.missing_room = len(missing)
        self.changes_ = <Change*>rows(changes, sizeof(Change))
        self.changes_room = len(changes)
        self.offsets = <Offset*>rows(offsets, sizeof(Offset))
        self.offsets_room = len(offsets)
        self.kept_alive = observed, states, nodes, missing, changes, offsets

    def begin(self, tail, tail_numbers, window, numbers, slots, chain, flags, order, starts, values, places, spare, positions):
        """Mark copies in `window` (TRACE in time order; `numbers` uint32: the observer of each), and put it in order by observer.

        `tail` is the end of the window before. `slots` are uint32, all 0, a power of two at least twice as many as packets; `chain`,
        `order`, `places` and `spare` are uint32, `flags` uint8 and `values` int64 of at least as many as packets; `starts` is int64,
        one more than observers. `go_on` writes to `positions`, int64, where in its direction each packet of the window is.
        """
        cdef uint32_t* slot = <uint32_t*>rows(slots, 4)
        cdef uint32_t* back = <uint32_t*>rows(chain, 4)
        cdef int64_t* start = <int64_t*>rows(starts, 8)
        cdef int64_t mask = len(slots) - 1, n_all = len(tail) + len(window), k
        cdef int64_t least = min(len(flags), len(order), len(values), len(places), len(spare), len(positions) + len(tail))
        if len(slots) & mask or mask < 2 * n_all or len(chain) < n_all or least < n_all or len(starts) <= self.n_observers:
            raise IndexError("too little room")
        if len(tail_numbers) != len(tail) or len(numbers) != len(window):
            raise IndexError("not as many numbers as packets")
        if n_all and max(numbers.max(initial=0), tail_numbers.max(initial=0)) >= self.n_observers:
            raise IndexError("an observer that there is not")
        self.tail = <Trace*>rows(tail, sizeof(Trace))
        self.tail_numbers = <uint32_t*>rows(tail_numbers, 4)
        self.n_tail = len(tail)
        self.window = <Trace*>rows(window, sizeof(Trace))
        self.numbers = <uint32_t*>rows(numbers, 4)
        self.n = len(window)
        self.flags = <uint8_t*>rows(flags, 1)
        self.order = <uint32_t*>rows(order, 4)
        self.values = <int64_t*>rows(values, 8)
        self.places = <uint32_t*>rows(places, 4)
        self.spare = <uint32_t*>rows(spare, 4)
        self.positions = <int64_t*>rows(positions, 8)
        self.at = self.group = 0
        self.n_offsets = 0
        self.kept_alive = (*self.kept_alive[:6], tail, tail_numbers, window, numbers, flags, order, values, places, spare, positions)
        with nogil:
            memset(self.flags, 0, n_all)
            self._mark(slot, mask, back)
            self._sort_blocks(start)

    def go_on(self):
        """Follow the packets. Whether that was all; else there are to be more nodes, or more room for changes, first."""
        cdef int64_t least = NODES + 2 * <int64_t>sqrt(2.0 * self.n) + 8
        cdef uint32_t number
        with nogil:
            while self.at < self.n:
                if self.s.nodes_room - self.s.n_nodes < least or self.changes_room - self.n_changes < 2:
                    break
                if self.at + AHEAD < self.n:
                    prefetch(self.window + self.order[self.at + AHEAD])
                number = self.numbers[self.order[self.at]]
                self._follow(number, self.window + self.order[self.at], self.flags[self.n_tail + self.order[self.at]])
                self.positions[self.order[self.at]] = place_of(self.observed + number, self.window + self.order[self.at])
                self.at += 1
                if self.at == self.n or self.at % self.block == 0 or self.numbers[self.order[self.at]] != number:
                    self._in_order(number)
                    self.group = self.at
        return self.at == self.n

    @property
    def used(self):
        """Return how many nodes, changes of member, and offsets of copies (of the latest window) there are."""
        return self.s.n_nodes, self.n_changes, self.n_offsets

    cdef void _sort_blocks(self, int64_t* start) noexcept nogil:
        """Put each block of packets in order by observer.

        Blocks stay in the second-level cache while they are followed: of a whole window, every packet would be far away from
        the one before it (measured: 128 ns a packet in all, in blocks 78).
        """
        cdef int64_t begin = 0, end, k
        while begin < self.n:
            end = begin + self.block if begin + self.block < self.n else self.n
            memset(start, 0, (self.n_observers + 1) * sizeof(int64_t))
            for k in range(begin, end):
                start[self.numbers[k] + 1] += 1
            for k in range(self.n_observers):
                start[k + 1] += start[k]
            for k in range(begin, end):
                self.order[begin + start[self.numbers[k]]] = <uint32_t>k
                start[self.numbers[k]] += 1
            begin = end

    cdef inline const Trace* _packet(self, int64_t k) noexcept nogil:
        return self.tail + k if k < self.n_tail else self.window + (k - self.n_tail)

    cdef inline uint32_t _number(self, int64_t k) noexcept nogil:
        return self.tail_numbers[k] if k < self.n_tail else self.numbers[k - self.n_tail]

    cdef void _mark(self, uint32_t* slots, int64_t mask, uint32_t* back) noexcept nogil:
        """Write the flags of further records on the same member, and of copies on another."""
        cdef int64_t k, other, s, steps, latest
        cdef const Trace* packet
        cdef uint32_t number
        cdef int shift = 64
        while mask >> (64 - shift):
            shift -= 1
        for k in range(self.n_tail + self.n):
            packet, number = self._packet(k), self._number(k)
            s = <int64_t>(((packet.digest ^ <uint64_t>number << 40) * self.seed) >> shift) & mask
            while slots[s] != 0:
                other = <int64_t>slots[s] - 1
                if self._packet(other).digest == packet.digest and self._number(other) == number:
                    break
                s = (s + 1) & mask
            back[k] = slots[s]
            slots[s] = <uint32_t>(k + 1)
            if back[k] == 0:
                continue
            other, steps, latest = <int64_t>back[k] - 1, 0, -1
            while steps < MOST_BACK:
                if latest < 0 and not self.flags[other] & REPEATED:
                    latest = other
                if self._packet(other).member == packet.member:
                    if is_copy(self._packet(other), packet):
                        self.flags[k] |= REPEATED
                    break
                if back[other] == 0:
                    break
                other = <int64_t>back[other] - 1
                steps += 1
            if k >= self.n_tail and not self.flags[k] & REPEATED and latest >= 0:
                self._duplicate(latest, k, number, back)

    cdef inline void _duplicate(self, int64_t earlier, int64_t later, uint32_t number, const uint32_t* back) noexcept nogil:
        """Mark which of two copies stays: of copies on several members those on the dominant one, else the first.

        `back` leads from a record to the one before it of the same packet, counted from 1.
        """
        cdef const Trace* one = self._packet(earlier)
        cdef const Trace* other = self._packet(later)
        cdef Observed* o = self.observed + number
        cdef Offset* offset
        if one.member == other.member or other.ts_ns - one.ts_ns >= DUPLICATE_WITHIN_NS:
            return
        if o.n_offsets < KEPT_OFFSETS and self.n_offsets < self.offsets_room:
            offset = self.offsets + self.n_offsets
            offset.delta_ns, offset.observer = other.ts_ns - one.ts_ns, number
            offset.earlier, offset.later = one.member, other.member
            o.n_offsets += 1
            self.n_offsets += 1
        if other.member != o.dominant:
            self.flags[later] |= EXTRA
            return
        while one.member != o.dominant:  # what came before it, to the beginning or another one there
            self.flags[earlier] |= EXTRA
            other, later = one, earlier
            while True:
                if back[later] == 0:
                    return
                later = <int64_t>back[later] - 1
                if not self.flags[later] & REPEATED:
                    break
            one, earlier = self._packet(later), later
            if one.member == other.member or other.ts_ns - one.ts_ns >= DUPLICATE_WITHIN_NS:
                return

    cdef inline void _follow(self, uint32_t number, const Trace* packet, uint8_t flags) noexcept nogil:
        cdef Observed* o = self.observed + number
        if flags & REPEATED:
            count_node(&self.s, &o.repeated, packet.member, 1)
            return
        if packet.mss > o.mss:
            o.mss = packet.mss
        if packet.payload > SMALL_PAYLOAD:
            count_size(&self.s, self.s.states + number, packet.payload, <int64_t>packet.options << 32 | packet.member)
        o.seen += 1
        if flags & EXTRA:
            o.duplicates += 1
            return
        count_peak(o, packet)
        cover(&self.s, o, self.s.states + number, packet)
        self._go(number, 0, packet)
        if o.has_payload and packet.payload > 0:
            self._go(number, 1, packet)

    cdef inline void _go(self, uint32_t number, int which, const Trace* packet) noexcept nogil:
        """Follow one more packet in time order."""
        cdef Course* c = self.observed[number].courses + which
        cdef Change* change
        if not c.started:
            c.started = 1
            c.first_ns = packet.ts_ns
            c.last_member = packet.member
        elif packet.member != c.last_member:
            if c.kept < KEPT_SWITCHES:
                change = self.changes_ + self.n_changes
                change.ts_ns, change.before_ns, change.earlier = packet.ts_ns, c.last_ns, c.total
                change.observer, change.course, change.old, change.new = number, which, c.last_member, packet.member
                self.n_changes += 1
                c.kept += 1
            c.switches += 1
            count_node(&self.s, &c.runs, c.run if c.run < LONG_RUN else LONG_RUN, 1)
            c.run = 0
            c.last_member = packet.member
        c.run += 1
        c.total += 1
        c.last_ns = packet.ts_ns
        count_node(&self.s, &c.members, packet.member, 1)

    cdef void _in_order(self, uint32_t number) noexcept nogil:
        """Follow the direction's packets of this window in the order in which they were sent, whatever the clocks."""
        cdef Observed* o = self.observed + number
        cdef int64_t n_all = self._gather(False), n_data
        if not o.has_payload:
            self._steps(o.courses, NULL, n_all, False)
            return
        n_data = self._gather(True)
        if n_data == n_all:
            self._steps(o.courses, o.courses + 1, n_all, True)
        else:
            self._steps(o.courses + 1, NULL, n_data, True)
            self._steps(o.courses, NULL, self._gather(False), False)

    cdef int64_t _gather(self, bint with_payload) noexcept nogil:
        """Put the direction's packets that are no copies, or those of them with payload, into `places`, in time order."""
        cdef int64_t n = 0, k
        cdef uint32_t place
        for k in range(self.group, self.at):
            place = self.order[k]
            if not self.flags[self.n_tail + place] and (not with_payload or self.window[place].payload > 0):
                self.places[n] = place
                n += 1
        return n

    cdef void _steps(self, Course* c, Course* also, int64_t n, bint with_payload) noexcept nogil:
        """Count neighbours among the `n` packets of `places`, in one course or two."""
        cdef int64_t k, run = 0, steps = 0
        cdef bint sequenced = True, acked = True
        cdef uint32_t member = 0
        for k in range(n):
            sequenced = sequenced and self.window[self.places[k]].have & SEQUENCE and self.window[self.places[k]].payload > 0
            acked = acked and self.window[self.places[k]].have & ACK
        if n < 2:
            return
        if sequenced:
            self._sort(n, 0)
        else:
            self._sort(n, 1)
            if not self._many(n):
                if not acked:
                    return
                self._gather(with_payload)
                self._sort(n, 2)
                if not self._many(n):
                    return
        for k in range(n):
            if sequenced and k > 0 and self.values[self.places[k]] == self.values[self.places[k - 1]]:
                continue
            if run > 0:
                steps += 1
                if self.window[self.places[k]].member != member:
                    self._end_run(c, also, run)
                    run = 0
            member = self.window[self.places[k]].member
            run += 1
        if steps > 0:
            self._end_run(c, also, run)
            c.changes -= 1
            c.steps += steps
            if also != NULL:
                also.changes -= 1
                also.steps += steps

    cdef inline void _end_run(self, Course* c, Course* also, int64_t run) noexcept nogil:
        run = run if run < LONG_RUN else LONG_RUN
        c.changes += 1
        count_node(&self.s, &c.runs_in_order, run, 1)
        if also != NULL:
            also.changes += 1
            count_node(&self.s, &also.runs_in_order, run, 1)

    cdef bint _many(self, int64_t n) noexcept nogil:
        """Return whether more than half of the sorted values differ."""
        cdef int64_t k, distinct = 1
        for k in range(1, n):
            distinct += self.values[self.places[k]] != self.values[self.places[k - 1]]
        return distinct > n // 2

    cdef void _sort(self, int64_t n, int by) noexcept nogil:
        """Sort `places`, in time order, by sequence number (0), IP ID (1) or acknowledgment (2), unwrapped.

        It is a stable merge; of what is in order mostly, most halves are left as they are.
        """
        cdef int64_t k, value = 0, width, low, middle, high, i, j, at
        cdef uint32_t before = 0, now
        for k in range(n):
            if by == 0:
                now = self.window[self.places[k]].seq
            elif by == 1:
                now = self.window[self.places[k]].ip_id
            else:
                now = self.window[self.places[k]].ack
            if k == 0:
                value = now
            elif by == 1:
                value += <int16_t>(now - before)
            else:
                value += <int32_t>(now - before)
            before = now
            self.values[self.places[k]] = value
        width = 1
        while width < n:
            low = 0
            while low + width < n:
                middle, high = low + width, low + 2 * width
                if high > n:
                    high = n
                if self.values[self.places[middle - 1]] > self.values[self.places[middle]]:
                    for k in range(low, middle):
                        self.spare[k] = self.places[k]
                    i, j, at = low, middle, low
                    while i < middle:
                        if j < high and self.values[self.places[j]] < self.values[self.spare[i]]:
                            self.places[at] = self.places[j]
                            j += 1
                        else:
                            self.places[at] = self.spare[i]
                            i += 1
                        at += 1
                low = high
            width *= 2
