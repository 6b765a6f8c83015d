"""What is judged of facts is a new value: the facts stay as they were gathered, and each step needs the one before."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import FrozenInstanceError, replace

import pytest
from small_teams import HOST, PEER, T0, S, both, direction, stream, team

from flowmap.analysis.judge import judge
from flowmap.facts.model import Direction, MemberShare, TeamFacts
from flowmap.message import msg
from flowmap.team.members import TeamMember


def gathered() -> TeamFacts:
    """Two members, of which one has the name of a half; a stream of both directions, one that nothing is known of but two
    members, and one that only came in."""
    crossed = direction("rx", 0, 1, 2, "absent")
    crossed.shares.append(MemberShare(1, 100, 10_000, 9_000, T0 + 3 * S, T0 + 4 * S))
    members = tuple(
        TeamMember(k, name, packets=400, first_ns=T0, last_ns=T0 + 9 * S) for k, name in enumerate(("a", "b_rx"))
    )
    silent = Direction(HOST, PEER, "tx", False, 0)
    streams = [both(0, 0), stream(1, crossed, silent), stream(2, direction("rx", 1, 0, 2), silent)]
    return team(*streams, members=members)


def test_facts_are_as_they_were_after_they_are_judged() -> None:
    facts = gathered()
    before = deepcopy([facts.streams, [member.only_side for member in facts.members], facts.notices, facts.copies])
    judged = judge(facts)
    assert [facts.streams, [member.only_side for member in facts.members], facts.notices, facts.copies] == before
    assert [one.placed.placement for one in (judged.streams[0].directions[0], judged.streams[1].directions[0])] == [
        "single",
        "undecided",
    ]
    assert judged.members[1].only_side == "rx"
    assert all(one.limit is not None for one in judged.streams)
    assert {notice.code for notice in judged.notices} >= {"one_direction"}


def test_a_team_cannot_be_filled_in_afterwards() -> None:
    facts = gathered()
    with pytest.raises(FrozenInstanceError):
        facts.two_hosts = None  # type: ignore[misc]
    assert replace(facts, doubts=[msg("so")]).doubts == ["so"]
