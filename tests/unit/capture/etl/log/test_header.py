"""The header of a log by Microsoft's TRACE_LOGFILE_HEADER: pointers of 4 and 8 bytes, three clocks, and what is no log."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from flowmap.capture.etl.layout import MOST_FREQUENCY
from flowmap.capture.etl.log.header import buffer_size, is_buffer, is_log, parse_header

FILETIME_1970 = 116_444_736_000_000_000
"""RFC 3339's 1970-01-01 in units of 100 ns since 1601."""
NOW = 1_700_000_000


def filetime(seconds: int) -> int:
    return FILETIME_1970 + seconds * 10**7


def log(*, narrow: bool = False, **changes: Any) -> bytes:
    """The first bytes of a log. WMI_BUFFER_HEADER, SYSTEM_TRACE_HEADER, TRACE_LOGFILE_HEADER, one behind the other."""
    values: dict[str, Any] = {
        "size": 65536,
        "used": 500,
        "build": 20348,
        "processors": 8,
        "end": filetime(NOW + 60),
        "mode": 0,
        "events_lost": 3,
        "megahertz": 2400,
        "frequency": 10_000_000,
        "start": filetime(NOW),
        "clock": 1,
        "buffers_lost": 4,
        "session": "NetTrace",
    } | changes
    pointers = 4 if narrow else 8
    body = struct.pack("<IHHII", values["size"], 10, 0, values["build"], values["processors"])
    body += struct.pack("<qIIIIII", values["end"], 156250, 0, values["mode"], 1, 0, pointers)
    body = body[:48] + struct.pack("<II", values["events_lost"], values["megahertz"]) + bytes(2 * pointers) + bytes(172)
    body += bytes(-len(body) % 8)
    behind = 240 if narrow else 248
    body = body.ljust(behind, b"\0")[:behind]
    body += struct.pack("<qqqII", 0, values["frequency"], values["start"], values["clock"], values["buffers_lost"])
    body += values["session"].encode("utf-16-le") + b"\0\0" + "C:\\a.etl".encode("utf-16-le") + b"\0\0"
    buffer = struct.pack("<II", values["size"], values["used"]).ljust(48, b"\0")
    buffer += struct.pack("<I", values["used"]) + b"\0\0" + struct.pack("<H", values.get("type", 4))
    event = struct.pack("<HBBHH", 2, 1 if narrow else 2, 0xC0, 32 + len(body), 0) + bytes(8) + struct.pack("<q", 12345)
    return buffer.ljust(72, b"\0") + event.ljust(32, b"\0") + body


@pytest.mark.parametrize("narrow", [False, True])
def test_what_a_log_says_of_itself(narrow: bool) -> None:
    data = log(narrow=narrow, mode=0x10000002)
    assert is_log(data)
    assert is_buffer(data)
    told = parse_header(data)
    assert told is not None
    assert (told.buffer_bytes, told.build, told.processors) == (65536, 20348, 8)
    assert (told.frequency, told.start_stamp, told.start_ns) == (10_000_000, 12345, NOW * 10**9)
    assert (told.end_ns, told.events_lost, told.buffers_lost) == ((NOW + 60) * 10**9, 3, 4)
    assert told.session == "NetTrace"
    assert (told.shares_buffers, told.circular) == (
        True,
        True,
    )  # EVENT_TRACE_NO_PER_PROCESSOR_BUFFERING, FILE_MODE_CIRCULAR


def test_modes_of_a_log_that_has_none() -> None:
    told = parse_header(log())
    assert told is not None
    assert (told.shares_buffers, told.circular) == (False, False)


@pytest.mark.parametrize(
    ("clock", "frequency"),
    [(1, 3_579_545), (2, 10_000_000), (3, 2_400_000_000), (0, 0), (9, 0)],
)
def test_three_clocks(clock: int, frequency: int) -> None:
    """1: QueryPerformanceCounter; 2: system time, 100 ns; 3: cycles of the processor."""
    told = parse_header(log(clock=clock, frequency=3_579_545))
    assert told is not None
    assert told.frequency == frequency


@pytest.mark.parametrize("frequency", [0, -1, MOST_FREQUENCY + 1])
def test_a_clock_that_there_is_not(frequency: int) -> None:
    told = parse_header(log(frequency=frequency))
    assert told is not None
    assert told.frequency == 0


def test_a_session_that_was_never_closed_has_no_end() -> None:
    told = parse_header(log(end=0))
    assert told is not None
    assert told.end_ns is None


def test_a_header_that_is_cut() -> None:
    data = log()
    assert parse_header(data[:380]) is None
    assert parse_header(data) is not None


@pytest.mark.parametrize(
    "changes",
    [{"size": 1000}, {"size": 0}, {"size": 32 << 20}, {"used": 71}, {"used": 65537}],
)
def test_what_is_no_buffer(changes: dict[str, int]) -> None:
    data = log(**changes)
    assert buffer_size(data) is None
    assert not is_log(data)
    assert not is_buffer(data)


def test_a_buffer_without_the_log_s_header_is_what_is_left_of_one() -> None:
    data = bytearray(log(type=0))
    assert is_buffer(bytes(data))
    assert not is_log(bytes(data))
    data[72 + 3] = 0x11
    assert not is_buffer(bytes(data))
    assert buffer_size(log()[:71]) is None
    assert not is_log(log()[:107])
