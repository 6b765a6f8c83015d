"""Wire bytes over time: bins of captures on one grid, by member and side, summed by hand."""

from __future__ import annotations

import numpy as np
import pytest

from flowmap.flow.bins.reference import N_BINS
from flowmap.team.throughput import _KEY, CaptureBins, Grid
from flowmap.types import BIN

HOST, SWITCH = 0x0200000000AA, 0x0200000000CC
SHIFT = 20
UNKNOWN, RX, TX = 0, 1, 2


def capture(keys: list[tuple[int, int, int, int]], bins: list[tuple[int, int, int]], shift: int = SHIFT) -> CaptureBins:
    """`keys`: (member, smac, dmac, direction) of rows 1 and up; `bins`: (row, bin, wire bytes)."""
    found = np.zeros(len(bins), BIN)
    for name, column in zip(("row", "bin", "wire_bytes"), zip(*bins, strict=True), strict=True):
        found[name] = column
    found["shift"] = shift
    return CaptureBins(found, np.array([(-1, 0, 0, 0), *keys], dtype=_KEY))


def test_bytes_are_sent_or_received_by_the_hosts_mac_else_as_recorded() -> None:
    own = capture(
        [(0, HOST, SWITCH, 0), (0, SWITCH, HOST, 0), (0, SWITCH, 5, 0), (0, SWITCH, 5, RX)],
        [(1, 100, 1), (2, 100, 20), (3, 100, 300), (4, 101, 4000)],
    )
    grid = Grid([own], 1)
    assert grid.wire({HOST})[0].tolist() == [[300, 0], [20, 4000], [1, 0]]
    assert grid.wire(set())[0].tolist() == [[321, 0], [0, 4000], [0, 0]]
    assert grid.one_way({HOST}, "tx").tolist() == [[1, 0]]
    assert (grid.start_ns, grid.width_ns) == (100 << SHIFT, 1 << SHIFT)
    assert grid.macs == {0, 5, HOST, SWITCH}


def test_bins_of_captures_lie_on_the_widest_of_their_grids() -> None:
    fine = capture([(0, HOST, SWITCH, 0)], [(1, 100, 1), (1, 101, 2), (1, 102, 4)])
    coarse = capture([(1, HOST, SWITCH, 0)], [(1, 51, 8)], SHIFT + 1)
    grid = Grid([fine, coarse], 2)
    assert grid.width_ns == 2 << SHIFT
    assert grid.wire({HOST})[:, TX].tolist() == [[3, 4], [0, 8]]


def test_the_grid_widens_until_all_fit() -> None:
    far = capture([(0, HOST, SWITCH, 0)], [(1, 0, 1), (1, N_BINS, 2)])
    grid = Grid([far], 1)
    assert grid.width_ns == 2 << SHIFT
    assert grid.wire({HOST})[0, TX].sum() == 3
    assert grid.wire({HOST}).shape[2] <= N_BINS


def test_links_that_are_of_no_member_are_left_out() -> None:
    own = capture([(-1, HOST, SWITCH, 0), (0, HOST, SWITCH, 0)], [(1, 5, 7), (2, 5, 1)])
    assert Grid([own], 1).wire({HOST})[0, TX].tolist() == [1]


@pytest.mark.parametrize("captures", [[], [capture([(0, HOST, SWITCH, 0)], [(0, 1, 1)])]])
def test_captures_without_bytes_of_a_member_have_an_empty_grid(captures: list[CaptureBins]) -> None:
    assert Grid(captures, 3).wire({HOST}).shape == (3, 3, 0)
