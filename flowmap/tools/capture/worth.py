"""Whether a capture is worth sending: what would make its analysis inconclusive, told while it can still be done again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flowmap.document.model import Report
from flowmap.message import Message, listed, msg, nmsg
from flowmap.tools.capture.manifest import Manifest
from flowmap.tools.capture.watch import MemberSeen

__all__ = ["complaints"]


def complaints(manifest: Manifest, seen: Mapping[str, MemberSeen], report: Report | None) -> list[Message]:
    """Return what is wrong with a capture, the gravest first; nothing where it is worth sending. `report`: what it shows."""
    return [*_of_recording(manifest, seen), *_of_contents(manifest, report)]


def _of_recording(manifest: Manifest, seen: Mapping[str, MemberSeen]) -> Iterator[Message]:
    for problem in manifest.problems:
        yield msg("the recording ended by itself: {problem}", problem=problem)
    if gone := [name for name, one in seen.items() if one.gone]:
        yield msg("{members}: the interface went away while it was recorded", members=listed(gone))
    for name, number in manifest.dropped.items():
        if number:
            yield nmsg(
                "{member}: {count} packet was not recorded; keep less of each (--snaplen 96) or stop other load",
                "{member}: {count} packets were not recorded; keep less of each (--snaplen 96) or stop other load",
                number,
                member=name,
            )
    if len(manifest.members) == 1:
        yield msg("only {member} was recorded: name the team, or all of its NICs", member=manifest.members[0])


def _of_contents(manifest: Manifest, report: Report | None) -> Iterator[Message]:
    packets = {} if report is None else {one.name: one.packets for one in report.members}
    silent = [name for name in manifest.members if not packets.get(name)]
    if silent:
        yield msg("no packet was seen on {members}", members=listed(silent))
    if report is not None and not any(stream.judged for stream in report.streams):
        yield msg("no migration was seen: start several, from several hosts, while it records")
    several = len(manifest.members) > 1
    if several and report is not None and any(notice.code == "missing_bytes" for notice in report.notices):
        yield msg(
            "more was acknowledged than {members} carried: another NIC is of the team too, or packets were lost",
            members=listed(manifest.members),
        )
