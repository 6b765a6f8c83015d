"""The largest streams are looked into: those that carried much, by the side that carried it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from flowmap.facts.examined import streams_to_examine
from flowmap.flow.streams.migration import MigrationStream
from flowmap.settings.config import Settings

LEAST = Settings().thresholds.bulk_min_bytes


def examined(payload: list[tuple[int, int]], migrations: dict[int, int] | None = None) -> dict[int, int]:
    """`payload` a -> b and b -> a of each stream; `migrations`: the side that carries the bulk, by stream."""
    streams: Any = SimpleNamespace(table={"payload_bytes": np.array(payload, dtype=np.int64).reshape(-1, 2)})
    bulk = migrations or {}
    judged = [
        (number, MigrationStream(number, "qemu", "high", 0, bulk[number]) if number in bulk else None)
        for number in range(len(payload))
    ]
    return streams_to_examine(streams, judged, Settings())


def test_those_that_carried_much() -> None:
    assert examined([(LEAST, 0), (LEAST - 1, LEAST - 1), (5, LEAST)]) == {0: 0, 2: 1}
    assert examined([]) == {}


def test_a_migration_s_own_direction_counts() -> None:
    assert examined([(9 * LEAST, 2 * LEAST)], {0: 1}) == {0: 1}
    assert examined([(9 * LEAST, LEAST - 1)], {0: 1}) == {}


def test_the_largest_64_in_order_of_their_numbers() -> None:
    sizes = [LEAST * (1 + number % 50) for number in range(100)]
    chosen = examined([(size, 0) for size in sizes])
    assert len(chosen) == 64
    assert list(chosen) == sorted(chosen)
    least = min(sizes[number] for number in chosen)
    assert all(number in chosen for number, size in enumerate(sizes) if size > least)
    same = [number for number, size in enumerate(sizes) if size == least]
    assert [number for number in same if number in chosen] == same[: len([n for n in same if n in chosen])]
