"""Acknowledged bytes that no capture holds: how they are missing tells a member that was not captured from drops."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from made import SEGMENTS, Interface, lacpdus, report, stream, write


def is_data(number: int) -> bool:
    """`stream` sends a SYN, its answer, then segments and acknowledgments by turns."""
    return number >= 2 and number % 2 == 0


@pytest.mark.parametrize(
    ("lost", "missing", "says"),
    [
        (lambda k: k % 3 == 2, SEGMENTS // 3, "a steady share is missing"),
        (lambda k: k % 6 == 2, SEGMENTS // 6, "rather than a member not captured"),
        (lambda k: 20 <= k < 32, 12, "whole stretches are missing"),
        (lambda k: k in (7, 40), 2, "a member is missing, or packets were lost"),
    ],
)
def test_how_bytes_are_missing(tmp_path: Path, lost: Callable[[int], bool], missing: int, says: str) -> None:
    """Of a direction's segments; the last is there, so that all are known to have been sent."""
    kept = [
        r for n, r in enumerate(stream(11)) if not (is_data(n) and lost((n - 2) // 2) and (n - 2) // 2 < SEGMENTS - 1)
    ]
    document = report(write(tmp_path / "nic1.pcapng", Interface(kept + lacpdus(1))))
    (notice,) = [n for n in document["notices"] if n["code"] == "missing_bytes"]
    expected = missing - lost(SEGMENTS - 1)
    assert notice["count"] == expected * 1400
    assert says in notice["detail"]
    assert document["claims"]["pinned"]["verdict"] == "inconclusive"
