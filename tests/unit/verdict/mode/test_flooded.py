"""A switch that does not aggregate: a fault where the mode needs a channel, usual where it does not."""

from __future__ import annotations

import pytest
from judged_teams import team

from flowmap.message import msg
from flowmap.team.modes.table import expectation
from flowmap.verdict.mode.candidates import Candidate, Candidates
from flowmap.verdict.mode.clues import Clue
from flowmap.verdict.mode.flooded import channel, flooded_action, flooded_sentence

TOLD = Clue("flooded", msg("it is"))


def left(mode: str) -> Candidates:
    return Candidates((TOLD,), tuple(Candidate(row, (TOLD,), (), 1) for row in expectation(mode, None).rows))


@pytest.mark.parametrize(
    ("mode", "inferred", "expected"),
    [
        ("linux/802.3ad", None, "needed"),
        ("linux/balance-rr", None, "needed"),
        ("switch-independent", None, "none"),
        (None, None, "unknown"),
        (None, "switch-independent", "none"),
        (None, "linux/802.3ad", "needed"),
        ("linux/802.3ad", "switch-independent", "needed"),
    ],
)
def test_whether_the_mode_needs_a_channel(mode: str | None, inferred: str | None, expected: str) -> None:
    candidates = left(inferred) if inferred else None
    facts = team(mode=mode)
    assert channel(facts, candidates) == expected
    said = flooded_sentence(facts, candidates, msg("all four hosts"))
    assert ("though the host's mode needs that" in said) == (expected == "needed")
    assert ("as is usual with a switch-independent team" in said) == (expected == "none")
    assert ("a fault at the switch if it is in LACP" in said) == (expected == "unknown")
    assert "all four hosts reach the team on one member" in said
    begin = {
        "needed": "Make the ports one channel",
        "none": "Nothing is broken",
        "unknown": "See which mode the host has",
    }
    assert flooded_action(facts, candidates).startswith(begin[expected])
