"""Reads a capture of mirrored frames: each session as an interface of its own, each frame as it was mirrored.

Guarantees: every record of the capture is given, those that are no mirrored frames on the interface that they came in on; a
second reading of the same bytes numbers sessions alike.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from flowmap.capture.blocks.interfaces import Interface
from flowmap.capture.mirror.detect import source_keys
from flowmap.capture.mirror.gaps import Gaps
from flowmap.capture.mirror.outer import KINDS, Outer, find_outer
from flowmap.capture.reader import Block, ByteOrder, CaptureReader
from flowmap.message import msg
from flowmap.notice import Notice, NoticeLog
from flowmap.types import IFACE

__all__ = ["MirrorReader"]

Array = np.ndarray[Any, Any]
_Key = tuple[int, int, int, int, int]

_ETHERNET = 1
_MOST_SESSIONS = 1024


class MirrorReader:
    """A `CaptureReader` whose blocks hold what was mirrored. `kinds`: the encapsulations that are mirrors in this capture."""

    def __init__(self, inner: CaptureReader, kinds: frozenset[int]) -> None:
        self._inner, self._kinds = inner, np.array(sorted(kinds))
        self.path, self.wrapping, self.strict = inner.path, inner.wrapping, inner.strict
        self._interfaces: list[Interface] = []
        self._ifaces: npt.NDArray[np.void] = np.zeros(4, IFACE)
        self._carriers: dict[int, int] = {}
        self._sessions: dict[_Key, int] = {}
        self._mirrored = self._others = 0
        self._gaps = Gaps()

    @property
    def compiled(self) -> bool:
        """As `CaptureReader`."""
        return self._inner.compiled

    @compiled.setter
    def compiled(self, value: bool) -> None:
        self._inner.compiled = value

    @property
    def byte_order(self) -> ByteOrder:
        return self._inner.byte_order

    @property
    def format(self) -> str:
        return self._inner.format

    @property
    def described_format(self) -> str:
        return self._inner.described_format

    @property
    def packets(self) -> int:
        return self._inner.packets

    @property
    def position(self) -> int:
        return self._inner.position

    @property
    def progress(self) -> int:
        return self._inner.progress

    @property
    def truncated(self) -> bool:
        return self._inner.truncated

    @property
    def damaged(self) -> bool:
        return self._inner.damaged

    @property
    def interfaces(self) -> list[Interface]:
        """Those with frames so far: sessions, and interfaces that something else came in on."""
        return self._interfaces

    @property
    def ifaces(self) -> npt.NDArray[np.void]:
        return self._ifaces

    @property
    def drops(self) -> dict[int, int]:
        """What an interface of the collector lost may be of any session there: told of the first one.

        What a session lost on its way its sequence numbers tell.
        """
        lost: dict[int, int] = {}
        for carrier, count in self._inner.drops.items():
            own = [number for key, number in self._sessions.items() if key[0] == carrier]
            lost[min(own) if own else self._carrier(carrier)] = count
        for number, count in self._gaps.lost.items():
            lost[number] = lost.get(number, 0) + count
        return lost

    @property
    def windows(self) -> dict[int, tuple[int, int]]:
        known = self._inner.windows
        return {number: known[key[0]] for key, number in self._sessions.items() if key[0] in known}

    @property
    def notices(self) -> NoticeLog:
        log = NoticeLog()
        log.extend(list(self._inner.notices))
        names = ", ".join(KINDS[kind] for kind in self._kinds.tolist())
        detail = msg(
            "frames are mirrored ({encapsulation}): each session is a member, the frame inside is what it carried",
            encapsulation=names,
        )
        log.add(Notice("mirrored", detail, None, self.path, count=self._mirrored))
        if self._others:
            detail = msg("frames beside the mirrored ones are the collector's own and left out")
            log.add(Notice("not_mirrored", detail, None, self.path, count=self._others))
        return log

    def blocks(self) -> Iterator[Block]:
        """Yield the blocks, as `CaptureReader.blocks` does."""
        for block in self._inner.blocks():
            yield replace(block, index=self._unwrapped(block)) if len(block.index) else block

    def _unwrapped(self, block: Block) -> Array:
        index = block.index.copy()
        found = find_outer(block.data, index, self._inner.ifaces)
        rows = np.flatnonzero(np.isin(found.kind, self._kinds))
        sessions = self._numbers(block.data, index, found, rows)
        rows, sessions = rows[sessions >= 0], sessions[sessions >= 0]
        own = np.ones(len(index), dtype=bool)
        own[rows] = False
        index["interface"][own] = self._carrier_numbers(index["interface"][own])
        before = (found.inner[rows] - index["offset"][rows]).astype(np.int64)
        index["offset"][rows] += before
        for length in ("cap_len", "wire_len"):
            index[length][rows] = np.maximum(index[length][rows].astype(np.int64) - before, 0)
        index["wire_len"][rows] = np.maximum(index["wire_len"][rows], found.wire_len[rows])
        index["interface"][rows] = sessions
        index["flags"][rows] = 0  # the direction at the collector
        self._gaps.add(sessions, found.sequence[rows])
        self._mirrored += len(rows)
        self._others += len(index) - len(rows)
        return index

    def _carrier_numbers(self, ordinals: Array) -> Array:
        distinct, inverse = np.unique(ordinals, return_inverse=True)
        numbers = [self._carrier(ordinal) for ordinal in distinct.tolist()]
        return np.array(numbers, np.uint32)[inverse]

    def _carrier(self, ordinal: int) -> int:
        if ordinal not in self._carriers:
            one = self._inner.interfaces[ordinal]
            self._carriers[ordinal] = self._add(one, self._inner.ifaces[ordinal])
        return self._carriers[ordinal]

    def _numbers(self, data: Array, index: Array, found: Outer, rows: Array) -> Array:
        """Return (rows,) the number of the session of each mirrored frame; -1 beyond the most that are told apart."""
        source, target = source_keys(data, found, rows)
        columns = (index["interface"][rows], found.kind[rows], found.session[rows], source, target)
        table = np.zeros(len(rows), [(f"f{n}", "u8") for n in range(len(columns))])
        for name, column in zip(table.dtype.names or (), columns, strict=True):
            table[name] = column
        distinct, first, inverse = np.unique(table, return_index=True, return_inverse=True)
        numbers = np.zeros(len(distinct), np.int64)
        for place in np.argsort(first).tolist():
            key: _Key = distinct[place].item()
            if key not in self._sessions and len(self._sessions) < _MOST_SESSIONS:
                self._sessions[key] = self._session(key, data, found, int(rows[first[place]]))
            numbers[place] = self._sessions.get(key, -1)
        return numbers[inverse]

    def _session(self, key: _Key, data: Array, found: Outer, row: int) -> int:
        """Describe a session seen for the first time, at `row`."""
        at, width = int(found.addresses[row]), int(found.width[row])
        source = ipaddress.ip_address(data[at : at + width].tobytes())
        carrier = self._inner.interfaces[key[0]]
        kind, session = KINDS[key[1]], key[2]
        one = replace(
            carrier,
            link_type=_ETHERNET,
            name=f"session{session}",
            description=f"{kind} session {session} from {source}",
            mac=None,
            speed_bps=None,
            fcs_len=0,
            mirror=str(source),
            mirror_kind=kind.lower(),
        )
        clock = self._inner.ifaces[key[0]].copy()
        clock["link_type"], clock["fcs_len"] = _ETHERNET, 0
        return self._add(one, clock)

    def _add(self, one: Interface, clock: Any) -> int:
        number = len(self._interfaces)
        if number >= len(self._ifaces):
            self._ifaces = np.concatenate([self._ifaces, np.zeros(len(self._ifaces), IFACE)])
        self._ifaces[number] = clock
        self._interfaces.append(replace(one, ordinal=number))
        return number
