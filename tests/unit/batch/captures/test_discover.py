"""Which folders are teams, and what a layout's patterns stand for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from builders import pcap

from flowmap.batch.captures.discover import find_teams
from flowmap.batch.captures.layout import find_by_layout, read_layout
from flowmap.batch.output.places import report_folder
from flowmap.errors import ConfigError


def put(root: Path, *names: str | bytes) -> None:
    """Captures without packets at these places."""
    for name in names:
        path = Path(os.fsdecode(os.path.join(os.fsencode(root), os.fsencode(name))))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pcap([]))


def found(root: Path, skip: str | None = None) -> dict[tuple[str, str], list[str]]:
    complaints: list[str] = []
    teams = list(find_teams(str(root), complaints.append, skip))
    assert complaints == []
    return {(t.team, t.run): [os.path.relpath(c.path, root) for c in t.captures] for t in teams}


def test_each_folder_with_captures_is_a_run_of_a_team(tmp_path: Path) -> None:
    put(tmp_path, "host1/a.pcap", "host1/b.pcap", "site/host2/2026-05-01/a.pcapng", "site/host2/2026-05-02/a.pcapng")
    (tmp_path / "host1" / "notes.txt").write_text("no capture")
    (tmp_path / "empty").mkdir()
    assert found(tmp_path) == {
        ("host1", ""): ["host1/a.pcap", "host1/b.pcap"],
        ("site/host2", "2026-05-01"): ["site/host2/2026-05-01/a.pcapng"],
        ("site/host2", "2026-05-02"): ["site/host2/2026-05-02/a.pcapng"],
    }


def test_captures_are_known_by_content_and_broken_ones_by_name(tmp_path: Path) -> None:
    put(tmp_path, "team/capture-without-suffix")
    (tmp_path / "team" / "broken.PCAP.gz").write_bytes(b"junk")
    (tmp_path / "team" / ".hidden.pcap").write_bytes(pcap([]))
    assert found(tmp_path) == {("team", ""): ["team/broken.PCAP.gz", "team/capture-without-suffix"]}


def test_links_are_followed_and_loops_end(tmp_path: Path) -> None:
    put(tmp_path, "a/team/x.pcap")
    (tmp_path / "a" / "team" / "up").symlink_to(tmp_path / "a")
    (tmp_path / "zz").symlink_to(tmp_path / "a" / "team")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    assert found(tmp_path) == {("a", "team"): ["a/team/x.pcap"]}


def test_reports_are_not_searched(tmp_path: Path) -> None:
    put(tmp_path, "team/x.pcap", "out/reports/team/x.pcap")
    assert found(tmp_path, os.path.realpath(tmp_path / "out")) == {("team", ""): ["team/x.pcap"]}


def test_odd_names_are_teams_too_and_get_safe_folders(tmp_path: Path) -> None:
    put(tmp_path, b"-new\nline/x.pcap", b"latin\xe9/x.pcap")
    names = sorted(team for team, _ in found(tmp_path))
    assert [os.fsencode(name) for name in names] == [b"-new\nline", b"latin\xe9"]
    assert [report_folder(name, "") for name in names] == ["reports/%2Dnew%0Aline/-", "reports/latin%E9/-"]
    assert report_folder("..", ".") == "reports/%2E%2E/@%2E"
    assert report_folder("a%2Fb", "") != report_folder("a/b", "")


def test_long_names_stay_apart() -> None:
    first, second = (report_folder("x" * 250 + end, "") for end in "ab")
    assert first != second
    assert max(len(part) for part in first.split("/")) <= 160


LAYOUT = """
[[team]]
captures = "{site}/{host}/{date}/{member}.pcapng"
team = "{site}/{host}"
run = "{date}"
mode = "lacp"

[[team]]
captures = "flat/{host}-{member}-*.pcap"
team = "{host}"
"""


def test_placeholders_name_team_run_and_member(tmp_path: Path) -> None:
    (tmp_path / "layout.toml").write_text(LAYOUT)
    root = tmp_path / "data"
    put(
        root,
        "s/h/d1/nic1.pcapng",
        "s/h/d1/nic2.pcapng",
        "s/h/d2/nic1.pcapng",
        "flat/h9-eth0-0001.pcap",
        "s/h/other.pcapng",
    )
    teams = list(find_by_layout(str(root), read_layout(str(tmp_path / "layout.toml")), print))
    assert [(t.team, t.run, [c.member for c in t.captures], dict(t.settings)) for t in teams] == [
        ("h9", "", ["eth0"], {}),
        ("s/h", "d1", ["nic1", "nic2"], {"mode": "lacp"}),
        ("s/h", "d2", ["nic1"], {"mode": "lacp"}),
    ]


def test_globs_and_a_placeholder_twice(tmp_path: Path) -> None:
    (tmp_path / "layout.toml").write_text('[[team]]\ncaptures = "**/{host}/{host}_{member}.p?ap"\nteam = "{host}"\n')
    put(tmp_path / "d", "deep/er/h/h_a.pcap", "h/h_b.pcap", "h/x_c.pcap")
    (team,) = find_by_layout(str(tmp_path / "d"), read_layout(str(tmp_path / "layout.toml")), print)
    assert (team.team, [c.member for c in team.captures]) == ("h", ["a", "b"])


@pytest.mark.parametrize(
    ("text", "needle"),
    [
        ("team = 1", "[[team]]"),
        ('[[team]]\nteam = "x"', "captures"),
        ('[[team]]\ncaptures = "{a}/*.pcap"\nteam = "{b}"', "{b}"),
        ('[[team]]\ncaptures = "{a}/*.pcap"\nteam = "{a.__class__}"', "brace"),
        ("[[team]", "TOML"),
    ],
)
def test_a_layout_that_cannot_be_meant_is_refused(tmp_path: Path, text: str, needle: str) -> None:
    (tmp_path / "layout.toml").write_text(text)
    with pytest.raises(ConfigError, match=r"layout\.toml") as caught:
        read_layout(str(tmp_path / "layout.toml"))
    assert needle in str(caught.value)
