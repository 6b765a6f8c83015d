"""Which streams are live migrations, how sure that is, and which streams belong to one migration.

Ports alone prove little: those that others use too need the payload's first bytes or a bulk transfer towards the listening
side. The table of platforms is `platforms`.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Any

import numpy as np

from flowmap.dataclass import dataclass
from flowmap.flow.streams.grouping import grouped
from flowmap.flow.streams.platforms import CHANNELED, KINDS, MAGICAL, MAGICS, PORTS, SEPARATE, Port
from flowmap.flow.streams.stream import Streams
from flowmap.settings.config import Thresholds
from flowmap.types import Have
from flowmap.words import Confidence, Platform

__all__ = [
    "Migration",
    "MigrationStream",
    "Recognised",
    "find_migration_streams",
    "group_migrations",
    "ports_of_interest",
    "uncaptured_bytes",
]

Array = np.ndarray[Any, Any]
CONFIDENCES: tuple[Confidence, ...] = ("low", "medium", "high")
_LOW, _MEDIUM, _HIGH = range(3)


_BULK = 1_000_000
"""Payload from which a stream is the bulk of a migration, not a channel beside it."""


@dataclass(frozen=True, slots=True)
class MigrationStream:
    """`server` is the listening side (0: a, 1: b), `bulk` the direction the payload flows (0: a -> b, 1: b -> a)."""

    stream: int
    kind: Platform
    confidence: Confidence
    server: int
    bulk: int

    @property
    def judged(self) -> bool:
        return self.confidence != "low"


@dataclass(frozen=True, slots=True)
class Migration:
    """Streams of one live migration: same hosts, platform and listening port, overlapping in time."""

    kind: Platform
    streams: tuple[int, ...]


@dataclass(frozen=True)
class Recognised:
    """Migration streams as columns: (n,) `stream` ids in ascending order, and what is known of each.

    That is the index in KINDS and in CONFIDENCES, the listening side and the side that sends the bulk (see MigrationStream).
    """

    stream: Array
    kind: Array
    confidence: Array
    server: Array
    bulk: Array

    @property
    def judged(self) -> Array:
        """(n,) bool: those whose confidence is not low."""
        return np.asarray(self.confidence > _LOW)

    def of(self, streams: Array) -> list[MigrationStream | None]:
        """Return the streams of these ids as objects; None: it is no migration stream."""
        at = np.minimum(np.searchsorted(self.stream, streams), max(0, len(self.stream) - 1))
        known = self.stream[at] == streams if len(self.stream) else np.zeros(len(streams), dtype=bool)
        found: list[MigrationStream | None] = [None] * len(streams)
        own = (self.stream, self.kind, self.confidence, self.server, self.bulk)
        columns = (np.flatnonzero(known), *(column[at[known]] for column in own))
        for place, stream, kind, confidence, server, bulk in zip(*(column.tolist() for column in columns), strict=True):
            found[place] = MigrationStream(stream, KINDS[kind], CONFIDENCES[confidence], server, bulk)
        return found


def find_migration_streams(
    streams: Streams, ports: Sequence[tuple[int, int]] | None, thresholds: Thresholds
) -> Recognised:
    """Return all streams whose listening side is a migration port and that moved payload.

    `ports` replaces the table; a port the user names needs no more evidence.
    """
    table, known = _port_table(ports)
    t = streams.table
    moved = t["payload_bytes"].astype(np.int64) + uncaptured_bytes(t)
    a_to_b, b_to_a = moved[:, 0], moved[:, 1]
    much = np.maximum(a_to_b, b_to_a)  # some ten times as fast as the maximum along an axis of two
    at_a, at_b = known[t["a_port"]], known[t["b_port"]]
    stream = np.flatnonzero(((at_a > 0) | (at_b > 0)) & (much > 0))
    bulk = (b_to_a > a_to_b).view(np.int8)[stream]
    at_a, at_b, client = at_a[stream], at_b[stream], t["client"][stream]
    server = np.where((at_a > 0) & (at_b > 0), 1 - bulk, (at_a == 0).view(np.int8))
    server = np.where(client >= 0, 1 - client, server)
    number = np.where(server == 0, at_a, at_b)
    if not number.all():  # who listens was seen, and it is the other one
        own = np.flatnonzero(number)
        stream, bulk, server, number = stream[own], bulk[own], server[own], number[own]
    kind, shared = (np.array([0, *column], np.int8)[number] for column in _of_ports(table))
    confidence = np.where(shared == 0, np.int8(_HIGH), np.int8(_LOW))
    large = np.flatnonzero((shared != 0) & (much[stream] >= thresholds.shared_port_min_bytes) & (bulk != server))
    little = np.minimum(a_to_b, b_to_a)[stream[large]]
    confidence[large[much[stream[large]] >= thresholds.shared_port_asymmetry * little]] = _MEDIUM
    magical = np.flatnonzero(_is_in(kind, MAGICAL))
    if len(magical):  # else the first bytes of a million rows are looked at for nothing
        confidence[magical[_said_magic(streams, stream[magical], server[magical])]] = _HIGH
    return _with_siblings(t, Recognised(stream, kind, confidence, server, bulk))


def _of_ports(table: Sequence[Port]) -> tuple[list[int], list[bool]]:
    """Return the platform of each port, as its index in KINDS, and whether others use the port too."""
    return [KINDS.index(port.kind) for port in table], [port.shared for port in table]


def _port_table(ports: Sequence[tuple[int, int]] | None) -> tuple[Sequence[Port], Array]:
    """Return the ports, and by port number the first of them that has it, counted from 1."""
    table = PORTS if ports is None else tuple(Port(low, high, "custom", shared=False) for low, high in ports)
    known = np.zeros(65536, dtype=np.int16)
    for number, port in reversed(list(enumerate(table, start=1))):
        known[port.low : port.high + 1] = number
    return table, known


def ports_of_interest(ports: Sequence[tuple[int, int]] | None, everything: bool) -> bytes:
    """Return 1 for each port number that a judged stream may have; `everything`: where all streams may be."""
    return bytes([1]) * 65536 if everything else (_port_table(ports)[1] > 0).tobytes()


def uncaptured_bytes(table: Array) -> Array:
    """Return (n, 2) bytes of a direction that was captured nowhere although the other one acknowledged them.

    SYN and FIN are not payload.
    """
    uncaptured = np.zeros((len(table), 2), np.int64)
    absent = np.nonzero(table["packets"] == 0)
    uncaptured[absent] = np.maximum(table["acked_bytes"][absent].astype(np.int64) - 2, 0)
    return uncaptured


def _is_in(kind: Array, names: Sequence[Platform]) -> Array:
    return np.isin(kind, [KINDS.index(name) for name in names])


def _said_magic(streams: Streams, stream: Array, server: Array) -> Array:
    """Return (n,) bool: whether the listening side of each of the streams was sent a platform's first bytes."""
    rows = streams.rows
    row = np.flatnonzero((rows["have"] & Have.MAGIC) != 0)
    first = rows["magic"][row]
    row = row[np.logical_or.reduce([first == magic for magic in MAGICS])]
    said = np.zeros((len(streams.table), 2), dtype=bool)
    said[streams.stream_of(row), np.where(streams.forward[row], 1, 0)] = True
    return np.asarray(said[stream, server])


def _with_siblings(t: Array, found: Recognised) -> Recognised:
    """Judge thin streams too that are a channel of a judged one's migration: same hosts, listening port and time."""
    able = np.flatnonzero(_is_in(found.kind, CHANNELED))
    judged, thin = able[found.judged[able]], able[~found.judged[able]]
    if not len(judged) or not len(thin):
        return found
    both = np.concatenate([judged, thin])
    own = t[found.stream[both]]
    pair = _pairs(own, found.server[both])
    beside = _overlaps_any(pair[: len(judged)], own[: len(judged)], pair[len(judged) :], own[len(judged) :])
    siblings = thin[beside]
    confidence, bulk = found.confidence.copy(), found.bulk.copy()
    confidence[siblings], bulk[siblings] = _MEDIUM, 1 - found.server[siblings]
    return replace(found, confidence=confidence, bulk=bulk)


def _overlaps_any(pair: Array, lives: Array, asked_pair: Array, asked: Array) -> Array:
    """Return (n,) bool: whether some life of the same pair holds a moment of each one asked for."""
    order = np.lexsort((lives["first_ns"], pair))
    pair, lives = pair[order], lives[order]
    moments = np.unique(np.concatenate([lives["first_ns"], lives["last_ns"], asked["first_ns"], asked["last_ns"]]))
    first, last, asked_first, asked_last = (
        np.searchsorted(moments, times)
        for times in (lives["first_ns"], lives["last_ns"], asked["first_ns"], asked["last_ns"])
    )  # numbers of moments, which are small enough to stand behind that of the pair
    width = np.int64(len(moments) + 1)
    latest = np.maximum.accumulate(pair * width + last)  # of all of a pair that began until then
    begun = np.searchsorted(pair * width + first, asked_pair * width + asked_last, side="right") - 1
    return np.asarray((begun >= 0) & (pair[begun] == asked_pair) & (latest[begun] >= asked_pair * width + asked_first))


def _pairs(own: Array, server: Array) -> Array:
    """Return (n,) int64: a number for each client address, server address and server port."""
    ends = [np.where(server == side, own[f"b_{part}"], own[f"a_{part}"]) for side in (0, 1) for part in ("hi", "lo")]
    order, new = grouped([*ends, np.where(server == 1, own["b_port"], own["a_port"])], own["first_ns"])
    pair = np.empty(len(own), dtype=np.int64)
    pair[order] = np.cumsum(new) - 1
    return pair


def group_migrations(streams: Streams, found: Sequence[MigrationStream]) -> list[Migration]:
    """Return the judged streams by migration, in order of their first stream.

    On 6600 every bulk stream is a migration of its own (several at once share the port) and thin streams go with the bulk
    stream they overlap; elsewhere one listening port serves one migration, however many channels it has.
    """
    judged = sorted((m for m in found if m.judged), key=lambda m: m.stream)
    own = streams.table[[m.stream for m in judged]]
    pair = _pairs(own, np.array([m.server for m in judged], dtype=np.int8))
    beside = np.bincount(pair)[pair] > 1
    alone = [Migration(judged[place].kind, (judged[place].stream,)) for place in np.flatnonzero(~beside).tolist()]
    others = [judged[place] for place in np.flatnonzero(beside).tolist()]
    together = _grouped_by_time(others, own[beside], pair[beside])
    return sorted([*alone, *together], key=attrgetter("streams")) if together else alone


def _grouped_by_time(judged: Sequence[MigrationStream], own: Array, pairs: Array) -> list[Migration]:
    """Return the migrations of streams that share hosts and listening port with others; `pairs` numbers these."""
    payload = own["payload_bytes"][np.arange(len(judged)), np.array([m.bulk for m in judged], np.int64)]
    columns = zip(
        judged,
        pairs.tolist(),
        own["first_ns"].tolist(),
        own["last_ns"].tolist(),
        (payload >= _BULK).tolist(),
        strict=True,
    )
    lives = [(m, (m.kind, pair), first, last, is_bulk) for m, pair, first, last, is_bulk in columns]
    groups: list[_Group] = []
    for bulk in (True, False):
        earlier, new = _by_key(groups), _by_key([])
        for m, key, first, last, is_bulk in lives:
            if is_bulk != bulk:
                continue
            group = None
            if not (bulk and m.kind in SEPARATE):
                group = _overlapping(earlier[key], first, last) or _overlapping(new[key], first, last)
            if group is None:
                group = _Group(key, [], first, last)
                groups.append(group)
                new[key].append(group)
            group.streams.append(m.stream)
            group.first, group.last = min(group.first, first), max(group.last, last)
    return [Migration(g.key[0], tuple(sorted(g.streams))) for g in groups]


_Key = tuple[Platform, int]


@dataclass(slots=True)
class _Group:
    key: _Key
    streams: list[int]
    first: int
    last: int


def _by_key(groups: Sequence[_Group]) -> defaultdict[_Key, deque[_Group]]:
    """Return the groups by key, in order of their beginning as they are given."""
    found: defaultdict[_Key, deque[_Group]] = defaultdict(deque)
    for group in groups:
        found[group.key].append(group)
    return found


def _overlapping(groups: deque[_Group], first: int, last: int) -> _Group | None:
    """Return the first of `groups` that is there at some time in [first, last].

    Streams are asked for in order of their beginning: a group that is over by then is over for good, so that each is
    looked at once.
    """
    while groups and groups[0].last < first:
        groups.popleft()
    return groups[0] if groups and groups[0].first <= last else None
