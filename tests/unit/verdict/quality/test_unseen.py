"""Captures that begin or end while streams go on, and answers that are in no capture."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from judged_teams import MB, at, lacp, marked, stream, streams, team, way

from flowmap.facts.model import Placed, StreamFacts, TeamFacts, TwoHosts
from flowmap.message import msg
from flowmap.team.members import MemberCapture
from flowmap.verdict.quality.unseen import unseen_notices

NOWHERE = Placed("absent", msg("nowhere"))


def codes(facts: TeamFacts) -> list[tuple[str, str, bool]]:
    return [(one.code, one.severity, one.undermines) for one in unseen_notices(facts)]


def half(number: int, side: str = "rx", last: float = 9) -> StreamFacts:
    """Its data was captured, its acknowledgments were not."""
    other = "tx" if side == "rx" else "rx"
    own = stream(number, way(side, number + 1, 0), replace(way(other, number + 1), placed=NOWHERE))
    return replace(own, last_ns=at(last))


def whole(number: int) -> StreamFacts:
    return stream(number, way("rx", number + 1, 0), way("tx", number + 1, 1, payload=MB))


def test_answers_that_no_capture_has_are_a_matter_where_others_have_theirs() -> None:
    assert codes(team(*streams("rx", [0, 1]))) == []
    assert codes(team(half(0))) == [("reverse_absent", "info", False)]  # the captures may be of one direction
    assert codes(team(half(0), whole(1))) == [("reverse_absent", "warning", True)]
    assert codes(team(half(0, "tx"), whole(1))) == [("reverse_absent", "info", False)]
    two = TwoHosts(msg("a; b"), ())
    assert codes(team(half(0), whole(1), two_hosts=two)) == [("reverse_absent", "info", False)]


@pytest.mark.parametrize(
    ("count", "says"), [(1, "of one migration stream is in no capture"), (2, "of two migration streams are in")]
)
def test_they_are_counted(count: int, says: str) -> None:
    (one,) = unseen_notices(team(*[half(k) for k in range(count)], whole(7)))
    assert (one.count, says in one.detail) == (count, True)


def captured(last: float, **changes: Any) -> MemberCapture:
    values: dict[str, Any] = {"truncated": False, "window": None}
    return MemberCapture(
        "a.pcap", "pcap", (1,), 9, 9, 9, at(0), at(last), None, None, damaged=False, **(values | changes)
    )


def ending(capture: MemberCapture, *own: StreamFacts, frames: Any = ()) -> list[tuple[str, str, bool]]:
    facts = marked(team(*(own or (half(0),)), frames=frames), 1, captures=[capture])
    return [one for one in codes(facts) if one[0] == "window_short"]


SHORT = [("window_short", "warning", True)]


def test_a_capture_that_is_cut_or_says_its_end_is_known_to_have_ended() -> None:
    assert ending(captured(5, truncated=True)) == SHORT
    assert ending(captured(5, window=(at(0), at(5)))) == SHORT
    assert ending(captured(5, window=(at(0), at(9)))) == []  # it says that nothing came
    assert ending(captured(5)) == []


def test_lacp_that_fell_silent_ends_a_capture_too() -> None:
    """Fast LACP: three intervals are three seconds; the other member is heard until 10 s."""
    until = [one for one in lacp(0, 1) if one.member == 0 or one.ts_ns < at(5)]
    assert ending(captured(5), frames=until) == SHORT
    assert ending(captured(7.5), frames=until) == []
    assert ending(captured(5), frames=[one for one in until if one.member == 0]) == []


def test_a_capture_that_says_its_beginning_or_lacks_lacp_until_then_began_late() -> None:
    """The stream begins at 1 s."""
    early = replace(half(0), first_ns=at(1))
    assert ending(captured(9, window=(at(2.1), at(9))), early) == SHORT
    assert ending(captured(9, window=(at(2), at(9))), early) == []
    late = replace(captured(9), first_ns=at(5))
    since = [one for one in lacp(0, 1) if one.member == 0 or one.ts_ns > at(5)]
    assert ending(late, early, frames=since) == SHORT
    assert ending(late, early) == []  # merely quiet


def test_streams_may_go_on_for_a_second_or_a_tenth() -> None:
    assert ending(captured(7.9, truncated=True)) == SHORT
    assert ending(captured(8, truncated=True)) == []
    long = replace(half(0, last=41), first_ns=at(1))
    assert ending(captured(36.9, truncated=True), long) == SHORT
    assert ending(captured(37, truncated=True), long) == []


def test_streams_with_both_directions_to_the_end_tell_by_themselves() -> None:
    assert ending(captured(5, truncated=True), whole(0)) == []


def test_how_long_they_went_on_is_told() -> None:
    facts = marked(team(half(0), half(1, last=8)), 1, captures=[captured(4, truncated=True)])
    one = next(each for each in unseen_notices(facts) if each.code == "window_short")
    assert (one.member, one.count) == ("nic2", 2)
    assert "ends 5.0 s before migration streams do" in one.detail
