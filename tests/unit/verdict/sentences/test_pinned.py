"""Claim 1 in a sentence: what held, or which direction did not and how many are like it."""

from __future__ import annotations

from typing import Any

import pytest
from judged_teams import move, moved, stream, streams, team, way

from flowmap.facts.model import Placed, StreamFacts, TwoHosts
from flowmap.message import msg
from flowmap.notice import KINDS, Notice
from flowmap.verdict.claims.pinned import judge_pinned
from flowmap.verdict.sentences.pinned import _INCOMPLETE, pinned_sentence


def said(*own: StreamFacts, **changes: Any) -> str:
    facts = team(*own, **changes)
    return str(pinned_sentence(judge_pinned(facts), facts))


def placed(number: int, placement: str, *members: int, expected: bool | None = None) -> StreamFacts:
    return stream(
        number, way("rx", number + 1, *members, placed=Placed(placement, msg("so it was")), expected=expected)
    )  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("own", "told"),
    [
        (streams("rx", [0]), "The one migration stream sits on one member in each direction."),
        (streams("rx", [0, 1]), "Each of the two migration streams sits on one member in each direction."),
    ],
)
def test_all_is_pinned(own: list[StreamFacts], told: str) -> None:
    assert said(*own) == told


def test_a_direction_that_was_not_captured_is_not_spoken_for() -> None:
    half = [stream(k, way("rx", k + 1, 0), way("tx", k + 1)) for k in range(2)]
    assert said(half[0]) == "The one migration stream sits on one member in the direction that was captured."
    assert said(*half) == "Each of the two migration streams sits on one member in each direction that was captured."


@pytest.mark.parametrize(
    ("moves", "mode", "told"),
    [
        ([move(4, 0, 1, "failover")], None, "one direction moved when nic1 lost its link (failover)."),
        (
            [move(4, 0, 1, "member-set-change")],
            None,
            "one direction moved when a member joined or left (member-set-change).",
        ),
        (
            [move(4, 0, 1, "member-set-change", switched_over=True)],
            None,
            "one direction moved when the team switched over (member-set-change).",
        ),
        ([move(4, 0, 1, "rebalance")], "balance-slb", "one direction moved as the mode allows (rebalance)."),
    ],
)
def test_moves_that_hold_are_told_with_their_reason(moves: list[Any], mode: str | None, told: str) -> None:
    assert said(stream(0, moved("tx", 1, *moves)), mode=mode) == (
        f"The one migration stream keeps to one member at a time; {told}"
    )


def test_several_moves_and_members_are_told_together() -> None:
    lost = [stream(0, moved("tx", 1, move(4, 0, 2, "failover"))), stream(1, moved("tx", 2, move(6, 1, 2, "failover")))]
    assert said(*lost, count=3) == (
        "Each of the two migration streams keeps to one member at a time; two directions moved when nic1 and nic2 lost their "
        "links (failover)."
    )


def test_copies_count_once() -> None:
    copied = placed(0, "mirrored", 0, 1)
    assert said(copied) == "One migration stream was recorded on two members at once: the same packets, counted once."
    assert said(copied, placed(1, "mirrored", 0, 1)).startswith("Each of the two migration streams was recorded on two")
    assert said(copied, *streams("rx", [0])).endswith(
        "One stream-direction was recorded on several members at once, and counts once."
    )


@pytest.mark.parametrize(
    ("own", "told"),
    [
        (
            [placed(0, "sprayed", 0, 1)],
            "10.0.0.1:50000 to 10.0.0.100:6600 was dealt out packet by packet over nic1 and nic2.",
        ),
        (
            [placed(0, "sprayed", 0, 1, expected=True)],
            "10.0.0.1:50000 to 10.0.0.100:6600 was dealt out packet by packet over nic1 and nic2, as its mode is configured "
            "to do.",
        ),
        (
            [placed(0, "absent")],
            "10.0.0.1:50000 to 10.0.0.100:6600 was captured nowhere, although it was acknowledged.",
        ),
        (
            [placed(0, "undecided", 0, 1)],
            "10.0.0.1:50000 to 10.0.0.100:6600 is on nic1 and nic2: so it was.",
        ),
        (
            [stream(0, moved("rx", 1, move(4, 0, 1)))],
            "10.0.0.1:50000 to 10.0.0.100:6600 moved from nic1 to nic2 while both were up.",
        ),
        (
            [stream(0, moved("rx", 1, move(4, 0, 1), move(5, 1, 0)))],
            "10.0.0.1:50000 to 10.0.0.100:6600 moved 2 times between nic1 and nic2 while they were up.",
        ),
        (
            [stream(0, moved("rx", 1, move(9, 0, 1, too_soon=True)))],
            "10.0.0.1:50000 to 10.0.0.100:6600 changed member once, and the capture ends too soon to tell why.",
        ),
    ],
)
def test_what_is_not_pinned_is_told_by_its_ends(own: list[StreamFacts], told: str) -> None:
    assert said(*own) == told


def test_directions_alike_are_counted_and_others_are_told_beside() -> None:
    dealt = [placed(k, "sprayed", 0, 1) for k in range(3)]
    assert said(*dealt[:2]).endswith("; so did one more direction.")
    assert said(*dealt).endswith("; so did two more directions.")
    assert said(dealt[0], stream(5, moved("rx", 9, move(4, 0, 1)))).endswith(" (beside: 1 moved).")
    unknown = [placed(k, "undecided", 0, 1) for k in range(2)]
    assert said(*unknown).endswith("; one more direction is like it.")


def test_incomplete_captures_are_told_by_what_they_lack() -> None:
    lacks = [Notice(code, msg("x"), undermines=True) for code in ("capture_drops", "window_short", "interface_limit")]
    assert said(*streams("rx", [0]), notices=lacks) == (
        "Every migration stream seen sits on one member, but the captures are incomplete (packets lost in capturing, "
        "interfaces beyond the limit and a member whose capture does not last as long as the "
        "streams do), so this proves nothing."
    )


def test_of_incomplete_captures_no_more_is_said_than_was_seen() -> None:
    lacks = [Notice("capture_drops", msg("x"), undermines=True)]
    incomplete = "but the captures are incomplete (packets lost in capturing), so this proves nothing."
    over = stream(0, moved("tx", 1, move(4, 0, 1, "failover")))
    assert said(over, notices=lacks) == f"Every migration stream seen keeps to one member at a time, {incomplete}"
    half = stream(0, way("rx", 1, 0), way("tx", 1))
    assert said(half, notices=lacks) == (
        f"Every migration stream seen sits on one member in each direction that was captured, {incomplete}"
    )


def test_whatever_may_undermine_has_its_words() -> None:
    assert {code for code, kind in KINDS.items() if kind.undermines != "never"} == set(_INCOMPLETE)


def test_what_cannot_be_told_has_the_sentence_of_both_claims() -> None:
    assert said(*streams("rx", [0]), two_hosts=TwoHosts(msg("a; b"), ())).startswith("The captures are of two hosts")
    assert said().startswith("No migration stream was captured")
