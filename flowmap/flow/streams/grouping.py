"""Groups of rows in columns: which rows are neighbours, and what a group's rows say together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from flowmap.kernels import available
from flowmap.types import TS_NONE, Have

__all__ = [
    "acknowledged",
    "all_distinct",
    "changes",
    "distinct",
    "group_minimum",
    "grouped",
    "hashed",
    "plainly_hashed",
    "stacked",
]

Array = np.ndarray[Any, Any]


class Columns(Protocol):
    """Rows of which a column is asked for by its name."""

    def __getitem__(self, name: str, /) -> Array: ...


_HASH_KEYS = tuple(
    np.uint64(k) for k in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93)
)


_MANY = 10_000
"""Rows from which on the kernel is worth its loading."""


def hashed(columns: list[Array]) -> Array:
    """Return (n,) 64-bit hash of columns; equal rows have equal hashes. Grouping by it is checked, see `grouped`.

    A million rows of ten columns take the kernel a sixth of the time: it needs no column as a whole.
    """
    if len(columns[0]) >= _MANY and all(column.dtype.kind == "u" for column in columns) and available():
        from flowmap.flow.kernel import hash_columns

        return np.asarray(hash_columns(columns, np.empty(len(columns[0]), np.uint64)))
    return plainly_hashed(columns)


def plainly_hashed(columns: list[Array]) -> Array:
    """Return the meaning of `hashed`."""
    total = np.zeros(len(columns[0]), dtype=np.uint64)
    for number, column in enumerate(columns):
        total ^= column.astype(np.uint64)
        total *= _HASH_KEYS[number % 4]
        total ^= total >> np.uint64(31)
    return total


def grouped(columns: list[Array], then: Array) -> tuple[Array, Array]:
    """Return (order, new): rows sorted so that equal keys are neighbours, within a key by `then`.

    `new` marks a key's first row. Sorts by one hash instead of by all columns; where two keys share a hash, by the
    columns themselves.
    """
    hashes = hashed(columns)
    order = _by_hash(hashes, np.argsort(then, kind="stable"))  # tables are in order of time nearly
    in_order = hashes[order]
    new = changes([in_order])
    again = np.flatnonzero(~new)
    here, before = order[again], order[again - 1]
    if any((column[here] != column[before]).any() for column in columns):
        order = np.lexsort((then, *columns))
        new = changes([column[order] for column in columns])
    return order, new


def _by_hash(hashes: Array, order: Array) -> Array:
    """Return `order`, sorted by hash.

    The place in `order` takes the lowest bits of what is sorted, so that no index has to be: two thirds of the time.
    Where the highest bits do not tell two hashes apart, all of them are sorted.
    """
    bits = np.uint64(max(1, len(order)).bit_length())
    own = hashes[order]
    mixed = own >> bits << bits | np.arange(len(order), dtype=np.uint64)
    mixed.sort()
    place = (mixed & ((np.uint64(1) << bits) - np.uint64(1))).astype(np.int64)
    in_order = own[place]
    if (in_order[1:] < in_order[:-1]).any():
        place = np.argsort(own, kind="stable")
    return np.asarray(order[place])


def all_distinct(columns: list[Array]) -> bool:
    """Return whether surely no two rows are equal; a doubt is one chance in millions."""
    hashes = np.sort(hashed(columns))
    return not (hashes[1:] == hashes[:-1]).any()


def changes(columns: list[Array]) -> Array:
    """Return which places differ from the one before in any of the columns, (n,) bool; the first one does."""
    new = np.zeros(len(columns[0]), dtype=bool)
    new[:1] = True
    for column in columns:
        new[1:] |= column[1:] != column[:-1]
    return new


def distinct(values: Array) -> Array:
    """Return the different `values` in ascending order, (n,).

    numpy's `unique` asks whether they are masked, and so loads all there is of masked arrays: a tenth of what the
    smallest analysis takes.
    """
    in_order = np.sort(values)
    return np.asarray(in_order[changes([in_order])])


def stacked(parts: Sequence[Array], kind: np.dtype[Any]) -> Array:
    """Return rows of several arrays as one; as rows without fields, or each field would be copied by itself."""
    if len(parts) < 2:
        return parts[0] if parts else np.zeros(0, kind)
    raw = np.dtype((np.void, kind.itemsize))
    rows: Array = np.concatenate([part.view(raw) for part in parts]).view(kind)
    return rows


def group_minimum(values: Array, starts: Array) -> Array:
    """Group minima that ignore TS_NONE unless there is nothing else."""
    shown = np.where(values == TS_NONE, np.int64(2**63 - 1), values)
    least = np.minimum.reduceat(shown, starts)
    least[least == 2**63 - 1] = TS_NONE
    return least


def acknowledged(rows: Columns, group: Array, n_groups: int) -> Array:
    """Return (n_groups,) int64: how far the acknowledgments of each group went on from its first one.

    `group` is in ascending order; rows of a group overlap (several members) or follow each other (a series), so that
    their sums would be wrong.
    """
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
