"""Numbers and names for people."""

from __future__ import annotations

import doctest
import time

import pytest

from flowmap.document import base
from flowmap.document import quantities as words


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> object:
    if not hasattr(time, "tzset"):
        pytest.skip("the zone cannot be set here")
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize("module", [words, base])
def test_examples_in_the_docstrings(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (99_949, "99.9 kB"),
        (99_950, "100 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (2**63, "9.2 EB"),
        (-1500, "-1.5 kB"),
        (None, "?"),
    ],
)
def test_amounts(size: int | None, text: str) -> None:
    assert words.amount(size) == text


def test_times_are_local_with_their_offset(berlin: object) -> None:
    # 1767323045 s = 2026-01-02 03:04:05 UTC, 1782961445 s = 2026-07-02 03:04:05 UTC
    assert words.moment(1_767_323_045_123_999_999) == "2026-01-02 04:04:05.123 +01:00"
    assert words.moment(1_782_961_445_000_000_000) == "2026-07-02 05:04:05.000 +02:00"
    assert words.moment(1_767_323_045_123_999_999, date=False) == "04:04:05.123"
    assert words.moment(None) == "no time"


@pytest.mark.parametrize("ts_ns", [-(2**63) + 1, 2**63 - 1, 0, -1])
def test_extreme_times_have_words(ts_ns: int) -> None:
    assert words.moment(ts_ns)


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (0, "0 ns"),
        (999, "999 ns"),
        (1_500, "1.5 us"),
        (119 * 10**9, "119.0 s"),
        (120 * 10**9, "2 min 00 s"),
        (3_600 * 10**9, "1 h 00 min"),
        (-80_000_000, "-80.0 ms"),
    ],
)
def test_durations(span: int, text: str) -> None:
    assert words.duration(span) == text


def test_addresses_with_ports() -> None:
    assert words.endpoint("10.0.0.1", 6600) == "10.0.0.1:6600"
    assert words.endpoint("2001:db8::1", 6600) == "[2001:db8::1]:6600"


def test_probabilities() -> None:
    assert [words.probability(p) for p in (1.0, 0.125, 2 / 256, 1e-9, 0.0, None)] == [
        "1",
        "0.125",
        "0.00781",
        "1.0e-09",
        "0.0e+00",
        "not tested",
    ]
