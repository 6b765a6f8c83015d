"""Two reports side by side: claims, members' load, migrations' speed, findings, before and after.

Compared is what a change of team or switch is made for. Times, paths, packets and what else two runs never have in common
are not, so that two reports of the same captures and settings do not differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from flowmap.dataclass import dataclass
from flowmap.document.pages.pages import pages
from flowmap.document.quantities import amount, bits, count, grouped, probability, speed
from flowmap.message import Message, glue, msg
from flowmap.words import word

if TYPE_CHECKING:
    from flowmap.document.model import Member, Migration, Report
    from flowmap.report.formats.canvas import Canvas

__all__ = ["Comparison", "Pair", "Part", "compare", "comparison_values", "render_comparison"]

Shown = Callable[[Any], str]
_NANO = 10**9
_MOST_SHOWN = 40
"""Members, or pairs of hosts; JSON has them all."""


@dataclass(frozen=True)
class Pair:
    """One number or word in both reports; None: it is not known there, or what it is about is not there.

    What reads the same does not differ: of 9.412 and 9.408 Gbit/s nobody would look for the reason.
    """

    field: str
    title: Message
    before: Any
    after: Any
    show: Shown = str

    @property
    def differs(self) -> bool:
        return bool(self.said(self.before) != self.said(self.after))

    def said(self, value: Any) -> str:
        """Return the value as text, a dash for one that is not known."""
        return "-" if value is None else self.show(value)


def _pair(field: str, title: Message, values: Sequence[Any], show: Shown = str) -> Pair:
    before, after = values
    return Pair(field, title, before, after, show)


@dataclass(frozen=True)
class Part:
    """What is told of one `subject`, such as a member: by field; `subject` empty: of the whole part."""

    kind: str
    subject: str
    pairs: Sequence[Pair]


@dataclass(frozen=True)
class Comparison:
    """`parts` by kind: claims, team, members, balance, migrations. `gone`, `new`: codes of findings with their titles."""

    before: str
    after: str
    parts: Sequence[Part]
    gone: Sequence[tuple[str, str]]
    new: Sequence[tuple[str, str]]
    other_settings: Sequence[str]
    sentence: Message

    @property
    def differences(self) -> int:
        """How many numbers, words and findings differ."""
        return sum(pair.differs for part in self.parts for pair in part.pairs) + len(self.gone) + len(self.new)


def compare(before: Report, after: Report, paths: tuple[str, str]) -> Comparison:
    """Return the report before and the one after; `paths` are where they were read."""
    codes = [_titles(before), _titles(after)]
    settings = [report.settings.model_dump() for report in (before, after)]
    parts = [
        _claims(before, after),
        _team(before, after),
        *_members(before, after),
        *_balance(before, after),
        *_migrations(before, after),
    ]
    return Comparison(
        *paths,
        parts,
        [(code, codes[0][code]) for code in sorted(codes[0].keys() - codes[1].keys())],
        [(code, codes[1][code]) for code in sorted(codes[1].keys() - codes[0].keys())],
        sorted(name for name in settings[0] if settings[0][name] != settings[1][name]),
        _sentence(before, after),
    )


def _titles(report: Report) -> dict[str, str]:
    """Return the titles of findings by code, as their pages have them, so that they can be translated.

    A finding of another flowmap that had another title keeps that.
    """
    known = pages()
    return {
        one.code: known[one.code].title if one.code in known and known[one.code].title == one.title else one.title
        for one in report.findings
    }


def _sentence(before: Report, after: Report) -> Message:
    """Return what to forward of the two: the verdict's way, and the answer of the later one."""
    said = glue(after.answer.sentence)
    if before.verdict == after.verdict:
        return msg("Still {verdict}. {answer}", verdict=word(after.verdict), answer=said)
    return msg(
        "Was {before}, is {after} now. {answer}", before=word(before.verdict), after=word(after.verdict), answer=said
    )


def _claims(before: Report, after: Report) -> Part:
    said = (before.claims, after.claims)
    pairs = [Pair("verdict", msg("verdict"), before.verdict, after.verdict, word)]
    pairs += [
        _pair(name, title, [getattr(claims, name).verdict for claims in said], word)
        for name, title in (("pinned", msg("each stream on one member")), ("spread", msg("hosts spread")))
    ]
    for name in ("single", "moved", "sprayed", "mirrored", "undecided", "absent"):
        title = msg("directions {placement}", placement=word(name))
        pairs.append(_pair(name, title, [getattr(claims.pinned, name) for claims in said], grouped))
    pairs += [
        _pair("hosts", msg("remote hosts"), [claims.spread.hosts for claims in said], grouped),
        _pair("members_used", msg("members used"), [claims.spread.members_used for claims in said]),
        _pair("p_value", msg("probability by chance"), [claims.spread.p_value for claims in said], probability),
    ]
    return Part("claims", "", pairs)


def _team(before: Report, after: Report) -> Part:
    teams = (before.team, after.team)
    return Part(
        "team",
        "",
        [
            _pair("host", msg("teamed host"), [team.host for team in teams]),
            _pair("mode", msg("mode"), [team.mode for team in teams]),
            _pair("algorithm", msg("algorithm"), [team.algorithm for team in teams]),
        ],
    )


def _members(before: Report, after: Report) -> list[Part]:
    """Return what differs by member name; members that carry the union of others are left out."""
    own = [{m.name: m for m in report.members if not m.aggregate} for report in (before, after)]
    totals = [sum(m.wire_bytes for m in members.values()) for members in own]
    return [
        Part("member", name, _member_pairs([members.get(name) for members in own], totals))
        for name in dict.fromkeys([*own[0], *own[1]])
    ]


def _member_pairs(pair: Sequence[Member | None], totals: Sequence[int]) -> list[Pair]:
    shares = [
        None if member is None or not total else round(100 * member.wire_bytes / total, 1)
        for member, total in zip(pair, totals, strict=True)
    ]

    def of(name: str) -> list[Any]:
        return [None if member is None else getattr(member, name) for member in pair]

    bundled = [None if member is None or member.lacp is None else member.lacp.bundled for member in pair]
    return [
        _pair("wire_bytes", msg("load"), of("wire_bytes"), amount),
        _pair("share", msg("share"), shares, _percent),
        _pair("tx_bytes", msg("sent"), of("tx_bytes"), amount),
        _pair("rx_bytes", msg("received"), of("rx_bytes"), amount),
        _pair("speed_bps", msg("line rate"), of("speed_bps"), speed),
        _pair("usable", msg("usable"), of("usable"), _truth),
        _pair("bundled", msg("LACP bundled"), bundled, _truth),
    ]


def _balance(before: Report, after: Report) -> list[Part]:
    titles = (("jain", msg("Jain")), ("max_over_mean", msg("busiest over mean")))
    return [
        Part(
            "balance",
            way,
            [
                _pair(
                    name, title, [getattr(getattr(report.balance, way), name) for report in (before, after)], _decimal
                )
                for name, title in titles
            ],
        )
        for way in ("tx", "rx")
    ]


def _migrations(before: Report, after: Report) -> list[Part]:
    """Return all together, then by the pair of hosts."""
    both = [list(report.migrations) for report in (before, after)]
    routes: dict[str, tuple[list[Migration], list[Migration]]] = {}
    for side, migrations in enumerate(both):
        for migration in migrations:
            routes.setdefault(_route(migration), ([], []))[side].append(migration)
    parts = [Part("migrations", "", _speeds(both))]
    if len(routes) > 1:
        parts += [Part("migrations", route, _speeds(own)) for route, own in routes.items()]
    return parts


def _route(migration: Migration) -> str:
    return f"{migration.source_host or '?'} -> {migration.destination_host or '?'}"


def _speeds(both: Sequence[Sequence[Migration]]) -> list[Pair]:
    fastest = [max((one.mean_bps for one in own if one.mean_bps is not None), default=None) for own in both]
    return [
        _pair("count", msg("migrations"), [len(own) for own in both], grouped),
        _pair("bytes", msg("transferred"), [sum(one.bytes for one in own) for own in both], amount),
        _pair("mean_bps", msg("mean speed"), [_mean(own) for own in both], bits),
        _pair("fastest_bps", msg("fastest"), fastest, bits),
    ]


def _mean(own: Iterable[Migration]) -> int | None:
    """Return all bytes over all the time that the migrations took one by one."""
    timed = [
        (one.bytes, one.last_ns - one.first_ns) for one in own if one.first_ns is not None and one.last_ns is not None
    ]
    took = sum(time for _, time in timed)
    return round(sum(size for size, _ in timed) * 8 * _NANO / took) if took > 0 else None


def comparison_values(told: Comparison) -> dict[str, Any]:
    """Return plain values for JSON: everything compared, whether it differs or not."""
    parts: dict[str, list[dict[str, Any]]] = {}
    for part in told.parts:
        pairs = {pair.field: {"before": pair.before, "after": pair.after} for pair in part.pairs}
        parts.setdefault(part.kind, []).append({"subject": part.subject or None, **pairs})
    return {
        "schema": "flowmap.diff/1",
        "sentence": told.sentence,
        "before": told.before,
        "after": told.after,
        "differences": told.differences,
        "claims": parts["claims"][0],
        "team": parts["team"][0],
        "members": parts.get("member", []),
        "balance": parts["balance"],
        "migrations": parts["migrations"],
        "findings_gone": [code for code, _ in told.gone],
        "findings_new": [code for code, _ in told.new],
        "other_settings": list(told.other_settings),
    }


def render_comparison(told: Comparison, width: int, color: bool, language: str = "en") -> str:
    """Return what differs, as lines of at most `width` columns; the three verdicts also where they do not."""
    from flowmap.report.formats.canvas import Canvas

    canvas = Canvas(width, color, language)
    canvas.line(told.sentence)
    canvas.blank()
    canvas.labelled(msg("before:"), told.before, gap=1)
    canvas.labelled(msg("after:"), told.after, gap=1)
    if told.other_settings:
        names = ", ".join(told.other_settings)
        canvas.line(msg("They were judged with other settings: {names}.", names=names), style="warning")
    headings = {
        "claims": msg("CLAIMS"),
        "team": msg("TEAM"),
        "member": msg("MEMBERS"),
        "balance": msg("BALANCE"),
        "migrations": msg("MIGRATIONS"),
    }
    for kind, heading in headings.items():
        parts = [rows for part in told.parts if part.kind == kind and (rows := _rows(part))]
        if parts:
            canvas.heading(heading)
            canvas.table(["", "", msg("before"), msg("after")], [row for rows in parts[:_MOST_SHOWN] for row in rows])
        if (more := len(parts) - _MOST_SHOWN) > 0:
            canvas.line(count("... and {number} more", "... and {number} more", more), indent=2)
    _draw_findings(canvas, told)
    canvas.blank()
    differ = count("{number} difference.", "{number} differences.", told.differences)
    canvas.line(differ if told.differences else msg("No differences."), style="" if told.differences else "pass")
    return canvas.text()


def _rows(part: Part) -> list[list[str]]:
    kept = [pair for pair in part.pairs if pair.differs or (part.kind == "claims" and pair.show is word)]
    return [
        [
            "" if index else part.subject,
            pair.title,
            pair.said(pair.before),
            glue(pair.said(pair.after), _change(pair)),
        ]
        for index, pair in enumerate(kept)
    ]


def _change(pair: Pair) -> str:
    """Return by how much a speed changed."""
    if pair.show is not bits or not pair.before or pair.after is None:
        return ""
    return msg("({change:+.0f} %)", change=100 * (pair.after - pair.before) / pair.before)


def _draw_findings(canvas: Canvas, told: Comparison) -> None:
    if not told.gone and not told.new:
        return
    canvas.heading(msg("FINDINGS"))
    for label, style, findings in ((msg("gone:"), "pass", told.gone), (msg("new:"), "error", told.new)):
        for code, title in findings:
            canvas.labelled(label, glue(code, title), label_style=style, indent=2, gap=1)


def _percent(value: float) -> Message:
    return msg("{value:.1f} %", value=value)


def _decimal(value: float) -> Message:
    return msg("{value:.2f}", value=value)


def _truth(value: bool) -> Message:
    return msg("yes") if value else msg("no")
