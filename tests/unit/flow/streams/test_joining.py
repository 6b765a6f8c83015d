"""Tables of several captures become one: rows get their members, and the files of a series are merged in their order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from flowmap.flow.streams.joining import as_tree, find_series, join_tables, relinked
from flowmap.types import FLOW, LINK, TS_NONE


def table(*rows: tuple[int, int, int, int]) -> Any:
    """Rows of (link, source port, packets, first packet); each is one second long."""
    own = np.zeros(len(rows), FLOW)
    for row, (link, sport, packets, first) in zip(own, rows, strict=True):
        row["link"], row["sport"], row["packets"], row["version"] = link, sport, packets, 4
        row["first_ns"], row["last_ns"] = first, first + 10**9
    return own


def told(rows: Any) -> list[tuple[int, int, int]]:
    return sorted(rows[["link", "sport", "packets"]].tolist())


def test_rows_get_the_member_of_their_link_and_those_of_none_go() -> None:
    rows = relinked(table((0, 1, 1, 0), (1, 2, 1, 0), (2, 3, 1, 0)), np.array([5, -1, 0]))
    assert told(rows) == [(0, 3, 1), (5, 1, 1)]


@pytest.mark.parametrize("by_row", [[3], [0], [-1], [3, -1]])
def test_rows_that_may_not_be_written_are_copied(by_row: list[int]) -> None:
    """Those of another process."""
    own = table((0, 1, 1, 0))
    own.flags.writeable = False
    rows = relinked(own, np.array(by_row))
    assert rows["link"].tolist() == [by_row[0]] * (by_row[0] >= 0)
    assert own["link"].tolist() == [0]


def test_the_files_of_a_series_are_merged_and_other_interfaces_stay_apart() -> None:
    minute = 60 * 10**9
    parts = [table((0, 1, 3, 0)), table((0, 1, 4, 2 * 10**9), (0, 2, 1, minute)), table((0, 1, 9, 0))]
    joined = join_tables(parts, [np.array([0]), np.array([0]), np.array([1])], [[0, 1], [2]])
    assert told(joined) == [(0, 1, 7), (0, 2, 1), (1, 1, 9)]
    assert parts == []  # their memory is given back


def test_a_tree_keeps_the_order_and_merges_neighbours() -> None:
    merges: list[str] = []

    def merge(a: str, b: str) -> str:
        merges.append(f"{a}+{b}")
        return a + b

    assert as_tree(list("abcde"), merge) == "abcde"
    assert merges == ["a+b", "c+d", "ab+cd", "abcd+e"]
    assert as_tree(["a"], merge) == "a"


class Scanned:
    """Stands for a scan: the times of its links."""

    def __init__(self, *times: tuple[int, int]) -> None:
        self.links = np.zeros(len(times), LINK)
        self.links["first_ns"], self.links["last_ns"] = zip(*times, strict=True)


@pytest.mark.parametrize(
    ("second", "member", "series"),
    [
        ((11, 20), 0, [[0, 1]]),
        ((10, 20), 0, [[0, 1]]),
        ((9, 20), 0, [[0], [1]]),  # it begins before the other ends
        ((11, 20), 1, [[0], [1]]),
        ((11, 20), -1, [[0], [1]]),
        ((TS_NONE, TS_NONE), 0, [[0], [1]]),
    ],
)
def test_a_capture_continues_the_one_before_it(second: tuple[int, int], member: int, series: list[list[int]]) -> None:
    scans: list[Any] = [Scanned((0, 10)), Scanned(second)]
    assert find_series(scans, [np.array([0]), np.array([member])]) == series


def test_a_capture_of_several_links_is_no_part_of_a_series() -> None:
    scans: list[Any] = [Scanned((0, 10)), Scanned((11, 20), (11, 20)), Scanned((21, 30))]
    assert find_series(scans, [np.array([0]), np.array([0, 0]), np.array([0])]) == [[0], [1], [2]]
