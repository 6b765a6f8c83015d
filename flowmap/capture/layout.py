"""What the record walkers share: the state array, statuses, reasons and format numbers.

Plain integers, so that the compiled walkers (`kernels.py`), their twins (`reference.py`) and the reader mean the same.
The kernel cache is keyed by a digest that covers this file (see `flowmap.jit`).
"""

from __future__ import annotations

# The int64 state array. Inputs:
S_BIG = 0  # 1: numbers are big endian
S_RECORD = 1  # pcap: bytes of a record header, 16 or 24
S_FRACTION = 2  # pcap: nanoseconds per unit of the second word, 1000 or 1
S_LENGTHS = 3  # pcap: LENGTHS_*
S_SECTION_BASE = 4  # pcapng: ordinal of the section's interface 0
S_INTERFACES = 5  # pcapng: interfaces of the section that may be used
# Outputs of a call:
S_NEED = 6  # bytes that the item at `consumed` needs (MORE, SKIP)
S_REASON = 7  # R_* (DAMAGE)
S_FOUND = 8  # the number that was wrong (DAMAGE)
# Running counts:
S_OUT_OF_RANGE = 9  # packets whose time does not fit int64 nanoseconds
S_UNTIMED = 10  # packets in records that have no time (SPB)
S_UNKNOWN = 11  # packets of interfaces that the section does not describe: not in the index
S_FIRST_UNKNOWN = 12  # position in the buffer of the first one of the call that raised S_UNKNOWN from 0
STATE_SIZE = 16
"""Slots before the drop counters: slot STATE_SIZE + ordinal counts what packet records report."""

# Statuses.
MORE = 0  # the item at `consumed` is not all there: S_NEED bytes (or more) from its begin
FULL = 1  # the index has no room
HANDLE = 2  # a section header, interface or statistics block: the reader parses it
SKIP = 3  # a block that nobody reads goes beyond the buffer: pass S_NEED bytes
DAMAGE = 4  # the chain of records breaks at `consumed`

R_FRAME_LARGE = 1  # captured length over MAX_FRAME
R_BLOCK_SHORT = 2  # block length below what its type holds at least
R_BLOCK_LARGE = 3  # a block to be parsed with over MAX_BLOCK bytes
R_TRAILER = 4  # the length at the end of the block is another than that at its begin
R_BEYOND_BLOCK = 5  # captured length goes beyond the block

LENGTHS_NORMAL = 0
LENGTHS_SWAPPED = 1  # original length first
LENGTHS_MAYBE = 2  # original length first in the records where the first one is the larger

MAX_FRAME = 262144
"""Captured bytes of one frame; the limit of libpcap and Wireshark. More means that the record header is garbage."""
MAX_BLOCK = 16 << 20
"""Bytes of a block that is parsed; Wireshark's limit. Blocks that are skipped may be longer."""
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
