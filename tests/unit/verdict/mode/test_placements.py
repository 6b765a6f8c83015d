"""What placements say of the key: directions that stayed on one member, with the headers that the chooser saw."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from judged_teams import HOST, at, lacp, stream, team, way

from flowmap.facts.model import StreamFacts
from flowmap.flow.streams.stream import build_streams
from flowmap.types import FLOW
from flowmap.verdict.mode.placements import candidates_of, judge_placements

HOST_MAC, SWITCH_MAC = 0x02_00_00_00_00_01, 0x02_00_00_00_00_99


def rows_of(*own: StreamFacts, changed: bool = False) -> Any:
    """A row for each share, as the flow table has it."""
    rows = []
    for one in own:
        for direction in one.directions:
            for share in direction.shares:
                row = np.zeros(1, FLOW)
                row["version"] = 4
                (row["src_lo"], row["sport"]), (row["dst_lo"], row["dport"]) = (
                    (end[0][1], end[1]) for end in (direction.src, direction.dst)
                )
                row["link"], row["packets"], row["wire_bytes"] = share.member, share.packets, share.wire_bytes
                row["payload_bytes"], row["first_ns"], row["last_ns"] = (
                    share.payload_bytes,
                    share.first_ns,
                    share.last_ns,
                )
                row["smac"], row["dmac"] = (HOST_MAC, SWITCH_MAC) if direction.side == "tx" else (SWITCH_MAC, HOST_MAC)
                row["smac_changed"] = changed
                rows.append(row)
    return build_streams(np.concatenate(rows))


def pair(number: int, sent_on: int, received_on: int) -> StreamFacts:
    macs: dict[str, Any] = {"macs": (HOST_MAC, SWITCH_MAC), "macs_alike": True}
    return stream(number, way("rx", number + 1, received_on), way("tx", number + 1, sent_on, **macs))


@pytest.fixture
def four() -> list[StreamFacts]:
    return [pair(number, number % 2, 0) for number in range(4)]


def test_each_direction_that_stayed_is_a_choice(four: list[StreamFacts]) -> None:
    found = judge_placements("tx", team(*four), rows_of(*four))
    assert [(one.stream, one.member) for one in found.choices] == [(0, 0), (1, 1), (2, 0), (3, 1)]
    first = found.choices[0]
    assert (first.src, first.dst) == ((HOST, 6600), ((4, 0x0A000001), 50000))
    assert first.macs == (HOST_MAC, SWITCH_MAC)
    assert (first.first_ns, first.last_ns) == (at(1), at(9))
    assert found.keys


def test_the_other_direction_has_choices_of_its_own(four: list[StreamFacts]) -> None:
    found = judge_placements("rx", team(*four), rows_of(*four))
    assert [(one.stream, one.member) for one in found.choices] == [(0, 0), (1, 0), (2, 0), (3, 0)]


def test_what_was_on_several_or_is_absent_is_no_choice() -> None:
    own = [stream(0, way("tx", 1, 0, 1)), stream(1, way("tx", 2, 0)), stream(2, way("tx", 3), way("rx", 3, 0))]
    found = judge_placements("tx", team(*own), rows_of(*own))
    assert [one.stream for one in found.choices] == [1]


def test_nothing_is_judged_where_no_direction_is_known() -> None:
    own = [stream(0, way("unknown", 1, 0))]
    found = judge_placements("tx", team(*own), rows_of(*own))
    assert not found.choices
    assert not found.keys
    assert not found.policies


def test_modes_are_ranked_by_placements_and_by_lacp(four: list[StreamFacts]) -> None:
    """A host that sends on both members at once is no active-backup team."""
    facts, rows = team(*four, frames=lacp(0, 1)), rows_of(*four)
    tx, rx = judge_placements("tx", facts, rows), judge_placements("rx", facts, rows)
    told = candidates_of(tx, rx, facts, rows)
    kinds = {clue.kind for clue in told.clues}
    assert {"sent_on_several", "lacp_bundle"} <= kinds
    verdicts = {(one.row.platform, one.row.mode): one.verdict for one in told.ranked}
    assert verdicts["linux", "active-backup"] == "refuted"
