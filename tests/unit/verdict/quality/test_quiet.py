"""Members without a packet while the streams ran: idle, or not captured then."""

from __future__ import annotations

from typing import Any

import pytest
from judged_teams import at, lacp, marked, streams, team

from flowmap.facts.model import TeamFacts
from flowmap.team.members import MemberCapture
from flowmap.verdict.quality.notices import team_notices
from flowmap.verdict.quality.quiet import quiet_notices


def quiet(first: float, last: float, window: tuple[int, int] | None = None, frames: Any = ()) -> TeamFacts:
    """Streams on the first member from second 1 to 9; the other one has packets from `first` to `last`."""
    capture = MemberCapture("b.pcap", "pcap", (1,), 9, 9, 9, at(first), at(last), None, None, False, False, window)
    facts = team(*streams("rx", [0, 0]), frames=frames)
    return marked(facts, 1, first_ns=at(first), last_ns=at(last), captures=[capture])


@pytest.mark.parametrize(
    ("first", "last", "says"),
    [
        (-20, -4, "the last packet of nic2 is 5.0 s before the first of the migration streams"),
        (12, 20, "the first packet of nic2 is 3.0 s after the last of the migration streams"),
        (-20, 1.5, None),
        (-20, 20, None),
        (8.5, 20, None),
    ],
)
def test_packets_all_before_or_all_after_the_streams(first: float, last: float, says: str | None) -> None:
    found = [(one.code, one.member, one.undermines) for one in quiet_notices(quiet(first, last))]
    assert found == ([("window_unknown", "nic2", False)] if says else [])
    assert all(says in one.detail for one in quiet_notices(quiet(first, last)) if says)


def test_more_is_known_of_a_member_that_states_its_time_or_speaks_lacp() -> None:
    assert list(quiet_notices(quiet(-20, -4, window=(at(-30), at(-3))))) == []
    assert list(quiet_notices(quiet(-20, -4, frames=lacp(0, 1)))) == []
    assert list(quiet_notices(team())) == []


def test_what_is_known_to_be_of_another_time_is_told_once() -> None:
    facts = marked(quiet(-200, -100), 0, first_ns=at(0), last_ns=at(10))
    codes = [one.code for one in team_notices(facts) if one.member == "nic2"]
    assert codes == ["windows_disjoint"]
