"""What people type, as values."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from flowmap.cli.values import generated_at, load, parse_time, terminal_width
from flowmap.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        # date -u -d '2026-01-02T03:04:05Z' +%s gives 1767323045
        ("2026-01-02T03:04:05Z", 1_767_323_045_000_000_000),
        ("2026-01-02T04:04:05+01:00", 1_767_323_045_000_000_000),
        ("2026-01-02 03:04:05.123456789+00:00", 1_767_323_045_123_456_789),
        ("2026-01-02T03:04:05.1234567899Z", 1_767_323_045_123_456_789),
        ("2026-01-02T03:04:05,5Z", 1_767_323_045_500_000_000),
        ("2026-01-02T03:04Z", 1_767_323_040_000_000_000),
        ("1767323045", 1_767_323_045_000_000_000),
        ("1767323045.000000001", 1_767_323_045_000_000_001),
        ("-1.5", -1_500_000_000),
        ("0", 0),
        ("1969-12-31T23:59:59.5Z", -500_000_000),
    ],
)
def test_times(text: str, ns: int) -> None:
    assert parse_time(text, "--from") == ns


def test_times_without_offset_are_local(monkeypatch: pytest.MonkeyPatch) -> None:
    if not hasattr(time, "tzset"):
        pytest.skip("the zone cannot be set here")
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
        time.tzset()
        assert parse_time("2026-01-02T04:04:05", "--from") == 1_767_323_045_000_000_000
        assert parse_time("2026-01-02", "--from") == 1_767_308_400_000_000_000
    time.tzset()


@pytest.mark.parametrize(
    "text", ["", "now", "2026-13-01", "12:00", "1e9", "9999999999999", "2300-01-01T00:00:00Z", "0x10"]
)
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(ConfigError, match="--to"):
        parse_time(text, "--to")


def test_the_clock_can_be_pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767323045")
    assert generated_at() == "2026-01-02T03:04:05Z"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "soon")
    with pytest.raises(ConfigError, match="SOURCE_DATE_EPOCH"):
        generated_at()
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    assert generated_at().endswith("Z")


def test_the_width_follows_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    for columns, width in (("132", 132), ("10", 40)):
        monkeypatch.setenv("COLUMNS", columns)
        assert terminal_width() == width


def test_settings_come_from_the_folder_the_environment_and_flags(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "flowmap.toml").write_text("top = 3\njobs = 4\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FLOWMAP_TOP", "2")
    loaded = load({"streams": "all"}, ["spread_alpha=0.05"])
    settings = loaded.settings
    assert (settings.top, settings.jobs, settings.streams, settings.thresholds.spread_alpha) == (2, 4, "all", 0.05)
    assert loaded.origins["jobs"].endswith("flowmap.toml")
