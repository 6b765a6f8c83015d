"""Frames that have been found and wait for their turn in the order of time.

In: the frames of one buffer after the other, in the order of the buffers' first stamps. Out: all frames before a stamp, as one
block. A frame may be given once no buffer is left that begins before it. Only rows wait, not bytes: an idle processor's buffer
may span the whole log, and its few frames are read again when they are due.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from flowmap.capture.etl import reference
from flowmap.capture.etl.fragments import WHOLE, Joined
from flowmap.capture.etl.layout import EVENT, F_JOINED, F_RUN
from flowmap.capture.etl.log.survey import ReadAt
from flowmap.dataclass import dataclass

__all__ = ["Pending"]

Array = np.ndarray[Any, Any]

_MOST_ROWS = 1 << 16
_FEW = 8
"""Pieces that are copied one by one: a frame at a buffer's edge has two or three."""
_MOST_BYTES = 32 << 20
"""Of frames that are read again for one block."""


@dataclass
class _Chunk:
    """The frames of one buffer.

    `at` is where its bytes are in memory, None: no more; `done` frames have been given; `pieces` is how many bytes
    pieces have.
    """

    joined: Joined
    stamps: Array
    place: int
    used: int
    at: int | None
    done: int = 0
    pieces: int = 0


class Pending:
    """The frames that wait, and the memory for the block that is being made."""

    def __init__(self, read_at: ReadAt) -> None:
        self._read_at = read_at
        self.walkers: Any = reference
        """The module that has what puts frames together: the compiled functions, or their twins."""
        self._chunks: list[_Chunk] = []
        self._loaded = 0
        self.memory = np.zeros(0, np.uint8)
        """What the frames' bytes are in."""
        self.waiting = 0
        """Frames that wait."""

    def begin_batch(self, size: int) -> None:
        """Prepare for buffers of `size` bytes in all; those loaded before are no longer in memory."""
        for chunk in self._chunks:
            if chunk.at is not None:  # so that what waits does not keep the rows of all others
                chunk.joined = replace(chunk.joined, frames=chunk.joined.frames[chunk.done :].copy())
                chunk.stamps, chunk.done, chunk.at = chunk.stamps[chunk.done :].copy(), 0, None
        self._loaded = 0
        self._reserve(size)

    def load(self, place: int, size: int) -> tuple[int, int]:
        """Read a buffer into memory: (where it is in there, bytes that could be read)."""
        at = self._loaded
        got = self._read_at(place, self.memory[at : at + size].data)
        self._loaded += got
        return at, got

    def add(self, joined: Joined, place: int, used: int, at: int) -> None:
        """Keep the frames of the buffer that `load` gave."""
        if len(joined.frames):
            pieces = int(joined.sizes.sum()) if len(joined.sizes) else 0
            self._chunks.append(_Chunk(joined, joined.frames["stamp"].copy(), place, used, at, 0, pieces))
            self.waiting += len(joined.frames)

    def middle(self) -> int:
        """Return a stamp that about half of the frames are before."""
        stamps = np.concatenate([chunk.stamps[chunk.done :] for chunk in self._chunks])
        return int(np.partition(stamps, len(stamps) // 2)[len(stamps) // 2]) + 1

    def take(self, horizon: int | None) -> tuple[Array, Array] | None:
        """Return frames with stamps below `horizon` (None: all) in order of time, or None where there are no more.

        They come as EVENT rows with offsets in `memory`, and their order.
        """
        chosen = self._chosen(horizon)
        if not chosen:
            return None
        self._reserve(self._loaded + sum(self._to_read(chunk, stop) for chunk, stop in chosen))
        count = sum(stop - chunk.done for chunk, stop in chosen)
        rows, stamps, filled, fill = np.empty(count, EVENT), np.empty(count, np.int64), 0, self._loaded
        whole = rows.view(WHOLE)
        for chunk, stop in chosen:
            new = filled + stop - chunk.done
            own = rows[filled:new]
            whole[filled:new] = chunk.joined.frames.view(WHOLE)[chunk.done : stop]
            stamps[filled:new] = chunk.stamps[chunk.done : stop]
            fill = self._place(chunk, own, fill)
            chunk.done, filled = stop, new
        self.walkers.close_up(rows, self.memory)
        self.waiting -= count
        self._chunks = [chunk for chunk in self._chunks if chunk.done < len(chunk.stamps)]
        return rows, np.argsort(stamps, kind="stable")

    def _chosen(self, horizon: int | None) -> list[tuple[_Chunk, int]]:
        """Return the chunks that have frames below the horizon, or below the earlier one that makes a block of bounded size."""
        while True:
            chosen = []
            for chunk in self._chunks:
                stop = len(chunk.stamps)
                if horizon is not None and chunk.stamps[-1] >= horizon:
                    stop = int(chunk.stamps.searchsorted(horizon))
                if stop > chunk.done:
                    chosen.append((chunk, stop))
            count = sum(stop - chunk.done for chunk, stop in chosen)
            if count <= 1 or (count <= _MOST_ROWS and sum(self._to_read(*one) for one in chosen) <= _MOST_BYTES):
                return chosen
            stamps = np.concatenate([chunk.stamps[chunk.done : stop] for chunk, stop in chosen])
            at = min(len(stamps) // 2, _MOST_ROWS)
            lower = int(np.partition(stamps, at)[at])
            if lower == int(stamps.min()):
                lower += 1
            if (horizon is not None and lower >= horizon) or lower > int(stamps.max()):
                return chosen
            horizon = lower

    @staticmethod
    def _to_read(chunk: _Chunk, stop: int) -> int:
        """Return bytes that the frames up to `stop` take in memory besides what is loaded, at most."""
        if chunk.at is not None:
            return 2 * chunk.pieces
        if len(chunk.joined.sizes) > _FEW:
            return 2 * chunk.pieces + chunk.used
        first, end = _extent(chunk.joined.frames[chunk.done : stop])
        return end - first + chunk.pieces

    def _place(self, chunk: _Chunk, own: Array, fill: int) -> int:
        """Put the bytes of these frames into memory, from `fill` on, and return where they end.

        Frames whose bytes are there stay where they are; all offsets are set.
        """
        if chunk.at is not None:
            base = chunk.at - chunk.place
        elif len(chunk.joined.sizes) > _FEW:
            base, fill = fill - chunk.place, self._fill(chunk.place, chunk.used, fill)
        else:
            first, end = _extent(own)
            base, fill = fill - first, self._fill(first, end - first, fill)
        numbers = own["offset"].copy() if len(chunk.joined.sizes) else None
        own["offset"] += base
        return fill if numbers is None else self._put_together(chunk, own, numbers, base, fill)

    def _fill(self, place: int, size: int, at: int) -> int:
        """Read `size` bytes to `at`; what is no longer in the file is zeros. Returns the end."""
        view = self.memory[at : at + size].data
        got = self._read_at(place, view)
        self.memory[at + got : at + size] = 0
        return at + size

    def _put_together(self, chunk: _Chunk, own: Array, numbers: Array, base: int, fill: int) -> int:
        """Copy the pieces of joined frames, one behind the other; `numbers` are those of their first pieces."""
        if len(chunk.joined.sizes) <= _FEW:
            return self._put_few_together(chunk, own, numbers, base, fill)
        joined = np.flatnonzero(own["flags"] & F_JOINED)
        if not len(joined):
            return fill
        counts = own["process"][joined].astype(np.int64)
        starts = np.cumsum(counts) - counts
        which = np.repeat(numbers[joined] - starts, counts) + np.arange(int(counts.sum()))
        sources, sizes = chunk.joined.offsets[which], chunk.joined.sizes[which]
        elsewhere = np.flatnonzero((sources < chunk.place) | (sources >= chunk.place + chunk.used))
        memory = sources + base
        for number in elsewhere.tolist():  # parts at the end of the processor's buffer before
            memory[number] = fill
            fill = self._fill(int(sources[number]), int(sizes[number]), fill)
        targets = fill + np.cumsum(sizes) - sizes
        self.walkers.gather(self.memory, memory, targets, sizes)
        own["offset"][joined] = targets[starts]
        return fill + int(sizes.sum())

    def _put_few_together(self, chunk: _Chunk, own: Array, numbers: Array, base: int, fill: int) -> int:
        """Do the same piece by piece: those that are not in memory are read."""
        for row in (own["flags"] & F_JOINED).nonzero()[0].tolist():
            number, count = int(numbers[row]), int(own["process"][row])
            own["offset"][row] = fill
            pieces = zip(
                chunk.joined.offsets[number : number + count].tolist(),
                chunk.joined.sizes[number : number + count].tolist(),
                strict=True,
            )
            for place, size in pieces:
                if chunk.at is not None and chunk.place <= place < chunk.place + chunk.used:
                    self.memory[fill : fill + size] = self.memory[place + base : place + base + size]
                    fill += size
                else:
                    fill = self._fill(place, size, fill)
        return fill

    def _reserve(self, size: int) -> None:
        if size > len(self.memory):
            larger = np.zeros(max(size, 2 * len(self.memory)), np.uint8)
            larger[: len(self.memory)] = self.memory
            self.memory = larger


def _extent(rows: Array) -> tuple[int, int]:
    """Return where in the log the first of these frames begins and the last one ends, with the events that it is in.

    Those that are put together of pieces are left out.
    """
    rows = rows[rows["flags"] & F_JOINED == 0] if (rows["flags"] & F_JOINED).any() else rows
    if not len(rows):
        return 0, 0
    offsets, sizes, runs = rows["offset"], rows["size"], rows["flags"] & F_RUN != 0
    if runs.any():
        before, behind = rows["wire"] & 0xFFFF, rows["wire"] >> 16
        offsets, sizes = offsets - np.where(runs, before, 0), np.where(runs, behind, sizes)
    return int(offsets.min()), int((offsets + sizes).max())
