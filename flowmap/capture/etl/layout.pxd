"""`layout.py` as the compiled walk sees it; a test proves that they agree."""

from libc.stdint cimport int64_t, uint32_t

cdef enum:
    BUFFER_HEADER = 72
    MOST_BUFFER = 16777216
    EVENT_HEADER = 80
    KEY_RAW = 512
    KEY_WIFI = 65536
    KEY_START = 1073741824
    NDIS_FRAME = 1001
    NDIS_SWITCH_FRAME = 1003
    NDIS_RULE = 1016
    NDIS_SOURCE = 5101
    PKTMON_FRAME = 160
    PKTMON_DROP = 170
    PKTMON_DROP_AGAIN = 240
    LINK_ETHERNET = 1
    LINK_RAW = 101
    LINK_WIFI = 105
    S_KEYS = 0
    S_KEYS_FULL = 1
    S_HIT = 2
    S_FRAMES = 3
    S_OTHER = 4
    S_BROKEN = 5
    S_FIRST_BROKEN = 6
    S_UNKNOWN = 7
    S_REASON = 8
    S_FOUND = 9
    S_NEED = 10
    S_PARTS = 14
    S_DISORDER = 15
    S_KEY = 16
    STATE_SIZE = 20
    ENDED = 0
    FULL = 1
    HANDLE = 2
    NEW_KEY = 3
    DAMAGE = 4
    R_MARKER = 1
    R_SIZE = 2
    R_BEYOND = 3
    F_DIRECTION = 3
    F_START = 4
    F_END = 8
    F_WHOLE = 12
    F_JOINED = 16
    F_RUN = 32
    MOST_RUN = 65535
    MOST_OPEN = 64
    MOST_JOINED = 262144
    KEY_COLUMNS = 4
    MOST_INTERFACES = 4096

ctypedef struct Event:
    int64_t stamp
    int64_t offset
    uint32_t size
    uint32_t wire
    uint32_t interface
    uint32_t flags
    uint32_t process
    uint32_t thread
