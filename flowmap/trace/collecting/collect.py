"""Second pass over one capture: only the packets of wanted stream-directions come out, as chunks of TRACE rows."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from flowmap.capture.opened import AnyReader
from flowmap.capture.reader import Block
from flowmap.dataclass import dataclass
from flowmap.trace.collecting.outer import OuterHeaders
from flowmap.trace.ordering.merge import joined
from flowmap.types import FLOW, OUTER, TRACE, TS_NONE

__all__ = ["CHUNK_ROWS", "Sought", "trace_capture"]

Array = np.ndarray[Any, Any]
Select = Callable[[Block, Array], Array]

CHUNK_ROWS = 8192
"""Of packets cut to 96 bytes a block of the reader has as many, so that its rows are handed on as they are."""
_KEY = ("src_hi", "src_lo", "dst_hi", "dst_lo", "sport", "dport", "version", "encap")


@dataclass(frozen=True)
class Sought:
    """The stream-directions whose packets are collected.

    `rows`: (n,) FLOW with their keys (link and vlan 0), `direction_id` is the row in it; `active`: (n,) bool, which of them are
    still of interest, may change between chunks; `outers` numbers the outer headers of tunnelled packets.
    """

    rows: Array
    active: Array
    outers: OuterHeaders

    @classmethod
    def all_of(cls, rows: Array) -> Sought:
        """Return what seeks all of these rows."""
        return cls(rows, np.ones(len(rows), dtype=bool), OuterHeaders())


def trace_capture(
    reader: AnyReader,
    sought: Sought,
    member_of: Mapping[tuple[int, int], int],
    window: tuple[int, int],
    after: int = 0,
) -> Iterator[Array]:
    """Yield chunks of about CHUNK_ROWS TRACE rows in the capture's order, by the kernel where `reader` is compiled.

    `member_of` maps (interface ordinal, SLL2 ifindex) to the member; records of links it does not name are left out. The first
    `after` packets are passed over: as many as `reader` had read when it gave an earlier chunk.
    """
    select = (_compiled_select if reader.compiled else _plain_select)(sought, window)
    pending: list[Array] = []
    rows = 0
    for block in reader.blocks():
        if block.first_packet <= after:
            continue
        if not sought.active.any():
            break
        found = _with_members(select(block, reader.ifaces), member_of)
        if len(found):
            pending.append(found)
            rows += len(found)
        if rows >= CHUNK_ROWS:
            yield pending[0] if len(pending) == 1 else joined(pending)
            pending, rows = [], 0
    if pending:
        yield joined(pending)


def _with_members(found: Array, member_of: Mapping[tuple[int, int], int]) -> Array:
    if not len(found):
        return found
    if (found["member"] == found["member"][0]).all() and (found["ifindex"] == found["ifindex"][0]).all():  # most often
        member = member_of.get((int(found["member"][0]), int(found["ifindex"][0])))
        found["member"] = member or 0
        return found[:0] if member is None else found
    links = found["member"].astype(np.uint64) << np.uint64(32) | found["ifindex"]
    distinct, inverse = np.unique(links, return_inverse=True)
    members = np.array([member_of.get((int(link) >> 32, int(link) & 0xFFFFFFFF), -1) for link in distinct])[inverse]
    found["member"] = np.maximum(members, 0)
    return found if (members >= 0).all() else found[members >= 0]


def _compiled_select(sought: Sought, window: tuple[int, int]) -> Select:
    from flowmap.trace.collecting.kernel import Selector

    wanted, outers = sought.rows, sought.outers
    slots = np.zeros(max(16, 1 << (2 * len(wanted)).bit_length()), dtype=np.int64)
    selector = Selector(secrets.token_bytes(192), np.ascontiguousarray(wanted), sought.active, slots, *window)
    places, declined, outer = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0, dtype=OUTER)
    foreign = _Twin(sought)

    def select(block: Block, ifaces: Array) -> Array:
        nonlocal places, declined, outer
        out = np.empty(len(block.index), dtype=TRACE)  # handed on, not copied
        if len(outer) < len(block.index):
            outer = np.zeros(len(block.index), dtype=OUTER)
            places, declined = np.zeros((2, len(block.index)), dtype=np.int64)
        n, n_declined, n_tunnels = selector.select(out, outer, places, declined, block.data, block.index, ifaces)
        if n_tunnels:
            inside = np.flatnonzero(out["outer"][:n])
            out["outer"][inside] = outers.numbers(outer[inside])
        if not n_declined:
            return out[:n]
        rows, of_record = foreign.rows(block, ifaces, declined[:n_declined])
        order = np.argsort(np.concatenate([places[:n], of_record]), kind="stable")
        return np.concatenate([out[:n], rows])[order]

    return select


def _plain_select(sought: Sought, window: tuple[int, int]) -> Select:
    twin = _Twin(sought)

    def select(block: Block, ifaces: Array) -> Array:
        times = block.index["ts_ns"]
        inside = (times == TS_NONE) | (times >= window[0]) & (times < window[1])
        return twin.rows(block, ifaces, np.flatnonzero(inside))[0]

    return select


class _Twin:
    """Selects packets with the twin of the decoder."""

    def __init__(self, sought: Sought) -> None:
        self._active, self._outers = sought.active, sought.outers
        self._numbers = {tuple(int(row[name]) for name in _KEY): number for number, row in enumerate(sought.rows)}

    def rows(self, block: Block, ifaces: Array, records: Array) -> tuple[Array, Array]:
        """Return (TRACE rows, the record of each) of those of `records` whose stream-direction is wanted."""
        from flowmap.decode.numbers import TCP
        from flowmap.decode.outer import outer_header
        from flowmap.decode.reference import decode
        from flowmap.trace.collecting.reference import connection_key, traced

        present = np.unique(block.index["interface"][records]).tolist()
        links = {number: (int(ifaces[number]["link_type"]), int(ifaces[number]["fcs_len"])) for number in present}
        found, places = [], []
        for place, record in zip(records.tolist(), block.index[records].tolist(), strict=True):
            ts_ns, offset, cap_len, wire_len, interface, flags = record
            link_type, fcs_len = links[interface]
            frame = block.data[offset : offset + cap_len].tobytes()
            header = decode(frame, wire_len, link_type, flags, fcs_len)
            if header.cls != TCP:
                continue
            number = self._numbers.get(connection_key(header))
            if number is not None and self._active[number]:
                outer = self._outers.number(outer_header(frame, wire_len, link_type, fcs_len)) if header.encap else 0
                found.append(traced(header, frame, ts_ns, wire_len, number, interface, outer))
                places.append(place)
        return np.array(found, dtype=TRACE), np.array(places, dtype=np.int64)


def wanted_rows(keys: Array) -> Array:
    """Return FLOW rows that carry only what a stream-direction is found by, from any FLOW rows (one each)."""
    wanted = np.zeros(len(keys), dtype=FLOW)
    for name in _KEY:
        wanted[name] = keys[name]
    return wanted
