"""Copies of one loaded member: layers of its host, or not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from flowmap.team.aggregate import CapturePoint, find_aggregates
from flowmap.types import FLOW


def _layered(copies: Sequence[int], *, offset_ns: int = 1000) -> np.ndarray:
    """Rows of two hosts' connections on each of `copies`: what comes in is later on higher numbers, what is sent earlier."""
    rows = []
    for place, link in enumerate(copies):
        for host in range(4):
            for way in (1, 2):
                row = np.zeros(1, FLOW)
                ends = (10 + host, 99) if way == 1 else (99, 10 + host)
                row["src_lo"], row["dst_lo"] = ends
                row["sport"], row["dport"], row["version"], row["link"] = 50000, 6600, 4, link
                row["packets"] = row["data_packets"] = 50
                row["first_ns"] = 10**9 + (place if way == 1 else -place) * offset_ns
                row["last_ns"], row["directions"] = 2 * 10**9, way
                rows.append(row)
    return np.concatenate(rows)


def test_copies_of_one_loaded_member_in_one_cooked_capture() -> None:
    """eth0, eth1 (idle), bond0, br0: the two above are left out, in whatever order they are numbered."""
    points = [CapturePoint("any:if2", files=frozenset({"any"}), cooked=True, number=2 + n) for n in range(4)]
    assert find_aggregates(_layered([0, 2, 3]), points) == [2, 3]
    assert find_aggregates(_layered([3, 2, 0]), points) == [
        0,
        2,
    ]  # the highest number is the lowest layer, by its times
    assert find_aggregates(_layered([0, 2, 3], offset_ns=0), points) == [2, 3]  # no time tells: by number


def test_copies_in_several_files_are_no_layers_without_a_sign() -> None:
    points = [CapturePoint(f"p{n}") for n in range(3)]
    assert find_aggregates(_layered([0, 1, 2]), points) == []


def test_two_hosts_in_one_file_are_no_layers() -> None:
    """Their copies are a path apart."""
    points = [CapturePoint(f"p{n}", files=frozenset({"both.pcapng"})) for n in range(2)]
    assert find_aggregates(_layered([0, 1], offset_ns=120_000), points) == []
    assert find_aggregates(_layered([0, 1], offset_ns=2_000), points) == [1]
