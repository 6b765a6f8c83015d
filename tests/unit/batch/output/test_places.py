"""Where reports lie: no two teams share a folder, none lies in another's, and names are safe on any file system."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowmap.batch.output.places import report_folder

NAME = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)
TEAM = st.lists(NAME.filter(lambda name: "/" not in name), min_size=1, max_size=3).map("/".join)
RUN = st.one_of(st.just(""), NAME)


@given(TEAM, RUN, TEAM, RUN)
def test_different_runs_have_different_folders_none_in_another(team: str, run: str, other: str, later: str) -> None:
    one, two = report_folder(team, run), report_folder(other, later)
    if (team, run) == (other, later):
        assert one == two
    else:
        assert one != two
        assert not two.startswith(f"{one}/")


@given(TEAM, RUN)
def test_a_folder_is_made_of_letters_that_every_file_system_has(team: str, run: str) -> None:
    parts = report_folder(team, run).split("/")
    assert parts[0] == "reports"
    assert all(re.fullmatch(r"[A-Za-z0-9_.=+@,%-]{1,151}", part) for part in parts)
    assert not {".", ".."} & {*parts}


@pytest.mark.parametrize(
    ("team", "run", "folder"),
    [
        ("..", "", "reports/%2E%2E/-"),
        ("a", "b", "reports/a/@b"),
        ("a/b", "", "reports/a/b/-"),
        ("@b", "-", "reports/%40b/@%2D"),
        ("a b", "ü", "reports/a%20b/@%C3%BC"),
    ],
)
def test_what_is_not_safe_is_quoted_byte_by_byte(team: str, run: str, folder: str) -> None:
    """RFC 3986, 2.1."""
    assert report_folder(team, run) == folder


def test_long_names_are_cut_and_stay_apart() -> None:
    one, two = (report_folder("x" * 400 + end, "") for end in "ab")
    assert one != two
    assert max(map(len, one.split("/"))) <= 150
