"""Where a move has to be looked into: at the side that chose the member, and as far as its mode is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import flowmap

CAPTURES = Path(__file__).parents[5] / "captures"
CLIENTS = [f"10.66.0.{number}" for number in range(101, 110)]
SERVERS = [f"10.66.0.{number}" for number in range(11, 30)]


@pytest.mark.parametrize(
    ("local", "mode", "direction", "says"),
    [
        (SERVERS, "lacp", "rx", "The switch chooses where the host receives"),
        (CLIENTS, "lacp", "rx", "The switch chooses where the host receives"),
        (SERVERS, None, "rx", "Look at the host: it sent over the new member at that time"),
        (CLIENTS, "lacp transport-ports", "tx", "Check that the host has the mode named here"),
        (SERVERS, "active-backup", "rx", "Check that the host has the mode named here"),
        (CLIENTS, None, "tx", "The host chooses here"),
        ([], "lacp", "unknown", "Look at what changed at that time on the side that chooses"),
    ],
)
def test_a_move_is_looked_for_where_it_was_made(local: list[str], mode: str | None, direction: str, says: str) -> None:
    given: Any = dict(zip(("mode", "algorithm"), (mode or "").split(), strict=False))
    report = flowmap.analyze(CAPTURES / "08-rebalance", local=local, **given).report
    moved = [f for f in report.findings if f.code == "FM102" and f.subject.get("direction") == direction]
    assert moved
    assert {finding.action[: len(says)] for finding in moved} == {says}
