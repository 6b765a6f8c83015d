"""What the captures cannot tell: nothing judged, packets lacking, too few hosts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from judged_teams import case, finding, limited, marked, move, moved, stream, streams, team, way

from flowmap.facts.model import TwoHosts
from flowmap.message import msg
from flowmap.notice import Notice
from flowmap.settings.config import Settings
from flowmap.team.members import MemberCapture
from flowmap.verdict.answer.unknown import nothing_judged, undecided

LACKS = Notice("capture_drops", msg("lost"), undermines=True)


@pytest.mark.parametrize(
    ("of_one", "action"),
    [(False, "Judge each host by its own captures"), (True, "Judge each team by its own captures")],
)
def test_captures_of_two_hosts_are_judged_apart_first(of_one: bool, action: str) -> None:
    two = TwoHosts(msg("a; b"), (), teams_of_one=of_one)
    answer = nothing_judged(case(team(*streams("rx", [0, 1]), two_hosts=two)))
    assert answer is not None
    assert (answer.code, answer.tone) == ("FM307", "warning")
    assert str(answer.action).startswith(action)


@pytest.mark.parametrize(("field", "tone"), [("lost_member", "bad"), ("links_mixed", "bad")])
def test_members_that_cannot_be_told_apart_are_as_bad_as_it_gets(field: str, tone: str) -> None:
    facts = team(*streams("rx", [0, 1]))
    facts = marked(facts, 0, **{field: True})
    answer = nothing_judged(case(facts))
    assert answer is not None
    assert (answer.code, answer.tone, answer.action) == ("FM506", tone, None)


def test_files_that_were_named_alike_are_only_to_be_named_apart() -> None:
    facts = team(*streams("rx", [0, 1]))
    facts = marked(facts, 0, links_mixed=True)
    captures = [MemberCapture(f"{k}.pcap", "pcap", (1,), 1, 1, 1, 0, 0, None, None, False, False, None) for k in "ab"]
    facts = marked(facts, 0, captures=captures)
    answer = nothing_judged(case(facts))
    assert answer is not None
    assert (answer.code, answer.tone) == ("FM506", "warning")
    assert "a.pcap and b.pcap" in answer.sentence


def nothing(**changes: Any) -> Any:
    findings = changes.pop("findings", ())
    answer = nothing_judged(case(team(**changes), findings=findings))
    assert answer is not None
    assert answer.tone == "warning"
    return answer


def test_without_streams_the_owner_hears_where_migrations_may_be() -> None:
    assert (nothing().code, nothing().action.startswith("Find out over which network")) == (None, True)
    assert (nothing(bulk_unmatched=2).code, nothing(bulk_unmatched=2).action) == (
        "FM508",
        "Say which port the migrations use.",
    )


@pytest.mark.parametrize("ends", [{"from_ns": 1}, {"to_ns": 1}])
def test_a_time_that_was_asked_for_explains_it_first(ends: dict[str, int]) -> None:
    answer = nothing(settings=Settings(**ends), bulk_unmatched=2)
    assert (answer.code, answer.action.startswith("Nothing yet")) == (None, True)


@pytest.mark.parametrize("code", ["FM401", "FM410"])
def test_rdma_explains_it_before_streams_on_other_ports(code: str) -> None:
    answer = nothing(bulk_unmatched=2, findings=[finding(code)])
    assert (answer.code, answer.sentence.endswith("it is so")) == (code, True)


def test_where_streams_were_judged_something_was() -> None:
    assert nothing_judged(case(team(*streams("rx", [0, 1])))) is None
    assert undecided(case(team(*streams("rx", [0, 1])))) is None


def test_incomplete_captures_are_told_with_what_they_lack() -> None:
    facts = team(*streams("rx", [0, 1]), notices=[LACKS])
    answer = undecided(case(facts))
    assert answer is not None
    assert (answer.code, answer.tone, answer.action) == (None, "warning", None)
    assert "packets lost in capturing" in answer.sentence
    told = [finding("FM501", "info"), finding("FM402"), finding("FM501", action=msg("A larger buffer."))]
    named = undecided(case(facts, findings=told))
    assert named is not None
    assert (named.code, named.action) == ("FM501", "A larger buffer.")


def test_a_move_that_the_capture_outlives_too_little_is_no_verdict() -> None:
    facts = team(stream(0, moved("rx", 1, move(9, 0, 1, too_soon=True))))
    answer = undecided(case(facts))
    assert answer is not None
    assert (answer.code, "the capture ends too soon to tell why" in answer.sentence) == (None, True)
    found = undecided(case(facts, findings=[finding("FM102"), finding("FM108")]))
    assert found is not None
    assert found.code == "FM102"


def test_a_direction_that_is_nowhere_is_explained_by_what_the_captures_lack() -> None:
    facts = team(stream(0, way("rx", 1)), *streams("rx", [0, 1]))
    lacking = finding("FM504", explanation=msg("nic2 ends early."), action=msg("Again."))
    answer = undecided(case(facts, findings=[finding("FM502", "info"), lacking]))
    assert answer is not None
    assert (answer.code, answer.action, answer.sentence.endswith("nic2 ends early.")) == ("FM504", "Again.", True)
    alone = undecided(case(facts, findings=[finding("FM108")]))
    assert alone is not None
    assert (alone.code, str(alone.action).startswith("Nothing yet")) == ("FM108", True)


@pytest.mark.parametrize(("side", "decider"), [("rx", "switch"), ("tx", "host")])
def test_too_few_hosts_on_one_member_prove_nothing(side: str, decider: str) -> None:
    """Four on one of two: 2 * (1/2)^4 = 1/8. Of n it takes 2^(1-n) < 1/100, so eight."""
    answer = undecided(case(team(*streams(side, [0] * 4))))
    assert answer is not None
    assert (answer.code, answer.tone, answer.decider) == ("FM203", "note", decider)
    assert answer.sentence.endswith(
        "nic1, none on nic2, which happens by chance 1 time in 8: that proves no fault. It takes at least eight hosts at "
        "once to tell."
    )


def test_a_full_member_is_told_in_place_of_the_idle_one() -> None:
    full = streams("rx", [0] * 4)
    full[0] = replace(full[0], limit=limited("member-line-rate"))
    answer = undecided(case(team(*full)))
    assert answer is not None
    assert "came in on nic1, which was full. By chance all of them share one member 1 time in 8" in answer.sentence


def test_streams_are_counted_where_hosts_use_several_members() -> None:
    pair = [stream(k, way("rx", 1 + k // 2, 0, port=50000 + k)) for k in range(3)]
    judged = case(team(*pair))
    answer = undecided(replace(judged, spread=replace(judged.spread, unit="stream")))
    assert answer is not None
    assert "at least eight streams at once" in answer.sentence


def test_hosts_that_began_under_other_members_cannot_be_compared() -> None:
    judged = case(team(*streams("rx", [0] * 4)))
    answer = undecided(replace(judged, spread=replace(judged.spread, units=1)))
    assert answer is not None
    assert answer.sentence.startswith("Too few hosts began while the team had the same members")


def test_another_reason_is_told_by_the_claims_sentence() -> None:
    facts = team(*streams("rx", [0, 0]), count=1)
    answer = undecided(case(facts))
    assert answer is not None
    assert (answer.code, answer.sentence.startswith("Only one member of the team was captured")) == (None, True)
