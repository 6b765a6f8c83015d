"""All is well: what was seen, and who set the pace."""

from __future__ import annotations

import pytest
from judged_teams import case, limited, stream, streams, team, way

from flowmap.verdict.answer.well import holds, well


def paced(*limits: str | None) -> str:
    own = [stream(k, way("rx", k + 1, k % 2), limit=limited(by) if by else None) for k, by in enumerate(limits)]
    return str(well(case(team(*own))).sentence)


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        (["sender"], "The sender limited its speed, not the team."),
        (["cpu"], "The sender limited its speed, not the team."),
        (["sender", "sender"], "The senders limited their speed, not the team."),
        (["sender", "sender", None], "The senders limited the speed of two of the three, not the team."),
        (["sender", "sender", "loss"], "The senders limited the speed of two of the three, not the team."),
    ],
)
def test_senders_that_set_the_pace_of_most_are_named(limits: list[str | None], told: str) -> None:
    assert paced(*limits).endswith(told)


@pytest.mark.parametrize("limits", [["sender", None], ["sender", "cpu"], ["loss", "loss"], [None]])
def test_nobody_is_named_for_half_or_for_what_is_no_senders(limits: list[str | None]) -> None:
    assert "limited" not in paced(*limits)


def test_one_sender_of_several_streams_is_one() -> None:
    own = [stream(k, way("rx", 1, k, port=50000 + k), limit=limited("sender")) for k in range(2)]
    assert well(case(team(*own))).sentence.endswith("The sender limited their speed, not the team.")


def test_streams_of_one_pair_on_several_members_are_told_as_such() -> None:
    pair = [stream(k, way("rx", 1, k // 2, port=50000 + k)) for k in range(3)]
    said = holds(case(team(*pair, count=3)))
    assert said.endswith("They are all of one pair of hosts, and use 2 of 3 members (2 on nic1 and 1 on nic2).")
    assert "pair of hosts" not in holds(case(team(*pair[:2])))  # on one member


def test_both_claims_are_told_where_both_hold() -> None:
    said = holds(case(team(*streams("rx", [0, 1]))))
    assert "wo hosts spread over 2 of 2 members (1 on nic1 and 1 on nic2)" in said.lower().replace("t", "t")
