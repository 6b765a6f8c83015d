"""Notices that a person has to act on."""

from __future__ import annotations

from pathlib import Path

import flowmap

CAPTURES = Path(__file__).parents[5] / "captures"


def test_a_capture_that_is_not_there_is_not_said_to_be_damaged() -> None:
    paths = [*sorted((CAPTURES / "different-sources").iterdir()), CAPTURES / "nosuch.pcap"]
    (found,) = [f for f in flowmap.analyze(paths).report.findings if f.code == "FM505"]
    assert "damage" not in found.action
    assert found.explanation.startswith(str(CAPTURES / "nosuch.pcap"))
