"""Where a direction sits, by what was observed of it: each placement at its limits."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from judged_teams import S, at, clocks, marked, stream, team, way

from flowmap.facts.model import Direction, Placed, TeamFacts, TwoHosts
from flowmap.message import msg
from flowmap.trace.watching.observe import Observation, Switch
from flowmap.verdict.placement.place import place

UNJUDGED = Placed("absent", msg("not seen on any member"))


def fresh(*members: int, observation: Observation | None = None, side: str = "rx", **changes: Any) -> Direction:
    return way(side, 1, *members, placed=UNJUDGED, observation=observation, **changes)


def placed(own: Direction, **changes: Any) -> Direction:
    (found,) = place(team(stream(0, own), **changes)).streams
    return found.directions[0]


def told(own: Direction, **changes: Any) -> tuple[str, str]:
    found = placed(own, **changes).placed
    return found.placement, str(found.reason)


def switches(count: int) -> list[Switch]:
    """So many changes between members 0 and 1, a tenth of a second apart."""
    return [Switch(at(2 + k / 10), at(2 + k / 10) - 1000, k % 2, 1 - k % 2, 1000, 10 * k) for k in range(count)]


def watched(
    count: int, packets: tuple[int, int] = (100, 100), duplicates: int = 0, kept: int | None = None
) -> Observation:
    return Observation(
        Counter(dict(enumerate(packets))),
        count,
        switches(count if kept is None else kept),
        Counter({200 // (count + 1): count + 1}),
        199,
        count,
        Counter({200 // (count + 1): count + 1}),
        sum(packets) + duplicates,
        duplicates,
        first_ns=at(1),
        last_ns=at(9),
    )


def test_what_nobody_saw_is_absent_and_what_one_member_has_is_single() -> None:
    assert told(fresh()) == ("absent", "not seen on any member")
    assert told(fresh(1)) == ("single", "all 100 packets")


@pytest.mark.parametrize("field", ["lost_member", "links_mixed"])
def test_captures_that_tell_no_member_decide_nothing(field: str) -> None:
    facts = team(stream(0, fresh(0)), stream(1, fresh(1)))
    facts = marked(facts, 0, **{field: True})
    assert [one.directions[0].placed.placement for one in place(facts).streams] == ["undecided", "single"]


def test_packets_recorded_at_both_ends_are_there_twice() -> None:
    two = TwoHosts(msg("a; b"), (), groups=((0,), (1,)))
    assert told(fresh(0, 1, observation=watched(1)), two_hosts=two)[0] == "undecided"
    assert told(fresh(0, 1, observation=watched(1)), two_hosts=replace(two, groups=((0, 1), (2,))))[0] == "moved"
    assert told(fresh(0, 1, observation=watched(1)), two_hosts=replace(two, teams_of_one=True))[0] == "moved"


def test_what_was_not_followed_or_has_no_times_is_undecided() -> None:
    assert told(fresh(0, 1))[0] == "undecided"
    timeless = fresh(0, 1, observation=watched(1))
    timeless.shares[1] = timeless.shares[1]._replace(first_ns=None)
    assert told(timeless) == ("undecided", "packets without a time cannot be put in order across members")


@pytest.mark.parametrize(
    ("packets", "duplicates", "placement"),
    [
        ((200, 0), 200, "mirrored"),  # each is there twice
        ((200, 0), 11, "mirrored"),  # more than a twentieth
        ((200, 0), 10, "single"),  # a few flooded copies
        ((190, 10), 190, "mirrored"),  # 95 of 100 outside of the main member are copies
        ((190, 11), 190, "moved"),
    ],
)
def test_copies_are_told_from_packets_of_their_own(packets: tuple[int, int], duplicates: int, placement: str) -> None:
    assert told(fresh(0, 1, observation=watched(1, packets, duplicates)))[0] == placement


def test_packets_dealt_out_one_by_one_are_sprayed() -> None:
    assert told(fresh(0, 1, observation=watched(199))) == ("sprayed", "199 changes of member in 200 packets (50%, 50%)")
    part = replace(watched(199), whole=False)
    assert told(fresh(0, 1, observation=part))[1].startswith("199 changes of member in its first 200 packets")


def test_few_changes_are_moves_and_many_are_if_each_may_be_explained() -> None:
    """`moved_max_switches` is 5; of more, each kept switch may have a cause of its own. Here nothing explains any."""
    assert told(fresh(0, 1, observation=watched(5)))[0] == "moved"
    assert told(fresh(0, 1, observation=watched(6, kept=5)))[0] == "undecided"
    assert told(fresh(0, 1, observation=watched(6)))[0] == "undecided"
    assert "mixed: 6 changes of member" in told(fresh(0, 1, observation=watched(6)))[1]


def test_clocks_that_differ_by_more_than_the_whole_order_nothing() -> None:
    assert told(fresh(0, 1, observation=watched(1)), clock=clocks(0, 8 * S))[0] == "moved"
    assert told(fresh(0, 1, observation=watched(1)), clock=clocks(0, 8 * S + 1))[0] == "undecided"
    assert told(fresh(0, 1, observation=watched(1)), clock=clocks(0, None))[0] == "moved"


def test_without_clocks_spraying_shows_in_the_order_of_sending() -> None:
    """In time order it looks like one move; in that of sequence numbers each packet is on another member."""
    by_sending = replace(watched(199), switch_count=1, switches=switches(1), runs=Counter({100: 2}))
    assert told(fresh(0, 1, observation=by_sending), clock=clocks(0, S))[0] == "sprayed"
    assert told(fresh(0, 1, observation=by_sending))[0] == "moved"


@pytest.mark.parametrize(
    ("mode", "side", "expected"),
    [("lacp", "tx", False), ("linux/balance-rr", "tx", True), (None, "tx", None), ("lacp", "unknown", None)],
)
def test_what_the_mode_says_of_it_is_kept_with_it(mode: str | None, side: str, expected: bool | None) -> None:
    assert placed(fresh(0, 1, observation=watched(199), side=side), mode=mode).expected is expected


def test_each_stream_keeps_its_own_directions_in_their_order() -> None:
    facts: TeamFacts = place(
        team(stream(0, fresh(0), fresh(1, side="tx")), stream(1, fresh(1), fresh(side="tx")), stream(2, fresh()))
    )
    assert [[way.placed.placement for way in one.directions] for one in facts.streams] == [
        ["single", "single"],
        ["single", "absent"],
        ["absent"],
    ]


def test_few_changes_are_moves_whether_all_were_kept_or_not() -> None:
    assert told(fresh(0, 1, observation=watched(5, kept=3))) == ("moved", "5 changes of member in 200 packets")
    assert told(fresh(0, 1, observation=watched(1))) == ("moved", "1 change of member in 200 packets")
    mixed = "mixed: 6 changes of member, too many for moves, too few for spraying"
    assert told(fresh(0, 1, observation=watched(6, kept=5))) == ("undecided", mixed)


def test_clocks_that_are_known_to_the_time_between_packets_put_them_in_order() -> None:
    """201 packets in 8 s are 40 ms apart. By time each is on another member, as they were sent half of them are on one."""
    own = fresh(0, 1, observation=replace(watched(200, (101, 100)), runs_in_order=Counter({100: 2})))
    assert told(own, clock=clocks(0, 40_000_000))[0] == "sprayed"
    assert told(own, clock=clocks(0, 40_000_001))[0] != "sprayed"


def test_what_the_mode_allows_depends_on_why_it_moved() -> None:
    """An active-backup team moves when its member fails, and then alone."""
    facts = team(stream(0, fresh(0, 1, observation=watched(1))), mode="active-backup")
    (alive,), (dead,) = place(facts).streams, place(marked(facts, 0, gaps=[(at(2) - 1000, at(9))])).streams
    assert (alive.directions[0].placed.cause, alive.directions[0].expected) == ("unexplained", False)
    assert (dead.directions[0].placed.cause, dead.directions[0].expected) == ("failover", True)
