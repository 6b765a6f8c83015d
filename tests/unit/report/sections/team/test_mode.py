"""What the packets tell of the mode, in a few lines."""

from __future__ import annotations

from typing import Any

import pytest
from factories import make_member, make_report

from flowmap.document.members import ModeCandidate, ModeClue, ModeExpectation, Team
from flowmap.report.blocks import Pairs
from flowmap.report.sections.team.mode import expectation_pairs, mode_section, mode_text


def candidate(mode: str, verdict: str = "fits", score: int = 1, algorithm: str | None = None) -> ModeCandidate:
    return ModeCandidate(platform="linux", mode=mode, algorithm=algorithm, verdict=verdict, score=score)  # type: ignore[arg-type]


def lines(*candidates: ModeCandidate, clues: tuple[ModeClue, ...] = ()) -> dict[str, str]:
    team = Team(candidates=list(candidates), clues=list(clues))
    (pairs,) = mode_section(make_report(team=team)).blocks
    assert isinstance(pairs, Pairs)
    return {str(label): str(text) for label, text in pairs.rows}


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({}, "unknown"),
        ({"mode": "lacp", "algorithm": "layer3+4", "mode_source": "config"}, "lacp layer3+4 (config)"),
        ({"mode": "lacp", "mode_source": "inferred"}, "LACP, hash unknown"),
        ({"mode": "lacp", "mode_source": "config"}, "lacp (config)"),
    ],
)
def test_a_mode_is_told_with_where_it_is_from(values: dict[str, Any], told: str) -> None:
    assert mode_text(Team(**values)) == told


def test_the_likeliest_are_grouped_and_the_others_counted() -> None:
    found = lines(
        candidate("802.3ad", score=3, algorithm="layer2"),
        candidate("802.3ad", score=3, algorithm="layer3+4"),
        candidate("balance-xor", score=1),
        candidate("broadcast", "refuted", 0),
        candidate("balance-rr", "refuted", 0),
        candidate("active-backup", "untestable", 0),
        clues=(
            ModeClue(clue="lacp_bundle", detail="LACP had nic1 in the bundle"),
            ModeClue(clue="policy_refuted", value="layer2", detail="elsewhere"),
        ),
    )
    assert found["Seen"] == "LACP had nic1 in the bundle"
    assert found["Possible modes"].endswith("802.3ad (layer2 and layer3+4)")
    assert found["Other modes"] == "1 mode fits less well, 1 is not testable, 2 are ruled out"


def test_packets_that_tell_nothing_are_said_to() -> None:
    assert lines(candidate("802.3ad", "untestable"))["Mode"].startswith("the packets cannot tell")
    assert "Possible modes" not in lines(candidate("802.3ad", "refuted"))


def test_a_team_of_one_has_no_mode_to_find() -> None:
    one = make_report(members=[make_member("nic1"), make_member("bond0", aggregate=True)])
    assert mode_section(one).blocks == ()


def test_expectations_are_by_direction() -> None:
    assert expectation_pairs(Team()) is None
    pairs = expectation_pairs(Team(expectations=[ModeExpectation(direction="rx", detail="the switch decides")]))
    assert pairs is not None
    assert [(str(label), str(text)) for label, text in pairs.rows] == [("received (rx)", "the switch decides")]
