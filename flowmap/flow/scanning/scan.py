"""First pass over one capture: blocks of packets in, its flow table, counters and control frames out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any

import numpy as np

from flowmap.capture.opened import AnyReader
from flowmap.capture.reader import Block, Interface
from flowmap.dataclass import dataclass
from flowmap.flow.scanning.ahead import blocks_of
from flowmap.flow.scanning.undecoded import Kind, Undecoded
from flowmap.flow.sequence.kept import Kept
from flowmap.flow.sequence.reference import NO_PORTS
from flowmap.flow.table import CompiledTable, Decode, FlowTable, PlainTable
from flowmap.message import msg
from flowmap.notice import Notice
from flowmap.types import FLOW, TS_NONE, PacketClass

__all__ = ["Backend", "RawControl", "Scan", "Scope", "scan_capture"]

Array = np.ndarray[Any, Any]
_KEPT = {PacketClass.SLOW_PROTOCOL: 200_000, PacketClass.ARP: 20_000, PacketClass.NEIGHBOR: 20_000}
_KEPT_OTHERWISE = 5_000
_KEPT_BYTES = 64 << 20
"""Of all control frames of a capture, with what an object costs."""
_OBJECT_BYTES = 150
_MICROSECOND_NS = 1000


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
    """Which implementation counts: the kernels, or the twin with `decode` in place of its own decoder."""

    compiled: bool
    decode: Decode | None = None


@dataclass(frozen=True)
class Scope:
    """What is counted, and how.

    `window` is [from_ns, to_ns); `interest` has 1 for each port on which a stream may be that is judged.
    """

    window: tuple[int, int]
    backend: Backend
    interest: bytes = NO_PORTS


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
    kept: Kept = field(default_factory=Kept)
    """What is kept of the sequence numbers of its rows."""
    truncated: bool = False
    damaged: bool = False
    compiled: bool = False
    """Whether the kernels counted it."""
    outside: bool = False
    """Whether it ends before the window of time that is asked for, or begins after it."""
    undecoded: dict[tuple[int, Kind, int], tuple[int, int]] = field(default_factory=dict)
    """Frames and wire bytes by (interface, kind, number) of what is not decoded."""

    def take_rows(self) -> Array:
        """Return the flow table, which the caller keeps from now on: it is no longer here."""
        rows, self.rows = self.rows, np.zeros(0, dtype=FLOW)
        return rows

    def take_kept(self) -> Kept:
        """Return what is kept, which the caller asks from now on: it is no longer here."""
        kept, self.kept = self.kept, Kept()
        return kept

    @property
    def packets(self) -> int:
        return int(self.links["packets"].sum())

    @property
    def span(self) -> tuple[int, int] | None:
        """First and last time of a packet; None where no packet has one."""
        timed = self.links[self.links["first_ns"] != TS_NONE]
        return (int(timed["first_ns"].min()), int(timed["last_ns"].max())) if len(timed) else None


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
    """Return roughly the kind of a control frame: enough to keep a flood of one kind from crowding out the others."""
    if frame[:6] == b"\x01\x80\xc2\x00\x00\x02":
        return PacketClass.SLOW_PROTOCOL
    if b"\x08\x06" in frame[12:26]:
        return PacketClass.ARP
    return PacketClass.NEIGHBOR if b"\x86\xdd" in frame[12:26] else PacketClass.LLDP


def scan_capture(
    reader: AnyReader, scope: Scope, advance: Callable[[int], None] = lambda _: None, ahead: bool = False
) -> Scan:
    """Read `reader` to its end.

    `advance` is told the bytes read since the last call; `ahead`: a second thread works on what comes next.
    """
    window, backend = scope.window, scope.backend
    table: FlowTable = (
        CompiledTable(*window, scope.interest)
        if backend.compiled
        else PlainTable(*window, backend.decode, scope.interest)
    )
    reader.compiled = backend.compiled
    control, undecoded = _ControlFrames(), Undecoded()
    position = known = 0
    for block in blocks_of(reader, ahead, table):
        control.take(block, table.ingest(block, reader.ifaces), reader.ifaces)
        if (unread := table.undecoded) != known:
            known = unread
            undecoded.take(block, reader.ifaces)
        advance(reader.progress - position)
        position = reader.progress
    rows, links, pairs, bins = table.arrays()
    form, interfaces = reader.described_format, list(reader.interfaces)
    scan = Scan(reader.path, form, reader.byte_order, interfaces, rows, links, pairs, bins, control.frames)
    scan.notices = [*reader.notices, *_own_notices(reader.path, table, control)]
    scan.kept = table.kept()
    scan.drops, scan.windows = dict(reader.drops), _windows(reader.windows, links)
    scan.gaps = table.gaps()
    scan.compiled, scan.undecoded = reader.compiled, undecoded.counts
    scan.truncated, scan.damaged = reader.truncated, reader.damaged
    if span := scan.span:
        counted = scan.packets - int(links["classes"][:, PacketClass.OUTSIDE].sum())
        scan.outside = not counted and (span[1] < window[0] or span[0] >= window[1])
    return scan


def _windows(stated: Mapping[int, tuple[int, int]], links: Array) -> dict[int, tuple[int, int]]:
    """Return when each interface was captured.

    dumpcap (Wireshark 4.0) states that in microseconds, whatever the unit of the interface: where nanoseconds were
    read, no packet is in the window, and they are in that of a thousand times as much.
    """
    meant = {number: (start * _MICROSECOND_NS, end * _MICROSECOND_NS) for number, (start, end) in stated.items()}
    timed = links[links["first_ns"] != TS_NONE]
    for number, first, last in timed[["interface", "first_ns", "last_ns"]].tolist():
        if number in stated and not _overlap(stated[number], first, last) and _overlap(meant[number], first, last):
            return meant
    return dict(stated)


def _overlap(window: tuple[int, int], first: int, last: int) -> bool:
    return window[0] <= last and window[1] >= first


def _own_notices(path: str, table: FlowTable, control: _ControlFrames) -> list[Notice]:
    lost = [
        (
            "mac_pairs_cut",
            table.pairs_lost,
            msg("frames between MAC addresses beyond the first 65536 pairs are not told apart"),
        ),
        (
            "interface_limit",
            table.links_lost,
            msg("packets of interfaces beyond the first 4096 are counted with the first"),
        ),
        ("control_frames_cut", control.lost, msg("control frames beyond the number that is kept are not looked into")),
    ]
    return [Notice(code, detail, path=path, count=count) for code, count, detail in lost if count]
