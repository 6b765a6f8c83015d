"""Packets counted while their records are walked, without an index in between, as long as there is nothing odd in either.

The walkers of `capture/kernel.pyx` and `Kernel.ingest` are the meaning: a record is counted here only if they would give it and
count it without anybody else, and what comes from the first on that is not so is theirs, as are captures in big-endian order. So
there is nothing to be told but how far it went. Walking by itself waits for one header after the other, and an index is written
and read: so a packet of bulk took 25 ns where both in turn took 32. Nothing of a record is kept but where it stands, so that what
is at work stays in registers: 48 instructions less, and the time is 16 ns.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memmove

from flowmap.capture.layout cimport (
    BLOCK_EPB, LENGTHS_NORMAL, MAX_BLOCK, MAX_FRAME, NO_SECOND, S_BIG, S_FRACTION, S_FRACTIONS, S_INTERFACES, S_JUMP, S_LAST,
    S_LENGTHS, S_RECORD, S_SECTION_BASE, S_TRUST,
)
from flowmap.capture.blocks.records cimport NS, Record, is_usual, is_usual_after, ns_of, packet_options, read_record, u32
from flowmap.kernels.columns cimport IP_OTHER, NEIGHBOR, NON_IP, TS_NONE, Header, Iface, Index, larger, smaller
from flowmap.flow.counting.batch cimport classify, count_batch, decode_batch, room, stride_after
from flowmap.flow.short.calm cimport BlockPacket, PcapPacket, count_alone, settle_links
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
    const uint8_t* at  # the record that comes next
    const uint8_t* after  # where it ends, once it has been looked at
    const uint8_t* end
    bint hungry  # there are too few bytes for the one that comes next

ctypedef struct Records:
    Walk walk
    PcapPacket packet  # that was looked at last
    int64_t size
    int64_t fraction
    int64_t fractions
    int64_t jump
    int64_t second  # of the packet
    int64_t last  # second of the record before
    bint usual  # whether the record at `at` is

ctypedef struct Blocks:
    Walk walk
    BlockPacket packet
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
    cdef Record header
    r.walk = Walk(data, data + start, data + start, data + end, False)
    r.size, r.fraction, r.fractions, r.jump = state[S_RECORD], state[S_FRACTION], state[S_FRACTIONS], state[S_JUMP]
    r.second = r.last = state[S_LAST]
    r.usual = state[S_BIG] == 0 and state[S_LENGTHS] == LENGTHS_NORMAL
    if r.usual and start + r.size > end:
        r.walk.hungry, r.usual = True, False
    if r.usual:
        header = read_record(data, start, False)
        r.usual = is_usual(&header, r.fractions, r.last if r.last != NO_SECOND else header.seconds, r.jump)
    return r


cdef inline Blocks blocks_from(
    const uint8_t* data, int64_t start, int64_t end, const int64_t* state, const Iface* ifaces
) noexcept nogil:
    """Return the packet blocks of a section from `start` on."""
    cdef Blocks b
    b.walk = Walk(data, data + start, data + start, data + end, False)
    b.interfaces, b.base = state[S_INTERFACES] if state[S_BIG] == 0 else 0, state[S_SECTION_BASE]
    b.ifaces = ifaces
    return b


cdef inline bint look(Format* f) noexcept nogil:
    """Return whether the packet that comes next is there, and nothing is odd about it."""
    if Format is Records:
        return look_at_record(f)
    else:
        return look_at_block(f)


cdef inline bint look_at_record(Records* r) noexcept nogil:
    """Return whether a usual record is next after which another follows: that proves its length."""
    cdef const uint8_t* at = r.walk.at
    r.packet.frame = at + r.size
    r.packet.cap_len = <uint32_t>u32(at, 8, False)
    if r.packet.cap_len + r.size > r.walk.end - r.packet.frame:
        r.walk.hungry = True
        return False
    r.walk.after = r.packet.frame + r.packet.cap_len
    r.second = u32(at, 0, False)
    r.packet.ts_ns = r.second * NS + u32(at, 4, False) * r.fraction
    r.packet.wire_len = <uint32_t>u32(at, 12, False)
    return is_usual_after(r.walk.after, r.second, r.fractions, r.jump)


cdef inline bint look_at_block(Blocks* b) noexcept nogil:
    """Return whether a sound enhanced packet block is next, of an interface that is described.

    It has a time, and no drops before it.
    """
    cdef const uint8_t* at = b.walk.at
    cdef int64_t left = b.walk.end - at, length, room, captured, interface, drops = 0
    if left < 32:
        b.walk.hungry = b.interfaces > 0
        return False
    length = u32(at, 4, False)
    if u32(at, 0, False) != BLOCK_EPB or length < 32 or length > MAX_BLOCK:
        return False
    if (length + 3) & ~3 > left:
        b.walk.hungry = b.interfaces > 0
        return False
    b.walk.after = at + ((length + 3) & ~3)
    if u32(b.walk.after, -4, False) != length:
        return False
    interface, captured, room = u32(at, 8, False), u32(at, 20, False), b.walk.after - at - 32
    if interface >= b.interfaces or captured > MAX_FRAME or captured > room:
        return False
    b.packet.frame, b.packet.flags = at + 28, 0
    captured = (captured + 3) & ~3
    if captured + 4 <= room:
        b.packet.flags = packet_options(b.packet.frame, captured, room, BLOCK_EPB, False, &drops)
    interface += b.base
    b.packet.ts_ns = ns_of(
        <uint64_t>u32(at, 12, False) << 32 | <uint64_t>u32(at, 16, False),
        b.ifaces[interface].unit, b.ifaces[interface].factor, b.ifaces[interface].offset_s,
    )
    b.packet.cap_len, b.packet.wire_len = <uint32_t>u32(at, 20, False), <uint32_t>u32(at, 24, False)
    b.packet.interface = <uint32_t>interface
    return drops == 0 and b.packet.ts_ns != TS_NONE


cdef inline Index index_of(const Format* f) noexcept nogil:
    """Return the packet that was looked at, as the walkers give it."""
    if Format is Records:
        return Index(f.packet.ts_ns, f.packet.frame - f.walk.data, f.packet.cap_len, f.packet.wire_len, 0, 0)
    else:
        return Index(
            f.packet.ts_ns, f.packet.frame - f.walk.data, f.packet.cap_len, f.packet.wire_len, f.packet.interface, f.packet.flags
        )


cdef inline void pass_on(Format* f) noexcept nogil:
    """Go on behind the packet that was looked at."""
    f.walk.at = f.walk.after
    if Format is Records:
        f.last = f.second


cdef inline bint usual_start(const Format* f) noexcept nogil:
    """Return whether what comes first may be looked at."""
    if Format is Records:
        return f.usual
    else:
        return True


cdef inline int64_t count_run(Table* t, Format* f, Straight* done) noexcept nogil:
    """Count packets of known flows up to a batch of them, or to another; return how many."""
    cdef int64_t n = 0
    while n < BATCH and look(f) and count_alone(t, f.walk.data, &f.packet):
        pass_on(f)
        n += 1
        done.largest = larger(done.largest, f.packet.cap_len)
        done.last_ns = f.packet.ts_ns
    return n


cdef inline int64_t gather(Format* f, Index* batch, int64_t most) noexcept nogil:
    """Put packets into a batch up to one that is odd; return how many."""
    cdef int64_t n = 0
    while n < most and look(f):
        batch[n] = index_of(f)
        pass_on(f)
        n += 1
    return n


cdef inline Straight count_straight(Table* t, Header* h, Format* f, const Iface* ifaces) noexcept nogil:
    """Count packets up to the first that is odd, or of a batch in which one is. `h` has room for a batch."""
    cdef Index[64] batch
    cdef Format walk = f[0], before  # a copy that nobody else sees stays in registers
    cdef Straight done = Straight(0, 0, 0, TS_NONE, False, False)
    cdef int64_t calm, stride, n
    while usual_start(&walk) and not walk.walk.hungry:
        done.full = smaller(room(t), sequence_room(&t.sequences)) < BATCH
        if done.full:
            break
        calm = count_run(t, &walk, &done)
        done.packets += calm
        t.run += calm
        if calm == BATCH:
            continue
        before = walk
        stride = stride_after(t.stride, t.run)
        n = gather(&walk, batch, smaller(stride, BATCH - calm))
        if n == 0:
            break
        t.stride, t.run = stride, 0
        if not count_together(t, h, walk.walk.data, batch, ifaces, n):
            walk = before
            walk.walk.hungry = False
            break
        note_batch(&done, batch, n)
    settle_links(t)
    done.position, done.hungry = walk.walk.at - walk.walk.data, walk.walk.hungry
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
