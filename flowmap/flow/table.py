"""The flow table of one capture: owns the arrays, grows them, and feeds them from blocks of packets.

Two implementations with one meaning: `CompiledTable` (numba) and `PlainTable` (the twin, for small captures while the
kernel cache is cold). A plain table can be handed over to a compiled one in the middle of a capture.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from flowmap.flow.reference import MAX_GAPS, ReferenceTable
from flowmap.types import BIN, FLOW, GAP, HEADER, LINK, MACPAIR

if TYPE_CHECKING:
    from flowmap.capture.reader import Block
    from flowmap.decode.reference import Header

__all__ = ["CompiledTable", "Decode", "FlowTable", "PlainTable"]

Array = np.ndarray[Any, Any]
Arrays = tuple[Array, Array, Array, Array]
Decode = Callable[[bytes, int, int, int, int], "Header"]
"""A captured frame, its length on the wire, link type, epb_flags and FCS length in: see `decode.reference.decode`."""
_BATCH = 64


class FlowTable(Protocol):
    """What a scan needs of either table."""

    @property
    def pairs_lost(self) -> int:
        """Frames whose MAC pair was not counted."""

    @property
    def links_lost(self) -> int:
        """Packets whose link was not told apart."""

    def ingest(self, block: Block, ifaces: Array) -> list[int]:
        """Count all packets of a block; returns the positions in its index of control frames."""

    def arrays(self) -> Arrays:
        """(rows FLOW, links LINK, pairs MACPAIR, bins BIN) as counted so far."""

    def gaps(self) -> list[tuple[int, int, int]]:
        """(link, last packet, next packet) of silences of at least 200 ms."""


class PlainTable:
    """The twin as a table: no compilation, some microseconds a packet. `decode` takes the place of its decoder."""

    def __init__(self, from_ns: int, to_ns: int, decode: Decode | None = None) -> None:
        self._table = ReferenceTable(from_ns, to_ns)
        self._decode = decode

    @property
    def pairs_lost(self) -> int:
        return self._table.pairs_lost

    @property
    def links_lost(self) -> int:
        return self._table.links_lost

    def ingest(self, block: Block, ifaces: Array) -> list[int]:
        from flowmap.decode import reference
        from flowmap.decode.frames import frames_of

        decode = self._decode or reference.decode
        control = []
        for number, ts_ns, frame, wire_len, interface, flags, link_type, fcs_len in frames_of(block, ifaces):
            header = decode(frame, wire_len, link_type, flags, fcs_len)
            if self._table.update(header, ts_ns, len(frame), wire_len, interface):
                control.append(number)
        return control

    def arrays(self) -> Arrays:
        return self._table.arrays()

    def gaps(self) -> list[tuple[int, int, int]]:
        return [(link, start, end) for start, end, link in self._table.gaps]


class CompiledTable:
    """The kernels as a table. `start` continues a table counted by the twin."""

    def __init__(self, from_ns: int, to_ns: int, start: Arrays | None = None) -> None:
        from flowmap.flow import kernels
        from flowmap.flow.bins import kernels as bins_kernels

        self._kernels, self._bins = kernels, bins_kernels
        self._window = np.array([from_ns, to_ns], dtype=np.int64)
        self._headers = np.zeros(_BATCH, dtype=HEADER)
        self._control = np.zeros(1, dtype=np.int64)
        empty = tuple(np.zeros(0, dtype) for dtype in (FLOW, LINK, MACPAIR, BIN))
        rows, links, pairs, bins = start or empty
        self._t = kernels.Table(
            rows=_padded(rows, 256),
            slots=np.zeros(0, np.int64),
            links=_padded(links, 4),
            link_slots=np.zeros(0, np.int64),
            pairs=_padded(pairs, 64),
            pair_slots=np.zeros(0, np.int64),
            bins=np.zeros((2 * _BATCH, bins_kernels.N_BINS), np.uint64),
            gaps=np.zeros(MAX_GAPS, GAP),
            state=np.zeros(16, np.int64),
            keys=np.frombuffer(secrets.token_bytes(16 * 8), dtype=np.uint64).copy(),
            places=np.zeros((3, _BATCH), np.int64),
        )
        self._t.state[kernels.S_ROWS] = len(rows)
        self._t.state[kernels.S_LINKS] = len(links)
        self._t.state[kernels.S_PAIRS] = len(pairs)
        bins_kernels.begin_bins(self._t.state)
        self._t.state[bins_kernels.B_ROWS] = 1 + max(int(pairs["bins"].max(initial=0)), int(links["bins"].max(initial=0)))
        self._grow()
        bins_kernels.place_bins(self._t.bins, self._t.state, bins)

    @property
    def pairs_lost(self) -> int:
        return int(self._t.state[self._kernels.S_PAIRS_LOST])

    @property
    def links_lost(self) -> int:
        return int(self._t.state[self._kernels.S_LINKS_LOST])

    def ingest(self, block: Block, ifaces: Array) -> list[int]:
        if len(self._control) < len(block.index):
            self._control = np.zeros(len(block.index), dtype=np.int64)
        t, kernels = self._t, self._kernels
        t.state[kernels.S_CONTROL] = 0
        done = ready = 0
        while True:
            done = kernels.ingest(
                self._t, self._headers, block.data, block.index, ifaces, self._control, done, self._window, ready
            )
            if done >= len(block.index):
                break
            ready = 0
            if t.state[kernels.S_DECLINED]:
                ready = self._decode_declined(block, ifaces, done)
            else:
                self._grow()
        found: list[int] = self._control[: self._t.state[kernels.S_CONTROL]].tolist()
        return found

    def _decode_declined(self, block: Block, ifaces: Array, start: int) -> int:
        """Decode what the kernel left of the batch that begins at record `start`. Returns how many rows are decoded now."""
        from flowmap.decode.numbers import DECLINED
        from flowmap.decode.reference import decode_foreign

        n = min(_BATCH, len(block.index) - start)
        for row in np.flatnonzero(self._headers["cls"][:n] == DECLINED).tolist():
            _, offset, cap_len, wire_len, interface, flags = block.index[start + row].item()
            frame = block.data[offset : offset + cap_len].tobytes()
            link = ifaces[interface]
            self._headers[row] = decode_foreign(frame, wire_len, int(link["link_type"]), flags, int(link["fcs_len"]))
        return n

    def _grow(self) -> None:
        """Make room for a batch: arrays by a half (in place: large ones are remapped, not copied), slots so that at most half
        are used."""
        t, k = self._t, self._kernels
        n_rows, n_links, n_pairs, n_bins = (int(t.state[i]) for i in (k.S_ROWS, k.S_LINKS, k.S_PAIRS, self._bins.B_ROWS))
        for array, used in ((t.rows, n_rows), (t.links, n_links), (t.pairs, n_pairs), (t.bins, n_bins)):
            if used + _BATCH > len(array):
                array.resize((used + max(_BATCH, used // 2), *array.shape[1:]), refcheck=False)
        slots, link_slots, pair_slots = t.slots, t.link_slots, t.pair_slots
        if 2 * (n_rows + _BATCH) > len(slots):
            slots = np.zeros(_slots_for(n_rows + _BATCH), np.int64)
            k.rehash_rows(slots, t.rows, n_rows, t.keys)
        if 2 * (n_links + _BATCH) > len(link_slots):
            link_slots = np.zeros(_slots_for(n_links + _BATCH), np.int64)
            k.rehash_links(link_slots, t.links, n_links, t.keys)
        if 2 * (n_pairs + _BATCH) > len(pair_slots):
            pair_slots = np.zeros(_slots_for(n_pairs + _BATCH), np.int64)
            k.rehash_pairs(pair_slots, t.pairs, n_pairs, t.keys)
        self._t = t._replace(slots=slots, link_slots=link_slots, pair_slots=pair_slots)

    def arrays(self) -> Arrays:
        t, k = self._t, self._kernels
        n_rows, n_links, n_pairs = (int(t.state[i]) for i in (k.S_ROWS, k.S_LINKS, k.S_PAIRS))
        return t.rows[:n_rows], t.links[:n_links], t.pairs[:n_pairs], self._bin_records()

    def _bin_records(self) -> Array:
        """The bins that are not empty, in order of row and bin."""
        k, state = self._bins, self._t.state
        low, high = int(state[k.B_LOW]), int(state[k.B_HIGH])
        in_order = np.arange(low, high + 1)
        by_time = self._t.bins[1 : state[k.B_ROWS], in_order & k.MASK]
        row, time = np.nonzero(by_time)
        records = np.zeros(len(row), BIN)
        records["bin"], records["wire_bytes"], records["row"] = in_order[time], by_time[row, time], row + 1
        records["shift"] = state[k.B_SHIFT]
        return records

    def gaps(self) -> list[tuple[int, int, int]]:
        kept = self._t.gaps[: self._t.state[self._kernels.S_GAPS]]
        return [(link, start, end) for start, end, link in kept.tolist()]


def _slots_for(used: int) -> int:
    """A power of two, more than twice `used` and at most eight times."""
    return max(64, 1 << (3 * used).bit_length())


def _padded(array: Array, least: int) -> Array:
    padded = np.zeros(max(least, len(array) + len(array) // 2), dtype=array.dtype)
    padded[: len(array)] = array
    return padded
