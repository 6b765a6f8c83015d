"""Values of the command line, the environment and files, made layers: units, names and lists by what the pages say of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flowmap.errors import ConfigError
from flowmap.settings.layers import (
    environment_layer,
    file_layer,
    flag_layer,
    parse_ports,
    parse_speed,
    parse_threshold,
    table_layer,
)


@pytest.mark.parametrize(
    ("text", "bits"),
    [
        ("10G", 10**10),
        ("2.5g", 25 * 10**8),
        ("100 Mbit/s", 10**8),
        ("64kbps", 64_000),
        ("1T", 10**12),
        ("1000", 1000),
        (" 1000000000b ", 10**9),
        ("2.5G", 25 * 10**8),
        ("100M", 10**8),
        ("1000000000", 10**9),
        ("25Gbit/s", 25 * 10**9),
        ("1gbps", 10**9),
    ],
)
def test_speeds(text: str, bits: int) -> None:
    assert parse_speed(text) == bits


@pytest.mark.parametrize(
    "text",
    ["", "10", "G", "10X", "-1G", "999", "1001T", "10 GB", "10GB", "1e9", "0x10G", "1G 2", "999999999T", "\u0661G"],
)
def test_what_is_no_speed(text: str) -> None:
    with pytest.raises(ConfigError, match=r"is not a speed.*10G"):
        parse_speed(text)


@pytest.mark.parametrize(
    ("text", "ports"), [("22", (22, 22)), ("1-65535", (1, 65535)), (" 5-5 ", (5, 5)), ("49152-49215", (49152, 49215))]
)
def test_ports(text: str, ports: tuple[int, int]) -> None:
    assert parse_ports(text) == ports


@pytest.mark.parametrize("text", ["", "0", "65536", "9-5", "1-", "http", "a", "1-2-3", "-1"])
def test_what_is_no_port(text: str) -> None:
    with pytest.raises(ConfigError, match="neither a TCP port nor a range"):
        parse_ports(text)


def test_a_threshold_is_named_with_hyphens_or_underscores() -> None:
    assert parse_threshold("spray-min-share = 0.5") == ("thresholds.spray_min_share", "0.5")
    with pytest.raises(ConfigError, match="did you mean spray_min_share"):
        parse_threshold("spray_min_shar=1")
    with pytest.raises(ConfigError, match="write NAME=VALUE"):
        parse_threshold("spray_min_share")


def test_what_was_not_given_is_in_no_layer() -> None:
    layer = flag_layer({"mode": None, "local": [], "top": 0, "speed": ["10G", "nic1=1G"]}, ["bulk_min_bytes=5"])
    assert layer.values == {
        "top": 0,
        "default_speed": 10**10,
        "speeds": {"nic1": 10**9},
        "thresholds.bulk_min_bytes": "5",
    }


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("10G", {"default_speed": 10**10}),
        (["nic=1=1G"], {"speeds": {"nic=1": 10**9}}),
        ({"default": "10G", "nic1": "1G"}, {"default_speed": 10**10, "speeds": {"nic1": 10**9}}),
        ({"nic1": 1_000_000}, {"speeds": {"nic1": 10**6}}),
    ],
)
def test_speeds_are_one_for_all_or_by_member(value: Any, found: dict[str, Any]) -> None:
    assert table_layer({"speed": value}, "here").values == found


def test_each_variable_is_a_layer_that_is_called_by_its_name() -> None:
    environ = {"FLOWMAP_LOCAL": "10.0.0.1, 10.0.0.2,", "FLOWMAP_THRESHOLD_BULK_MIN_BYTES": "7", "PATH": "/bin"}
    layers = environment_layer({**environ, "FLOWMAP_LEDGER": "elsewhere"})
    assert {layer.origin: layer.values for layer in layers} == {
        "environment variable FLOWMAP_LOCAL": {"local": ("10.0.0.1", "10.0.0.2")},
        "environment variable FLOWMAP_THRESHOLD_BULK_MIN_BYTES": {"thresholds.bulk_min_bytes": "7"},
    }
    with pytest.raises(ConfigError, match="FLOWMAP_MOOD"):
        environment_layer({"FLOWMAP_MOOD": "x"})
    with pytest.raises(ConfigError, match="did you mean FLOWMAP_JOBS"):
        environment_layer({"FLOWMAP_JBOS": "2"})


def test_a_time_window_is_for_the_command_line_alone() -> None:
    assert flag_layer({"from_ns": 5}).values == {"from_ns": 5}
    with pytest.raises(ConfigError, match="there is no such setting"):
        table_layer({"from_ns": 5}, "here")


def test_files_of_a_team_are_beside_the_file_that_names_them(tmp_path: Path) -> None:
    path = tmp_path / "flowmap.toml"
    path.write_text('team = "bond0.txt"\nmigration_port = ["49152-49215", 22]\n', encoding="utf-8-sig")
    layer = file_layer(path)
    assert layer is not None
    assert layer.values == {"team": (str(tmp_path / "bond0.txt"),), "migration_ports": ((49152, 49215), (22, 22))}
    assert file_layer(tmp_path / "none.toml") is None
    assert file_layer(path / "below.toml") is None


@pytest.mark.parametrize("text", ["mode = ", "mode = 'a'\nmode = 'b'", "x = " + "[" * 5000, "mode = '\udcff'"])
def test_what_is_no_toml_is_refused_with_its_path(text: str, tmp_path: Path) -> None:
    path = tmp_path / "flowmap.toml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ConfigError, match="not a TOML file"):
        file_layer(path)


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ({"thresholds": 5}, "thresholds must be a table"),
        ({"thresholds": {"x": 1}}, "threshold 'x': there is no such setting"),
        ({"modes": "lacp"}, "did you mean mode"),
        ({"threshold": {"spread_alpha": 0.5}}, "did you mean thresholds"),
        ({"accept": ["FM202"]}, r"accept: \['FM202'\] cannot be used"),
        ({"accept": {"code": "FM101"}}, r"write each as a table, \[\[accept\]\]"),
        ({"accept": [{"code": "FM999", "reason": "so"}]}, "accept: table 1: "),
        ({"speed": "fast"}, "speed: 'fast' is not a speed"),
    ],
)
def test_errors_begin_with_where_they_are(table: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint) as raised:
        table_layer(table, "here.toml")
    assert str(raised.value).startswith("here.toml: ")
