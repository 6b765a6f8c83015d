"""What the mode does in each direction, and whether what was seen is that."""

from __future__ import annotations

from typing import Any

import pytest
from judged_teams import limited, move, moved, stream, streams, team, way

from flowmap.facts.model import Placed, TeamFacts, TwoHosts
from flowmap.message import msg
from flowmap.team.modes.table import expectation
from flowmap.verdict.claims.spread import judge_spread
from flowmap.verdict.mode.candidates import Candidate, Candidates
from flowmap.verdict.mode.check import ModeCheck, check_mode
from flowmap.verdict.mode.clues import Clue


def checked(facts: TeamFacts, candidates: Candidates | None = None) -> dict[str, ModeCheck]:
    return {one.direction: one for one in check_mode(facts, candidates or Candidates(), judge_spread(facts))}


def test_nothing_is_checked_without_a_mode_streams_or_members() -> None:
    own = streams("tx", [0, 1])
    assert checked(team(*own)) == {}
    assert checked(team(mode="lacp")) == {}
    assert checked(team(*streams("tx", [0]), count=1, mode="lacp")) == {}
    assert checked(team(*own, mode="lacp", two_hosts=TwoHosts(msg("a; b"), ()))) == {}
    assert set(checked(team(*own, mode="lacp"))) == {"tx", "rx"}


def test_the_mode_that_packets_leave_is_checked_where_none_was_given() -> None:
    told = Clue("sprayed", msg("it is"))
    left = Candidates(
        (told,), tuple(Candidate(row, (told,), (), 1) for row in expectation("linux/balance-rr", None).rows)
    )
    found = checked(team(stream(0, way("tx", 1, 0, 1))), left)
    assert found["tx"].as_expected is True
    assert "The one stream-direction seen is sprayed, over nic1 and nic2: as expected." in found["tx"].text


@pytest.mark.parametrize(
    ("mode", "algorithm", "own", "expected", "says"),
    [
        (
            "lacp",
            "transport-ports",
            streams("tx", [0, 1]),
            True,
            "Each of the 2 stream-directions seen sits on one member",
        ),
        (
            "lacp",
            "transport-ports",
            streams("tx", [0, 0]),
            True,
            "Both stream-directions seen sit on nic1: as expected.",
        ),
        (
            "lacp",
            "transport-ports",
            streams("tx", [0]),
            True,
            "The one stream-direction seen sits on nic1: as expected.",
        ),
        (
            "lacp",
            "transport-ports",
            [stream(0, way("tx", 1, 0, 1))],
            False,
            "this mode leaves no stream-direction sprayed",
        ),
        ("active-backup", None, streams("tx", [0, 1]), False, "only the active member carries traffic"),
        ("active-backup", None, streams("tx", [0, 0]), True, "as expected"),
        ("lacp", "transport-ports", streams("tx", [0] * 8), False, "not that distinct hosts spread so little"),
        ("lacp", "mac-addresses", streams("tx", [0] * 8), None, "may be the key's doing"),
        (
            "balance-slb",
            None,
            [stream(0, moved("tx", 1, move(4, 0, 1)))],
            None,
            "whether that is as expected cannot be told",
        ),
    ],
)
def test_what_was_seen_is_held_against_the_mode(
    mode: str, algorithm: str | None, own: Any, expected: bool | None, says: str
) -> None:
    found = checked(team(*own, mode=mode, algorithm=algorithm))["tx"]
    assert found.as_expected is expected
    assert says in found.text


def test_members_that_took_over_do_not_deny_an_active_backup() -> None:
    took = [*streams("tx", [1]), stream(5, moved("tx", 9, move(4, 0, 1, "failover")))]
    assert checked(team(*took, mode="active-backup"))["tx"].as_expected is True


def test_a_direction_that_was_not_seen_tells_why() -> None:
    known = checked(team(*streams("tx", [0, 1]), mode="lacp"))["rx"]
    assert (known.as_expected, "No judged stream was seen in this direction." in known.text) == (None, True)
    unknown = checked(team(*streams("unknown", [0, 1]), mode="lacp"))["rx"]
    assert (unknown.as_expected, "name the host with --local" in unknown.text) == (None, True)
    absent = checked(team(stream(0, way("rx", 1)), *streams("tx", [0, 1]), mode="lacp"))["rx"]
    assert absent.as_expected is None


def test_clues_against_the_mode_decide_for_their_own_direction() -> None:
    against = Clue("key_4tuple", msg("streams of equal ports use different members"))
    rows = expectation("lacp", "transport-ports").rows
    refuted = Candidates((against,), tuple(Candidate(row, (), (against,), 0) for row in rows))
    found = checked(
        team(*streams("tx", [0, 1]), *streams("rx", [0, 1]), mode="lacp", algorithm="transport-ports"), refuted
    )
    assert (found["tx"].as_expected, found["rx"].as_expected) == (False, True)
    assert "not as expected, for streams of equal ports use different members" in found["tx"].text


def test_several_placements_are_counted() -> None:
    own = [*streams("tx", [0, 1]), stream(5, way("tx", 9, 0, 1, placed=Placed("undecided", msg("so"))))]
    text = checked(team(*own, mode="lacp", algorithm="transport-ports"))["tx"].text
    assert "Of 3 stream-directions seen 2 single and 1 undecided, over nic1 and nic2" in text


@pytest.mark.parametrize(
    ("mode", "side", "says"),
    [
        ("lacp", "tx", "by a hash that the name of the mode alone does not tell"),
        ("switch-independent", "tx", "by a hash that the name of the mode alone does not tell"),
        ("switch-independent", "rx", "on a member that follows from how the host sends"),
    ],
)
def test_a_name_of_several_rows_tells_what_they_have_in_common(mode: str, side: Any, says: str) -> None:
    assert len({row.chosen_by(side) for row in expectation(mode, None).rows}) > 1
    assert says in checked(team(*streams(side, [0, 1]), mode=mode))[side].text


def test_whether_streams_may_move_is_told_where_one_moved() -> None:
    own = [stream(0, moved("tx", 1, move(4, 0, 1, "rebalance")), limit=limited("unknown"))]
    steady = checked(team(*own, mode="lacp", algorithm="ip-addresses"))["tx"]
    assert steady.as_expected is False
    moving = checked(team(*own, mode="balance-slb"))["tx"]
    assert moving.as_expected is True
    mixed = checked(team(*own, mode="lacp"))["tx"]
    assert "With some algorithms a healthy stream may move." in mixed.text
