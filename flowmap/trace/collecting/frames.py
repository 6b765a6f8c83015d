"""The frames of wanted stream-directions, whole as captured, of several captures in time order.

A capture is opened when its first packet is due, so that of a long series few are open. Where a capture is known to be out of
order its frames wait SLACK_NS for earlier ones, in bounded memory.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, cast

import numpy as np

from flowmap.capture.opened import AnyReader
from flowmap.capture.reader import Block
from flowmap.dataclass import dataclass
from flowmap.trace.collecting.collect import Sought, trace_capture
from flowmap.trace.ordering.merge import SLACK_NS
from flowmap.types import TS_NONE

__all__ = ["Frame", "in_time_order", "select_frames"]

Array = np.ndarray[Any, Any]

MOST_WAITING = 16 << 20
"""Bytes of one capture's frames that wait for earlier ones."""


class Frame(NamedTuple):
    """A packet as captured: in which capture, on which of its interfaces; `direction_id` is the row of what was wanted."""

    ts_ns: int
    capture: int
    interface: int
    member: int
    direction_id: int
    wire_len: int
    flags: int
    data: bytes


@dataclass
class _OneBlock:
    """Stands for a reader of one block only."""

    block: Block
    ifaces: Array
    compiled: bool

    def blocks(self) -> Iterator[Block]:
        yield self.block


def select_frames(
    reader: AnyReader, capture: int, sought: Sought, member_of: Mapping[tuple[int, int], int], window: tuple[int, int]
) -> Iterator[Frame]:
    """Yield frames of one capture (number `capture`) in its order; the other parameters are those of `trace_capture`.

    Packets without a time are left out.
    """
    for block in reader.blocks():
        index = block.index
        places = index.copy()  # with its place for its time, each traced packet tells which record it is
        places["ts_ns"] = np.arange(len(index))
        places["ts_ns"][(index["ts_ns"] < window[0]) | (index["ts_ns"] >= window[1]) | (index["ts_ns"] == TS_NONE)] = -1
        whole = Block(block.data, places, block.file_offset, block.first_packet)
        one = cast(AnyReader, _OneBlock(whole, reader.ifaces, reader.compiled))
        for rows in trace_capture(one, sought, member_of, (0, len(index))):
            names = ("ts_ns", "member", "direction_id")
            for place, member, direction in zip(*(rows[name].tolist() for name in names), strict=True):
                ts_ns, offset, cap_len, wire_len, interface, flags = index[place].item()
                data = block.data[offset : offset + cap_len].tobytes()
                yield Frame(ts_ns, capture, interface, member, direction, wire_len, flags, data)


def in_time_order(captures: Sequence[tuple[int, bool, Callable[[], Iterator[Frame]]]]) -> Iterator[Frame]:
    """Merge captures, each (time of its first packet, whether it is in order, how to begin reading it)."""
    queue: list[tuple[int, int, Frame | None, Iterator[Frame]]] = []
    for number, (first_ns, ordered, begin) in enumerate(captures):
        queue.append((first_ns, number, None, _begun(begin, ordered)))
    heapq.heapify(queue)
    while queue:
        _, number, frame, frames = queue[0]
        if frame is not None:
            yield frame
        following = next(frames, None)
        if following is None:
            heapq.heappop(queue)
        else:
            heapq.heapreplace(queue, (following.ts_ns, number, following, frames))


def _begun(begin: Callable[[], Iterator[Frame]], ordered: bool) -> Iterator[Frame]:
    """Yield the frames; reading begins when the first one is asked for."""
    yield from begin() if ordered else _sorted_nearly(begin())


def _sorted_nearly(frames: Iterator[Frame]) -> Iterator[Frame]:
    """Yield frames up to SLACK_NS out of order in order, as far as MOST_WAITING allows."""
    waiting: list[tuple[int, int, Frame]] = []
    size = 0
    latest: int | None = None
    for number, frame in enumerate(frames):
        latest = frame.ts_ns if latest is None else max(latest, frame.ts_ns)
        heapq.heappush(waiting, (frame.ts_ns, number, frame))
        size += len(frame.data)
        while waiting and (waiting[0][0] <= latest - SLACK_NS or size > MOST_WAITING):
            ready = heapq.heappop(waiting)[2]
            size -= len(ready.data)
            yield ready
    while waiting:
        yield heapq.heappop(waiting)[2]
