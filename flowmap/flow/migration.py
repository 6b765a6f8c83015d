"""Which streams are live migrations, how sure that is, and which streams belong to one migration.

Ports alone prove little: those that others use too need the payload's first bytes or a bulk transfer towards the listening
side. Sources: vendor documentation of the ports; QEMU migration stream and multifd channel magics.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Literal

import numpy as np

from flowmap.config import Thresholds
from flowmap.flow.stream import Streams
from flowmap.types import Have

__all__ = [
    "Migration",
    "MigrationStream",
    "Port",
    "bulk_streams",
    "find_migration_streams",
    "group_migrations",
    "uncaptured_bytes",
]

Array = np.ndarray[Any, Any]
Confidence = Literal["high", "medium", "low"]
Kind = Literal["hyper-v", "vmotion", "qemu", "proxmox", "xen", "ovirt", "smb", "custom"]


@dataclass(frozen=True)
class Port:
    """A range of listening ports. `shared`: others listen there too, more evidence is needed."""

    low: int
    high: int
    kind: Kind
    shared: bool = True


PORTS = (
    Port(6600, 6600, "hyper-v", shared=False),
    Port(445, 445, "smb"),
    Port(8000, 8000, "vmotion"),
    Port(902, 902, "vmotion"),
    Port(49152, 49215, "qemu"),
    Port(49216, 49216, "ovirt"),
    Port(54321, 54321, "ovirt"),
    Port(16509, 16509, "qemu"),
    Port(16514, 16514, "qemu"),
    Port(60000, 60050, "proxmox"),
    Port(8002, 8002, "xen", shared=False),
    Port(443, 443, "xen"),
    Port(80, 80, "xen"),
    Port(22, 22, "qemu"),
)
_MAGICS = (0x5145564D, 0x11223344)  # "QEVM"; multifd channel
_MAGIC_KINDS = ("qemu", "ovirt", "proxmox", "custom")
_BULK_BYTES = 64 * 2**20


@dataclass(frozen=True)
class MigrationStream:
    """`server` is the listening side (0: a, 1: b), `bulk` the direction the payload flows (0: a -> b, 1: b -> a)."""

    stream: int
    kind: Kind
    confidence: Confidence
    server: int
    bulk: int

    @property
    def judged(self) -> bool:
        return self.confidence != "low"


@dataclass(frozen=True)
class Migration:
    """Streams of one live migration: same hosts, platform and listening port, overlapping in time."""

    kind: Kind
    streams: tuple[int, ...]


def find_migration_streams(
    streams: Streams, ports: Sequence[tuple[int, int]] | None, thresholds: Thresholds
) -> list[MigrationStream]:
    """All streams whose listening side is a migration port and that moved payload, in order of stream id.

    `ports` replaces the table; a port the user names needs no more evidence.
    """
    table = PORTS if ports is None else tuple(Port(low, high, "custom", shared=False) for low, high in ports)
    known = np.zeros(65536, dtype=np.int16)
    for number, port in reversed(list(enumerate(table, start=1))):
        known[port.low : port.high + 1] = number
    t = streams.table
    moved = t["payload_bytes"].any(axis=1) | (uncaptured_bytes(t) > 0).any(axis=1)
    candidates = np.flatnonzero(((known[t["a_port"]] > 0) | (known[t["b_port"]] > 0)) & moved)
    found = []
    for stream in candidates.tolist():
        judged = _classify(streams, stream, known, table, thresholds)
        if judged is not None:
            found.append(judged)
    return _with_siblings(streams, found)


def uncaptured_bytes(table: Array) -> Array:
    """(n, 2) bytes of a direction that was captured nowhere although the other one acknowledged them. SYN and FIN are not
    payload."""
    acked = np.maximum(table["acked_bytes"].astype(np.int64) - 2, 0)
    return np.where(table["packets"] == 0, acked, 0)


def _classify(
    streams: Streams, stream: int, known: Array, table: Sequence[Port], thresholds: Thresholds
) -> MigrationStream | None:
    row = streams.table[stream]
    unseen = uncaptured_bytes(streams.table[stream : stream + 1])[0]
    payload = (int(row["payload_bytes"][0]) + int(unseen[0]), int(row["payload_bytes"][1]) + int(unseen[1]))
    bulk = 0 if payload[0] >= payload[1] else 1
    at_a, at_b = int(known[row["a_port"]]), int(known[row["b_port"]])
    client = int(row["client"])
    if client >= 0:
        server = 1 - client
    elif at_a and at_b:
        server = 1 - bulk
    else:
        server = 0 if at_a else 1
    number = (at_a, at_b)[server]
    if not number:
        return None
    port = table[number - 1]
    confidence = _confidence(streams, stream, port, payload, bulk, server, thresholds)
    return MigrationStream(stream, port.kind, confidence, server, bulk)


def _confidence(
    streams: Streams, stream: int, port: Port, payload: tuple[int, int], bulk: int, server: int, thresholds: Thresholds
) -> Confidence:
    if not port.shared:
        return "high"
    rows, forward = streams.rows_of(stream)
    to_server = rows[forward == (server == 1)]
    first = to_server[(to_server["have"] & Have.MAGIC) != 0]
    if port.kind in _MAGIC_KINDS and any(int(magic) in _MAGICS for magic in first["magic"]):
        return "high"
    much, little = payload[bulk], payload[1 - bulk]
    asymmetric = much >= thresholds.shared_port_min_bytes and much >= thresholds.shared_port_asymmetry * little
    return "medium" if asymmetric and bulk == 1 - server else "low"


def _with_siblings(streams: Streams, found: list[MigrationStream]) -> list[MigrationStream]:
    """A thin stream beside a judged one, same hosts and listening port at the same time, is a channel of its migration."""
    t = streams.table
    judged: dict[tuple[int, ...], list[tuple[int, int]]] = {}
    for m in found:
        if m.judged:
            judged.setdefault(_pair(t[m.stream], m.server), []).append(_life(t[m.stream]))
    begins, ends = {}, {}
    for pair, lives in judged.items():
        lives.sort()
        begins[pair] = [first for first, _ in lives]
        ends[pair] = list(accumulate((last for _, last in lives), max))  # the latest of all that began until then
    result = []
    for m in found:
        pair, (first, last) = _pair(t[m.stream], m.server), _life(t[m.stream])
        begun = bisect_right(begins.get(pair, []), last)
        if not m.judged and begun and ends[pair][begun - 1] >= first and m.kind in ("qemu", "ovirt", "proxmox"):
            m = MigrationStream(m.stream, m.kind, "medium", m.server, 1 - m.server)
        result.append(m)
    return result


def _life(row: Any) -> tuple[int, int]:
    return int(row["first_ns"]), int(row["last_ns"])


def _pair(row: Any, server: int) -> tuple[int, ...]:
    """Client address, server address, server port."""
    ends = ((int(row["a_hi"]), int(row["a_lo"])), (int(row["b_hi"]), int(row["b_lo"])))
    return (*ends[1 - server], *ends[server], int(row["b_port"] if server else row["a_port"]))


def group_migrations(streams: Streams, found: Sequence[MigrationStream]) -> list[Migration]:
    """Judged streams by migration, in order of their first stream.

    On 6600 every bulk stream is a migration of its own (several at once share the port) and thin streams go with the bulk
    stream they overlap; elsewhere one listening port serves one migration, however many channels it has.
    """
    t = streams.table
    judged = sorted((m for m in found if m.judged), key=lambda m: m.stream)
    groups: list[_Group] = []
    for bulk in (True, False):
        earlier, new = _by_key(groups), _by_key([])
        for m in judged:
            if _is_bulk(t[m.stream], m) != bulk:
                continue
            key, (first, last) = (m.kind, _pair(t[m.stream], m.server)), _life(t[m.stream])
            group = None
            if not (bulk and m.kind in ("hyper-v", "smb")):
                group = _overlapping(earlier[key], first, last) or _overlapping(new[key], first, last)
            if group is None:
                group = _Group(key, [], first, last)
                groups.append(group)
                new[key].append(group)
            group.streams.append(m.stream)
            group.first, group.last = min(group.first, first), max(group.last, last)
    return sorted((Migration(g.key[0], tuple(sorted(g.streams))) for g in groups), key=lambda g: g.streams)


_Key = tuple[Kind, tuple[int, ...]]


@dataclass
class _Group:
    key: _Key
    streams: list[int]
    first: int
    last: int


def _by_key(groups: Sequence[_Group]) -> defaultdict[_Key, deque[_Group]]:
    """Groups by key, in order of their beginning as they are given."""
    found: defaultdict[_Key, deque[_Group]] = defaultdict(deque)
    for group in groups:
        found[group.key].append(group)
    return found


def _overlapping(groups: deque[_Group], first: int, last: int) -> _Group | None:
    """The first of `groups` that is there at some time in [first, last]. Streams are asked for in order of their beginning: a
    group that is over by then is over for good, so that each is looked at once."""
    while groups and groups[0].last < first:
        groups.popleft()
    return groups[0] if groups and groups[0].first <= last else None


def _is_bulk(row: Any, m: MigrationStream) -> bool:
    return int(row["payload_bytes"][m.bulk]) >= 1_000_000


def bulk_streams(streams: Streams) -> Array:
    """Ids of streams that carried much, whatever their ports: what a user may have meant by a migration."""
    payload = streams.table["payload_bytes"]
    much, little = payload.max(axis=1), payload.min(axis=1)
    total = int(payload.sum())
    return np.flatnonzero((much >= 20 * little) & ((much >= _BULK_BYTES) | (much * 2 >= total)) & (much >= 1_000_000))
