"""Layouts: patterns with placeholders, as the page of batch runs tells them."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowmap.batch.captures.layout import find_by_layout, read_layout
from flowmap.batch.model import TeamRun
from flowmap.errors import ConfigError


def layout(text: str, tmp_path: Path) -> str:
    path = tmp_path / "layout.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def found(pattern: str, files: list[str], tmp_path: Path, more: str = 'team = "{host}"') -> list[TeamRun]:
    root = tmp_path / "in"
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_bytes(b"")
    layouts = read_layout(layout(f'[[team]]\ncaptures = "{pattern}"\n{more}\n', tmp_path))
    return list(find_by_layout(str(root), layouts, lambda message: pytest.fail(str(message))))


def told(teams: list[TeamRun]) -> list[tuple[str, str, list[tuple[str, str | None]]]]:
    return [
        (one.team, one.run, [(Path(capture.path).name, capture.member) for capture in one.captures]) for one in teams
    ]


def test_placeholders_name_the_team_the_run_and_the_members(tmp_path: Path) -> None:
    files = ["b/2026-05-02/nic1.pcapng", "b/2026-05-01/nic2.pcapng", "b/2026-05-01/nic1.pcapng", "b/notes.pcapng"]
    teams = found("{host}/{date}/{member}.pcapng", files, tmp_path, 'team = "site/{host}"\nrun = "{date}"')
    assert told(teams) == [
        ("site/b", "2026-05-01", [("nic1.pcapng", "nic1"), ("nic2.pcapng", "nic2")]),
        ("site/b", "2026-05-02", [("nic1.pcapng", "nic1")]),
    ]


@pytest.mark.parametrize(
    ("pattern", "matching"),
    [
        ("{host}/*.pcap", ["a/x.pcap"]),
        ("{host}/?.pcap", ["a/x.pcap"]),
        ("**/{host}.pcap", ["a/b/y.pcap", "a/x.pcap", "top.pcap"]),
        ("{host}/{member}-{host}.pcap", []),
        ("{host}.pcap", ["top.pcap"]),
        ("a/{host}.p.ap", []),  # a dot is a dot
    ],
)
def test_patterns_are_those_of_globs(pattern: str, matching: list[str], tmp_path: Path) -> None:
    teams = found(pattern, ["a/x.pcap", "a/b/y.pcap", "top.pcap"], tmp_path)
    paths = [Path(one.path).relative_to(tmp_path / "in").as_posix() for team in teams for one in team.captures]
    assert sorted(paths) == matching


def test_the_same_placeholder_twice_stands_for_the_same_text(tmp_path: Path) -> None:
    teams = found("{host}/{host}-{member}.pcap", ["a/a-nic1.pcap", "a/b-nic1.pcap"], tmp_path)
    assert told(teams) == [("a", "", [("a-nic1.pcap", "nic1")])]


def test_what_else_a_table_has_are_settings(tmp_path: Path) -> None:
    (team,) = found("{host}.pcap", ["a.pcap"], tmp_path, 'team = "{host}"\nmode = "lacp"')
    assert team.settings == {"mode": "lacp"}


def test_a_file_is_of_the_first_layout_that_it_fits(tmp_path: Path) -> None:
    text = '[[team]]\ncaptures = "{m}.pcap"\nteam = "first"\n[[team]]\ncaptures = "{m}.*"\nteam = "second"\n'
    (tmp_path / "in").mkdir()
    for name in ("a.pcap", "a.cap"):
        (tmp_path / "in" / name).write_bytes(b"")
    teams = find_by_layout(str(tmp_path / "in"), read_layout(layout(text, tmp_path)), lambda _: None)
    assert [(one.team, [Path(c.path).name for c in one.captures]) for one in teams] == [
        ("first", ["a.pcap"]),
        ("second", ["a.cap"]),
    ]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "made of"),
        ("team = 5", "made of"),
        ('mode = "lacp"\n[[team]]\ncaptures = "a"\nteam = "a"', "made of"),
        ('[[team]]\nteam = "a"', "needs captures"),
        ('[[team]]\ncaptures = "a"', "needs team"),
        ('[[team]]\ncaptures = "a"\nteam = "a"\nrun = 5', "run must be text"),
        ('[[team]]\ncaptures = "{a}"\nteam = "{b}"', r"\{b\} is no placeholder"),
        ('[[team]]\ncaptures = "{a}"\nteam = "{a"', "brace that belongs to no placeholder"),
        ("[[team", "not a TOML file"),
    ],
)
def test_what_is_wrong_is_told_with_the_files_name(text: str, complaint: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=complaint) as raised:
        read_layout(layout(text, tmp_path))
    assert "layout.toml: " in str(raised.value)
