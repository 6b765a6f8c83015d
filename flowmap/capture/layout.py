"""What the record walkers share: the state array, statuses, reasons and format numbers.

Plain integers, so that the compiled walkers (`kernel.pyx`), their twins (`reference.py`) and the reader mean the same.
`layout.pxd` has the same numbers for the compiler.
"""

from __future__ import annotations

# The int64 state array. Inputs:
S_BIG = 0  # 1: numbers are big endian
S_RECORD = 1  # pcap: bytes of a record header, 16 or 24
S_FRACTION = 2  # pcap: nanoseconds per unit of the second word, 1000 or 1
S_LENGTHS = 3  # pcap: LENGTHS_*
S_SECTION_BASE = 4  # pcapng: ordinal of the section's interface 0
S_INTERFACES = 5  # pcapng: interfaces of the section that may be used
S_LAST = 13  # pcap: second of the last record, NO_SECOND before the first; the walker keeps it
S_FINAL = 14  # 1: the capture ends where the buffer does
S_FRACTIONS = 15  # pcap: what the second word of a record header stays below
# Outputs of a call:
S_NEED = 6  # bytes that the item at `consumed` needs (MORE)
S_REASON = 7  # R_* (DAMAGE)
S_FOUND = 8  # the number that was wrong (DAMAGE)
# Running counts:
S_OUT_OF_RANGE = 9  # packets whose time does not fit int64 nanoseconds
S_UNTIMED = 10  # packets in records that have no time (SPB)
S_UNKNOWN = 11  # packets of interfaces that the section does not describe: not in the index
S_FIRST_UNKNOWN = 12  # position in the buffer of the first one of the call that raised S_UNKNOWN from 0
S_JUMP = 16  # pcap: seconds between two neighbours that are believed without a look at what follows
S_TRUST = 17  # pcap, 1: the first record of the call is taken, odd as its header may be
STATE_SIZE = 20
"""Slots before the drop counters: slot STATE_SIZE + ordinal counts what packet records report."""

# Statuses.
MORE = 0  # the item at `consumed` is not all there: S_NEED bytes (or more) from its begin
FULL = 1  # the index has no room
HANDLE = 2  # a section header, interface or statistics block: the reader parses it
DAMAGE = 3  # the chain of records breaks, or seems to break, at `consumed`

R_FRAME_LARGE = 1  # captured length over MAX_FRAME
R_BLOCK_SHORT = 2  # block length below what its type holds at least
R_BLOCK_LARGE = 3  # a block of over MAX_BLOCK bytes
R_TRAILER = 4  # the length at the end of the block is another than that at its begin
R_BEYOND_BLOCK = 5  # captured length goes beyond the block
R_FRACTION = 6  # a second word of S_FRACTIONS or more
R_TIME = 7  # a time that is far from that of the record before
R_EMPTY = 8  # a record header of zeros: a hole in the file
R_SWALLOWED = 9  # a captured length that takes other records in (found by the reader)
R_WIRE_LARGE = 10  # original length over MAX_WIRE
ODD = (R_FRACTION, R_TIME, R_EMPTY, R_WIRE_LARGE)
"""What programs write too, if rarely."""

LENGTHS_NORMAL = 0
LENGTHS_SWAPPED = 1  # original length first
LENGTHS_MAYBE = 2  # original length first in the records where the first one is the larger

MAX_FRAME = 262144
"""Captured bytes of one frame; the limit of libpcap and Wireshark. More means that the record header is garbage."""
MAX_WIRE = 16 << 20
"""Original bytes of one frame that are believed: no link has larger ones, nor do offloads make them."""
MAX_JUMP = 30 * 86400
"""Seconds between two neighbours that are believed without a look at what follows."""
ANY_JUMP = 1 << 33
NO_SECOND = -1
MAX_BLOCK = 16 << 20
"""Bytes of a block; Wireshark's limit."""
MAX_INTERFACES = 65536
"""Interfaces of one capture that are told apart; packets of later ones are counted in a notice."""
DROPS_CAP = (1 << 62) - 1
"""Where drop counters stop, so that hostile ones don't overflow."""

BLOCK_SHB = 0x0A0D0D0A
BLOCK_IDB = 1
BLOCK_PB = 2
BLOCK_SPB = 3
BLOCK_ISB = 5
BLOCK_EPB = 6
