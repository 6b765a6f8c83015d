"""Both directions of streams in columns against the same told row by row."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from flowmap.flow.streams.sides import Sides
from flowmap.flow.streams.stream import STREAM, Streams
from flowmap.types import FLOW, TS_NONE

ROW = st.tuples(
    st.booleans(),
    st.integers(0, 2),
    st.integers(1, 5),
    st.integers(0, 3),
    st.sampled_from([TS_NONE, 3, 4, 9]),
    st.integers(1, 2),
    st.integers(1, 2),
    st.booleans(),
    st.sampled_from([0, 1 << 60 | 7, 1 << 60 | 9, 2 << 60 | 8]),
)
"""(forward, member, packets, payload, time, MACs, whether the source MAC changed, tags)."""
NAMES = ("link", "packets", "payload_bytes", "first_ns", "smac", "dmac", "smac_changed", "vlan")


def built(streams: list[list[Any]]) -> Streams:
    """Rows of the streams in another order than that of the streams."""
    table, rows, forward = np.zeros(len(streams), STREAM), np.zeros(sum(map(len, streams)), FLOW), []
    at = 0
    for number in reversed(range(len(streams))):
        table[number]["row_start"], table[number]["row_count"] = at, len(streams[number])
        for ahead, *fields in streams[number]:
            for name, value in zip(NAMES, fields, strict=True):
                rows[at][name] = value
            rows[at]["last_ns"], rows[at]["wire_bytes"] = rows[at]["first_ns"], 10 * rows[at]["packets"]
            forward.append(ahead)
            at += 1
    return Streams(table, rows, np.array(forward, dtype=bool), np.arange(len(rows)))


def plainly(rows: list[Any], side: int) -> tuple[Any, ...]:
    own = [row for row in rows if row[0] == (side == 0)]
    shares = []
    for member in sorted({row[1] for row in own}):
        of_member = [row for row in own if row[1] == member]
        times = [row[4] for row in of_member if row[4] != TS_NONE]
        packets, payload = sum(row[2] for row in of_member), sum(row[3] for row in of_member)
        shares.append(
            (member, packets, 10 * packets, payload, min(times, default=TS_NONE), max(times, default=TS_NONE))
        )
    macs = own[0][5:7] if own else rows[0][5:7][::-1]
    changed = any(row[7] for row in own)
    several = len({row[5] for row in own}) > 1
    alike = bool(own) and len({row[5:7] for row in own}) == 1 and not changed
    payload, deepest = sum(row[3] for row in own), max([row[8] for row in own], default=0)
    return shares, len(own), payload, macs, changed or several, alike, deepest


@given(st.lists(st.lists(ROW, min_size=1, max_size=5), max_size=5), st.data())
def test_columns_say_what_the_rows_say(streams: list[list[Any]], data: st.DataObject) -> None:
    chosen = data.draw(st.lists(st.integers(0, len(streams) - 1), unique=True)) if streams else []
    sides = Sides.of(built(streams), chosen)
    for place, number in enumerate(chosen):
        for side in (0, 1):
            entry = 2 * place + side
            shares = [tuple(row)[1:] for row in sides.shares[sides.start[entry] : sides.start[entry + 1]].tolist()]
            columns = (sides.smac_changed, sides.macs_alike, sides.vlan)
            told = (shares, sides.rows[entry], sides.payload_bytes[entry], (sides.smac[entry], sides.dmac[entry]))
            assert (*told, *(column[entry] for column in columns)) == plainly(streams[number], side)
            first = sides.first_row[entry]
            assert (first < 0) == (not shares)


@given(st.lists(st.lists(ROW, min_size=1, max_size=5), min_size=1, max_size=5))
def test_the_deepest_tags_are_those_with_the_lowest_ids(streams: list[list[Any]]) -> None:
    found = built(streams).deepest_vlan(list(range(len(streams)))).tolist()
    stacks = [sorted({row[8] for row in rows}) for rows in streams]
    assert found == [max(own, key=lambda stack: stack >> 60) for own in stacks]
