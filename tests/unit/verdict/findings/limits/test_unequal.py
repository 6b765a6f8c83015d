"""Members of unequal speed: by the speeds that are known, else by what they carried."""

from __future__ import annotations

import numpy as np
import pytest
from judged_teams import T0, team

from flowmap.facts.model import MemberLoad, TeamFacts
from flowmap.settings.config import Settings
from flowmap.verdict.findings.limits.unequal import even_speeds, slower_than

GBIT = 10**9
BIN_NS = 100_000_000


@pytest.mark.parametrize(
    ("speeds", "told"),
    [
        ({"nic1": GBIT, "nic2": 10 * GBIT}, "nic1 1 Gbit/s and nic2 10 Gbit/s"),
        ({"nic1": 10 * GBIT, "nic2": GBIT}, None),
        ({"nic1": GBIT, "nic2": GBIT}, None),
        ({"nic1": 2 * GBIT, "nic2": 3 * GBIT}, "nic1 2 Gbit/s and nic2 3 Gbit/s"),  # half as much again
        ({"nic1": 2 * GBIT, "nic2": 3 * GBIT - 1}, None),
        ({"nic1": GBIT}, None),
    ],
)
def test_known_speeds_are_compared(speeds: dict[str, int], told: str | None) -> None:
    found = slower_than(team(settings=Settings(speeds=speeds)), "nic1")
    assert found == told


def loaded(other_bps: float, bins: int, level: float | None = GBIT / 10, width_ns: int = BIN_NS) -> TeamFacts:
    """nic1 ran flat at 100 Mbit/s of what came in; nic2 carried so much in so many bins."""
    per_bin = other_bps * width_ns / 8e9
    wire = np.zeros((2, 3, 40))
    wire[1, 1, :bins] = per_bin
    load = MemberLoad(T0, width_ns, wire, lambda *_: wire)
    return team(load=load, flat_levels={(0, "rx"): level})


def test_without_speeds_half_a_second_above_the_level_tells() -> None:
    from flowmap.team.throughput import SIDES

    assert SIDES[1] == "rx"
    assert slower_than(loaded(2e8, 5), "nic1") == "nic1 100 Mbit/s and nic2 at least 200 Mbit/s"
    assert slower_than(loaded(2e8, 4), "nic1") is None
    assert slower_than(loaded(1.49e8, 5), "nic1") is None
    assert slower_than(loaded(2e8, 10, width_ns=BIN_NS // 2), "nic1") == "nic1 100 Mbit/s and nic2 at least 200 Mbit/s"
    assert slower_than(loaded(2e8, 9, width_ns=BIN_NS // 2), "nic1") is None


def test_without_a_level_or_a_load_nothing_is_known() -> None:
    assert slower_than(loaded(2e8, 5, None), "nic1") is None
    assert slower_than(loaded(2e8, 5), "nic2") is None
    assert slower_than(loaded(2e8, 5), "nic9") is None
    assert slower_than(team(flat_levels={(0, "rx"): GBIT / 10}), "nic1") is None
    assert slower_than(team(flat_levels={(0, "unknown"): GBIT / 10}, load=loaded(2e8, 5).load), "nic1") is None


def test_the_slower_one_is_to_be_looked_at() -> None:
    assert even_speeds("nic1").startswith("Find out why nic1 is slower")
