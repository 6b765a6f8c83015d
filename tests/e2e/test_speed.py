"""Ratios of processor time within one run, on small sets: what makes flowmap slow by a factor fails here, noise does not.

The least of several runs is taken, start-up is taken off, and a part of it stays as a margin. Where other work disturbs the
machine more runs are made, in turn, before a ratio is believed. `python -m bench` has the figures that count.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pytest

from bench.measure import Taken
from bench.peers import analyze, installed
from bench.sets import make
from bench.speed import head_of

SCALE = 0.05
RUNS, MOST_RUNS = 2, 10
MARGIN = 0.25
"""Of the start-up."""
SOFTFLOWDS = 1.5
"""How many times softflowd's processor time reading bulk may take; to be lowered as the kernel gets faster."""


Runs = Sequence[Callable[[], Taken]]


def least(runs: Runs, holds: Callable[..., bool]) -> list[float]:
    """Return the least processor time of each, made in turn, until `holds` is true of them or they were run often enough."""
    times = [math.inf] * len(runs)
    for number in range(MOST_RUNS):
        times = [min(time, run().processor) for time, run in zip(times, runs, strict=True)]
        if number + 1 >= RUNS and holds(*times):
            break
    return times


@pytest.fixture(scope="module")
def snap(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return make("snap", tmp_path_factory.mktemp("snap"), SCALE)


@pytest.fixture(scope="module")
def tiny(snap: list[Path]) -> list[Path]:
    """Captures of one packet each: what is left of the time is start-up."""
    return [head_of(path, path.with_name(f"tiny-{path.name}"), 1) for path in snap]


def test_a_hole_costs_next_to_nothing(snap: list[Path], tiny: list[Path], tmp_path: Path) -> None:
    def holds(start: float, whole: float, holed: float) -> bool:
        return holed - start <= 1.5 * (whole - start) + MARGIN * start

    files = (tiny, snap, make("holes", tmp_path, SCALE))
    times = least([partial(analyze, one) for one in files], holds)
    assert holds(*times), times


def test_bulk_is_read_as_fast_as_ever_beside_a_flow_exporter(snap: list[Path], tiny: list[Path]) -> None:
    peers = installed(["softflowd"])
    if not peers:
        pytest.skip("softflowd is not installed")

    def holds(start: float, whole: float, exporter: float) -> bool:
        return whole - start <= SOFTFLOWDS * exporter + MARGIN * start

    times = least([partial(analyze, tiny), partial(analyze, snap), partial(peers[0].read, snap)], holds)
    assert holds(*times), times
