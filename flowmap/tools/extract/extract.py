"""Streams out of all members' captures into one pcapng: an interface per member, packets in time order."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any, NamedTuple

import numpy as np

from flowmap.capture.blocks.writer import MOST_CAPTURED, PcapngWriter, WrittenInterface
from flowmap.capture.inputs import plan_inputs
from flowmap.dataclass import dataclass
from flowmap.decode.layers.link import link_layer
from flowmap.document.quantities import endpoint
from flowmap.errors import ConfigError
from flowmap.flow.scanning.scan import Scan
from flowmap.flow.streams.stream import Streams
from flowmap.message import Message, msg, nmsg
from flowmap.passes.input import Input
from flowmap.passes.joined import join_members
from flowmap.passes.names import name_links
from flowmap.passes.names_told import told_names
from flowmap.passes.read import Means, Progress, ReadResult, Say, read_all, time_window
from flowmap.privacy.anonymizer import Anonymizer
from flowmap.report.formats.files import open_output
from flowmap.settings.config import Settings
from flowmap.team.host import address_text
from flowmap.team.members import Members, assemble
from flowmap.tools.extract.chosen import Chosen, teamed_host
from flowmap.tools.extract.shown import AnonymizedShown, Shown
from flowmap.tools.from_report import ReportSource, read_report
from flowmap.trace.collecting.collect import Sought
from flowmap.trace.collecting.frames import Frame, in_time_order, select_frames
from flowmap.types import TS_NONE
from flowmap.version import __version__

__all__ = ["Extraction", "Order", "extract"]

Array = np.ndarray[Any, Any]
_LINK = tuple[int, int, int]
"""What an interface is written for: member, link type, bytes of frame check sequence."""


@dataclass
class Extraction:
    """What was written. `packets` by member, in the order of the interfaces; `expected` is what the flow table has."""

    streams: list[tuple[int, str]]
    packets: dict[str, int] = field(default_factory=dict)
    expected: int = 0
    messages: list[Message] = field(default_factory=list)
    incomplete: bool = False
    readable: bool = True


@dataclass(frozen=True)
class Order:
    """What to write: `streams` (ids as in the report), or those that a `finding` of the report is about, to `output`."""

    paths: Sequence[str]
    output: str
    streams: Sequence[int] = ()
    finding: str | None = None


class _Material(NamedTuple):
    """The captures that were read, their members, and the settings that both depend on."""

    read: ReadResult
    members: Members
    settings: Settings


def extract(
    order: Order,
    settings: Settings,
    progress: Progress | None = None,
    say: Say = lambda _: None,
    hide: Anonymizer | None = None,
) -> Extraction:
    """Write the streams that were ordered, from all members, into one pcapng.

    With `hide`: headers only, with every address and name replaced as in a report.
    Raises ConfigError (no such stream, output is an input), UnreadableCapture (not what the report was made of).
    """
    paths, finding = order.paths, order.finding
    report = read_report(paths)
    if report is not None:
        settings = report.settings(settings)
    elif finding is not None:
        raise ConfigError(msg("--finding needs a report instead of captures: flowmap analyze ... --json report.json"))
    plan = plan_inputs(list(paths)) if report is None else report.plan()
    _keep_inputs([*paths, *(one.path for one in plan.captures)], order.output)
    read = read_all(plan.captures, settings, Means(progress, say))
    failures = [*plan.failures, *read.failures]
    if report is not None and failures:
        raise failures[0]
    if not read.scans:
        return Extraction([], messages=[failure.message for failure in failures], readable=False)
    names = name_links([one.planned for one in read.inputs], read.scans) if report is None else report.names(read)
    members = assemble(read.scans, names)
    if report is not None:
        report.check(members)
    _, counted, table, _ = join_members(members)
    wanted = sorted({*order.streams, *(report.streams_of(finding) if report is not None and finding else [])})
    _refuse_unknown(wanted, len(table.table), report)
    host = report.host if report is not None else teamed_host(members, counted, table, settings)
    chosen = Chosen(table, wanted, host)
    shown: Shown = Shown() if hide is None else AnonymizedShown(hide, members, told_names(plan, read))
    result = Extraction([(stream, shown.text(_ends(table, stream))) for stream in wanted], expected=chosen.packets)
    result.messages = [shown.text(failure.message) for failure in failures]
    result.incomplete = bool(failures) or any(scan.damaged for scan in read.scans)
    _write(order.output, _Material(read, members, settings), chosen, result, shown)
    result.messages += shown.messages()
    if (total := sum(result.packets.values())) != result.expected:
        result.messages.append(
            msg(
                "{written} of {expected} packets were written: those without a time are left out",
                written=total,
                expected=result.expected,
            )
        )
    return result


def _keep_inputs(inputs: Sequence[str], output: str) -> None:
    for one in inputs:
        for path in (one, one.partition("=")[2]):
            try:
                same = output != "-" and os.path.samefile(path, output)
            except (OSError, ValueError):
                same = False
            if same:
                raise ConfigError(msg("-o {output} would overwrite an input", output=output))


def _refuse_unknown(wanted: Sequence[int], count: int, report: ReportSource | None) -> None:
    unknown = [stream for stream in wanted if not 0 <= stream < count]
    if unknown:
        there = (
            nmsg(
                "there is one stream, number 0",
                "there are {count} streams, numbered 0 to {last}",
                count,
                last=count - 1,
            )
            if count
            else msg("there are none")
        )
        if report is None:
            raise ConfigError(
                msg("--stream {number}: there is no such stream; {there}", number=unknown[0], there=there)
            )
        raise ConfigError(
            msg(
                "--stream {number}: there is no such stream in the captures of {path}; {there}",
                number=unknown[0],
                path=report.path,
                there=there,
            )
        )


def _ends(table: Streams, stream: int) -> str:
    t = table.table[stream]
    sides = [
        endpoint(address_text((int(t["version"]), int(t[f"{x}_hi"]) << 64 | int(t[f"{x}_lo"]))), int(t[f"{x}_port"]))
        for x in "ab"
    ]
    return " -> ".join(reversed(sides) if t["client"] == 1 else sides)


def _write(output: str, material: _Material, chosen: Chosen, result: Extraction, shown: Shown) -> None:
    """Write the chosen packets as they may be shown, and count them by member in `result`."""
    read, members, settings = material
    numbers, described = _interfaces(read, members, settings)
    interfaces = [shown.interface(one) for one in described]
    named = "; ".join(f"stream {number}: {ends}" for number, ends in result.streams)
    comment = f"TCP {named}. One interface per member. Times are those of the captures, not corrected."
    first_ns = min((m.first_ns for m in members.members if m.first_ns is not None), default=0)
    result.packets = {interface.name or "": 0 for interface in interfaces}
    with open_output(output) as out:
        writer = PcapngWriter(out, interfaces, application=f"flowmap {__version__}", comment=comment, first_ns=first_ns)
        for scan, frame in _frames(read, members, chosen, settings):
            source = scan.interfaces[frame.interface]
            number = numbers[frame.member, source.link_type, source.fcs_len]
            flags = frame.flags | _direction(frame, source.link_type, chosen)
            writer.packet(number, frame.ts_ns, shown.frame(frame.data, source.link_type), frame.wire_len, flags)
            result.packets[interfaces[number].name or ""] += 1


def _interfaces(
    read: ReadResult, members: Members, settings: Settings
) -> tuple[dict[_LINK, int], list[WrittenInterface]]:
    """Return one for each member, in their order; a member with several link types needs one for each of those."""
    found: dict[_LINK, list[tuple[int, str | None]]] = {}
    for scan, links in zip(read.scans, members.links, strict=True):
        for (ordinal, ifindex), member in links.items():
            one = scan.interfaces[max(ordinal, 0)] if scan.interfaces else None
            if one is None or members.members[member].aggregate:
                continue
            own = scan.links[(scan.links["interface"] == ordinal) & (scan.links["ifindex"] == ifindex)]
            longest = min(MOST_CAPTURED, int(own["max_cap_len"].max(initial=0)))
            snaplen = max(one.snaplen, longest) if one.snaplen else 0
            found.setdefault((member, one.link_type, one.fcs_len), []).append((snaplen, one.description))
    written = []
    for member, link_type, fcs_len in sorted(found):
        snaplens, descriptions = zip(*found[member, link_type, fcs_len], strict=True)
        name = members.members[member].name
        speed = settings.speeds.get(name) or settings.default_speed or members.members[member].speed_bps
        description = descriptions[0] if len(set(descriptions)) == 1 else None
        snaplen = max(snaplens) if all(snaplens) else 0
        written.append(WrittenInterface(name, link_type, snaplen, speed, fcs_len, description))
    return {link: number for number, link in enumerate(sorted(found))}, written


def _direction(frame: Frame, link_type: int, chosen: Chosen) -> int:
    """Return bits 0-1 of epb_flags: as recorded, else as the teamed host's addresses tell, else 0."""
    if frame.flags & 3:
        return 0
    recorded = link_layer(frame.data, link_type).direction
    return recorded or chosen.sides[frame.direction_id]


def _frames(read: ReadResult, members: Members, chosen: Chosen, settings: Settings) -> Iterator[tuple[Scan, Frame]]:
    """Yield the chosen streams' packets over all captures, in time order, with the scan of their capture."""
    captures = []
    for number, (one, scan, links) in enumerate(zip(read.inputs, read.scans, members.links, strict=True)):
        mapping = {link: member for link, member in links.items() if not members.members[member].aggregate}
        timed = scan.links["first_ns"][scan.links["first_ns"] != TS_NONE]
        if len(timed) and mapping:
            ordered = len(scan.links) == 1 and not scan.links["backwards"].any()
            captures.append(
                (int(timed.min()), ordered, _Reading(number, one, mapping, chosen, settings, read.compiled))
            )
    for frame in in_time_order(captures):
        yield read.scans[frame.capture], frame


@dataclass(frozen=True)
class _Reading:
    """Begins to read one capture when called."""

    number: int
    one: Input
    links: Mapping[tuple[int, int], int]
    chosen: Chosen
    settings: Settings
    compiled: bool

    def __call__(self) -> Iterator[Frame]:
        source = self.one.open()
        try:
            reader = self.one.reader(source, self.compiled)
            window = time_window(self.settings)
            sought = Sought.all_of(self.chosen.rows)
            for frame in select_frames(reader, self.number, sought, self.links, window):
                if self.chosen.has(frame):
                    yield frame
        finally:
            self.one.close(source)
