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
from flowmap.errors import ConfigError
from flowmap.message import msg

__all__ = ["Port", "ReadCapture", "member_names"]

_ETL = re.compile(r"eth:(\d+):-?\d+")
_LAYER = re.compile(r"LWF over IfIndex (\d+)")
"""What etl2pcapng names and describes: an interface of Windows with its VLAN, and a filter driver's over a port's."""
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
    base = capture.planned.member or _stem(capture.planned.path)
    if not capture.ports:
        return [base]
    if any(port.ifindex is not None for port in capture.ports):
        return [base if port.ifindex is None else f"{base}:if{port.ifindex}" for port in capture.ports]
    if capture.planned.name_from == "name" or capture.interfaces <= 1:
        return [base for _port in capture.ports]
    seen: Counter[str] = Counter()
    names = []
    windows = _windows_ports(capture.ports)
    for number, port in enumerate(capture.ports):
        if number in windows:
            names.append(windows[number])
            continue
        name = port.name or f"{base}:{port.interface_id}"
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return names


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
    base, suffix = os.path.splitext(os.path.basename(path))
    return os.path.splitext(base)[0] if suffix in _PACKED else base
