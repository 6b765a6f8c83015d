"""Compiled twin of `reference.py`: bins in a ring.

`bins` is (rows, N_BINS) uint64; the bin `b` of a row stands at `b & MASK`. Row 0 is no row, but room to work in. `state` is
the flow table's, see B_*. The caller keeps room for one more row than there are.
"""

from __future__ import annotations

import numpy as np

from flowmap.jit import inlined, njit

__all__ = ["begin_bins", "count_bytes", "link_bins", "new_bins", "place_bins"]

B_ROWS, B_SHIFT, B_LOW, B_HIGH = range(10, 14)  # rows used (row 0 included), shift, lowest and highest bin so far
N_BINS = 1024
MASK = N_BINS - 1
SHIFT = 20
MAX_OWN = 256


@njit
def begin_bins(state):
    """An empty table: no bin is the lowest."""
    state[B_ROWS] = 1
    state[B_SHIFT] = SHIFT
    state[B_LOW] = 0
    state[B_HIGH] = -1


@njit
def new_bins(state):
    """Number of a new row."""
    row = state[B_ROWS]
    state[B_ROWS] = row + 1
    return row


@njit
def link_bins(links, link, state, direction):
    """The row of a link for packets of one direction whose MAC pair has none; 0 for links beyond the first 256."""
    row = np.int64(links[link]["bins"][direction])
    if row == 0 and link < MAX_OWN:
        row = new_bins(state)
        links[link]["bins"][direction] = row
    return row


@njit
def widen(bins, state, ts_ns):
    """Make the bin of `ts_ns` one of the N_BINS, which takes wider bins if it is far from all others. Returns it."""
    shift = state[B_SHIFT]
    time = ts_ns >> shift
    if state[B_HIGH] < state[B_LOW]:
        state[B_LOW] = time
        state[B_HIGH] = time
    low = min(state[B_LOW], time)
    high = max(state[B_HIGH], time)
    by = np.int64(0)
    while (high >> by) - (low >> by) >= N_BINS:
        by += 1
    if by > 0:
        for row in range(1, state[B_ROWS]):
            fold(bins, row, state[B_LOW], state[B_HIGH], by)
    state[B_SHIFT] = shift + by
    state[B_LOW] = low >> by
    state[B_HIGH] = high >> by
    return time >> by


@njit
def fold(bins, row, low, high, by):
    """Add each 2^by neighbours of the bins low..high up to one."""
    for b in range(N_BINS):
        bins[0, b] = bins[row, b]
        bins[row, b] = 0
    for b in range(low, high + 1):
        bins[row, b >> by & MASK] += bins[0, b & MASK]


@inlined
def count_bytes(bins, state, row, ts_ns, wire_len):
    """Count a packet, of at least one byte, in a row."""
    time = ts_ns >> state[B_SHIFT]
    if time < state[B_LOW] or time > state[B_HIGH]:
        time = widen(bins, state, ts_ns)
    bins[row, time & MASK] += np.uint64(wire_len)


@njit
def place_bins(bins, state, records):
    """Set an empty table from `records` ((n,) BIN of one shift): the rows are there already."""
    for i in range(len(records)):
        time = records[i]["bin"]
        if i == 0:
            state[B_SHIFT] = records[i]["shift"]
            state[B_LOW] = time
            state[B_HIGH] = time
        state[B_LOW] = min(state[B_LOW], time)
        state[B_HIGH] = max(state[B_HIGH], time)
        bins[np.int64(records[i]["row"]), time & MASK] = records[i]["wire_bytes"]
    return len(records)
