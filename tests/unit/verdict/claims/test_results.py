"""How verdicts of several directions become one, and what makes a claim untellable whatever the packets say."""

from __future__ import annotations

from itertools import permutations

import pytest
from judged_teams import marked, streams, team

from flowmap.facts.model import ClaimVerdict, TwoHosts
from flowmap.message import msg
from flowmap.notice import Notice
from flowmap.verdict.claims.results import Pinned, Spread, cannot_tell, undermine, worst

ORDER: tuple[ClaimVerdict, ...] = ("not-applicable", "pass", "inconclusive", "fail")


def test_the_worst_verdict_wins_in_any_order() -> None:
    for number in range(1, 5):
        for given in permutations(ORDER[:number]):
            assert worst(given) == ORDER[number - 1]


def test_members_used_are_those_that_units_landed_on() -> None:
    assert Spread("pass", "holds", counts={0: 3, 1: 0, 2: 1}).members_used == 2
    assert Spread("pass", "holds").members_used == 0


@pytest.mark.parametrize("kind", [Pinned, Spread])
def test_a_pass_rests_on_whole_captures(kind: type[Pinned | Spread]) -> None:
    claim = kind("pass", "holds")
    harmless = Notice("time_backwards", msg("late"))
    undermine(claim, [harmless])
    assert (claim.verdict, claim.undermined_by) == ("pass", [])
    lacks = [Notice(code, msg("lost"), undermines=True) for code in ("window_short", "capture_drops", "window_short")]
    undermine(claim, [harmless, *lacks])
    assert (claim.verdict, claim.undermined_by) == ("inconclusive", ["capture_drops", "window_short"])


@pytest.mark.parametrize("verdict", ["fail", "inconclusive", "not-applicable"])
def test_what_is_no_pass_stays_as_it_is(verdict: ClaimVerdict) -> None:
    claim = Pinned(verdict, "moved")
    undermine(claim, [Notice("capture_drops", msg("lost"), undermines=True)])
    assert (claim.verdict, claim.undermined_by) == (verdict, [])


def test_what_cannot_be_told_has_a_reason_and_the_first_counts() -> None:
    facts = team(*streams("rx", [0, 1]))
    assert cannot_tell(facts) is None
    facts = marked(facts, 1, links_mixed=True)
    assert cannot_tell(facts) == "links_mixed"
    facts = marked(facts, 0, lost_member=True)
    assert cannot_tell(facts) == "member_lost"
    doubted = team(doubts=[msg("which is which")])
    assert cannot_tell(doubted) == "members_unsure"
    assert cannot_tell(team(doubts=[msg("which is which")], two_hosts=TwoHosts(msg("a; b"), ()))) == "two_hosts"


def test_members_that_are_left_out_make_nothing_untellable() -> None:
    facts = team(*streams("rx", [0, 1]), count=3)
    facts = marked(facts, 2, links_mixed=True, lost_member=True, aggregate=True)
    assert cannot_tell(facts) is None
