"""`layout.py` as the compiled walkers see it; a test proves that they agree."""

from libc.stdint cimport int64_t

cdef enum:
    S_BIG = 0
    S_RECORD = 1
    S_FRACTION = 2
    S_LENGTHS = 3
    S_SECTION_BASE = 4
    S_INTERFACES = 5
    S_LAST = 13
    S_FINAL = 14
    S_FRACTIONS = 15
    S_NEED = 6
    S_REASON = 7
    S_FOUND = 8
    S_OUT_OF_RANGE = 9
    S_UNTIMED = 10
    S_UNKNOWN = 11
    S_FIRST_UNKNOWN = 12
    S_JUMP = 16
    S_TRUST = 17
    STATE_SIZE = 20
    MORE = 0
    FULL = 1
    HANDLE = 2
    DAMAGE = 3
    R_FRAME_LARGE = 1
    R_BLOCK_SHORT = 2
    R_BLOCK_LARGE = 3
    R_TRAILER = 4
    R_BEYOND_BLOCK = 5
    R_FRACTION = 6
    R_TIME = 7
    R_EMPTY = 8
    R_SWALLOWED = 9
    R_WIRE_LARGE = 10
    LENGTHS_NORMAL = 0
    LENGTHS_SWAPPED = 1
    LENGTHS_MAYBE = 2
    MAX_FRAME = 262144
    MAX_WIRE = 16 << 20
    MAX_JUMP = 30 * 86400
    NO_SECOND = -1
    MAX_BLOCK = 16 << 20
    MAX_INTERFACES = 65536
    BLOCK_SHB = 0x0A0D0D0A
    BLOCK_IDB = 1
    BLOCK_PB = 2
    BLOCK_SPB = 3
    BLOCK_ISB = 5
    BLOCK_EPB = 6
