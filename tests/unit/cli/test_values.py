"""What people type, as values."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from flowmap.cli.values import TeamSettings, generated_at, load, parse_time, terminal_width
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


def test_files_that_teams_share_are_read_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from flowmap.settings import layers

    monkeypatch.chdir(tmp_path)
    asked: list[str] = []
    read = layers.read_small

    def noted(path: Path) -> bytes:
        asked.append(str(Path(path).relative_to(tmp_path)) if Path(path).is_relative_to(tmp_path) else "")
        return read(path)

    monkeypatch.setattr(layers, "read_small", noted)
    (tmp_path / "in" / "bad").mkdir(parents=True)
    (tmp_path / "in" / "flowmap.toml").write_text("mode = 'lacp'\n")
    (tmp_path / "in" / "bad" / "flowmap.toml").write_text("mod = 'lacp'\n")
    (tmp_path / "accepted.toml").write_text(
        "".join(f"[[accept]]\ncode = 'FM301'\nreason = 'r'\nteam = 'host{n}'\n" for n in (1, 2))
    )
    known = TeamSettings(tmp_path / "accepted.toml")
    for number in range(3):
        folders = (str(tmp_path / "in"), str(tmp_path / "in" / f"host{number}"))
        settings = known.of(folders, {}, f"host{number}")
        assert settings.mode == "lacp"
        assert [one.team for one in settings.accept] == ([f"host{number}"] if number else [])
        for _ in range(2):
            with pytest.raises(ConfigError, match="did you mean mode"):
                known.of((str(tmp_path / "in"), str(tmp_path / "in" / "bad")), {})
    shared = [
        path for path in asked if path in ("flowmap.toml", "accepted.toml", "in/flowmap.toml", "in/bad/flowmap.toml")
    ]
    assert sorted(shared) == ["accepted.toml", "flowmap.toml", "in/bad/flowmap.toml", "in/flowmap.toml"]
