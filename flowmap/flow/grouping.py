"""Groups of rows in columns: which rows are neighbours, and what a group's rows say together."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowmap.types import TS_NONE, Have

__all__ = ["acknowledged", "changes", "group_minimum", "grouped"]

Array = np.ndarray[Any, Any]
_HASH_KEYS = tuple(np.uint64(k) for k in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93))


def _hash_columns(columns: list[Array]) -> Array:
    """64-bit hash of columns; equal rows have equal hashes. Grouping by it is checked, see `grouped`."""
    total = np.zeros(len(columns[0]), dtype=np.uint64)
    for number, column in enumerate(columns):
        total ^= column.astype(np.uint64)
        total *= _HASH_KEYS[number % 4]
        total ^= total >> np.uint64(31)
    return total


def grouped(columns: list[Array], then: Array) -> tuple[Array, Array]:
    """(order, new): rows sorted so that equal keys are neighbours, within a key by `then`; `new` marks a key's first row.

    Sorts by one hash instead of by all columns; where two keys share a hash, by the columns themselves.
    """
    columns = [np.ascontiguousarray(column) for column in columns]  # in rows of many fields each value is far from the next
    hashes = _hash_columns(columns)
    order = np.lexsort((then, hashes))
    hashes = hashes[order]
    new = changes([column[order] for column in columns])
    if len(order) and int(new.sum()) != 1 + int((hashes[1:] != hashes[:-1]).sum()):
        order = np.lexsort((then, *columns))
        new = changes([column[order] for column in columns])
    return order, new


def changes(columns: list[Array]) -> Array:
    new = np.zeros(len(columns[0]), dtype=bool)
    new[:1] = True
    for column in columns:
        new[1:] |= column[1:] != column[:-1]
    return new


def group_minimum(values: Array, starts: Array) -> Array:
    """Group minima that ignore TS_NONE unless there is nothing else."""
    shown = np.where(values == TS_NONE, np.int64(2**63 - 1), values)
    least = np.minimum.reduceat(shown, starts)
    least[least == 2**63 - 1] = TS_NONE
    return least


def acknowledged(rows: Array, group: Array, n_groups: int) -> Array:
    """(n_groups,) int64: how far the acknowledgments of each group went on from its first one. `group` is in ascending order;
    rows of a group overlap (several members) or follow each other (a series), so that their sums would be wrong."""
    having = np.flatnonzero(rows["have"] & Have.ACK)
    furthest = np.zeros(n_groups, dtype=np.int64)
    if not len(having):
        return furthest
    group, acked, base = group[having], rows["acked"][having], rows["ack_base"][having].astype(np.int64)
    step = np.zeros(len(having), dtype=np.int64)
    step[1:] = acked[:-1] + (base[1:] - base[:-1] - acked[:-1] + 2**31) % 2**32 - 2**31
    starts = np.flatnonzero(changes([group]))
    position = np.cumsum(step)
    position -= np.repeat(position[starts], np.diff(np.append(starts, len(having))))
    furthest[group[starts]] = np.maximum.reduceat(position + acked, starts)
    return furthest
