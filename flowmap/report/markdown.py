"""The report as Markdown for a ticket: the answer first, what it rests on, what to do. It says what the JSON report says.

Names and texts of captures go through `markdown_text`, so none of them can become markup. What is cut is said.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from flowmap.message import aside, glue, msg, nmsg, translate
from flowmap.report.claims import claims_of, commands_of, offset_of, together
from flowmap.report.first_step import first_step
from flowmap.report.labels import by_urgency, host_unknown, member_status, placement_label
from flowmap.report.limits import limit_reason
from flowmap.report.markdown_text import code, fenced, name, safe, table
from flowmap.report.mode_text import expectation_lines, mode_sentence
from flowmap.report.words import amount, bits, duration, endpoint, grouped, speed
from flowmap.verdict.words import word

if TYPE_CHECKING:
    from flowmap.report.claims import ClaimText
    from flowmap.report.document import Direction, Finding, Migration, NoticeRow, Report, Stream

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
            [self.say(self.report.summary)],
            *self._first_step(),
            *self._part(msg("Claims"), self._claims()),
            *self._part(msg("Team and members"), self._members()),
            *self._part(msg("Streams by member"), self._streams()),
            *self._part(msg("Migrations"), self._migrations()),
            *self._part(msg("Findings"), self._findings()),
            *self._part(msg("Notices"), self._notices()),
            *self._part(msg("Method"), [[self._method()]]),
        ]
        return "\n\n".join("\n".join(lines) for lines in parts) + "\n"

    def _part(self, title: str, paragraphs: Sequence[list[str]]) -> list[list[str]]:
        return [[f"## {self.say(title)}"], *paragraphs] if paragraphs else []

    def _first_step(self) -> Iterator[list[str]]:
        """What to do first, and for more speed; the findings have it in full."""
        step = first_step(self.report)
        yield [self._step(step.heading, step.text, step.code)]
        if step.speed is not None:
            yield [self._step(step.speed.heading, step.speed.text, step.speed.code)]

    def _step(self, heading: str, text: str, code_: str) -> str:
        return f"**{self.say(heading)}:** {self.say(text)}{f' ({code(code_)})' if code_ else ''}"

    def _claims(self) -> list[list[str]]:
        return [[line for claim in claims_of(self.report) for line in self._claim(claim)]]

    def _claim(self, claim: ClaimText) -> Iterator[str]:
        yield f"- **{self.say(claim.title)}: {self.say(word(claim.verdict))}.** {self.say(claim.reason)}"
        yield f"  {self.say(claim.numbers)}"
        if claim.undermined_by:
            yield f"  {self.say(msg('Undermined by: {reasons}', reasons=claim.undermined))}"

    def _members(self) -> list[list[str]]:
        team, members = self.report.team, self.report.members
        mode = glue(" ".join(part for part in (team.mode, team.algorithm) if part))
        if team.mode_source == "inferred":
            mode = glue(mode, aside(word(team.mode_source)), between="")
        unknown = msg("unknown (name it: --local ADDR)") if host_unknown(self.report) else msg("unknown")
        line = msg("Teamed host: {host}; mode: {mode}.", host=team.host or unknown, mode=mode or msg("unknown"))
        if not members:
            return [[self.say(line)]]
        total = sum(member.wire_bytes for member in members if not member.aggregate)
        rows = []
        for member in members:
            status, trouble = member_status(member)
            words = self.say(msg("carries the union of the others, left out") if member.aggregate else status)
            port = member.neighbor
            switch = [name(part) for part in ((port.system or port.chassis, port.port) if port else ()) if part]
            share = "" if member.aggregate or not total else f"{member.wire_bytes / total:.0%}"
            packets = grouped(member.packets)
            if member.wire_packets is not None and member.wire_packets > member.packets:
                packets = self.say(msg("{packets} ({wire} on the wire)", packets=packets, wire=grouped(member.wire_packets)))
            sizes = (
                packets,
                self.say(amount(member.tx_bytes)),
                self.say(amount(member.rx_bytes)),
                self.say(amount(member.wire_bytes)),
            )
            row = [name(member.name), *sizes, share, speed(member.speed_bps), f"**{words}**" if trouble else words]
            rows.append([*row, " ".join(switch)])
        titles = (
            msg("member"), msg("packets"), msg("tx"), msg("rx"), msg("all bytes"), msg("of all bytes"), msg("speed"),
            msg("state"), msg("switch port"),
        )  # fmt: skip
        told = [f"- {self.say(msg('{label}: {text}', label=label, text=text))}" for label, text in expectation_lines(team)]
        seen = self.say(msg("By the packets: {mode}", mode=mode_sentence(team)))
        lines = [self.say(line), *([""] if told else []), *told, "", seen]
        return [lines, table([self.say(title) for title in titles], rows, right=range(1, 7))]

    def _streams(self) -> list[list[str]]:
        report, total = self.report, self.report.totals
        shown = by_urgency(report.streams)[:_STREAMS]
        counted = nmsg("{judged} of {count} stream judged.", "{judged} of {count} streams judged.", total.streams,
                       judged=total.streams_judged)  # fmt: skip
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
            kind = msg("{kind} in {tunnel} from {src} to {dst}", kind=kind, tunnel=stream.encapsulation, src=outer.src,
                       dst=outer.dst)  # fmt: skip
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
            msg("id"), msg("platform"), msg("from"), msg("to"), msg("stream numbers"), msg("payload"), msg("time"),
            msg("mean rate"), msg("limited by"),
        )  # fmt: skip
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
        figures = (amount(one.bytes), span, bits(one.mean_bps), limit_reason(one))
        return [str(one.id), one.platform, *hosts, numbers, *map(self.say, figures)]

    def _findings(self) -> list[list[str]]:
        """Findings that ask for the same are put together: one title, one thing to do."""
        parts = []
        for group in together(self.report.findings):
            first = group[0]
            parts.append([f"### {first.code} {self.say(word(first.severity))}: {self.say(first.title)}"])
            lines = [line for finding in group[:_SAME] for line in self._finding(finding)]
            if len(group) > _SAME:
                more = len(group) - _SAME
                lines.append(f"- {self.say(nmsg('{count} more like this', '{count} more like this', more))}")
            parts += [lines, [f"**{self.say(msg('Do:'))}** {self.say(first.action)}"]]
            parts += [fenced(command) for finding in group for command in commands_of(finding)]
        return parts

    def _finding(self, finding: Finding) -> Iterator[str]:
        yield f"- {self.say(finding.explanation)}"
        told = {name: value for name, value in finding.evidence.items() if name != "commands"}
        if told:
            evidence = json.dumps(told, ensure_ascii=False)
            yield f"  - {self.say(msg('Evidence:'))} {code(evidence)}"
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
            version=report.tool.version, packets=grouped(total.packets), flows=grouped(total.flows),
            members=sum(not member.aggregate for member in report.members), time=report.generated_at,
        )  # fmt: skip
        judged = msg(
            "Judged: {streams} streams; exit code {code}.", streams=report.settings.streams, code=report.exit_code
        )
        limits = ", ".join(f"{key} {value}" for key, value in report.settings.thresholds.items())
        return self.say(glue(read, judged, msg("Thresholds: {limits}.", limits=limits) if limits else ""))
