"""Counters are known in a text by what they look like."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowmap.errors import ConfigError
from flowmap.team.counters.read import counters_of_files, readings_in
from flowmap.team.read import read_team_files

COUNTED = Path(__file__).parent / "counted"


def test_team_takes_counters_beside_descriptions_and_alone(tmp_path: Path) -> None:
    teams, readings = read_team_files([str(COUNTED / "proc-net-dev-before.txt"), str(COUNTED / "ip-after.json")])
    assert not teams
    assert {one.kind for one in readings} == {"/proc/net/dev", "ip -s -j link"}
    none = tmp_path / "none.txt"
    none.write_text("NIC statistics:\n     no_such: 5\n")
    with pytest.raises(ConfigError, match="ethtool -S"):
        read_team_files([str(none)])


@pytest.mark.parametrize(
    "text",
    ["[" * 5000, "[\n" * 5000, "NIC statistics:\n" * 5000, "Port InOctets\n" + "a 1\n" * 30_000, '{"ifname": 1}'],
)
def test_hostile_texts_are_no_counters(text: str) -> None:
    assert readings_in(text, "x") == []


def test_files_of_a_capture_tell_when_they_were_taken_and_bad_ones_are_passed_over(tmp_path: Path) -> None:
    """They only add to captures that are there without them."""
    before, after = (str(COUNTED / f"proc-net-dev-{when}.txt") for when in ("before", "after"))
    found = counters_of_files([before, str(tmp_path / "missing.txt")], [after])
    assert {one.when for one in found if one.source == before} == {0}
    assert {one.when for one in found if one.source == after} == {1}
    assert {one.source for one in found} == {before, after}
    huge = tmp_path / "huge.txt"
    with huge.open("wb") as file:
        file.truncate((16 << 20) + 1)
    assert counters_of_files([str(huge), str(tmp_path)], ["a\0b"]) == []
