"""Packets counted while their records are walked, without an index in between, as long as there is nothing odd in either.

The walkers of `capture/kernel.pyx` and `Kernel.ingest` are the meaning: a record is counted here only if they would give it and
count it without anybody else, and what comes from the first on that is not so is theirs, as are captures in big-endian order. So
there is nothing to be told but how far it went. Walking by itself waits for one header after the other, and an index is written
and read: so a packet of bulk takes 25 ns where both in turn take 32.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memmove

from flowmap.capture.layout cimport (
    BLOCK_EPB, LENGTHS_NORMAL, MAX_BLOCK, MAX_FRAME, NO_SECOND, S_BIG, S_FRACTION, S_FRACTIONS, S_INTERFACES, S_JUMP, S_LAST,
    S_LENGTHS, S_RECORD, S_SECTION_BASE, S_TRUST,
)
from flowmap.capture.blocks.records cimport NS, Record, is_usual, ns_of, packet_options, read_record, u32
from flowmap.kernels.columns cimport IP_OTHER, NEIGHBOR, NON_IP, TS_NONE, Header, Iface, Index, larger, smaller
from flowmap.flow.counting.batch cimport classify, count_batch, decode_batch, room, stride_after
from flowmap.flow.short.calm cimport count_alone, settle_links
from flowmap.flow.sequence.follow cimport sequence_room
from flowmap.flow.table cimport BATCH, Table

cdef extern from *:
    """
    #ifdef _WIN32
    #include <io.h>
    #define READ_BYTES(file, to, count) _read(file, to, (unsigned int)(count))
    #else
    #include <unistd.h>
    #define READ_BYTES(file, to, count) read(file, to, count)
    #endif
    """
    int64_t READ_BYTES(int file, void* to, size_t count) noexcept nogil

ctypedef struct Walk:  # what both formats have
    const uint8_t* data
    int64_t position  # of the record that comes next
    int64_t after  # where it ends, once it has been looked at
    int64_t end
    bint hungry  # there are too few bytes for the one that comes next

ctypedef struct Records:
    Walk walk
    Record header  # of the record at `position`, where it is usual
    int64_t size
    int64_t fraction
    int64_t fractions
    int64_t jump
    int64_t last  # second of the record before
    bint usual
    Record following

ctypedef struct Blocks:
    Walk walk
    int64_t interfaces
    int64_t base
    const Iface* ifaces

ctypedef fused Format:
    Records
    Blocks

ctypedef struct Stretch:
    uint8_t* data
    int64_t start
    int64_t end
    int64_t capacity
    int file
    int64_t left  # bytes that may be read from the file
    int64_t taken  # that were
    int64_t packets
    int64_t largest
    int64_t last_ns
    bint full

ctypedef struct Straight:
    int64_t packets
    int64_t position
    int64_t largest  # captured length
    int64_t last_ns
    bint full  # the table must grow first
    bint hungry


cdef inline Records records_from(const uint8_t* data, int64_t start, int64_t end, const int64_t* state) noexcept nogil:
    """Return the records of a pcap file from `start` on."""
    cdef Records r
    r.walk = Walk(data, start, start, end, False)
    r.size, r.fraction, r.fractions, r.jump = state[S_RECORD], state[S_FRACTION], state[S_FRACTIONS], state[S_JUMP]
    r.last = state[S_LAST]
    r.usual = state[S_BIG] == 0 and state[S_LENGTHS] == LENGTHS_NORMAL
    if r.usual and start + r.size > end:
        r.walk.hungry, r.usual = True, False
    if r.usual:
        r.header = read_record(data, start, False)
        r.usual = is_usual(&r.header, r.fractions, r.last if r.last != NO_SECOND else r.header.seconds, r.jump)
    return r


cdef inline Blocks blocks_from(
    const uint8_t* data, int64_t start, int64_t end, const int64_t* state, const Iface* ifaces
) noexcept nogil:
    """Return the packet blocks of a section from `start` on."""
    cdef int64_t interfaces = state[S_INTERFACES] if state[S_BIG] == 0 else 0
    return Blocks(Walk(data, start, start, end, False), interfaces, state[S_SECTION_BASE], ifaces)


cdef inline bint look(Format* f, Index* out) noexcept nogil:
    """Return whether the packet that comes next is there, and nothing is odd about it."""
    if Format is Records:
        return look_at_record(f, out)
    else:
        return look_at_block(f, out)


cdef inline bint look_at_record(Records* r, Index* out) noexcept nogil:
    """Return whether a usual record is next after which another follows: that proves its length."""
    cdef int64_t frame = r.walk.position + r.size
    if not r.usual:
        return False
    r.walk.after = frame + r.header.captured
    if r.walk.after + r.size > r.walk.end:
        r.walk.hungry = True
        return False
    r.following = read_record(r.walk.data, r.walk.after, False)
    if not is_usual(&r.following, r.fractions, r.header.seconds, r.jump):
        return False
    out.ts_ns = r.header.seconds * NS + r.header.part * r.fraction
    out.offset = frame
    out.cap_len, out.wire_len, out.interface, out.flags = <uint32_t>r.header.captured, <uint32_t>r.header.wire, 0, 0
    return True


cdef inline bint look_at_block(Blocks* b, Index* out) noexcept nogil:
    """Return whether a sound enhanced packet block is next, of an interface that is described.

    It has a time, and no drops before it.
    """
    cdef const uint8_t* data = b.walk.data
    cdef int64_t p = b.walk.position, length, frame = p + 28, captured, interface, drops = 0
    if p + 32 > b.walk.end:
        b.walk.hungry = b.interfaces > 0
        return False
    length = u32(data, p + 4, False)
    b.walk.after = p + ((length + 3) & ~3)
    if u32(data, p, False) != BLOCK_EPB or length < 32 or length > MAX_BLOCK:
        return False
    if b.walk.after > b.walk.end:
        b.walk.hungry = b.interfaces > 0
        return False
    if u32(data, b.walk.after - 4, False) != length:
        return False
    interface, captured = u32(data, p + 8, False), u32(data, p + 20, False)
    if interface >= b.interfaces or captured > MAX_FRAME or frame + captured > b.walk.after - 4:
        return False
    out.flags = 0
    if frame + ((captured + 3) & ~3) + 4 <= b.walk.after - 4:
        out.flags = packet_options(data, frame + ((captured + 3) & ~3), b.walk.after - 4, BLOCK_EPB, False, &drops)
    interface += b.base
    out.ts_ns = ns_of(
        <uint64_t>u32(data, p + 12, False) << 32 | <uint64_t>u32(data, p + 16, False),
        b.ifaces[interface].unit, b.ifaces[interface].factor, b.ifaces[interface].offset_s,
    )
    out.offset = frame
    out.cap_len, out.wire_len, out.interface = <uint32_t>captured, <uint32_t>u32(data, p + 24, False), <uint32_t>interface
    return drops == 0 and out.ts_ns != TS_NONE


cdef inline void pass_on(Format* f) noexcept nogil:
    """Go on behind the packet that was looked at."""
    f.walk.position = f.walk.after
    if Format is Records:
        f.last = f.header.seconds
        f.header = f.following


cdef inline Straight count_straight(Table* t, Header* h, Format* f, const Iface* ifaces) noexcept nogil:
    """Count packets up to the first that is odd, or of a batch in which one is. `h` has room for a batch."""
    cdef Index[64] batch
    cdef Format walk = f[0], before  # a copy that nobody else sees stays in registers
    cdef Straight done = Straight(0, 0, 0, TS_NONE, False, False)
    cdef int64_t left = 0, n
    while look(&walk, batch):
        if left == 0:
            done.full = smaller(room(t), sequence_room(&t.sequences)) < BATCH
            if done.full:
                break
            left = BATCH
        if count_alone(t, walk.walk.data, batch):
            pass_on(&walk)
            left -= 1
            t.run += 1
            done.packets += 1
            done.largest = larger(done.largest, batch[0].cap_len)
            done.last_ns = batch[0].ts_ns
            continue
        before = walk
        t.stride = stride_after(t.stride, t.run)
        t.run = n = 0
        while n < smaller(t.stride, left) and look(&walk, batch + n):
            pass_on(&walk)
            n += 1
        if not count_together(t, h, walk.walk.data, batch, ifaces, n):
            walk = before
            walk.walk.hungry = False
            break
        left = 0
        note_batch(&done, batch, n)
    settle_links(t)
    done.position, done.hungry = walk.walk.position, walk.walk.hungry
    f[0] = walk
    return done


cdef inline void note_batch(Straight* done, const Index* batch, int64_t n) noexcept nogil:
    """Note how many packets of a batch were counted, the largest of them, and the last one's time."""
    cdef int64_t i
    for i in range(n):
        done.largest = larger(done.largest, batch[i].cap_len)
    done.packets += n
    done.last_ns = batch[n - 1].ts_ns


cdef inline bint count_together(
    Table* t, Header* h, const uint8_t* data, const Index* batch, const Iface* ifaces, int64_t n
) noexcept nogil:
    """Count packets, or return False with nothing changed where any of them is to be looked at.

    These are control frames, frames that the kernel declines, what is no IP or not TCP.
    """
    cdef int64_t[64] control
    cdef int64_t i
    if decode_batch(h, data, batch, ifaces, n) > 0:
        return False
    for i in range(n):
        if NEIGHBOR <= h[i].cls <= NON_IP or h[i].cls == IP_OTHER:
            return False
    settle_links(t)
    classify(t, h, batch, 0, n, control)
    count_batch(t, h, batch, data, ifaces, n)
    return True


cdef inline Straight count_stretch(
    Table* t, Header* h, const uint8_t* data, int64_t start, int64_t end, int64_t* state, const Iface* ifaces, bint blocks
) noexcept nogil:
    """Count what there is in data[start:end], of a pcapng where `blocks`, and keep `state` as the walkers do."""
    cdef Records records
    cdef Blocks described
    cdef Straight done
    if blocks:
        described = blocks_from(data, start, end, state, ifaces)
        return count_straight(t, h, &described, ifaces)
    records = records_from(data, start, end, state)
    done = count_straight(t, h, &records, ifaces)
    state[S_LAST] = records.last
    return done


cdef inline Stretch count_on(
    Table* t, Header* h, Stretch s, int64_t* state, const Iface* ifaces, bint blocks
) noexcept nogil:
    """Count what there is, and what can be read behind it, as long as that is all that is wanted."""
    cdef Straight done
    cdef int64_t got
    while True:
        done = count_stretch(t, h, s.data, s.start, s.end, state, ifaces, blocks)
        s.start = done.position
        if done.packets > 0:
            s.packets += done.packets
            s.largest, s.last_ns = larger(s.largest, done.largest), done.last_ns
            state[S_TRUST] = 0
        s.full = done.full
        if not done.hungry or s.left <= 0 or 2 * (s.end - s.start) > s.capacity:
            return s
        memmove(s.data, s.data + s.start, s.end - s.start)
        s.start, s.end = 0, s.end - s.start
        got = READ_BYTES(s.file, s.data + s.end, <size_t>smaller(s.left, s.capacity // 4))
        if got <= 0:
            return s
        s.end, s.left, s.taken = s.end + got, s.left - got, s.taken + got
