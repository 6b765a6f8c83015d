"""What the two passes tell of a direction."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from flowmap.analysis import analyze
from flowmap.facts import streams as facts
from flowmap.settings.config import Settings

CAPTURES = Path(__file__).parents[3] / "captures"


@pytest.mark.parametrize("name", ["failover", "11a-two-vlans-one-member"])
def test_what_is_read_again_is_told_by_that_alone(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have directions on one member that are followed for the sake of the other one, or of their tags."""
    told = Counter[int]()
    original = facts._add_sequence

    def counted(direction: Any, *rest: Any) -> None:
        told[id(direction)] += 1
        original(direction, *rest)

    monkeypatch.setattr(facts, "_add_sequence", counted)
    analysis = analyze([str(CAPTURES / name)], Settings())
    assert analysis.report.streams
    assert set(told.values()) == {1}
