"""The one picture: which hosts' streams went over which members, as coordinates for an SVG.

Three columns: remote hosts, streams, members; ribbons between them in the member's colour, as wide as their bytes. It
shows the direction in which most payload flows. Many streams are drawn as groups that were placed alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce

from flowmap.message import Message, glue, msg, nmsg
from flowmap.report.document import Direction, Member, Report, Stream
from flowmap.report.html.marks import Mark
from flowmap.report.html.speech import Speech
from flowmap.report.labels import TROUBLE, remote_host
from flowmap.verdict.words import word

__all__ = ["Band", "Bundle", "Picture", "Ribbon", "bulk_direction", "bundles_of", "picture_of", "shortened"]

_MOST_STREAMS = {False: 9, True: 5}
_MOST_MEMBERS = 8
_ROW = 46
_GAP = 12
_TOP = 26
_LEAST_HEIGHT = {False: 230, True: 130}
_LETTERS = {False: (8.4, 7.1), True: (7.3, 6.2)}
"""About how wide a letter of a title and of a detail is; the browser's fonts are not known here."""
_MARKED = ("sprayed", "moved", "undecided", "mirrored")


@dataclass(frozen=True)
class Band:
    """A box of one column: two lines of text; `state` names its look."""

    x: float
    y: float
    width: float
    height: float
    title: str
    full: str
    detail: str
    state: str
    mark: Mark | None = None


@dataclass(frozen=True)
class Ribbon:
    """A curve from one box to another."""

    path: str
    width: float
    mark: Mark | None
    dashed: bool
    text: str


@dataclass(frozen=True)
class Picture:
    """`columns`: (x, heading) of each."""

    width: int
    height: int
    columns: tuple[tuple[float, str], ...]
    bands: tuple[Band, ...]
    ribbons: tuple[Ribbon, ...]


@dataclass
class Bundle:
    """One stream, or several that were placed alike. `loads`: wire bytes of the bulk direction by member."""

    hosts: tuple[str, ...]
    placement: str
    cause: str | None
    loads: dict[str, int]
    streams: list[Stream] = field(default_factory=list)
    mixed: bool = False
    """Whether the placement is that of some streams only."""

    @property
    def total(self) -> int:
        return sum(self.loads.values())

    def joined(self, other: Bundle) -> Bundle:
        """Both in one; trouble of one is trouble of both."""
        worse = min(self, other, key=lambda one: TROUBLE.index(one.placement))
        loads = {name: self.loads.get(name, 0) + other.loads.get(name, 0) for name in {**self.loads, **other.loads}}
        hosts = tuple(dict.fromkeys([*self.hosts, *other.hosts]))
        mixed = self.mixed or other.mixed or (self.placement, self.cause) != (other.placement, other.cause)
        return Bundle(hosts, worse.placement, worse.cause, loads, [*self.streams, *other.streams], mixed)


def bulk_direction(stream: Stream) -> Direction | None:
    """The direction that carries most payload."""
    payload = [(sum(m.payload_bytes for m in d.members), d) for d in stream.directions]
    return max(payload, key=lambda one: one[0])[1] if payload else None


def bundles_of(report: Report, most: int) -> list[Bundle]:
    """Judged streams, or all listed ones where none is judged; at most `most`.

    Where there are more, those of one host that were placed alike are one, then those of all hosts, then the rest.
    """
    chosen = [s for s in report.streams if s.judged] or list(report.streams)
    bundles = [_bundle(stream, report) for stream in chosen]
    for by_host in (True, False):
        if len(bundles) > most:
            bundles = _grouped(bundles, by_host)
    bundles.sort(key=lambda one: (TROUBLE.index(one.placement), -one.total))
    if len(bundles) > most:
        bundles = [*bundles[: most - 1], reduce(Bundle.joined, bundles[most - 1 :])]
    order = {member.name: number for number, member in enumerate(report.members)}
    return sorted(bundles, key=lambda one: (_centre(one, order), one.hosts[0], one.streams[0].id))


def _bundle(stream: Stream, report: Report) -> Bundle:
    direction, host = bulk_direction(stream), remote_host(stream, report)
    if direction is None:
        return Bundle((host,), "absent", None, {}, [stream])
    loads = {member.name: member.wire_bytes for member in direction.members}
    return Bundle((host,), direction.placement, direction.cause, loads, [stream])


def _grouped(bundles: Sequence[Bundle], by_host: bool) -> list[Bundle]:
    groups: dict[tuple[object, ...], Bundle] = {}
    for one in bundles:
        key = (one.hosts if by_host else (), one.placement, one.cause, *sorted(one.loads))
        groups[key] = groups[key].joined(one) if key in groups else one
    return list(groups.values())


def _centre(bundle: Bundle, order: dict[str, int]) -> float:
    """Where among the members most of its bytes are: sorted by it, ribbons cross little."""
    total = bundle.total
    return sum(order.get(n, 0) * load for n, load in bundle.loads.items()) / total if total else len(order)


def shortened(text: str, most: int) -> str:
    """At most so many characters, the middle left out: what tells names apart is at their ends."""
    if len(text) <= most:
        return text
    head = (most - 1) // 2
    return f"{text[:head]}…{text[len(text) - (most - 1 - head) :]}"


def picture_of(report: Report, marks: dict[str, Mark], speech: Speech, narrow: bool) -> Picture | None:
    """The picture for a wide page or for a phone; None where there is no stream or no member."""
    bundles = bundles_of(report, _MOST_STREAMS[narrow])
    members = _members(report, bundles)
    if not bundles or not members:
        return None
    hosts: dict[tuple[str, ...], list[Bundle]] = {}
    for bundle in bundles:
        hosts.setdefault(bundle.hosts, []).append(bundle)
    width = 360 if narrow else 640
    columns = ((1, 98), (125, 102), (253, 106)) if narrow else ((1, 150), (222, 176), (465, 174))
    left_out = sum(not member.aggregate for member in report.members) - len(members)
    rows = max(len(bundles), len(members) + bool(left_out), len(hosts))
    height = _TOP + max(_LEAST_HEIGHT[narrow], rows * (_ROW + _GAP))
    layout = _Layout(columns, height, narrow, speech, marks)
    layout.place(hosts, bundles, members, left_out)
    headings = (msg("Remote hosts"), msg("Streams"), msg("Members"))
    heads = tuple((x, heading) for (x, _), heading in zip(columns, headings, strict=True))
    return Picture(width, height + 2, heads, tuple(layout.bands), tuple(layout.ribbons))


def _members(report: Report, bundles: Sequence[Bundle]) -> list[Member]:
    """All members of the team, those that carried something before others where they are too many."""
    own = [member for member in report.members if not member.aggregate]
    if len(own) <= _MOST_MEMBERS:
        return own
    used = {name for bundle in bundles for name in bundle.loads}
    kept = {m.name for m in sorted(own, key=lambda m: (m.name not in used, -m.wire_bytes))[:_MOST_MEMBERS]}
    return [member for member in own if member.name in kept]


class _Layout:
    """Boxes in three columns, each spread over the whole height, and the curves between them."""

    def __init__(
        self, columns: Sequence[tuple[int, int]], height: int, narrow: bool, speech: Speech, marks: dict[str, Mark]
    ) -> None:
        self.columns, self.height, self.narrow, self.speech, self.marks = columns, height, narrow, speech, marks
        self.bands: list[Band] = []
        self.ribbons: list[Ribbon] = []

    def place(
        self, hosts: dict[tuple[str, ...], list[Bundle]], bundles: Sequence[Bundle], members: Sequence[Member], left_out: int
    ) -> None:
        """All boxes and curves; members left out share the last box."""
        total = sum(bundle.total for bundle in bundles) or 1
        carried = reduce(Bundle.joined, bundles).loads
        middle = [self._stream(bundle, y) for bundle, y in zip(bundles, self._rows(len(bundles)), strict=True)]
        places = self._rows(len(members) + bool(left_out))
        right = {m.name: self._member(m, carried, total, y) for m, y in zip(members, places, strict=False)}
        rest = None
        if left_out:
            share = self.speech.percent(sum(load for name, load in carried.items() if name not in right) / total)
            title = nmsg("{count} more member", "{count} more members", left_out)
            rest = self._box(2, places[-1], title, msg("{share} of data", share=share), "idle")
        left = [self._host(own, y) for own, y in zip(hosts.values(), self._rows(len(hosts)), strict=True)]
        self.bands += [*left, *middle, *right.values(), *([rest] if rest else [])]
        widest = max(bundle.total for bundle in bundles) or 1
        by_hosts = dict(zip(hosts, left, strict=True))
        for bundle, band in zip(bundles, middle, strict=True):
            only = self.marks.get(next(iter(bundle.loads))) if len(bundle.loads) == 1 else None
            self._curve(by_hosts[bundle.hosts], band, 2 + 10 * bundle.total / widest, only, False, "")
            self._fan(bundle, band, right, rest, widest)

    def _fan(self, bundle: Bundle, band: Band, right: dict[str, Band], rest: Band | None, widest: int) -> None:
        """A curve to each member that carried some of it, side by side."""
        step = min(8.0, (_ROW - 10) / max(1, len(bundle.loads) - 1))
        shift = -step * (len(bundle.loads) - 1) / 2
        for name, load in sorted(bundle.loads.items(), key=lambda item: right[item[0]].y if item[0] in right else 1e9):
            end = right.get(name, rest)
            if end is not None:
                text = f"{band.full} → {self.speech.text(name)}: {self.speech.amount(load)}"
                dashed = bundle.placement in ("sprayed", "undecided")
                self._curve(band, end, 2 + 10 * load / widest, self.marks.get(name), dashed, text, shift)
            shift += step

    def _rows(self, number: int) -> list[float]:
        """Tops of so many boxes, spread evenly."""
        free = self.height - _TOP
        return [_TOP + free * (index + 0.5) / number - _ROW / 2 for index in range(number)]

    def _box(self, column: int, y: float, title: str, detail: str, state: str, mark: Mark | None = None) -> Band:
        x, width = self.columns[column]
        title, detail = self.speech.text(title), self.speech.text(detail)
        wide, small = (int((width - 16) / letter) for letter in _LETTERS[self.narrow])
        return Band(
            x, round(y, 1), width, _ROW, shortened(title, wide - (2 if mark else 0)), title, shortened(detail, small), state,
            mark,
        )  # fmt: skip

    def _host(self, bundles: Sequence[Bundle], y: float) -> Band:
        hosts = bundles[0].hosts
        streams = sum(len(bundle.streams) for bundle in bundles)
        title: str = hosts[0] if len(hosts) == 1 else nmsg("{count} host", "{count} hosts", len(hosts))
        return self._box(0, y, title, nmsg("{count} stream", "{count} streams", streams), "host")

    def _stream(self, bundle: Bundle, y: float) -> Band:
        size = self.speech.amount(bundle.total)
        if len(bundle.streams) == 1:
            stream = bundle.streams[0]
            title: str = msg("#{id} {kind}", id=stream.id, kind=stream.kind)
        else:
            title = nmsg("{count} stream", "{count} streams", len(bundle.streams))
        if bundle.placement in _MARKED:
            why = word(bundle.cause or bundle.placement)
            why = msg("some {placement}", placement=why) if bundle.mixed else why
            detail = why if self.narrow else msg("{what}, {size}", what=why, size=size)
        else:
            detail = msg("{size}", size=size)
        bad = bundle.placement in ("sprayed", "undecided") or bundle.cause == "unexplained"
        state = "bad" if bad else "changed" if bundle.placement in _MARKED else "plain"
        return self._box(1, y, title, detail, state)

    def _member(self, member: Member, carried: dict[str, int], total: int, y: float) -> Band:
        share = self.speech.percent(carried.get(member.name, 0) / total)
        out = member.lacp is not None and member.lacp.bundled is False
        if out:
            detail: Message = msg("not in LACP") if self.narrow else msg("not in LACP bundle")
        elif carried.get(member.name):
            detail = glue(share) if self.narrow else msg("{share} of data", share=share)
        else:
            detail = msg("no stream")
        state = "out" if out or member.usable is False else "plain" if carried.get(member.name) else "idle"
        return self._box(2, y, member.name, detail, state, self.marks.get(member.name))

    def _curve(
        self, start: Band, end: Band, width: float, mark: Mark | None, dashed: bool, text: str, shift: float = 0.0
    ) -> None:
        x1, y1 = start.x + start.width, start.y + start.height / 2 + shift
        x2, y2 = end.x, end.y + end.height / 2 + shift
        bend = (x2 - x1) * 0.5
        path = f"M{x1:.0f} {y1:.1f}C{x1 + bend:.0f} {y1:.1f} {x2 - bend:.0f} {y2:.1f} {x2:.0f} {y2:.1f}"
        self.ribbons.append(Ribbon(path, round(width, 1), mark, dashed, text))
