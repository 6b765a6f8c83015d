"""What the rules of the answer ask a case: who chose, which directions failed, what was found first."""

from __future__ import annotations

from dataclasses import replace

from judged_teams import MB, case, finding, move, moved, stream, streams, team, way

from flowmap.facts.model import Placed
from flowmap.message import msg
from flowmap.verdict.answer.case import chooser, failing, main_side, used_members

LIMIT, TEAM, LACKS = "FM402", "FM309", "FM502"


def test_the_host_places_what_it_sends_and_the_switch_what_the_host_receives() -> None:
    assert {side: chooser(side) for side in ("tx", "rx", "unknown")} == {
        "tx": "host",
        "rx": "switch",
        "unknown": "unknown",
    }


def test_members_used_leave_out_where_only_copies_are() -> None:
    copied = replace(way("rx", 1, 1, 0), placed=Placed("mirrored", msg("")))
    assert copied.first_member == 1
    assert used_members([copied]) == [1]
    assert used_members([way("rx", 1, 1, 0), way("rx", 2, 2)]) == [0, 1, 2]


def test_only_directions_whose_claim_fails_are_failing() -> None:
    lost = moved("tx", 1, move(4, 0, 1, "failover"))
    fault = moved("tx", 2, move(4, 0, 1, "rebalance"))
    early = moved("tx", 3, move(4, 0, 1, too_soon=True))
    dealt = way("rx", 4, 0, 1)
    facts = team(*[stream(number, one) for number, one in enumerate((lost, fault, early, dealt))])
    assert [one.src for one in failing(case(facts), "moved")] == [fault.src]
    assert [one.src for one in failing(case(facts), "sprayed")] == [dealt.src]
    assert failing(case(facts), "single") == []


def test_the_main_side_has_most_payload_and_not_most_streams() -> None:
    small, large = [way("rx", 1, 0, payload=MB), way("rx", 2, 0, payload=MB)], way("tx", 3, 1, payload=3 * MB)
    assert main_side([*small, large]) == ("tx", [large])
    assert main_side([*small, way("tx", 3, 1, payload=2 * MB)])[0] == "rx"  # as much: the side with more streams
    assert main_side([way("unknown", 1, 0)])[0] == "unknown"


def test_findings_are_asked_for_by_code_and_by_weight() -> None:
    told = [
        finding(LIMIT, "error"),
        finding(LACKS, "error"),
        finding(TEAM, "info"),
        finding(TEAM, "warning"),
        finding(TEAM, "error"),
    ]
    judged = case(team(*streams("rx", [0, 1])), findings=told)
    assert judged.finding("FM309") is told[2]
    assert judged.finding("FM309", grave=True) is told[3]
    assert judged.finding("FM101") is None
    assert judged.gravest() is told[3]  # neither a limit, nor about the captures, nor an info
    assert case(team(), findings=told[:3]).gravest() is None


def test_names_are_in_the_order_of_the_members_and_once() -> None:
    assert case(team(count=3)).names([2, 0, 2]) == ["nic1", "nic3"]


def test_thin_streams_and_streams_that_nobody_saw_carry_nothing() -> None:
    facts = team(
        stream(0, way("rx", 1, 0)), stream(1, way("rx", 1, 1, payload=MB // 10, port=50001)), stream(2, way("rx", 2))
    )
    assert [one.number for one in case(facts).carrying] == [0]


def test_placements_of_an_unknown_direction_are_nobodys() -> None:
    judged = case(team(), tx=("sent",), rx=("received",))
    assert [judged.choices(side) for side in ("tx", "rx", "unknown")] == [("sent",), ("received",), ()]
