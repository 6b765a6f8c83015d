"""Moves that only follow the host. captures/MANIFEST.toml, 08: no LACP, and "the replies follow the MAC"."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import flowmap
from flowmap.document.model import Report

CAPTURES = Path(__file__).parents[4] / "captures"
HOSTS = [f"10.66.0.{number}" for number in (101, 102, 103)]


@cache
def report() -> Report:
    return flowmap.analyze(CAPTURES / "08-rebalance", local=HOSTS).report


def test_the_switch_is_not_blamed_for_what_follows_the_hosts_mac() -> None:
    answer = report().answer
    assert answer.decider == "host"
    assert answer.sentence.startswith("The host moved all six outgoing streams")
    assert "The switch did so" not in answer.sentence
    assert "delivers where it last saw the host send" in answer.sentence
    assert "switch" not in answer.action


def test_findings_about_them_send_the_reader_to_the_host() -> None:
    received = {finding.action for finding in report().findings if finding.subject.get("direction") == "rx"}
    assert len(received) == 1
    assert received.pop().startswith("Look at the host")


def test_the_grid_that_moves_keep_to_is_told() -> None:
    """ "The whole group of a MAC changes member at a mark of 10 s": at 12, 22 and 32 s."""
    assert "between 09:00:12.0 UTC and 09:00:32.0 UTC, in steps of 10 s" in report().answer.sentence
    assert "every 10 s" in report().answer.action
