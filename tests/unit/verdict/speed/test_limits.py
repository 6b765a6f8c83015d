"""Steady rates: one processor, a cap, or not to be told; and loss that does not explain a rate."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from flowmap.facts.model import TeamFacts
from flowmap.settings.config import Settings
from flowmap.trace.watching.dynamics import Dynamics
from flowmap.verdict.speed.limits import _loss, _plateau
from flowmap.verdict.speed.line_rate import Fullness

GBIT = 10**9
MS = 1_000_000
TEAM = cast(TeamFacts, SimpleNamespace(settings=Settings(), members=[SimpleNamespace(name="nic1")]))


def dynamics(rate: float, spread: float = 0.02, **changes: Any) -> Dynamics:
    """A transfer with room in the window: rates alternate around `rate`."""
    rates = tuple(rate * (1 + spread * (-1) ** k) for k in range(20))
    values: dict[str, Any] = {
        "packets": 10_000,
        "segments": 10_000,
        "window_bytes": 10**6,
        "span_ns": 2 * 10**9,
        "blocked_share": 0.1,
        "idle_share": 0.0,
        "up_ns": 5 * MS,
        "down_ns": 5 * MS,
        "segment": 1448,
        "rates_bps": rates,
    }
    return Dynamics(**(values | changes))


def on_member(speed: int | None, load: float) -> Fullness:
    return Fullness(0, speed, round(load), None if speed is None else 0.0, 1.0, 1)


@pytest.mark.parametrize(
    ("rate", "speed", "changes", "expected"),
    [
        (4 * GBIT, 10 * GBIT, {}, "cpu"),
        (6.4 * GBIT, 25 * GBIT, {}, "cpu"),
        (2.5 * GBIT, 10 * GBIT, {}, "sender"),
        (8 * GBIT, 25 * GBIT, {}, "sender"),
        (0.436 * GBIT, 10 * GBIT, {}, "sender"),  # oVirt's 52 MiB/s
        (4 * GBIT, None, {}, None),
        (4.5 * GBIT, 5 * GBIT, {}, None),
        (4 * GBIT, 10 * GBIT, {"spread": 0.2}, None),
        (4 * GBIT, 10 * GBIT, {"blocked_share": None}, None),
        (4 * GBIT, 10 * GBIT, {"window_bytes": None, "zero_windows": 3}, None),  # of unknown scale, though it closed
        (4 * GBIT, 10 * GBIT, {"rates_bps": (4e9, 4e9)}, None),
    ],
)
def test_steady_rates(rate: float, speed: int | None, changes: dict[str, Any], expected: str | None) -> None:
    found = _plateau(TEAM, on_member(speed, rate * 1.05), dynamics(rate, **changes))
    assert (found.by if found else None) == expected


@pytest.mark.parametrize(
    ("rate", "resent", "recovering", "expected"),
    [
        # Mathis: 1448 bytes, 10 ms, 1 %: 8 * 1448 / 0.01 * 1.22 / 0.1 = 14.1 Mbit/s
        (14e6, 100, 0.0, True),
        (6e6, 100, 0.0, True),
        (4e6, 100, 0.0, False),  # loss allows more than three times this
        (4e6, 100, 0.3, True),  # but it waited for what was sent again
        (14e6, 9, 0.0, False),  # less than 0.1 %
    ],
)
def test_loss_explains_a_rate(rate: float, resent: int, recovering: float, expected: bool) -> None:
    found = _loss(TEAM, dynamics(rate, resent=resent, recovering_share=recovering))
    assert (found is not None and found.by == "loss") is expected
    if found is not None:
        assert found.evidence["loss_bound_bps"] == pytest.approx(14.13e6, rel=0.01)
