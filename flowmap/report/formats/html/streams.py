"""Streams, migrations and hosts as rows: what each member carried, sent and received apart."""

from __future__ import annotations

from collections.abc import Sequence

from flowmap.dataclass import dataclass
from flowmap.document.model import Direction, Host, Migration, Report, Stream
from flowmap.document.quantities import endpoint, grouped, migrated, moment
from flowmap.message import glue, msg
from flowmap.report.formats.html.speech import Speech
from flowmap.report.sections.labels import ROLES, by_urgency, placement_label
from flowmap.words import word

__all__ = ["Cell", "HostRow", "Matrix", "MigrationRow", "StreamRow", "hosts_of", "matrix_of", "migrations_of"]

MOST_STREAMS = 500
_MOST_HOSTS = 200
_MOST_MIGRATIONS = 200
_MOST_COLUMNS = 6
_MOST_LINKS = 8


@dataclass(frozen=True)
class Cell:
    """What one member carried: bytes, and its part of the direction in percent (0 to 100) for the bar behind them."""

    text: str
    bytes: int
    percent: int
    name: str = ""


@dataclass(frozen=True)
class Way:
    """One direction of a stream: its placement and a cell for each member, or for those used where members are many."""

    state: str
    text: str
    note: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class StreamRow:
    id: int
    judged: bool
    kind: str
    tunnel: str
    client: str
    server: str
    payload: str
    payload_bytes: int
    ways: tuple[Way, ...]


@dataclass(frozen=True)
class Matrix:
    """`members`: columns of each group, empty where members are too many for columns. `groups`: headings of directions."""

    members: tuple[str, ...]
    groups: tuple[str, ...]
    rows: tuple[StreamRow, ...]
    left_out: int
    not_listed: int

    @property
    def tables(self) -> list[tuple[bool, list[StreamRow]]]:
        """Whether they are judged, and the rows: the judged streams, then the others."""
        parts = [(judged, [row for row in self.rows if row.judged is judged]) for judged in (True, False)]
        return [(judged, rows) for judged, rows in parts if rows]


def matrix_of(report: Report, speech: Speech) -> Matrix:
    """Streams by member; at most MOST_STREAMS rows."""
    names = tuple(member.name for member in report.members if not member.aggregate)
    columns = names if len(names) <= _MOST_COLUMNS else ()
    known = any(d.direction != "unknown" for s in report.streams for d in s.directions)
    groups = ("rx", "tx") if known else ("forward", "back")
    rows = tuple(_stream(stream, groups, columns, speech) for stream in by_urgency(report.streams, MOST_STREAMS))
    listed = len(report.streams)
    return Matrix(columns, groups, rows, listed - len(rows), report.totals.streams - listed)


def _stream(stream: Stream, groups: Sequence[str], columns: Sequence[str], speech: Speech) -> StreamRow:
    by_group = {_group(direction, stream, groups): direction for direction in stream.directions}
    return StreamRow(
        stream.id,
        stream.judged,
        stream.kind,
        _tunnel(stream),
        endpoint(stream.client.ip, stream.client.port),
        endpoint(stream.server.ip, stream.server.port),
        speech.amount(stream.payload_bytes),
        stream.payload_bytes,
        tuple(_way(by_group.get(group), columns, speech) for group in groups),
    )


def _tunnel(stream: Stream) -> str:
    """The tunnels around it, and the outer addresses that the team sees."""
    outer = next((direction.outer for direction in stream.directions if direction.outer is not None), None)
    return f"{stream.encapsulation} {outer.src} → {outer.dst}" if outer is not None else stream.encapsulation


def _group(direction: Direction, stream: Stream, groups: Sequence[str]) -> str:
    """The column group of a direction; one of unknown side goes by who sends."""
    if direction.direction in groups:
        return direction.direction
    return groups[0] if direction.src == stream.client else groups[1]


def _way(direction: Direction | None, columns: Sequence[str], speech: Speech) -> Way:
    if direction is None:
        return Way("absent", "", "", tuple(Cell("", 0, 0) for _ in columns))
    loads = {member.name: member.wire_bytes for member in direction.members}
    total = sum(loads.values()) or 1
    names = columns or sorted(loads, key=lambda name: -loads[name])[:_MOST_COLUMNS]
    cells = tuple(
        Cell(speech.amount(load) if load else "", load, round(100 * load / total), name)
        for name, load in ((name, loads.get(name, 0)) for name in names)
    )
    notes = []
    if direction.retransmitted:
        notes.append(msg("{number} retransmitted", number=grouped(direction.retransmitted)))
    if direction.reordered:
        notes.append(msg("{number} reordered", number=grouped(direction.reordered)))
    bad = direction.placement in ("sprayed", "undecided") or direction.cause == "unexplained"
    state = "bad" if bad else direction.placement
    return Way(state, placement_label(direction), glue(*notes, between=", ") if notes else "", cells)


@dataclass(frozen=True)
class MigrationRow:
    id: int
    platform: str
    source: str
    destination: str
    streams: tuple[int, ...]
    more: int
    payload: str
    bytes: int
    begin: str
    time: str
    time_ns: int
    mean: str
    mean_bps: int
    limit: str
    reason: str


def migrations_of(report: Report, speech: Speech) -> tuple[list[MigrationRow], int]:
    """(rows, how many are left out)."""
    rows = [_migration(migration, speech) for migration in report.migrations[:_MOST_MIGRATIONS]]
    return rows, len(report.migrations) - len(rows)


def _migration(m: Migration, speech: Speech) -> MigrationRow:
    time = m.last_ns - m.first_ns if m.first_ns is not None and m.last_ns is not None else 0
    return MigrationRow(
        m.id,
        m.platform,
        m.source_host or "?",
        m.destination_host or "?",
        tuple(m.streams[:_MOST_LINKS]),
        max(0, len(m.streams) - _MOST_LINKS),
        speech.text(migrated(m.bytes, m.resent_bytes)),
        m.bytes,
        moment(m.first_ns, date=False),
        speech.duration(time),
        time,
        speech.bits(m.mean_bps),
        m.mean_bps or 0,
        word(m.limited_by) if m.limited_by else "",
        m.limit_evidence.reason if m.limit_evidence else "",
    )


@dataclass(frozen=True)
class HostRow:
    host: str
    role: str
    ways: tuple[tuple[Cell, ...], ...]
    total: str
    bytes: int


def hosts_of(
    report: Report, groups: Sequence[str], columns: Sequence[str], speech: Speech
) -> tuple[list[HostRow], int]:
    """Remote hosts by member, the busiest first; (rows, how many are left out)."""
    hosts = [host for host in report.hosts if host.role != "teamed"]
    hosts.sort(key=lambda host: (host.role == "other", -sum(host.members.values())))
    rows = [_host(host, groups, columns, speech) for host in hosts[:_MOST_HOSTS]]
    return rows, len(hosts) - len(rows)


def _host(host: Host, groups: Sequence[str], columns: Sequence[str], speech: Speech) -> HostRow:
    loads = [host.rx, host.tx] if "rx" in groups else [host.members]
    ways = []
    for own in loads:
        whole = sum(own.values()) or 1
        names = columns or sorted(own, key=lambda name: -own[name])[:_MOST_COLUMNS]
        ways.append(
            tuple(
                Cell(speech.amount(own[n]) if n in own else "", own.get(n, 0), round(100 * own.get(n, 0) / whole), n)
                for n in names
            )
        )
    total = sum(host.members.values())
    return HostRow(host.host, ROLES[host.role], tuple(ways), speech.amount(total), total)
