"""The commands that analyze each of two hosts by itself, with all that the user had said.

A file that holds members of both hosts is split first, with tshark: one file for each member, named as it was.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Collection, Iterator, Mapping, Sequence

from flowmap.dataclass import dataclass
from flowmap.facts.model import StreamFacts
from flowmap.message import Message, glue
from flowmap.settings.config import Settings, Thresholds
from flowmap.team.host import Address, address_text, mac_number
from flowmap.team.members import MemberCapture, TeamMember

__all__ = ["HostGroup", "separate_commands"]


@dataclass(frozen=True)
class HostGroup:
    """Members of one host, and its address if that is known. `described`: --team is about it, as far as can be told."""

    members: Sequence[TeamMember]
    address: Address | None = None
    described: bool = True


def separate_commands(groups: Sequence[HostGroup], streams: Sequence[StreamFacts], settings: Settings) -> list[Message]:
    """Return the commands that analyze each host by itself, to be run one after the other."""
    hosts: dict[str, set[int]] = {}
    sections: dict[str, set[int]] = {}
    for number, group in enumerate(groups):
        for _, capture in _captures(group):
            hosts.setdefault(capture.path, set()).add(number)
            sections.setdefault(capture.path, set()).update(section for section, _ in capture.interfaces)
    commands: list[Message] = []
    for number, group in enumerate(groups, 1):
        inputs: list[Message] = []
        for place, (member, capture) in enumerate(_captures(group), 1):
            target = f"host{number}-{place}.pcapng" if len(hosts[capture.path]) > 1 else None
            if target is not None:
                commands.append(_part(capture, target, len(sections[capture.path]) > 1))
            inputs.append(_input(member, target, capture))
        options = [*_local(group, streams, settings), *_options(group, settings)]
        commands.append(glue("flowmap analyze", *dict.fromkeys(inputs), *options))
    return commands


def _captures(group: HostGroup) -> Iterator[tuple[TeamMember, MemberCapture]]:
    return ((member, capture) for member in group.members for capture in member.captures)


def _part(capture: MemberCapture, target: str, several_sections: bool) -> Message:
    """Return the command that writes the members of a host to a file of their own.

    It is a file for each section, because tshark numbers interfaces anew in each and forgets the numbers where it writes.
    """
    links = [
        f"(frame.section_number == {section} && frame.interface_id == {number})"
        if several_sections
        else f"frame.interface_id == {number}"
        for section, number in capture.interfaces
    ]
    return glue("tshark -r", _quoted(capture.path), "-Y", f"'{' || '.join(links)}'", "-w", target)


def _input(member: TeamMember, parted: str | None, capture: MemberCapture) -> Message:
    """Return the path, with the member's name where the file's own does not give it."""
    if parted is None and os.path.basename(capture.path).startswith(member.name):
        return _quoted(capture.path)
    return glue(_quoted(member.name), _quoted(parted or capture.path), between="=")


def _local(group: HostGroup, streams: Sequence[StreamFacts], settings: Settings) -> list[Message]:
    """Return the host's address, as the captures or the user told it; of what the user told, what every stream there has."""
    if group.address is not None:
        return [glue("--local", address_text(group.address))]
    own = {member.number for member in group.members}
    there = [s for s in streams if any(share.member in own for way in s.directions for share in way.shares)]
    ends = [_ends(stream) for stream in there]
    return [
        glue("--local", _quoted(text)) for text in settings.local if ends and all(_names(text) in end for end in ends)
    ]


def _ends(stream: StreamFacts) -> Collection[str | int]:
    """Return addresses as text and MACs as numbers."""
    return {address_text(way.src[0]) for way in stream.directions} | {
        mac for way in stream.directions for mac in way.macs
    }


def _names(text: str) -> str | int:
    mac = mac_number(text)
    return text if mac is None else mac


def _options(group: HostGroup, settings: Settings) -> Iterator[Message]:
    """Yield what the user had said besides, as options."""
    names = {member.name for member in group.members}
    if group.described:
        yield from (glue("--team", _quoted(path)) for path in settings.team)
    if settings.default_speed is not None:
        yield glue("--speed", _speed(settings.default_speed))
    for name, speed in settings.speeds.items():
        if name in names:
            yield glue("--speed", glue(_quoted(name), _speed(speed), between="="))
    for option in ("mode", "algorithm"):
        if (value := getattr(settings, option)) is not None:
            yield glue(f"--{option}", _quoted(value))
    for first, last in settings.migration_ports or ():
        yield glue("--migration-port", f"{first}-{last}" if last != first else str(first))
    yield from _plain_options(settings)


def _plain_options(settings: Settings) -> Iterator[Message]:
    """Yield those that have a default."""
    for option in ("streams", "decoder", "top"):
        if (value := getattr(settings, option)) != Settings.model_fields[option].default:
            yield glue(f"--{option}", str(value))
    for option, time_ns in (("from", settings.from_ns), ("to", settings.to_ns)):
        if time_ns is not None:
            yield glue(f"--{option}", f"{time_ns // 10**9}.{time_ns % 10**9:09d}")
    if settings.strict:
        yield glue("--strict")
    defaults: Mapping[str, object] = Thresholds().model_dump()
    for name, value in settings.thresholds.model_dump().items():
        if value != defaults[name]:
            yield glue("--threshold", f"{name}={value}")


def _speed(bps: int) -> str:
    for unit, factor in (("G", 10**9), ("M", 10**6), ("k", 10**3)):
        if bps % factor == 0:
            return f"{bps // factor}{unit}"
    return str(bps)


def _quoted(text: str) -> Message:
    return glue(shlex.quote(text))
