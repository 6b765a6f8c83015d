"""The meaning of the bins of throughput: a dict of wire bytes by bin for each row."""

from __future__ import annotations

from flowmap.flow.records import Link, Pair

__all__ = ["MAX_OWN", "N_BINS", "SHIFT", "Bins"]

N_BINS = 1024
SHIFT = 20
"""Narrowest bins: 2^20 ns, about a millisecond."""
MAX_OWN = 256
"""MAC pairs, and links, that get rows."""


class Bins:
    """Rows number from 1: a pair or link without one has 0."""

    def __init__(self) -> None:
        self.shift = SHIFT
        self._rows: list[dict[int, int]] = []
        self._low, self._high = 0, -1

    def new_row(self) -> int:
        """Return number of a new, empty row."""
        self._rows.append({})
        return len(self._rows)

    def count(self, link: Link, number: int, pair: Pair | None, direction: int, ts_ns: int, wire_len: int) -> None:
        """Count a packet in its pair's row; where that has none, in that of its link, the `number`-th, and direction."""
        row = pair.bins if pair is not None else 0
        if not row and number < MAX_OWN:
            row = link.bins[direction] = link.bins[direction] or self.new_row()
        if row and wire_len:
            time = self._bin(ts_ns)
            self._rows[row - 1][time] = self._rows[row - 1].get(time, 0) + wire_len

    def _bin(self, ts_ns: int) -> int:
        """Return the packet's bin, after widening all as far as needed."""
        time = ts_ns >> self.shift
        if self._high < self._low:
            self._low = self._high = time
        low, high = min(self._low, time), max(self._high, time)
        while high - low >= N_BINS:
            self.shift, low, high, time = self.shift + 1, low >> 1, high >> 1, time >> 1
            self._rows = [_paired(row) for row in self._rows]
        self._low, self._high = low, high
        return time

    def records(self) -> list[tuple[int, int, int, int]]:
        """Return (bin, wire bytes, row, shift), as in BIN, in order of row and bin."""
        rows = enumerate(self._rows, 1)
        return [(time, row[time], number, self.shift) for number, row in rows for time in sorted(row)]


def _paired(row: dict[int, int]) -> dict[int, int]:
    paired: dict[int, int] = {}
    for time, wire_bytes in row.items():
        paired[time >> 1] = paired.get(time >> 1, 0) + wire_bytes
    return paired
