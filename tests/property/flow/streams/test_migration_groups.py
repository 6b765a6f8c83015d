"""Grouping of migrations against the plain rule, each stream compared with each group: the quick way must say the same."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from flowmap.flow.streams.migration import MigrationStream, group_migrations
from flowmap.flow.streams.stream import STREAM, Streams
from flowmap.types import FLOW

BULK = 1_000_000
STREAMS = st.lists(
    st.tuples(
        st.integers(0, 20),
        st.integers(0, 8),
        st.sampled_from([0, BULK]),
        st.integers(0, 1),
        st.sampled_from(["hyper-v", "qemu"]),
    ),
    max_size=14,
)
"""(begin, duration, payload, port, kind)."""


def plainly(lives: list[tuple[int, int, int, int, str]]) -> list[tuple[str, tuple[int, ...]]]:
    """Bulk streams first, each to the first group of its kind and port that it overlaps; bulk ones of Hyper-V alone."""
    groups: list[list[Any]] = []
    for number in sorted(range(len(lives)), key=lambda n: (lives[n][2] < BULK, n)):
        begin, duration, payload, port, kind = lives[number]
        alone = kind == "hyper-v" and payload >= BULK
        for group in groups:
            fits = group[0] == (kind, port) and begin <= group[3] and begin + duration >= group[2]
            if fits and not alone:
                group[1].append(number)
                group[2], group[3] = min(group[2], begin), max(group[3], begin + duration)
                break
        else:
            groups.append([(kind, port), [number], begin, begin + duration])
    return sorted(((group[0][0], tuple(sorted(group[1]))) for group in groups), key=lambda group: group[1])


@given(STREAMS)
def test_groups_are_those_of_the_plain_rule(given_lives: list[tuple[int, int, int, int, str]]) -> None:
    lives = sorted(given_lives)
    table = np.zeros(len(lives), STREAM)
    for row, (begin, duration, payload, port, _) in zip(table, lives, strict=True):
        row["first_ns"], row["last_ns"] = begin, begin + duration
        row["payload_bytes"][1], row["b_port"] = payload, 6600 + port
    streams = Streams(table, np.zeros(0, FLOW), np.zeros(0, bool), np.zeros(0, np.int64))
    found = [MigrationStream(n, kind, "high", 1, 1) for n, (*_, kind) in enumerate(lives)]  # type: ignore[arg-type]
    assert [(group.kind, group.streams) for group in group_migrations(streams, found)] == plainly(lives)
