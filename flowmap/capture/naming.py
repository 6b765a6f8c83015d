"""Which member each interface of each capture belongs to.

In: the plan and, per capture, its interfaces with packets. Out: one member name per interface. Equal names from
unrelated inputs are refused rather than merged: two NICs counted as one would answer every question wrongly.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from flowmap.capture.inputs import PlannedCapture
from flowmap.capture.url import is_url, url_name
from flowmap.errors import ConfigError
from flowmap.message import encodable, msg

__all__ = ["Port", "ReadCapture", "member_names"]

_ETL = re.compile(r"eth:(\d+):-?\d+")
_LAYER = re.compile(r"LWF over IfIndex (\d+)")
"""What etl2pcapng names and describes: an interface of Windows with its VLAN, and a filter driver's over a port's."""
_LONGEST = 120
_PACKED = (".gz", ".zst", ".lz4", ".xz", ".bz2")


@dataclass(frozen=True)
class Port:
    """An interface of a capture with packets; `ifindex` only for SLL2, where it is what tells members apart."""

    section: int
    interface_id: int
    name: str | None = None
    ifindex: int | None = None
    description: str | None = None


@dataclass(frozen=True)
class ReadCapture:
    """A planned capture and what was found in it; `interfaces` counts those described, with packets or without."""

    planned: PlannedCapture
    ports: tuple[Port, ...]
    interfaces: int = 1


def member_names(captures: Sequence[ReadCapture]) -> list[list[str]]:
    """The member of each port of each capture; a capture without packets gives one name for itself.

    A name that the user gave holds for all interfaces of its captures. Raises ConfigError where two inputs that are not
    one member's end in one name.

    >>> multi = ReadCapture(PlannedCapture("/x/team.pcapng", None, "stem", 0), (Port(1, 0, "p1"), Port(1, 1)), 2)
    >>> member_names([multi])
    [['p1', 'team:1']]
    """
    owners: dict[str, tuple[str, str]] = {}
    named = []
    for capture in captures:
        names = _names(capture)
        named.append(names)
        owner = _owner(capture.planned)
        for name in names:
            known, path = owners.setdefault(name, (owner, capture.planned.path))
            if known != owner:
                raise ConfigError(
                    msg(
                        "{path} and {path2} both give a member named {name}; name them: NAME1=PATH1 "
                        "NAME2=PATH2 (or give both the same NAME if they are of one member)",
                        path=path,
                        path2=capture.planned.path,
                        name=name,
                    )
                )
    return named


def _names(capture: ReadCapture) -> list[str]:
    base = str(encodable(capture.planned.member or _stem(capture.planned.path)))
    if not capture.ports:
        return [base]
    if any(port.ifindex is not None for port in capture.ports):
        return [base if port.ifindex is None else f"{base}:if{port.ifindex}" for port in capture.ports]
    if capture.planned.name_from == "name" or capture.interfaces <= 1:
        return [base for _port in capture.ports]
    windows = _windows_ports(capture.ports)
    others = [n for n in range(len(capture.ports)) if n not in windows]
    names = [_short(port.name) if port.name else f"{base}:{port.interface_id}" for port in capture.ports]
    told = dict(zip(others, _told_apart([names[n] for n in others]), strict=True))
    return [(windows if n in windows else told)[n] for n in range(len(names))]


def _told_apart(names: Sequence[str]) -> list[str]:
    """A name that comes again gets `#2`, `#3`, ..., but never what another one is called.

    >>> _told_apart(["a", "a#2", "a"])
    ['a', 'a#2', 'a#3']
    """
    taken = set(names)
    seen: Counter[str] = Counter()
    told = []
    for name in names:
        seen[name] += 1
        while seen[name] > 1 and f"{name}#{seen[name]}" in taken:
            seen[name] += 1
        told.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
        taken.add(told[-1])
    return told


def _short(name: str) -> str:
    """An interface's name as far as a person reads it: a capture may hold one of 64 kB."""
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 3]}..."


def _windows_ports(ports: Sequence[Port]) -> dict[int, str]:
    """Names of the members that etl2pcapng's interfaces are of, by place: the VLANs and the filter layers of one port are one.

    The port's own number names it if it was recorded itself, else the lowest of its layers.

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
    """What inputs must have in common to be of one member."""
    if planned.name_from == "name":
        return f"name {planned.member}"
    return f"series {planned.series}" if planned.name_from == "series" else f"path {planned.path}"


def _stem(path: str) -> str:
    """File name without its extension, and without that of a compression before it.

    >>> _stem("/captures/nic1.pcap.gz")
    'nic1'
    """
    if path == "-":
        return "stdin"
    base, suffix = os.path.splitext(url_name(path) if is_url(path) else os.path.basename(path))
    return os.path.splitext(base)[0] if suffix in _PACKED else base
