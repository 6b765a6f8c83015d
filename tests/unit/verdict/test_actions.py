"""What is to be done depends on who chose the member: host or switch, and whether its mode is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import flowmap

CAPTURES = Path(__file__).parents[3] / "captures"
CLIENTS = [f"10.66.0.{number}" for number in range(101, 110)]
SERVERS = [f"10.66.0.{number}" for number in range(11, 30)]


@pytest.mark.parametrize(
    ("local", "mode", "direction", "says"),
    [
        (SERVERS, "lacp", "rx", "The switch chooses where the host receives"),
        (CLIENTS, "lacp", "rx", "The switch chooses where the host receives"),
        (CLIENTS, "lacp transport-ports", "tx", "Check that the host has the mode named here"),
        (SERVERS, "active-backup", "rx", "Name the mode and algorithm"),
        (CLIENTS, None, "tx", "Name the mode and algorithm"),
        ([], "lacp", "unknown", "Name an address of the teamed host"),
    ],
)
def test_a_move_is_looked_for_where_it_was_made(local: list[str], mode: str | None, direction: str, says: str) -> None:
    given: Any = dict(zip(("mode", "algorithm"), (mode or "").split(), strict=False))
    report = flowmap.analyze(CAPTURES / "08-rebalance", local=local, **given).report
    moved = [f for f in report.findings if f.code == "FM102" and f.subject.get("direction") == direction]
    assert moved
    assert {finding.action[: len(says)] for finding in moved} == {says}


def test_the_side_whose_hash_is_uneven_is_named() -> None:
    (found,) = [f for f in flowmap.analyze(CAPTURES / "03b-twelve-hosts-one-member").report.findings if f.code == "FM202"]
    assert found.subject["direction"] == "rx"
    assert found.action.startswith("Compare what the switch hashes")
