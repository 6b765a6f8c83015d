"""What the walker over events shares with its twin and with the reader: offsets, numbers of providers, state slots, statuses.

A log is a row of buffers of one size; each holds events of one processor, one behind the other. All numbers are little endian.
Sources: the public documentation of TRACE_LOGFILE_HEADER and EVENT_HEADER, G. Chappell's pages on WMI_BUFFER_HEADER, the
manifests of Microsoft-Windows-NDIS-PacketCapture and Microsoft-Windows-PktMon.
"""

from __future__ import annotations

import numpy as np

BUFFER_HEADER = 72
"""Bytes of a buffer's header; its events begin there."""
MOST_BUFFER = 16 << 20
MOST_FREQUENCY = 9 * 10**9
"""Ticks a second of a clock: no processor has more, and a second of ticks, each times 10^9, fits 64 bits up to here."""
EVENT_HEADER = 80
"""Bytes of the header of a manifest event."""

# Keywords of NDIS-PacketCapture.
KEY_RAW = 0x200  # wireless WAN: IP without a link header
KEY_WIFI = 0x10000
KEY_START = 0x40000000
KEY_END = 0x80000000
KEY_SENT = 0x1_0000_0000
KEY_RECEIVED = 0x2_0000_0000

# Providers, as the two little-endian halves of the GUID on disk.
NDIS_LOW, NDIS_HIGH = 0x46094729_2ED6006E, 0xEF78D6BC_E73E23B4
PKTMON_LOW, PKTMON_HIGH = 0x4D73C8BD_4D4F80D9, 0xACC50204_C9195BBB

# Event ids.
NDIS_FRAME, NDIS_SWITCH_FRAME = 1001, 1003
PKTMON_FRAME, PKTMON_DROP, PKTMON_DROP_AGAIN = 160, 170, 240
NDIS_RULE, NDIS_SOURCE = 1016, 5101
NDIS_TOLD = (NDIS_RULE, NDIS_SOURCE)
"""A rule of the capture, and the name of an interface."""
PKTMON_TOLD = (20, 30, 40, 50, 60, 65, 66, 70, 73, 75, 100, 110, PKTMON_DROP, PKTMON_DROP_AGAIN)
"""Events that the reader takes apart: names and properties of components, filters, frames that Windows dropped."""

LINK_ETHERNET, LINK_RAW, LINK_WIFI = 1, 101, 105

# The int64 state array. Inputs:
S_KEYS = 0  # rows of the table of interfaces in use
S_KEYS_FULL = 1  # 1: no more interfaces are told apart
# Kept between calls:
S_HIT = 2  # the row of the last interface, which is looked at first
S_FRAMES = 3  # events with a frame, or a part of one
S_OTHER = 4  # packets of kinds that are no frames (HTTP and TCP messages of pktmon)
S_BROKEN = 5  # events with a frame whose fields contradict their size
S_FIRST_BROKEN = 6  # where the first one is
S_UNKNOWN = 7  # frames of interfaces beyond the limit
# Outputs of a call:
S_REASON = 8  # R_* (DAMAGE)
S_FOUND = 9  # the number that was wrong (DAMAGE)
S_NEED = 10  # bytes up to the next event (HANDLE)
S_PARTS = 14  # rows of the call that are parts of frames
S_DISORDER = 15  # rows of the call that are earlier than the one before them
S_KEY = 16  # and the three after it: the interface that is new (NEW_KEY), as a row of the table of interfaces
STATE_SIZE = 20

# Statuses.
ENDED = 0  # no more events in the buffer
FULL = 1  # no more room for rows
HANDLE = 2  # an event for the reader is at the position
NEW_KEY = 3  # the frame at the position is of an interface that is not in the table
DAMAGE = 4  # what is at the position cannot be an event

R_MARKER = 1  # byte 3 is neither 0xC0 nor 0x90
R_SIZE = 2  # smaller than its header
R_BEYOND = 3  # goes beyond the buffer's end

EVENT = np.dtype(
    [
        ("stamp", "i8"),  # ticks of the session's clock
        ("offset", "i8"),  # in the log, of the frame's first byte
        ("size", "u4"),  # bytes of the frame, or of the part
        ("wire", "u4"),  # original length; 0: the event does not say it
        ("interface", "u4"),  # row of the table of interfaces
        ("flags", "u4"),  # F_*
        ("process", "u4"),
        ("thread", "u4"),
    ],
    align=True,
)
"""An event with a frame, or with a part of one."""

F_DIRECTION = 3  # as in epb_flags: 1 received, 2 sent
F_START = 4
F_END = 8
F_WHOLE = F_START | F_END
F_JOINED = 16  # `offset` is the number of its first piece, `process` how many it has
F_RUN = 32  # its parts are in events that follow each other: `wire` is their bytes << 16 | those of them before its own first
MOST_RUN = 65535
"""Bytes of events that follow each other with the parts of one frame; others are joined as those that do not."""

MOST_OPEN = 64
"""Frames of one processor whose parts are still coming; more, and the oldest is given up."""
MOST_JOINED = 262144
"""Bytes of a frame made of parts; as MAX_FRAME of other captures."""
KEY_COLUMNS = 4
"""Of the table of interfaces: event id << 16 | link type; miniport's index or component; lower index; VLAN << 32 | switch
port."""
MOST_INTERFACES = 4096
"""Interfaces of one log that are told apart; packets of later ones are counted in a notice."""
