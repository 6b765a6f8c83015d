"""First pass over one capture: blocks of packets in, its flow table, counters and control frames out."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from flowmap.capture.reader import Block, CaptureReader, Interface
from flowmap.flow.table import CompiledTable, Decode, FlowTable, PlainTable
from flowmap.message import msg
from flowmap.notice import Notice
from flowmap.types import PacketClass

__all__ = ["Backend", "Marks", "RawControl", "Scan", "scan_capture"]

Array = np.ndarray[Any, Any]
_KEPT = {PacketClass.SLOW_PROTOCOL: 200_000, PacketClass.ARP: 20_000, PacketClass.NEIGHBOR: 20_000}
_KEPT_OTHERWISE = 5_000
_KEPT_BYTES = 64 << 20
"""Of all control frames of a capture, with what an object costs."""
_OBJECT_BYTES = 150
_MOST_MARKS = 4096


@dataclass(frozen=True, slots=True)
class RawControl:
    """A control frame as captured: on which interface, of which link type, with which epb_flags."""

    ts_ns: int
    interface: int
    link_type: int
    flags: int
    data: bytes


@dataclass(frozen=True)
class Backend:
    """Which implementation counts: the kernels, the twin, or the twin until `twin_packets` have been read."""

    compiled: bool
    twin_packets: int | None = None
    prepare: Callable[[], None] = lambda: None
    """Called before the kernels take over: compiles them if need be."""
    decode: Decode | None = None
    """What decodes where the kernels do not; the twin if None."""


@dataclass
class Scan:
    """What the first pass found in one capture."""

    path: str
    format: str
    byte_order: str
    interfaces: list[Interface]
    rows: Array
    links: Array
    pairs: Array
    bins: Array
    control: list[RawControl] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    drops: dict[int, int] = field(default_factory=dict)
    windows: dict[int, tuple[int, int]] = field(default_factory=dict)
    gaps: list[tuple[int, int, int]] = field(default_factory=list)
    truncated: bool = False
    damaged: bool = False
    compiled: bool = False
    """Whether the kernels counted at least the end of it."""
    marks: Marks = field(default_factory=lambda: Marks())
    """Where another pass may begin to read; none where the bytes are compressed or converted."""

    @property
    def packets(self) -> int:
        return int(self.links["packets"].sum())


class Marks:
    """Places between the records of a capture: the time of the packet before each, and how many interfaces were known."""

    def __init__(self) -> None:
        self._rows: list[tuple[int, int, int]] = []
        self._every = 1
        self._count = 0

    def note(self, position: int, ts_ns: int, interfaces: int) -> None:
        """Of many places some are kept."""
        self._count += 1
        if self._count % self._every:
            return
        latest = self._rows[-1][1] if self._rows else ts_ns
        self._rows.append((position, max(ts_ns, latest), interfaces))
        if len(self._rows) == _MOST_MARKS:
            self._rows, self._every = self._rows[1::2], 2 * self._every

    def before(self, ts_ns: int, interfaces: int) -> int | None:
        """The last place that has no packet of `ts_ns` or later before it, if only so many interfaces were known there."""
        at = bisect_right(self._rows, ts_ns, key=lambda row: row[1]) - 1
        return self._rows[at][0] if at >= 0 and self._rows[at][2] == interfaces else None


class _ControlFrames:
    """Keeps control frames up to a number per kind and interface, and up to a size in all; equal frames share their bytes."""

    def __init__(self) -> None:
        self.frames: list[RawControl] = []
        self.lost = 0
        self._size = 0
        self._bytes: dict[bytes, bytes] = {}
        self._kept: dict[tuple[int, int], int] = {}

    def take(self, block: Block, positions: list[int], ifaces: Array) -> None:
        for position in positions:
            ts_ns, offset, cap_len, _, interface, flags = block.index[position].item()
            frame = block.data[offset : offset + min(cap_len, 512)].tobytes()
            kind = _kind(frame)
            kept = self._kept[kind, interface] = self._kept.get((kind, interface), 0) + 1
            if kept > _KEPT.get(PacketClass(kind), _KEPT_OTHERWISE) or self._size > _KEPT_BYTES:
                self.lost += 1
                continue
            self._size += _OBJECT_BYTES if frame in self._bytes else 2 * _OBJECT_BYTES + len(frame)
            frame = self._bytes.setdefault(frame, frame)
            self.frames.append(RawControl(ts_ns, interface, int(ifaces[interface]["link_type"]), flags, frame))


def _kind(frame: bytes) -> int:
    """Roughly which kind of control frame: enough to keep a flood of one kind from crowding out the others."""
    if frame[:6] == b"\x01\x80\xc2\x00\x00\x02":
        return PacketClass.SLOW_PROTOCOL
    if b"\x08\x06" in frame[12:26]:
        return PacketClass.ARP
    return PacketClass.NEIGHBOR if b"\x86\xdd" in frame[12:26] else PacketClass.LLDP


def scan_capture(
    reader: CaptureReader, window: tuple[int, int], backend: Backend, advance: Callable[[int], None] = lambda _: None
) -> Scan:
    """Read `reader` to its end. `window` is [from_ns, to_ns); `advance` is told the bytes read since the last call."""
    earlier_gaps: list[tuple[int, int, int]] = []
    table: FlowTable = CompiledTable(*window) if backend.compiled else PlainTable(*window, backend.decode)
    reader.compiled = backend.compiled
    control, marks = _ControlFrames(), Marks()
    position = 0
    for block in reader.blocks():
        control.take(block, table.ingest(block, reader.ifaces), reader.ifaces)
        advance(reader.progress - position)
        position = reader.progress
        if not reader.wrapping and len(block.index):
            marks.note(reader.position, int(block.index["ts_ns"][-1]), len(reader.interfaces))
        if not reader.compiled and backend.twin_packets is not None and reader.packets >= backend.twin_packets:
            backend.prepare()
            earlier_gaps = table.gaps()
            table = CompiledTable(*window, start=table.arrays())
            reader.compiled = True
    rows, links, pairs, bins = table.arrays()
    form, interfaces = reader.described_format, list(reader.interfaces)
    scan = Scan(reader.path, form, reader.byte_order, interfaces, rows, links, pairs, bins, control.frames)
    scan.notices = [*reader.notices, *_own_notices(reader.path, table, control)]
    scan.drops, scan.windows = dict(reader.drops), dict(reader.windows)
    scan.gaps = earlier_gaps + table.gaps()
    scan.compiled, scan.marks = reader.compiled, marks
    scan.truncated, scan.damaged = reader.truncated, reader.damaged
    return scan


def _own_notices(path: str, table: FlowTable, control: _ControlFrames) -> list[Notice]:
    lost = [
        ("mac_pairs_cut", table.pairs_lost,
         msg("frames between MAC addresses beyond the first 65536 pairs are not told apart")),
        ("interface_limit", table.links_lost,
         msg("packets of interfaces beyond the first 4096 are counted with the first")),
        ("control_frames_cut", control.lost,
         msg("control frames beyond the number that is kept are not looked into")),
    ]  # fmt: skip
    return [
        Notice(code, "warning", detail, path=path, count=count, undermines=code == "interface_limit")
        for code, count, detail in lost if count
    ]  # fmt: skip
