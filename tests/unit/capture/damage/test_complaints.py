"""What is said of damage: where the first place is, how much is gone, and what cannot be known."""

from __future__ import annotations

import numpy as np
import pytest

from flowmap.capture import layout
from flowmap.capture.damage.complaints import DamageLog, count_notices, describe_damage
from flowmap.notice import Notice


def told(log: DamageLog) -> str:
    notice = log.notice()
    assert notice is not None
    return str(notice.detail)


def begun(log: DamageLog, *places: int) -> DamageLog:
    for place in places:
        log.begin(place, place // 100, "a thing", "another")
    return log


def test_nothing_is_said_of_a_whole_capture() -> None:
    assert DamageLog("a.pcap").notice() is None


def test_one_place() -> None:
    log = begun(DamageLog("a.pcap"), 700)
    log.end(16)
    assert told(log) == (
        "damaged: needed a thing, found another; 16 bytes are skipped, how many packets were in them is unknown"
    )
    notice = log.notice()
    assert isinstance(notice, Notice)
    assert (notice.code, notice.path, notice.first_offset, notice.packet_number, notice.count) == (
        "capture_damaged",
        "a.pcap",
        700,
        7,
        1,
    )


def test_several_places_tell_the_first() -> None:
    log = DamageLog("a.pcap")
    for place, count in ((700, 1), (900, 4)):
        begun(log, place)
        log.end(count)
    assert told(log).startswith("damaged at 2 places: at the first, needed a thing, found another; 5 bytes are skipped")
    notice = log.notice()
    assert notice is not None
    assert (notice.first_offset, notice.count) == (700, 2)


def test_a_single_byte() -> None:
    log = begun(DamageLog("a.pcap"), 1)
    log.end(1)
    assert told(log).endswith("1 byte is skipped, how many packets were in it is unknown")


def test_nothing_usable_after() -> None:
    log = begun(DamageLog("a.pcap"), 1)
    log.end(30, at=31)
    assert told(log).endswith("is unknown, nothing usable comes after byte 31")


def test_an_end_that_nobody_saw() -> None:
    log = begun(DamageLog("a.pcap"), 1)
    log.end(None, at=99)
    assert told(log).endswith("what the capture had after byte 99 is lost")
    log = begun(DamageLog("a.pcap"), 1, 50)
    log.end(7)
    log.end(None, at=99)
    assert told(log).endswith("what the capture had after byte 99 is lost, 7 bytes before that are skipped")


def test_strict_reading_stops() -> None:
    assert told(begun(DamageLog("a.pcap", strict=True), 1)).endswith(
        "reading stopped there because of --strict, and all packets before that are used"
    )


@pytest.mark.parametrize(
    ("reason", "needed", "found"),
    [
        (layout.R_FRAME_LARGE, "a captured length of at most 262144", "300000 in the record header"),
        (layout.R_TRAILER, "the block length again", "300000 at the block's end"),
        (layout.R_TIME, "a time near that of the record before", "300000 seconds since 1970"),
        (layout.R_BEYOND_BLOCK, "a captured length that fits its block", "300000 in the packet block"),
        (layout.R_BLOCK_SHORT, "a block length that its type can have", "300000 in the block header"),
        (layout.R_EMPTY, "a record header", "zeros"),
    ],
)
def test_what_was_needed_and_found(reason: int, needed: str, found: str) -> None:
    assert tuple(map(str, describe_damage(reason, 300000))) == (needed, found)


def test_every_reason_has_words() -> None:
    reasons = [value for name, value in vars(layout).items() if name.startswith("R_")]
    assert len(reasons) == 10
    for reason in reasons:
        assert all(describe_damage(reason, 1))


def test_counts_along_the_way() -> None:
    state = np.zeros(layout.STATE_SIZE + 1, np.int64)
    assert count_notices("a", state, None) == []
    state[layout.S_UNKNOWN], state[layout.S_UNTIMED], state[layout.S_OUT_OF_RANGE] = 3, 4, 5
    found = count_notices("a", state, 1234)
    assert [(notice.code, notice.count, notice.first_offset) for notice in found] == [
        ("interface_unknown", 3, 1234),
        ("time_missing", 4, None),
        ("time_out_of_range", 5, None),
    ]
