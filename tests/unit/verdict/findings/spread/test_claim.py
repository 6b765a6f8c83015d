"""What uses more members depends on who chooses, and on the mode."""

from __future__ import annotations

from pathlib import Path

import pytest

import flowmap

CAPTURES = Path(__file__).parents[5] / "captures"


def test_the_side_whose_hash_is_uneven_is_named() -> None:
    (found,) = [
        f for f in flowmap.analyze(CAPTURES / "03b-twelve-hosts-one-member").report.findings if f.code == "FM202"
    ]
    assert found.subject["direction"] == "rx"
    assert found.action.startswith("Compare what the switch hashes")


@pytest.mark.parametrize(
    ("mode", "code", "sentence", "action"),
    [
        (None, "FM205", "usual with a switch-independent team", "Nothing is broken"),  # what the packets leave
        ("switch-independent", "FM201", "as this teaming mode means it", "Nothing is broken"),
        ("lacp", "FM205", "though the host's mode needs that", "Make the ports one channel on the switch"),
        ("static", "FM205", "though the host's mode needs that", "Make the ports one channel on the switch"),
    ],
)
def test_what_a_switch_that_does_not_aggregate_means_depends_on_the_mode(
    mode: str | None, code: str, sentence: str, action: str
) -> None:
    report = flowmap.analyze(CAPTURES / "09b-flooded", mode=mode).report
    (found,) = [finding for finding in report.findings if finding.code == code]
    assert sentence in report.claims.spread.reason
    assert found.action.startswith(action)
    assert "choose a switch-independent mode" not in found.action
