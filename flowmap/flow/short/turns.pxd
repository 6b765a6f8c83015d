"""One capture counted by two threads in turn: while one counts what it has read, the other reads what follows.

Packets are counted in their order, so that nothing depends on how many threads there are. Each thread counts the bytes that it has
read itself: they are in its processor's cache, while those that another has read take longer to count than to read. What is left of
a chunk, less than a record, is handed on with the turn. Reading takes a third of the time that one thread needs for both: 1.2 s of
40 million packets are 0.8 s so.

Chunks are numbered: -1 is what is there at first, the thread that calls has it and the odd ones, its partner the even ones. A chunk
in which something is odd ends the turns, as does a table that must grow; what the other has read by then is read again.
"""

from libc.stdint cimport int64_t, uint8_t
from libc.string cimport memcpy

from flowmap.capture.layout cimport S_TRUST
from flowmap.flow.short.straight cimport Straight, Stretch, count_stretch
from flowmap.flow.table cimport Table
from flowmap.kernels.columns cimport TS_NONE, Header, Iface, larger, smaller

cdef extern from *:
    """
    #ifdef _WIN32  /* turns are not taken there: a file's number is of one C library */
    #define READ_AT(file, to, count, offset) (-1)
    #define TURN_OF(turn) (*(turn))
    #define GIVE_TURN(turn, to) (*(turn) = (to))
    #define REST()
    #define PAUSE()
    #else
    #include <sched.h>
    #include <unistd.h>
    #define READ_AT(file, to, count, offset) pread(file, to, count, offset)
    #define TURN_OF(turn) __atomic_load_n(turn, __ATOMIC_ACQUIRE)
    #define GIVE_TURN(turn, to) __atomic_store_n(turn, to, __ATOMIC_RELEASE)
    #define REST() sched_yield()
    #if defined(__x86_64__) || defined(__i386__)
    #define PAUSE() __builtin_ia32_pause()
    #else
    #define PAUSE()
    #endif
    #endif
    """
    int64_t READ_AT(int file, void* to, size_t count, int64_t offset) noexcept nogil
    int64_t TURN_OF(int64_t* turn) noexcept nogil
    void GIVE_TURN(int64_t* turn, int64_t to) noexcept nogil
    void REST() noexcept nogil
    void PAUSE() noexcept nogil

cdef enum:
    ENDED = 2  # of whose turn it is: nobody's
    PAUSES = 1000  # some 40 microseconds, before others are let on

ctypedef struct Turns:  # eight bytes each: the caller has it as an array
    int64_t turn  # 0: the thread that calls, 1: its partner
    int64_t ended_by
    int64_t packets
    int64_t largest
    int64_t last_ns
    int64_t taken  # bytes of the file
    int64_t full  # whether the table must grow before it goes on
    int64_t start  # of what is not used, in the buffer of who ended
    int64_t end
    int64_t left  # bytes in `rest`
    int64_t room  # of `rest`, and in front of a chunk for what is left of the one before


cdef inline bint wait_for(Turns* turns, int64_t me) noexcept nogil:
    """Wait for a thread's turn; return False where there is none any more."""
    cdef int64_t turn = TURN_OF(&turns.turn), n = 0
    while turn != me and turn != ENDED:
        n += 1
        if n < PAUSES:
            PAUSE()
        else:
            REST()
        turn = TURN_OF(&turns.turn)
    return turn == me


cdef inline int64_t read_at(int file, uint8_t* to, int64_t count, int64_t offset) noexcept nogil:
    """Read `count` bytes of a file; return how many there were."""
    cdef int64_t got = 0, more = 1
    while got < count and more > 0:
        more = READ_AT(file, to + got, <size_t>(count - got), offset + got)
        got += more if more > 0 else 0
    return got


cdef inline bint count_chunk(
    Table* t, Header* h, Stretch* s, int64_t* state, const Iface* ifaces, bint blocks, Turns* turns
) noexcept nogil:
    """Count what is in data[start:end]; return whether nothing else than more bytes is wanted."""
    cdef Straight done = count_stretch(t, h, s.data, s.start, s.end, state, ifaces, blocks)
    s.start = done.position
    if done.packets > 0:
        turns.packets += done.packets
        turns.largest, turns.last_ns = larger(turns.largest, done.largest), done.last_ns
        state[S_TRUST] = 0
    turns.full = done.full
    return done.hungry and not done.full and s.end - s.start <= turns.room


cdef inline void take_turns(
    Table* t, Header* h, Stretch s, int64_t* state, const Iface* ifaces, bint blocks, Turns* turns, uint8_t* rest, int64_t offset,
    int64_t me,
) noexcept nogil:
    """Read and count every other chunk of the s.left bytes of a file from `offset` on, up to the end of the turns."""
    cdef int64_t number = -1 if me == 0 else 0, size = s.capacity - turns.room, wanted = 0, got = 0
    while True:
        if number >= 0:
            wanted = larger(smaller(size, s.left - number * size), 0)
            got = read_at(s.file, s.data + turns.room, wanted, offset + number * size)
        if not wait_for(turns, me):
            return
        if number >= 0:
            s.start, s.end = turns.room - turns.left, turns.room + got
            memcpy(s.data + s.start, rest, turns.left)
            turns.taken += got
        if not count_chunk(t, h, &s, state, ifaces, blocks, turns) or got < wanted or turns.taken >= s.left:
            turns.start, turns.end, turns.ended_by = s.start, s.end, me
            GIVE_TURN(&turns.turn, ENDED)
            return
        turns.left = s.end - s.start
        memcpy(rest, s.data + s.start, turns.left)
        GIVE_TURN(&turns.turn, 1 - me)
        number += 2
