"""Each condition of spraying decides: 0.4/n of the packets, 1 switch in 20, runs of 50, 5 % copies, 20 % in sequence."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from flowmap.settings.config import Thresholds
from flowmap.trace.watching.observe import Observation
from flowmap.trace.watching.spraying import is_sprayed

SPRAYED = Observation(
    Counter({0: 500, 1: 500}),
    100,
    runs=Counter({10: 100}),
    steps_in_order=999,
    changes_in_order=500,
    runs_in_order=Counter({2: 500}),
    seen=1000,
)


def test_all_conditions_hold() -> None:
    assert is_sprayed(SPRAYED, Thresholds(), True)
    assert is_sprayed(SPRAYED, Thresholds(), False)


@pytest.mark.parametrize(
    ("change", "left"),
    [
        ({"packets": Counter({0: 800, 1: 200})}, True),
        ({"packets": Counter({0: 801, 1: 199})}, False),
        ({"packets": Counter({0: 1000})}, False),
        ({"switch_count": 50}, True),
        ({"switch_count": 49}, False),
        ({"runs": Counter({50: 20})}, True),
        ({"runs": Counter({51: 20})}, False),
        ({"duplicates": 50}, True),
        ({"duplicates": 51}, False),
        ({"changes_in_order": 200}, True),
        ({"changes_in_order": 199}, False),
        ({"steps_in_order": 0}, False),
    ],
)
def test_each_decides(change: dict[str, object], left: bool) -> None:
    assert is_sprayed(replace(SPRAYED, **change), Thresholds(), True) == left  # type: ignore[arg-type]


def test_where_clocks_are_not_known_the_order_of_sending_counts() -> None:
    late = replace(SPRAYED, switch_count=1, runs=Counter({500: 2}))
    assert not is_sprayed(late, Thresholds(), True)
    assert is_sprayed(late, Thresholds(), False)
