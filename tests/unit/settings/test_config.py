"""Settings: every layer, which one wins, where a value is from, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from flowmap.errors import ConfigError
from flowmap.settings.config import DEFAULT_ORIGIN, Layer, Loaded, Settings, Thresholds, load_settings
from flowmap.settings.layers import (
    config_files,
    environment_layer,
    file_layer,
    flag_layer,
    parse_threshold,
)


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def load(flags: dict[str, object], environ: dict[str, str], *files: Path) -> Loaded:
    layers = [flag_layer(flags), *environment_layer(environ)]
    return load_settings(layers + [layer for path in files if (layer := file_layer(path))])


def test_defaults_are_those_of_the_rules() -> None:
    loaded = load_settings([])
    assert loaded.settings == Settings()
    assert set(loaded.origins.values()) == {DEFAULT_ORIGIN}
    thresholds = loaded.settings.thresholds
    assert (thresholds.spray_min_share, thresholds.spray_switch_rate, thresholds.spray_median_run) == (0.4, 0.05, 50)
    assert (thresholds.spray_max_duplicates, thresholds.spray_sequence_switch_rate) == (0.05, 0.20)
    assert (thresholds.moved_max_switches, thresholds.failover_lacp_intervals, thresholds.failover_gap_factor) == (
        5,
        3,
        3,
    )
    assert (thresholds.spread_alpha, thresholds.monte_carlo_above) == (0.01, 1_000_000)
    assert (thresholds.shared_port_min_bytes, thresholds.shared_port_asymmetry) == (1_000_000, 20.0)
    assert (loaded.settings.top, loaded.settings.jobs) == (50, None)


def test_flag_beats_environment_beats_local_file_beats_user_file_beats_system_file(tmp_path: Path) -> None:
    files = [write(tmp_path / name / "flowmap.toml", f"top = {top}\n") for name, top in (("a", 3), ("b", 4), ("c", 5))]
    flags: dict[str, object] = {"top": 1}
    environ = {"FLOWMAP_TOP": "2"}
    assert load(flags, environ, *files).settings.top == 1
    for flag, env, used, expected in (
        ({}, environ, files, 2),
        ({}, {}, files, 3),
        ({}, {}, files[1:], 4),
        ({}, {}, files[2:], 5),
    ):
        loaded = load(dict(flag), env, *used)
        assert loaded.settings.top == expected
        assert loaded.origins["top"] == ("environment variable FLOWMAP_TOP" if env else str(used[0]))
    assert load(flags, environ, *files).origins["top"] == "command line"


def test_every_key_can_be_set_in_a_file(tmp_path: Path) -> None:
    path = write(
        tmp_path / "flowmap.toml",
        'local = ["10.0.0.1"]\nmode = "lacp"\nalgorithm = "dynamic"\nmigration_port = [6600, "49152-49215"]\n'
        'streams = "all"\ntop = 7\nstrict = true\njobs = 2\n'
        '[speed]\ndefault = "10G"\nnic1 = "1G"\n[thresholds]\nspread_alpha = 0.05\n',
    )
    settings = load({}, {}, path).settings
    assert settings == Settings(
        local=("10.0.0.1",),
        mode="lacp",
        algorithm="dynamic",
        migration_ports=((6600, 6600), (49152, 49215)),
        streams="all",
        top=7,
        strict=True,
        jobs=2,
        default_speed=10**10,
        speeds={"nic1": 10**9},
        thresholds=Thresholds(spread_alpha=0.05),
    )


def test_every_key_can_be_set_in_the_environment() -> None:
    environ = {
        "FLOWMAP_LOCAL": "10.0.0.1, 02:00:00:00:00:01",
        "FLOWMAP_SPEED": "10G,nic1=1G",
        "FLOWMAP_MIGRATION_PORT": "6600,49152-49215",
        "FLOWMAP_MODE": "lacp",
        "FLOWMAP_ALGORITHM": "dynamic",
        "FLOWMAP_STREAMS": "bulk",
        "FLOWMAP_TOP": "7",
        "FLOWMAP_STRICT": "true",
        "FLOWMAP_JOBS": "2",
        "FLOWMAP_THRESHOLD_SPREAD_ALPHA": "0.05",
        "FLOWMAP_LEDGER": "/somewhere",
        "PATH": "/bin",
    }
    loaded = load({}, environ)
    settings = loaded.settings
    assert settings.local == ("10.0.0.1", "02:00:00:00:00:01")
    assert (settings.default_speed, settings.speeds) == (10**10, {"nic1": 10**9})
    assert settings.migration_ports == ((6600, 6600), (49152, 49215))
    assert (settings.mode, settings.algorithm, settings.streams, settings.top) == ("lacp", "dynamic", "bulk", 7)
    assert (settings.strict, settings.jobs) == (True, 2)
    assert settings.thresholds.spread_alpha == 0.05
    assert loaded.origins["thresholds.spread_alpha"] == "environment variable FLOWMAP_THRESHOLD_SPREAD_ALPHA"


def test_named_speeds_of_several_layers_are_joined(tmp_path: Path) -> None:
    path = write(tmp_path / "flowmap.toml", '[speed]\nnic1 = "1G"\nnic2 = "1G"\n')
    settings = load({"speed": ["nic2=10G", "40G"]}, {}, path).settings
    assert settings.speeds == {"nic1": 10**9, "nic2": 10**10}
    assert settings.default_speed == 40 * 10**9


def test_flags_not_given_leave_the_file_alone(tmp_path: Path) -> None:
    path = write(tmp_path / "flowmap.toml", 'local = ["10.0.0.1"]\nstrict = true\n')
    settings = load({"local": [], "strict": None, "top": None}, {}, path).settings
    assert (settings.local, settings.strict) == (("10.0.0.1",), True)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("tpo = 3", ["flowmap.toml", "'tpo'", "did you mean top?"]),
        ("[thresholds]\nspraed_alpha = 0.1", ["flowmap.toml", "'spraed_alpha'", "did you mean spread_alpha?"]),
        ("top = 'x'", ["flowmap.toml", "top", "'x'"]),
        ("top = -1", ["flowmap.toml", "top", "-1"]),
        ("streams = 'some'", ["flowmap.toml", "streams", "'some'"]),
        ("speed = 'fast'", ["flowmap.toml", "speed", "'fast'", "10G"]),
        ("migration_port = 70000", ["flowmap.toml", "migration_port", "70000"]),
        ("[thresholds]\nspread_alpha = 2", ["flowmap.toml", "spread_alpha", "2"]),
        ("thresholds = 3", ["flowmap.toml", "[thresholds]"]),
        ("top = ", ["flowmap.toml", "not a TOML file"]),
        ("from = 3", ["flowmap.toml", "'from'"]),
    ],
)
def test_a_bad_file_is_refused_with_its_name_and_key(tmp_path: Path, text: str, parts: list[str]) -> None:
    path = write(tmp_path / "flowmap.toml", text)
    with pytest.raises(ConfigError) as caught:
        load({}, {}, path)
    assert [part for part in parts if part not in str(caught.value)] == []


def test_a_bad_variable_is_refused_with_its_name() -> None:
    for name, value in (("FLOWMAP_TOPP", "3"), ("FLOWMAP_TOP", "x"), ("FLOWMAP_THRESHOLD_ALPHA", "1")):
        with pytest.raises(ConfigError, match=name):
            load({}, {name: value})


def test_where_files_are_looked_for() -> None:
    here = Path("/here")
    assert config_files({"HOME": "/home/u"}, here) == [
        Path("/here/flowmap.toml"),
        Path("/home/u/.config/flowmap/flowmap.toml"),
        Path("/etc/flowmap/flowmap.toml"),
    ]
    assert config_files({"HOME": "/home/u", "XDG_CONFIG_HOME": "/cfg"}, here)[1] == Path("/cfg/flowmap/flowmap.toml")
    assert config_files({}, here) == [Path("/here/flowmap.toml"), Path("/etc/flowmap/flowmap.toml")]


def test_a_file_that_is_not_there_is_no_layer_and_one_that_is_a_folder_is_an_error(tmp_path: Path) -> None:
    assert file_layer(tmp_path / "none.toml") is None
    with pytest.raises(ConfigError, match="cannot be read"):
        file_layer(tmp_path)


def test_windows_editors_may_put_a_mark_at_the_start_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "flowmap.toml").write_bytes(b"\xef\xbb\xbftop = 3\r\n")
    assert load({}, {}, tmp_path / "flowmap.toml").settings.top == 3


def test_thresholds_on_the_command_line() -> None:
    assert parse_threshold("spread_alpha=0.05") == ("thresholds.spread_alpha", "0.05")
    assert parse_threshold("spread-alpha = 0.05") == ("thresholds.spread_alpha", "0.05")
    loaded = load_settings([flag_layer({}, ["spray_median_run=20"])])
    assert loaded.settings.thresholds.spray_median_run == 20
    assert loaded.origins["thresholds.spray_median_run"] == "command line"
    for text in ("spread_alpha", "spraed_alpha=1", "=1"):
        with pytest.raises(ConfigError):
            parse_threshold(text)


def test_a_time_window_must_have_an_inside() -> None:
    assert load_settings([Layer("x", {"from_ns": 1, "to_ns": 2})]).settings.from_ns == 1
    with pytest.raises(ConfigError, match="--from"):
        load_settings([Layer("x", {"from_ns": 2, "to_ns": 2})])


def test_settings_cannot_change() -> None:
    with pytest.raises(ValidationError):
        Settings().top = 3  # type: ignore[misc]
