"""Which member each interface of each capture belongs to.

In: the captures in order and, per capture, its interfaces with packets. Out: one member name per interface. Equal names from
unrelated inputs are refused rather than merged: two NICs counted as one would answer every question wrongly.

An interface described again goes on as the same member: another section of one file (`cat` of pcapng), or the same section
after `mergecap -I none`. Equal name, no other MAC, hardware or link type, and times that follow each other; else it gets `#2`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import field

from flowmap.capture.inputs.directions import half_of
from flowmap.capture.inputs.joining import Found, join_halves, join_pieces
from flowmap.capture.inputs.plan import PlannedCapture
from flowmap.capture.inputs.series import Span, following, is_extension
from flowmap.capture.inputs.settle import Doubt
from flowmap.capture.inputs.traffic import Traffic
from flowmap.capture.source.url import is_url, url_name
from flowmap.dataclass import dataclass
from flowmap.errors import NameClash
from flowmap.message import encodable, msg

__all__ = ["Named", "Port", "ReadCapture", "member_names"]

_ETL = re.compile(r"eth:(\d+):-?\d+")
_LAYER = re.compile(r"LWF over IfIndex (\d+)")
"""What etl2pcapng names and describes: an interface of Windows with its VLAN, and a filter driver's over a port's."""
_LONGEST = 120
_NO_SESSION = "session0"
_PACKED = (".gz", ".zst", ".lz4", ".xz", ".bz2")


@dataclass(frozen=True)
class Port:
    """An interface of a capture with packets; `ifindex` only for SLL2, where it is what tells members apart.

    `hardware` and `mac` are what the capture says of it, `span` its first and last time.
    """

    section: int
    interface_id: int
    name: str | None = None
    ifindex: int | None = None
    description: str | None = None
    mac: str | None = None
    link_type: int = 1
    span: Span | None = None
    traffic: Traffic = field(default_factory=dict)
    port: str | None = None
    """The port that it is, or is a layer of, where the capture tells."""
    mirror: str | None = None
    """Of a mirror session: where it was sent from."""


@dataclass(frozen=True)
class ReadCapture:
    """A planned capture and what was found in it; `interfaces` counts those described, with packets or without."""

    planned: PlannedCapture
    ports: tuple[Port, ...]
    interfaces: int = 1


@dataclass(frozen=True)
class Named:
    """The member of each port of each capture, "" where it is no member's; a capture without packets gives one name for itself.

    `doubts`: what may be halves of members.
    """

    names: list[list[str]]
    doubts: list[Doubt]


def member_names(captures: Sequence[ReadCapture]) -> Named:
    """Return name the members.

    A name that the user gave holds for all interfaces of its captures. Raises ConfigError where two inputs that are not
    one member's end in one name.

    >>> multi = ReadCapture(PlannedCapture("/x/team.pcapng", None, "stem", 0), (Port(1, 0, "p1"), Port(1, 1)), 2)
    >>> member_names([multi]).names
    [['p1', 'team:1']]
    """
    names = [_names(capture) for capture in captures]
    names = _by_folder(captures, names)
    names, halves = _folder_halves(captures, names)
    _refuse_strangers(captures, names)
    if any(capture.planned.name_from == "name" for capture in captures):
        return Named(_renamed(names, halves), [])
    names = _renamed(names, halves)
    doubts: list[Doubt] = []
    for join in (join_pieces, join_halves):
        joined = join(_found(captures, names))
        names, doubts = _renamed(names, joined.names), doubts + joined.doubts
    return Named(names, doubts)


def _found(captures: Sequence[ReadCapture], names: Sequence[Sequence[str]]) -> list[Found]:
    """Return what each member's captures hold together."""
    found: dict[str, Found] = {}
    for capture, own in zip(captures, names, strict=True):
        for number, name in enumerate(own):
            port = capture.ports[number] if number < len(capture.ports) else None
            if name:
                found.setdefault(name, Found(name, capture.planned.path)).add(
                    port.span if port else None, port.traffic if port else {}
                )
    return list(found.values())


def _renamed(names: list[list[str]], new: Mapping[str, str]) -> list[list[str]]:
    return [[new.get(name, name) for name in own] for own in names]


def _by_folder(captures: Sequence[ReadCapture], names: list[list[str]]) -> list[list[str]]:
    """Return name series of several folders that would have one name by their folders: there is one for each interface."""
    folders: dict[str, set[str]] = {}
    for capture in captures:
        if capture.planned.name_from == "series":
            folders.setdefault(capture.planned.member or "", set()).add(capture.planned.folder)
    several = {stem: found for stem, found in folders.items() if len(found) > 1}
    if not several:
        return names
    bases = {folder: os.path.basename(folder.rstrip("/")) for found in several.values() for folder in found}
    if len(set(bases.values())) < len(bases) or not all(bases.values()):
        return names
    told = []
    for capture, own in zip(captures, names, strict=True):
        stem, base = capture.planned.member or "", bases.get(capture.planned.folder)
        if capture.planned.name_from == "series" and stem in several and base:
            own = [base + name.removeprefix(stem) if name.startswith(stem) else name for name in own]
        told.append(own)
    return told


def _folder_halves(captures: Sequence[ReadCapture], names: list[list[str]]) -> tuple[list[list[str]], dict[str, str]]:
    """Give captures of one name, in a folder of received and one of sent traffic, names of their own and names to join by."""
    ways: dict[str, dict[str, str]] = {}
    for capture, own in zip(captures, names, strict=True):
        found = half_of(os.path.basename(capture.planned.folder.rstrip("/")))
        if found is not None and capture.planned.name_from != "name":
            for name in own:
                ways.setdefault(name, {})[capture.planned.folder] = found.half
    split = {name: found for name, found in ways.items() if sorted(found.values()) == ["in", "out"]}
    if not split:
        return names, {}
    told = [
        [_with_half(name, capture.planned.folder, split.get(name, {})) for name in own]
        for capture, own in zip(captures, names, strict=True)
    ]
    return told, {f"{name} ({half})": name for name in split for half in ("in", "out")}


def _with_half(name: str, folder: str, ways: Mapping[str, str]) -> str:
    return f"{name} ({ways[folder]})" if folder in ways else name


def _refuse_strangers(captures: Sequence[ReadCapture], names: Sequence[Sequence[str]]) -> None:
    owners: dict[str, tuple[str, str]] = {}
    for capture, own in zip(captures, names, strict=True):
        owner = _owner(capture.planned)
        for name in filter(None, own):
            known, path = owners.setdefault(name, (owner, capture.planned.path))
            if known != owner:
                raise NameClash(
                    msg(
                        "{path} and {path2} both give a member named {name}; name them: NAME1=PATH1 "
                        "NAME2=PATH2 (or give both the same NAME if they are of one member)",
                        path=path,
                        path2=capture.planned.path,
                        name=name,
                    )
                )


def _names(capture: ReadCapture) -> list[str]:
    base = str(encodable(capture.planned.member or _stem(capture.planned.path)))
    if not capture.ports:
        return [base]
    if any(port.mirror for port in capture.ports):
        return _sessions(base, capture.ports)
    if any(port.ifindex is not None for port in capture.ports):
        return [base if port.ifindex is None else f"{base}:if{port.ifindex}" for port in capture.ports]
    if capture.planned.name_from == "name" or capture.interfaces <= 1:
        return [base for _port in capture.ports]
    windows = _windows_ports(capture.ports)
    windows |= {number: _short(port.port) for number, port in enumerate(capture.ports) if port.port}
    others = [n for n in range(len(capture.ports)) if n not in windows]
    names = [_title(port) or f"{base}:{port.interface_id}" for port in capture.ports]
    told = dict(zip(others, _told_apart([names[n] for n in others], [capture.ports[n] for n in others]), strict=True))
    return [(windows if n in windows else told)[n] for n in range(len(names))]


def _sessions(base: str, ports: Sequence[Port]) -> list[str]:
    """Return mirror sessions by number, and by sender where several send the same number; a single one is the capture's.

    Ports that are none have no name.
    """
    senders: dict[str | None, set[str]] = {}
    for port in ports:
        if port.mirror:
            senders.setdefault(port.name, set()).add(port.mirror)
    if sum(map(len, senders.values())) == 1:
        return [base if port.mirror else "" for port in ports]
    names = []
    for port in ports:
        told = [port.name] if port.name != _NO_SESSION else []
        if port.mirror and (not told or len(senders[port.name]) > 1):
            told.append(port.mirror)
        names.append(f"{base}:{'@'.join(filter(None, told))}" if port.mirror else "")
    return names


def _title(port: Port) -> str:
    """Return what a person knows an interface by: its description rather than its driver's file (etl2pcapng)."""
    by_driver = port.name is not None and port.name.lower().endswith(".sys") and port.description
    return _short(str(port.description) if by_driver else port.name or "")


def _told_apart(names: Sequence[str], ports: Sequence[Port]) -> list[str]:
    """Return the names with `#2`, `#3`, ... behind those that come again, but never another one's name.

    The same interface described again keeps its name.

    >>> _told_apart(["a", "a#2", "a"], [Port(1, 0), Port(1, 1), Port(1, 2)])
    ['a', 'a#2', 'a#3']
    """
    taken = set(names)
    groups: dict[str, list[tuple[str, list[Port]]]] = {}
    told = []
    for name, port in zip(names, ports, strict=True):
        known = groups.setdefault(name, [])
        same = next((found for found in known if _goes_on(found[1], port)), None)
        if same is None:
            same = (name if not known else _free(name, len(known) + 1, taken), [])
            known.append(same)
        same[1].append(port)
        told.append(same[0])
    return told


def _free(name: str, number: int, taken: set[str]) -> str:
    while f"{name}#{number}" in taken:
        number += 1
    taken.add(f"{name}#{number}")
    return f"{name}#{number}"


def _goes_on(earlier: Sequence[Port], port: Port) -> bool:
    """Return whether `port` is the interface described before, once more.

    In another section it may come back at any time. Within one section, where programs put together what they find, a pause
    longer than what was recorded before and after it separates two captures of that interface: nothing shows that they are one.
    """
    spans = [one.span for one in (*earlier, port) if one.span is not None]
    one_section = all(one.section == port.section for one in earlier)
    return (
        len(spans) == len(earlier) + 1
        and all(one.link_type == port.link_type for one in earlier)
        and all(_agree(one.mac, port.mac) and _agree(one.description, port.description) for one in earlier)
        and following(spans, closely=one_section) is True
    )


def _agree(one: str | None, other: str | None) -> bool:
    return one is None or other is None or one == other


def _short(name: str) -> str:
    """Return an interface's name as far as a person reads it: a capture may hold one of 64 kB."""
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 3]}..."


def _windows_ports(ports: Sequence[Port]) -> dict[int, str]:
    """Return the names of the members that etl2pcapng's interfaces belong to, by place.

    The VLANs and the filter layers of one port are one member. The port's own number names it if it was recorded
    itself, else the lowest of its layers.

    >>> _windows_ports([Port(1, 0, "eth:12:30"), Port(1, 1, "eth:20:0", None, "LWF over IfIndex 12")])
    {0: 'eth:12', 1: 'eth:12'}
    """
    found = {number: _ETL.fullmatch(port.name) for number, port in enumerate(ports) if port.name}
    own = {number: int(match[1]) for number, match in found.items() if match}
    below = {}
    for number, index in own.items():
        layer = _LAYER.search(ports[number].description or "")
        below[number] = int(layer[1]) if layer else index
    groups: dict[int, list[int]] = {}
    for number, index in own.items():
        groups.setdefault(below[number], []).append(index)
    return {number: f"eth:{port if port in groups[port] else min(groups[port])}" for number, port in below.items()}


def _owner(planned: PlannedCapture) -> str:
    """Return what inputs must have in common to be of one member."""
    if planned.name_from == "name":
        return f"name {planned.member}"
    return f"series {planned.series}" if planned.name_from == "series" else f"path {planned.path}"


def _stem(path: str) -> str:
    """Return the file name without its extension, and without that of a compression before it.

    What has digits and is no extension of captures tells files apart: `host.eth0`, `nic.2`.

    >>> _stem("/captures/nic1.pcap.gz"), _stem("/captures/host.eth0"), _stem("/captures/nic1.pcap2")
    ('nic1', 'host.eth0', 'nic1')
    """
    if path == "-":
        return "stdin"
    base, suffix = os.path.splitext(url_name(path) if is_url(path) else os.path.basename(path))
    if suffix in _PACKED:
        base, suffix = os.path.splitext(base)
    return base if not re.search(r"\d", suffix) or is_extension(suffix) else base + suffix
