"""Compiled twin of `conversations.py`: rows of the flow table by conversation, and the streams that they are.

Rows are read where they lie. They are 216 bytes long, and to take a column of a million of them out costs as much as all that
is done here: a million rows take a fifth of what the twin takes.
"""

from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from flowmap.kernels.columns cimport ACK, SYN_ACK, SYN_ONLY, TS_NONE, Flow, rows
from flowmap.flow.counting.hash cimport key_hash, likely_number
from flowmap.flow.counting.rows cimport prefetch, prefetch_row

__all__ = ["arrange", "compare", "fill", "first_times", "group", "settle"]

cdef enum:
    BATCH = 32  # rows whose slots, and then whose conversations, are waited for at once
    FEW = 16  # sorted by insertion
    AHEAD = 16  # rows that are loaded before they are looked at
    NEAR = 8  # streams whose rows are
    MOST_COMPARED = 64  # rows of a conversation, each of which is compared with every other

ctypedef struct Stream:  # STREAM
    uint64_t a_hi
    uint64_t a_lo
    uint64_t b_hi
    uint64_t b_lo
    uint16_t a_port
    uint16_t b_port
    uint8_t version
    int8_t client
    uint32_t encap
    int64_t first_ns
    int64_t last_ns
    uint64_t wire_bytes
    uint64_t[2] packets
    uint64_t[2] payload_bytes
    uint64_t[2] acked_bytes
    uint16_t[2] members
    int64_t row_start
    int64_t row_count

ctypedef struct Sorting:  # what numbers are sorted by
    const Flow* table
    const int64_t* order
    const uint8_t* forward
    const int64_t* starts
    bint ids

ctypedef struct Confirmed:  # the acknowledgments of a direction so far
    const Flow* last
    int64_t position


cdef inline bint is_forward(const Flow* row) noexcept nogil:
    """Return whether the source is the lower endpoint."""
    if row.version == 6 and row.src_hi != row.dst_hi:
        return row.src_hi < row.dst_hi
    if row.src_lo != row.dst_lo:
        return row.src_lo < row.dst_lo
    return row.sport <= row.dport


cdef inline uint64_t conversation_hash(const uint64_t* keys, const Flow* row, bint forward) noexcept nogil:
    """Return the hash of the row's conversation, which both directions have."""
    if forward:
        return key_hash(
            keys, row.src_hi, row.src_lo, row.dst_hi, row.dst_lo, <uint64_t>row.sport << 16 | row.dport, 0, 0, row.encap,
            row.version == 6,
        )
    return key_hash(
        keys, row.dst_hi, row.dst_lo, row.src_hi, row.src_lo, <uint64_t>row.dport << 16 | row.sport, 0, 0, row.encap,
        row.version == 6,
    )


cdef inline bint same_direction(const Flow* a, const Flow* b) noexcept nogil:
    """Return whether two rows are of one direction of a conversation."""
    return (
        (a.src_lo ^ b.src_lo) | (a.dst_lo ^ b.dst_lo) | (a.encap ^ b.encap) | (a.sport ^ b.sport) | (a.dport ^ b.dport)
        | (a.version ^ b.version)
    ) == 0 and (a.version != 6 or (a.src_hi == b.src_hi and a.dst_hi == b.dst_hi))


cdef inline bint opposite(const Flow* a, const Flow* b) noexcept nogil:
    """Return whether two rows are of the two directions of a conversation."""
    return (
        (a.src_lo ^ b.dst_lo) | (a.dst_lo ^ b.src_lo) | (a.encap ^ b.encap) | (a.sport ^ b.dport) | (a.dport ^ b.sport)
        | (a.version ^ b.version)
    ) == 0 and (a.version != 6 or (a.src_hi == b.dst_hi and a.dst_hi == b.src_hi))


def group(table, keys, slots, conversation, forward):
    """Give each conversation of FLOW rows a number, in order of its first row; return how many there are.

    Out: (n,) uint32 `conversation`, and whether a row runs from the lower endpoint to the higher one in `forward`. `keys`: 24
    random uint64; `slots`: int64, all 0, a power of two and more than n: for hash tag << 32 | a conversation's first row + 1.
    """
    cdef const Flow* row = <Flow*>rows(table, sizeof(Flow))
    cdef const uint64_t* key = <uint64_t*>rows(keys, 8)
    cdef int64_t* slot = <int64_t*>rows(slots, 8)
    cdef uint32_t* number = <uint32_t*>rows(conversation, 4)
    cdef uint8_t* runs_forward = <uint8_t*>rows(forward, 1)
    cdef int64_t n = len(table), mask = len(slots) - 1, start = 0, found = 0, many
    if len(keys) < 24 or len(slots) & mask or len(slots) <= n or n >= 0x7FFFFFFF:
        raise ValueError("too few keys or slots, or too many rows")
    if not len(conversation) == len(forward) == n:
        raise ValueError("arrays of unequal length")
    with nogil:
        while start < n:
            many = BATCH if n - start > BATCH else n - start
            found = group_batch(row, key, slot, mask, number, runs_forward, start, many, found)
            start += many
    return found


cdef inline int64_t group_batch(
    const Flow* row, const uint64_t* key, int64_t* slot, int64_t mask, uint32_t* number, uint8_t* runs_forward, int64_t start,
    int64_t many, int64_t found,
) noexcept nogil:
    """Give the conversations of `many` rows their numbers, their slots loaded ahead; return how many there are so far."""
    cdef int64_t[32] tags
    cdef int64_t k, s
    for k in range(start, start + many):
        runs_forward[k] = is_forward(row + k)
        tags[k - start] = <int64_t>conversation_hash(key, row + k, runs_forward[k])
        prefetch(slot + (tags[k - start] & mask))
    for k in range(many):
        s = likely_number(slot, mask, tags[k])
        if s >= 0:
            prefetch(number + s)
            prefetch_key(row + s)
    for k in range(start, start + many):
        s = tags[k - start] & mask
        while slot[s] != 0:
            if slot[s] >> 32 == tags[k - start] and is_of(row + k, row + (<uint32_t>slot[s] - 1)):
                break
            s = (s + 1) & mask
        if slot[s] == 0:
            slot[s] = tags[k - start] << 32 | (k + 1)
            number[k] = <uint32_t>found
            found += 1
        number[k] = number[<uint32_t>slot[s] - 1]
    return found


cdef inline void prefetch_key(const Flow* row) noexcept nogil:
    """Load the lines that tell an IPv4 row's conversation."""
    prefetch(row)
    prefetch(&row.version)


cdef inline bint is_of(const Flow* row, const Flow* head) noexcept nogil:
    """Return whether a row is of the conversation of another."""
    return same_direction(row, head) or opposite(row, head)


def arrange(table, conversation, starts, order):
    """Put the numbers of FLOW rows into `order` (n,) int64.

    They are by conversation, then by first_ns, then as they stand in the table; `starts` (conversations + 1,) int64: where
    those of each begin.
    """
    cdef const uint32_t* number = <uint32_t*>rows(conversation, 4)
    cdef int64_t* start = <int64_t*>rows(starts, 8)
    cdef int64_t* place = <int64_t*>rows(order, 8)
    cdef int64_t n = len(table), n_groups = len(starts) - 1, k
    cdef Sorting by = Sorting(<Flow*>rows(table, sizeof(Flow)), NULL, NULL, NULL, False)
    if not len(conversation) == len(order) == n or n_groups < 0 or (n and int(conversation.max()) >= n_groups):
        raise ValueError("arrays of unequal length, or other conversations")
    with nogil:
        for k in range(n_groups + 1):
            start[k] = 0
        for k in range(n):
            start[number[k] + 1] += 1
        for k in range(n_groups):
            start[k + 1] += start[k]
        for k in range(n):
            place[start[number[k]]] = k
            start[number[k]] += 1
        for k in range(n_groups, 0, -1):
            start[k] = start[k - 1]
        if n_groups:
            start[0] = 0
        for k in range(n_groups):
            if start[k] + AHEAD < n:
                prefetch(&by.table[place[start[k] + AHEAD]].first_ns)
            sort(&by, place + start[k], start[k + 1] - start[k])


cdef inline bint before(const Sorting* by, int64_t a, int64_t b) noexcept nogil:
    """Return whether number `a` comes first: rows by time, or streams by key; equal ones as they are numbered."""
    if by.ids:
        return key_before(by, a, b)
    if by.table[a].first_ns != by.table[b].first_ns:
        return by.table[a].first_ns < by.table[b].first_ns
    return a < b


cdef bint key_before(const Sorting* by, int64_t a, int64_t b) noexcept nogil:
    """Return whether stream `a` comes first by its key."""
    cdef Stream one, other
    take_key(&one, by, a)
    take_key(&other, by, b)
    if one.encap != other.encap:
        return one.encap < other.encap
    if one.version != other.version:
        return one.version < other.version
    if one.a_hi != other.a_hi:
        return one.a_hi < other.a_hi
    if one.a_lo != other.a_lo:
        return one.a_lo < other.a_lo
    if one.b_hi != other.b_hi:
        return one.b_hi < other.b_hi
    if one.b_lo != other.b_lo:
        return one.b_lo < other.b_lo
    if one.a_port != other.a_port:
        return one.a_port < other.a_port
    if one.b_port != other.b_port:
        return one.b_port < other.b_port
    return a < b


cdef inline void take_key(Stream* stream, const Sorting* by, int64_t number) noexcept nogil:
    """Write the endpoints of a stream, by its first row."""
    cdef int64_t first = by.order[by.starts[number]]
    cdef const Flow* row = by.table + first
    cdef bint forward = by.forward[first]
    stream.version, stream.encap, stream.a_hi, stream.b_hi = row.version, row.encap, 0, 0
    stream.a_lo, stream.b_lo = row.src_lo if forward else row.dst_lo, row.dst_lo if forward else row.src_lo
    stream.a_port, stream.b_port = row.sport if forward else row.dport, row.dport if forward else row.sport
    if row.version == 6:
        stream.a_hi = row.src_hi if forward else row.dst_hi
        stream.b_hi = row.dst_hi if forward else row.src_hi


cdef inline void sort(const Sorting* by, int64_t* numbers, int64_t n) noexcept nogil:
    """Sort numbers by insertion: most conversations have two rows. Many are sorted as a heap."""
    cdef int64_t k, at, one
    if n > FEW:
        sort_many(by, numbers, n)
        return
    for k in range(1, n):
        one, at = numbers[k], k
        while at > 0 and before(by, one, numbers[at - 1]):
            numbers[at] = numbers[at - 1]
            at -= 1
        numbers[at] = one


cdef void sort_many(const Sorting* by, int64_t* numbers, int64_t n) noexcept nogil:
    """Sort numbers as a heap, which takes no memory and has no bad case."""
    cdef int64_t k, last
    for k in range(n // 2 - 1, -1, -1):
        sift(by, numbers, k, n)
    for k in range(n - 1, 0, -1):
        last = numbers[k]
        numbers[k] = numbers[0]
        numbers[0] = last
        sift(by, numbers, 0, k)


cdef void sift(const Sorting* by, int64_t* heap, int64_t at, int64_t n) noexcept nogil:
    """Let a number sink in the heap to where it belongs."""
    cdef int64_t one = heap[at], child
    while True:
        child = 2 * at + 1
        if child >= n:
            break
        if child + 1 < n and before(by, heap[child], heap[child + 1]):
            child += 1
        if not before(by, one, heap[child]):
            break
        heap[at] = heap[child]
        at = child
    heap[at] = one


cdef void check(table, order, starts) except *:
    """Raise where `order` has numbers of no rows, or `starts` does not say where each group of it begins and the last one ends."""
    cdef const int64_t* place = <int64_t*>rows(order, 8)
    cdef const int64_t* start = <int64_t*>rows(starts, 8)
    cdef int64_t n = len(order), n_rows = len(table), n_groups = len(starts) - 1, k
    cdef bint right = n_groups >= 0 and start[0] == 0 and start[n_groups] == n
    with nogil:
        for k in range(n_groups if right else 0):
            right = right and start[k] < start[k + 1]
        for k in range(n if right else 0):
            right = right and 0 <= place[k] < n_rows
    if not right:
        raise ValueError("an order of other rows, or groups that are not all of it")


def compare(table, order, starts):
    """Compare the rows of each conversation.

    Out: whether two rows of FLOW may be of one flow on one member (the whole key is equal), whether one direction may be on
    several members, and whether one has several rows. Conversations of many rows count as all of that.
    """
    cdef const Flow* row = <Flow*>rows(table, sizeof(Flow))
    cdef const int64_t* place = <int64_t*>rows(order, 8)
    cdef const int64_t* start = <int64_t*>rows(starts, 8)
    cdef int64_t n = len(order), n_groups = len(starts) - 1, k, i, j
    cdef const Flow* a
    cdef const Flow* b
    cdef bint repeated = False, shared = False, several = False
    check(table, order, starts)
    with nogil:
        for k in range(n_groups):
            if start[k + 1] - start[k] > MOST_COMPARED:
                repeated = shared = several = True
            if repeated and shared:
                break
            for i in range(start[k], start[k + 1]):
                a = row + place[i]
                if i + AHEAD < n:
                    prefetch_key(row + place[i + AHEAD])
                for j in range(start[k], i):
                    b = row + place[j]
                    if a.sport == b.sport and same_direction(a, b):
                        several = True
                        shared = shared or a.link != b.link
                        repeated = repeated or (a.link == b.link and a.vlan == b.vlan)
    return repeated, shared, several


def first_times(table, order, starts, found):
    """Write the least first_ns of the rows of each stream, those without one left out, to `found` (streams,) int64."""
    cdef const Flow* row = <Flow*>rows(table, sizeof(Flow))
    cdef const int64_t* place = <int64_t*>rows(order, 8)
    cdef const int64_t* start = <int64_t*>rows(starts, 8)
    cdef int64_t* out = <int64_t*>rows(found, 8)
    cdef int64_t n = len(starts) - 1, n_rows = len(order), k, i, ts_ns
    check(table, order, starts)
    if len(found) != n:
        raise ValueError("arrays of unequal length")
    with nogil:
        for k in range(n):
            out[k] = TS_NONE
            for i in range(start[k], start[k + 1]):
                if i + AHEAD < n_rows:
                    prefetch(&row[place[i + AHEAD]].first_ns)
                ts_ns = row[place[i]].first_ns
                if ts_ns != TS_NONE and (out[k] == TS_NONE or ts_ns < out[k]):
                    out[k] = ts_ns


def settle(table, order, forward, starts, first_ns, by_time):
    """Put the streams of `by_time` (n,) int64, which are in order of `first_ns`, in order of their keys where times are equal."""
    cdef const int64_t* time = <int64_t*>rows(first_ns, 8)
    cdef int64_t* number = <int64_t*>rows(by_time, 8)
    cdef int64_t n = len(by_time), begin = 0, end
    cdef Sorting by = Sorting(
        <Flow*>rows(table, sizeof(Flow)), <int64_t*>rows(order, 8), <uint8_t*>rows(forward, 1), <int64_t*>rows(starts, 8), True
    )
    check(table, order, starts)
    if not len(first_ns) == n == len(starts) - 1 or len(forward) != len(table) or (n and not 0 <= by_time.min() <= by_time.max() < n):
        raise ValueError("arrays of unequal length, or other streams")
    with nogil:
        while begin < n:
            end = begin + 1
            while end < n and time[number[end]] == time[number[begin]]:
                end += 1
            if end - begin > 1:
                sort(&by, number + begin, end - begin)
            begin = end


def fill(table, order, forward, starts, first_ns, by_id, seen, streams):
    """Fill `streams` (n,) STREAM in the order of `by_id`, which may be a part of all.

    `seen`: two int64, all 0, for each member; links are members.
    """
    cdef const int64_t* time = <int64_t*>rows(first_ns, 8)
    cdef const int64_t* number = <int64_t*>rows(by_id, 8)
    cdef int64_t* last_seen = <int64_t*>rows(seen, 8)
    cdef Stream* out = <Stream*>rows(streams, sizeof(Stream))
    cdef int64_t n = len(streams), n_members = len(seen) // 2, k
    cdef Sorting by = Sorting(
        <Flow*>rows(table, sizeof(Flow)), <int64_t*>rows(order, 8), <uint8_t*>rows(forward, 1), <int64_t*>rows(starts, 8), True
    )
    cdef bint known = True
    check(table, order, starts)
    if not n == len(by_id) or len(first_ns) != len(starts) - 1 or len(forward) != len(table):
        raise ValueError("arrays of unequal length")
    if n and not 0 <= by_id.min() <= by_id.max() < len(first_ns):
        raise ValueError("a stream that there is not")
    with nogil:
        for k in range(n):
            if not known:
                break
            if k + 2 * NEAR < n:
                prefetch(by.starts + number[k + 2 * NEAR])
            if k + NEAR < n:
                prefetch_rows(&by, number[k + NEAR])
            out[k].first_ns = time[number[k]]
            known = fill_one(out + k, &by, number[k], last_seen, n_members)
    if not known:
        raise ValueError("more members")


cdef inline void prefetch_rows(const Sorting* by, int64_t number) noexcept nogil:
    """Load what is read of the first two rows of a stream, which has no more most often."""
    cdef int64_t begin = by.starts[number], end = by.starts[number + 1], i
    for i in range(begin, end if end < begin + 2 else begin + 2):
        prefetch_row(by.table + by.order[i])


cdef inline bint fill_one(Stream* s, const Sorting* by, int64_t number, int64_t* last_seen, int64_t n_members) noexcept nogil:
    """Write what the rows of a stream say together; return whether all are of members that there are."""
    cdef int64_t begin = by.starts[number], end = by.starts[number + 1], i
    cdef const Flow* row
    cdef int side
    cdef bint a_connects = False, b_connects = False
    cdef Confirmed[2] confirmed
    take_key(s, by, number)
    s.row_start, s.row_count, s.last_ns, s.wire_bytes = begin, end - begin, TS_NONE, 0
    for side in range(2):
        s.packets[side] = s.payload_bytes[side] = s.acked_bytes[side] = 0
        s.members[side] = 0
        confirmed[side] = Confirmed(NULL, 0)
    for i in range(begin, end):
        row = by.table + by.order[i]
        side = 0 if by.forward[by.order[i]] else 1
        s.last_ns = row.last_ns if row.last_ns > s.last_ns else s.last_ns
        s.wire_bytes += row.wire_bytes
        s.packets[side] += row.packets
        s.payload_bytes[side] += row.payload_bytes
        if row.have & SYN_ONLY:
            a_connects = a_connects or side == 0
            b_connects = b_connects or side == 1
        elif row.have & SYN_ACK:
            a_connects = a_connects or side == 1
            b_connects = b_connects or side == 0
        if row.link >= n_members:
            return False
        if last_seen[2 * row.link + side] != number + 1:
            last_seen[2 * row.link + side] = number + 1
            s.members[side] += 1
        if row.have & ACK:
            add_acknowledgments(&s.acked_bytes[1 - side], row, confirmed + 1 - side)
    s.client = 0 if a_connects and not b_connects else 1 if b_connects and not a_connects else -1
    return True


cdef inline void add_acknowledgments(uint64_t* furthest, const Flow* row, Confirmed* so_far) noexcept nogil:
    """Write how far the acknowledgments of a direction went on from the first one: twin `grouping.acknowledged`."""
    cdef int64_t here
    if so_far.last != NULL:
        here = <int32_t>(row.ack_base - so_far.last.ack_base - <uint32_t>so_far.last.acked)
        so_far.position += so_far.last.acked + here
    here = so_far.position + row.acked
    if so_far.last == NULL or here > <int64_t>furthest[0]:
        furthest[0] = <uint64_t>here
    so_far.last = row
