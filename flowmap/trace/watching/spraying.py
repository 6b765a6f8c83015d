"""What makes a direction on several members a sprayed one, by what was observed of it.

Judged where streams are placed, and asked before while packets are followed: what is proven to be sprayed need not be followed
to its end.
"""

from __future__ import annotations

from flowmap.settings.config import Thresholds
from flowmap.trace.watching.observe import Observation

__all__ = ["is_sprayed"]


def is_sprayed(o: Observation, limits: Thresholds, by_time: bool) -> bool:
    """Return whether its packets are dealt out over the members.

    `by_time`: the clocks are known better than packets are apart; else runs and switches are those in sending order.
    """
    n = len(o.packets)
    if n < 2 or o.total < 2 or not o.steps_in_order:
        return False
    switch_rate = o.switch_count / (o.total - 1) if by_time else o.changes_in_order / o.steps_in_order
    return (
        min(o.packets.values()) >= limits.spray_min_share / n * o.total
        and switch_rate >= limits.spray_switch_rate
        and (o.median_run if by_time else o.median_run_in_order) <= limits.spray_median_run
        and o.duplicates <= limits.spray_max_duplicates * o.seen
        and o.changes_in_order >= limits.spray_sequence_switch_rate * o.steps_in_order
    )
