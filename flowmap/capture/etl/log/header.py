"""The header of a log, in the first event of its first buffer, and how a log is known by its content.

Source: TRACE_LOGFILE_HEADER as Microsoft documents it; its two pointers are 4 or 8 bytes wide, so all behind them moves.
"""

from __future__ import annotations

import struct

from flowmap.capture.etl.layout import BUFFER_HEADER, MOST_BUFFER, MOST_FREQUENCY
from flowmap.dataclass import dataclass

__all__ = ["EPOCH", "LogHeader", "buffer_size", "is_buffer", "is_log", "parse_header"]

EPOCH = 116_444_736_000_000_000
"""1970 as a FILETIME: units of 100 ns since 1601."""
_EVENT = BUFFER_HEADER + 32
"""Where the log's header begins, behind that of its event."""
_MOST_TYPE = 8
"""Of a buffer."""
_CIRCULAR = 2
_SHARED_BUFFERS = 0x10000000
_QPC, _SYSTEM_TIME, _CYCLES = 1, 2, 3


@dataclass(frozen=True)
class LogHeader:
    """What a log says of itself. Times are nanoseconds UTC; `end_ns` is None where the session was never closed."""

    buffer_bytes: int
    build: int
    processors: int
    mode: int
    frequency: int
    """Ticks a second of the clock of the events; 0 where the log does not say, or cannot mean it."""
    start_stamp: int
    """Ticks at `start_ns`."""
    start_ns: int
    end_ns: int | None
    events_lost: int
    buffers_lost: int
    session: str

    @property
    def shares_buffers(self) -> bool:
        """Whether all processors fill the same buffers, so that events may be a little out of order."""
        return bool(self.mode & _SHARED_BUFFERS)

    @property
    def circular(self) -> bool:
        """Whether the oldest buffers are overwritten once the log is full."""
        return bool(self.mode & _CIRCULAR)


def buffer_size(head: bytes) -> int | None:
    """Return bytes of a buffer, by the first buffer's header; None where it is none.

    >>> buffer_size(bytes(72)) is None
    True
    """
    if len(head) < BUFFER_HEADER:
        return None
    size, used = int.from_bytes(head[:4], "little"), int.from_bytes(head[48:52], "little")
    sound = size % 1024 == 0 and 1024 <= size <= MOST_BUFFER and BUFFER_HEADER <= used <= size
    return size if sound else None


def is_buffer(head: bytes) -> bool:
    """Return whether `head` begins with a buffer of events: a log, or what is left of one whose header is broken or gone."""
    if len(head) < BUFFER_HEADER + 4 or head[BUFFER_HEADER + 3] not in (0xC0, 0x90):
        return False
    return buffer_size(head) is not None and int.from_bytes(head[54:56], "little") <= _MOST_TYPE


def is_log(head: bytes) -> bool:
    """Return whether a file that begins with `head` (at least 108 bytes) is a log whose header is there."""
    size = buffer_size(head)
    return (
        size is not None
        and len(head) >= _EVENT + 4
        and head[54:56] == b"\4\0"
        and head[BUFFER_HEADER + 2 : BUFFER_HEADER + 4] in (b"\1\xc0", b"\2\xc0")
        and head[BUFFER_HEADER + 6 : BUFFER_HEADER + 8] == b"\0\0"
        and int.from_bytes(head[_EVENT : _EVENT + 4], "little") == size
    )


def parse_header(buffer: bytes) -> LogHeader | None:
    """Read the header out of the first bytes of a log that `is_log`; None where it is cut."""
    size = int.from_bytes(buffer[BUFFER_HEADER + 4 : BUFFER_HEADER + 6], "little")
    event = buffer[_EVENT : BUFFER_HEADER + max(size, 32)]
    if len(event) < 280:
        return None
    narrow = buffer[BUFFER_HEADER + 2] == 1 or int.from_bytes(event[44:48], "little") == 4
    behind = 240 if narrow else 248
    build, processors, end = struct.unpack_from("<IIq", event, 8)
    mode = struct.unpack_from("<I", event, 32)[0]
    events_lost, megahertz = struct.unpack_from("<II", event, 48)
    _, performance, start, clock, buffers_lost = struct.unpack_from("<qqqII", event, behind)
    frequency = {_QPC: performance, _SYSTEM_TIME: 10_000_000, _CYCLES: megahertz * 1_000_000}.get(clock, 0)
    return LogHeader(
        buffer_bytes=int.from_bytes(event[:4], "little"),
        build=build,
        processors=processors,
        mode=mode,
        frequency=frequency if 0 < frequency <= MOST_FREQUENCY else 0,
        start_stamp=struct.unpack_from("<q", buffer, BUFFER_HEADER + 16)[0],
        start_ns=(start - EPOCH) * 100,
        end_ns=(end - EPOCH) * 100 if end > 0 else None,
        events_lost=events_lost,
        buffers_lost=buffers_lost,
        session=_text(event[behind + 32 :]),
    )


def _text(data: bytes) -> str:
    """Return UTF-16 text up to its first zero."""
    end = next((at for at in range(0, len(data) - 1, 2) if data[at : at + 2] == b"\0\0"), len(data) & ~1)
    return data[:end].decode("utf-16-le", "replace")
