"""Two readings become a difference: which is the earlier, and what fell between them.

Where the files do not say when they were taken, their names do (before and after, in a folder's name too), else the order they
are given in. Counters only grow: where everything that two files count fell, on several interfaces, they were given in the
other order. A counter that fell otherwise was reset, or wrapped at 32 bits: it is told, and not used.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import PurePath

from flowmap.team.counters.model import FIELDS, Change, Reading

__all__ = ["changes_of"]

_WORDS = {
    "before": 0,
    "vorher": 0,
    "vor": 0,
    "pre": 0,
    "start": 0,
    "begin": 0,
    "after": 1,
    "nachher": 1,
    "nach": 1,
    "post": 1,
    "end": 1,
    "stop": 1,
}


def changes_of(readings: Iterable[Reading]) -> list[Change]:
    """Return one for each interface and output."""
    groups: dict[tuple[object, ...], list[Reading]] = {}
    for reading in readings:
        when = reading.when if reading.when is not None else _by_name(reading.source)
        groups.setdefault(reading.key, []).append(replace(reading, when=when))
    pairs = [_pair(group) for group in groups.values()]
    if _given_backwards(pairs):
        pairs = [(later, earlier) if earlier is not None else (None, later) for earlier, later in pairs]
    return [_change(earlier, later) for earlier, later in pairs]


def _by_name(path: str) -> int | None:
    """Return 0 or 1 by the last such word of the file's name, else of its folder's."""
    parts = PurePath(path.replace("\\", "/"))
    for text in (parts.stem, parts.parent.name):
        told = [_WORDS[word] for word in re.split(r"[^a-z]+", text.casefold()) if word in _WORDS]
        if told:
            return told[-1]
    return None


def _pair(group: Sequence[Reading]) -> tuple[Reading | None, Reading]:
    """Return the first reading and the last one, sorted by what is known of their time.

    What is known to be before comes first, what is known to be after last.
    """
    order = {0: 0, None: 1, 1: 2}
    ordered = sorted(group, key=lambda one: order[one.when])
    if len(ordered) == 1 or (ordered[0].when is not None and ordered[0].when == ordered[-1].when):
        return None, ordered[-1]
    return ordered[0], ordered[-1]


def _given_backwards(pairs: Sequence[tuple[Reading | None, Reading]]) -> bool:
    """Return whether only the order of two files says which is the earlier, and the counters say it is the other way round.

    That is so if nothing grew while several interfaces fell.
    """
    fell = 0
    for earlier, later in pairs:
        if earlier is None:
            continue
        if earlier.when is not None or later.when is not None or earlier.source == later.source:
            return False
        differences = [
            later.values[field] - earlier.values[field] for field in earlier.values.keys() & later.values.keys()
        ]
        if max(differences, default=0) > 0:
            return False
        fell += min(differences, default=0) < 0
    return fell > 1


def _change(earlier: Reading | None, later: Reading) -> Change:
    if earlier is None:
        return Change(None, later)
    shared = [field for field in FIELDS if field in earlier.values and field in later.values]
    grown = {field: later.values[field] - earlier.values[field] for field in shared}
    return Change(
        earlier,
        later,
        {field: count for field, count in grown.items() if count >= 0},
        tuple(field for field in shared if grown[field] < 0),
    )
