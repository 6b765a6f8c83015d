"""Records of one packet on one member: by IP ID within 100 ms, else by its numbers within a millisecond."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from flowmap.trace.watching.copies import copies_on_a_member
from flowmap.types import TRACE

MS = 10**6


def copies(*packets: dict[str, int]) -> list[bool]:
    rows = np.zeros(len(packets), TRACE)
    for row, values in zip(rows, packets, strict=True):
        for name, value in {"digest": 5, "ip_id": 9, **values}.items():
            row[name] = value
    found: Any = copies_on_a_member(rows)
    return list(found.tolist())


@pytest.mark.parametrize(
    ("second", "copy"),
    [
        ({"ts_ns": 100 * MS}, True),
        ({"ts_ns": 100 * MS + 1}, False),
        ({"ts_ns": 1, "member": 1}, False),
        ({"ts_ns": 1, "direction_id": 1}, False),
        ({"ts_ns": 1, "digest": 6}, False),
        ({"ts_ns": 1, "ip_id": 0}, False),  # a repeated acknowledgment looks the same
        ({"ts_ns": MS, "ip_id": 0, "payload": 1}, True),
        ({"ts_ns": MS + 1, "ip_id": 0, "payload": 1}, False),
        ({"ts_ns": 1, "ip_id": 0, "flags": 2}, True),  # a SYN
        ({"ts_ns": 1, "ip_id": 0, "flags": 16}, False),
    ],
)
def test_the_later_record_is_the_copy(second: dict[str, int], copy: bool) -> None:
    assert copies({"ts_ns": 0}, second) == [False, copy]
    assert copies(second, {"ts_ns": 0}) == [copy, False]  # whatever the order of the rows


def test_each_record_is_compared_with_the_one_before_it() -> None:
    times = [0, 80 * MS, 160 * MS, 261 * MS]
    assert copies(*({"ts_ns": ts_ns} for ts_ns in times)) == [False, True, True, False]


def test_packets_that_are_all_different_have_none() -> None:
    assert copies(*({"digest": number} for number in range(5))) == [False] * 5
    assert copies() == []
