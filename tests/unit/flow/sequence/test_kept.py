"""Logs of many captures stay within one budget, whatever the order in which captures come."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

import numpy as np

from flowmap.flow.sequence.kept import Kept, LogBudget, thinned
from flowmap.flow.sequence.records import LOGGED

SECOND = 10**9


@dataclass
class Holder:
    kept: Kept


def log(first_s: int, seconds: int, a_second: int) -> Kept:
    rows = np.zeros(seconds * a_second, LOGGED)
    rows["ts_ns"] = first_s * SECOND + np.arange(len(rows)) * (SECOND // a_second)
    return Kept(log=rows)


def test_the_order_of_captures_makes_no_difference() -> None:
    found = set()
    for order in permutations([log(0, 60, 40), log(60, 60, 5), log(30, 400, 9)]):
        budget, holders = LogBudget(2_000), [Holder(one) for one in order]
        for holder in holders:
            budget.take(holder)
        times = np.sort(np.concatenate([holder.kept.log["ts_ns"] for holder in holders]))
        assert 500 < len(times) <= 2_000
        found.add((tuple(times.tolist()), *{holder.kept.level for holder in holders}))
    assert len(found) == 1


def test_what_has_room_is_kept_whole() -> None:
    holder = Holder(log(0, 10, 10))
    LogBudget(1_000).take(holder)
    assert (len(holder.kept.log), holder.kept.level) == (100, 0)
    assert thinned(holder.kept, 0) is holder.kept
