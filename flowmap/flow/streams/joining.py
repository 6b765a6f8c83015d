"""Flow tables of several captures become one: each row gets its member, and the files of a series are merged as a tree.

The tree has the same shape wherever its merges are done, in this process or on the workers of a cluster: so the rows are
the same. Only what is one interface's, in captures one after the other, is merged here: rows of several interfaces have to
stay apart for what comes next, which asks whether one carries what others do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from flowmap.flow.growing import joined
from flowmap.flow.scanning.scan import Scan
from flowmap.flow.streams.stream import merge_rows
from flowmap.types import TS_NONE

__all__ = ["Join", "as_tree", "find_series", "join_tables", "merge_two", "relinked"]

Array = np.ndarray[Any, Any]
T = TypeVar("T")
Join = Callable[[Sequence[Array], Sequence[Sequence[int]]], Array]
"""(member of each link of each table, tables to be merged in their order) in, one table out."""


def join_tables(tables: list[Array], by_rows: Sequence[Array], series: Sequence[Sequence[int]]) -> Array:
    """Return (n,) FLOW of all tables, `link` = member.

    Changes `tables`, and lets go of each when its rows are in the one that is given back: all of them twice would be
    most of the memory that an analysis takes.
    """
    parts: list[Array | None] = [relinked(table, by_row) for table, by_row in zip(tables, by_rows, strict=True)]
    tables.clear()
    merged: list[Array] = []
    for own in series:
        merged.append(as_tree([part for part in map(parts.__getitem__, own) if part is not None], merge_two))
        for number in own:
            parts[number] = None
    if len(merged) == 1:
        return merged[0]
    return joined(merged)


def relinked(table: Array, by_row: Array) -> Array:
    """Return rows with `link` = member for those whose link is of one: `by_row[link]`, or -1.

    Changes `table` if it may.
    """
    if not len(table):
        return table
    if len(by_row) == 1 and by_row[0] >= 0 and table.flags.writeable:
        if by_row[0] > 0:
            table["link"] = by_row[0]
        return table
    member = by_row[table["link"]]
    if (member < 0).any():
        table = table[member >= 0]
    elif not table.flags.writeable:  # one that came from another process
        table = table.copy()
    table["link"] = member[member >= 0]
    return table


def merge_two(earlier: Array, later: Array) -> Array:
    """Merge two tables of one member's series."""
    return merge_rows(np.concatenate([earlier, later]))


def as_tree(parts: Sequence[T], merge: Callable[[T, T], T]) -> T:
    """Merge neighbours, then the results, until one is left.

    >>> as_tree(["a", "b", "c", "d", "e"], lambda a, b: f"({a}{b})")
    '(((ab)(cd))e)'
    """
    level = list(parts)
    while len(level) > 1:
        pairs = [level[at : at + 2] for at in range(0, len(level), 2)]
        level = [merge(*pair) if len(pair) == 2 else pair[0] for pair in pairs]
    return level[0]


def find_series(scans: Sequence[Scan], by_rows: Sequence[Array]) -> list[list[int]]:
    """Return the numbers of the scans in order, together where one continues the other.

    That is so where each has one link, of the same member, and begins after the one before.
    """
    found: list[list[int]] = []
    before: tuple[int, int] | None = None
    for number, (scan, by_row) in enumerate(zip(scans, by_rows, strict=True)):
        alone = len(by_row) == 1 and by_row[0] >= 0 and scan.links["first_ns"][0] != TS_NONE
        if alone and before is not None and before[0] == by_row[0] and before[1] <= scan.links["first_ns"][0]:
            found[-1].append(number)
        else:
            found.append([number])
        before = (int(by_row[0]), int(scan.links["last_ns"][0])) if alone else None
    return found
