"""The report as Markdown for a ticket: the answer first, what it rests on, what to do. It says what the JSON report says.

Names and texts of captures go through `markdown_text`, so none of them can become markup. What is cut is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from flowmap.document.evidence_words import evidence_words
from flowmap.document.quantities import amount, bits, duration, endpoint, grouped, migrated, speed
from flowmap.message import aside, glue, msg, nmsg, translate
from flowmap.report.formats.markdown.escaped import code, fenced, name, safe, table
from flowmap.report.sections.accepted import TITLE, accepted_lines, accepted_mark
from flowmap.report.sections.claims import claims_of, commands_of, offset_of, together
from flowmap.report.sections.labels import (
    by_urgency,
    counted_text,
    host_text,
    left_out_text,
    member_status,
    placement_label,
    window_text,
)
from flowmap.report.sections.limits import limit_reason
from flowmap.report.sections.mode import expectation_lines, mode_text
from flowmap.words import word

if TYPE_CHECKING:
    from flowmap.document.model import Direction, Finding, Migration, NoticeRow, Report, Stream
    from flowmap.report.sections.claims import ClaimText

__all__ = ["markdown"]

_STREAMS = 50
_MIGRATIONS = 50
_NOTICES = 30
_SAME = 10
_COLUMNS = 8
"""Most members that have a column each in the matrix of streams."""


def markdown(report: Report, language: str = "en") -> str:
    """The whole report as Markdown text."""
    return _Writer(report, language).text()


class _Writer:
    """One report in one language."""

    def __init__(self, report: Report, language: str) -> None:
        self.report = report
        self.language = language

    def say(self, text: str) -> str:
        return safe(translate(text, self.language))

    def text(self) -> str:
        """All parts, a blank line between them."""
        verdict = translate(word(self.report.verdict), self.language).upper()
        parts = [
            [f"# flowmap: {verdict}"],
            [self.say(self.report.answer.sentence)],
            *self._steps(),
            *self._part(msg("Claims"), self._claims()),
            *self._part(msg("Team and members"), self._members()),
            *self._part(msg("Streams by member"), self._streams()),
            *self._part(msg("Migrations"), self._migrations()),
            *self._part(msg("Findings"), self._findings()),
            *self._part(TITLE, self._accepted()),
            *self._part(msg("Notices"), self._notices()),
            *self._part(msg("Method"), [[self._method()]]),
        ]
        return "\n\n".join("\n".join(lines) for lines in parts) + "\n"

    def _part(self, title: str, paragraphs: Sequence[list[str]]) -> list[list[str]]:
        return [[f"## {self.say(title)}"], *paragraphs] if paragraphs else []

    def _steps(self) -> Iterator[list[str]]:
        """What its owner can do. What would let flowmap say more is not for whoever gets the ticket: the text report has it."""
        yield [f"**{self.say(msg('To do:'))}** {self.say(self.report.answer.action)}"]

    def _claims(self) -> list[list[str]]:
        return [[line for claim in claims_of(self.report) for line in self._claim(claim)]]

    def _claim(self, claim: ClaimText) -> Iterator[str]:
        yield f"- **{self.say(claim.title)}: {self.say(word(claim.verdict))}.** {self.say(claim.reason)}"
        yield f"  {self.say(claim.numbers)}"
        if claim.undermined_by:
            yield f"  {self.say(msg('Undermined by: {reasons}', reasons=claim.undermined))}"

    def _members(self) -> list[list[str]]:
        team, members = self.report.team, self.report.members
        line = msg("Teamed host: {host}; mode: {mode}.", host=host_text(team), mode=mode_text(team))
        if window := window_text(self.report.settings):
            line = glue(line, msg("Time judged: {window}.", window=window))
        if not members:
            return [[self.say(line)]]
        total = sum(member.wire_bytes for member in members if not member.aggregate)
        rows, counted = [], any(member.counters is not None for member in members)
        for member in members:
            status, trouble = member_status(member)
            words = self.say(msg("{why}, left out", why=left_out_text(member)) if member.aggregate else status)
            port = member.neighbor
            switch = [name(part) for part in ((port.system or port.chassis, port.port) if port else ()) if part]
            share = "" if member.aggregate or not total else f"{member.wire_bytes / total:.0%}"
            packets = self.say(grouped(member.packets))
            if member.wire_packets is not None and member.wire_packets > member.packets:
                packets = self.say(
                    msg("{packets} ({wire} on the wire)", packets=packets, wire=grouped(member.wire_packets))
                )
            sizes = (
                packets,
                "" if member.aggregate else self.say(amount(member.tx_bytes)),
                "" if member.aggregate else self.say(amount(member.rx_bytes)),
                self.say(amount(member.wire_bytes)),
            )
            row = [name(member.name), *sizes, share, speed(member.speed_bps), f"**{words}**" if trouble else words]
            rows.append([*row, " ".join(switch), *([self.say(counted_text(member))] if counted else [])])
        titles = (
            msg("member"),
            msg("packets"),
            msg("tx"),
            msg("rx"),
            msg("all bytes"),
            msg("of all bytes"),
            msg("speed"),
            msg("state"),
            msg("switch port"),
            *([msg("counters say")] if counted else []),
        )
        told = [
            f"- {self.say(msg('{label}: {text}', label=label, text=text))}" for label, text in expectation_lines(team)
        ]
        lines = [self.say(line), *([""] if told else []), *told]
        return [lines, table([self.say(title) for title in titles], rows, right=range(1, 7))]

    def _streams(self) -> list[list[str]]:
        report, total = self.report, self.report.totals
        shown = by_urgency(report.streams, _STREAMS)
        counted = nmsg(
            "{judged} of {count} stream judged.",
            "{judged} of {count} streams judged.",
            total.streams,
            judged=total.streams_judged,
        )
        left_out = total.streams - len(shown)
        cut = nmsg("{count} stream is not listed here.", "{count} streams are not listed here.", left_out)
        line = self.say(glue(counted, cut if left_out else ""))
        if not shown:
            return [[line]]
        names = [member.name for member in report.members if not member.aggregate]
        names = names if len(names) <= _COLUMNS else []
        titles = [
            msg("stream"),
            msg("kind"),
            msg("client"),
            msg("server"),
            msg("payload"),
            msg("direction"),
            msg("placement"),
        ]
        header = [self.say(title) for title in titles] + ([name(one) for one in names] or [self.say(msg("members"))])
        rows = [self._row(stream, way, names) for stream in shown for way in stream.directions]
        return [[line], table(header, rows, right=(0, 4, *range(7, 7 + len(names))))]

    def _row(self, stream: Stream, way: Direction, names: Sequence[str]) -> list[str]:
        first = way is stream.directions[0]
        ends = [name(endpoint(end.ip, end.port)) for end in (stream.client, stream.server)]
        outer = next((direction.outer for direction in stream.directions if direction.outer is not None), None)
        kind = glue(word(stream.kind), aside(word(stream.confidence) if stream.confidence else ""), between="")
        if outer is not None:
            kind = msg(
                "{kind} in {tunnel} from {src} to {dst}",
                kind=kind,
                tunnel=stream.encapsulation,
                src=outer.src,
                dst=outer.dst,
            )
        elif stream.encapsulation:
            kind = msg("{kind} in {tunnel}", kind=kind, tunnel=stream.encapsulation)
        head = (
            [name(f"#{stream.id}"), self.say(kind), *ends, self.say(amount(stream.payload_bytes))]
            if first
            else [name(f"#{stream.id}"), *[""] * 4]
        )
        words = self.say(placement_label(way))
        side: str = way.direction
        if side == "unknown":
            side = msg("from client") if way.src == stream.client else msg("from server")
        loads = {part.name: self.say(amount(part.wire_bytes)) for part in way.members}
        cells = [loads.get(one, "-") for one in names]
        if not names:
            cells = [", ".join(f"{name(member)} {load}" for member, load in loads.items()) or "-"]
        return [*head, self.say(side), words if way.placement == "single" else f"**{words}**", *cells]

    def _migrations(self) -> list[list[str]]:
        migrations = self.report.migrations
        if not migrations:
            return []
        titles = (
            msg("id"),
            msg("platform"),
            msg("from"),
            msg("to"),
            msg("stream numbers"),
            msg("payload"),
            msg("time"),
            msg("mean rate"),
            msg("limited by"),
        )
        rows = [self._migration(one) for one in migrations[:_MIGRATIONS]]
        parts = [table([self.say(title) for title in titles], rows, right=(0, 5, 6, 7))]
        if len(migrations) > _MIGRATIONS:
            more = len(migrations) - _MIGRATIONS
            parts.append([self.say(nmsg("{count} more is not listed.", "{count} more are not listed.", more))])
        return parts

    def _migration(self, one: Migration) -> list[str]:
        span = duration(one.last_ns - one.first_ns) if one.first_ns is not None and one.last_ns is not None else ""
        hosts = [name(one.source_host or "?"), name(one.destination_host or "?")]
        numbers = ", ".join(name(f"#{number}") for number in one.streams)
        figures = (migrated(one.bytes, one.resent_bytes), span, bits(one.mean_bps), limit_reason(one))
        return [str(one.id), one.platform, *hosts, numbers, *map(self.say, figures)]

    def _findings(self) -> list[list[str]]:
        """Findings that ask for the same are put together: one title, one thing to do."""
        parts = []
        for group in together(self.report.findings):
            first = group[0]
            severity = accepted_mark(word(first.severity), accepted=all(one.accepted is not None for one in group))
            parts.append([f"### {first.code} {self.say(severity)}: {self.say(first.title)}"])
            lines = [line for finding in group[:_SAME] for line in self._finding(finding)]
            if len(group) > _SAME:
                more = len(group) - _SAME
                lines.append(f"- {self.say(nmsg('{count} more like this', '{count} more like this', more))}")
            parts += [lines, [f"**{self.say(msg('Do:'))}** {self.say(first.action)}"]]
            parts += [fenced(command) for finding in group for command in commands_of(finding)]
        return parts

    def _accepted(self) -> list[list[str]]:
        lines = [f"- {self.say(line)}" for line in accepted_lines(self.report)]
        return [lines] if lines else []

    def _finding(self, finding: Finding) -> Iterator[str]:
        yield f"- {self.say(finding.explanation)}"
        told = [msg("{label}: {text}", label=label, text=text) for label, text in evidence_words(finding)]
        if told:
            yield f"  - {self.say(glue(*told, between='; '))}"
        if finding.wireshark_filter:
            yield f"  - Wireshark: {code(finding.wireshark_filter)}"

    def _notices(self) -> list[list[str]]:
        notices = self.report.notices
        lines = [self._notice(notice) for notice in notices[:_NOTICES]]
        if len(notices) > _NOTICES:
            more = len(notices) - _NOTICES
            lines.append(f"- {self.say(nmsg('{count} more is not listed.', '{count} more are not listed.', more))}")
        return [lines] if lines else []

    def _notice(self, notice: NoticeRow) -> str:
        about = [name(part) for part in dict.fromkeys((notice.member, notice.path)) if part]
        offset = offset_of(notice)
        where = [self.say(msg("byte {offset}", offset=offset))] if offset is not None else []
        times = [self.say(nmsg("{count} time", "{count} times", notice.count))] if notice.count > 1 else []
        facts = ", ".join([*about, *where, *times])
        code_ = f"{self.say(word(notice.severity))} `{notice.code}`"
        return f"- {code_}: {self.say(notice.detail)}{f' ({facts})' if facts else ''}"

    def _method(self) -> str:
        report, total = self.report, self.report.totals
        read = msg(
            "flowmap {version} read {packets} packets in {flows} TCP flows of {members} members, made {time}.",
            version=report.tool.version,
            packets=grouped(total.packets),
            flows=grouped(total.flows),
            members=sum(not member.aggregate for member in report.members),
            time=report.generated_at,
        )
        judged = msg(
            "Judged: {streams} streams; exit code {code}.", streams=report.settings.streams, code=report.exit_code
        )
        return self.say(glue(read, judged, msg("The JSON report has every number and threshold.")))
