"""Which interfaces are the members of a team, as the running host has it.

Sources: Linux Documentation/ABI/testing/sysfs-class-net (`lower_*`), Documentation/networking/bonding.rst (`bonding/slaves`),
sysfs-class-net-bridge (`brif`), ovs-appctl(8) `bond/list` and `bond/show`.

A VLAN, bridge or other device above is followed down to what it stands on; only what stands on nothing is a member. Of a
bridge only ports with hardware behind them count: its other ports are virtual machines.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from flowmap.dataclass import dataclass
from flowmap.errors import ConfigError
from flowmap.message import Message, listed, msg
from flowmap.tools.capture.programs import Run

__all__ = ["Found", "find"]

_DEEPEST = 8
"""Devices above each other: VLAN over bridge over VLAN over bond is four."""


@dataclass(frozen=True)
class Found:
    """The members to be captured. `teams`: (kind, name) of what they belong to, for what the host can tell of it."""

    members: tuple[str, ...]
    teams: tuple[tuple[str, str], ...] = ()


def find(names: Sequence[str], net: Path, run: Run) -> Found:
    """Find the members of all `names`. `net` is /sys/class/net. Raises ConfigError for a name that the host does not know."""
    members: dict[str, None] = {}
    teams: dict[tuple[str, str], None] = {}
    switched = _openvswitch(run)
    for name in names:
        if name in switched:
            teams["openvswitch", name] = None
            members.update(dict.fromkeys(switched[name]))
        elif bonds := _bonds_of_bridge(name, switched, run):
            for bond in bonds:
                teams["openvswitch", bond] = None
                members.update(dict.fromkeys(switched[bond]))
        elif _is_interface(name, net):
            found = _below(name, net, 0)
            members.update(dict.fromkeys(found.members))
            teams.update(dict.fromkeys(found.teams))
        else:
            raise ConfigError(_unknown(name, net, switched, run))
    if not members:
        raise ConfigError(msg("{names}: has no members now; name the NICs themselves", names=listed(list(names))))
    return Found(tuple(members), tuple(teams))


def _is_interface(name: str, net: Path) -> bool:
    return name not in ("", ".", "..") and "/" not in name and (net / name).is_dir()


def _below(name: str, net: Path, depth: int) -> Found:
    """Return the members that an interface stands on: itself where it stands on nothing."""
    folder = net / name
    slaves = folder / "bonding" / "slaves"
    if slaves.is_file():
        return Found(tuple(slaves.read_text().split()), (("bonding", name),))
    if (folder / "brif").is_dir():
        lower = [port for port in _names(folder / "brif") if _has_hardware(net / port)]
    else:
        lower = sorted(path.name.removeprefix("lower_") for path in folder.glob("lower_*"))
    if not lower or depth == _DEEPEST:
        return Found((name,))
    own = (("bridge", name),) if (folder / "brif").is_dir() else (("teamd", name),) if len(lower) > 1 else ()
    parts = [_below(one, net, depth + 1) for one in lower]
    members = dict.fromkeys(member for part in parts for member in part.members)
    return Found(tuple(members), (*own, *(team for part in parts for team in part.teams)))


def _has_hardware(folder: Path) -> bool:
    return (folder / "device").exists() or any(folder.glob("lower_*"))


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def _openvswitch(run: Run) -> dict[str, tuple[str, ...]]:
    """Return the members of each bond of Open vSwitch, by the bond's name; none where it does not run."""
    found = {}
    for line in (run(["ovs-appctl", "bond/list"]) or "").splitlines()[1:]:
        columns = [part.strip() for part in line.split("\t")]
        if len(columns) >= 4:
            found[columns[0]] = tuple(sorted(part.strip() for part in columns[3].split(",") if part.strip()))
    return found


def _bonds_of_bridge(name: str, bonds: dict[str, tuple[str, ...]], run: Run) -> list[str]:
    """Return the bonds of the Open vSwitch bridge that has this name, or that has an internal port of it.

    Both are interfaces of the host too, above all members.
    """
    if not bonds:
        return []
    if (run(["ovs-vsctl", "--if-exists", "get", "interface", name, "type"]) or "").strip() == "internal":
        name = (run(["ovs-vsctl", "iface-to-br", name]) or name).strip()
    return [port for port in (run(["ovs-vsctl", "list-ports", name]) or "").split() if port in bonds]


def _unknown(name: str, net: Path, bonds: dict[str, tuple[str, ...]], run: Run) -> Message:
    there = _names(net) if net.is_dir() else []
    known = [one for one in there if (net / one).is_dir() and re.fullmatch(r"[\x21-\x7e]+", one)]
    said = msg(
        "{name}: this host has no such interface or team. It has: {known}",
        name=name,
        known=", ".join([*bonds, *known]) or msg("none"),
    )
    if not bonds and run(["ovs-appctl", "bond/list"]) is None and run(["ovs-appctl", "--version"]) is not None:
        if getattr(os, "geteuid", int)():
            return msg(
                "{said}. Open vSwitch is installed and does not answer: only root may ask it for its bonds (sudo)",
                said=said,
            )
        return msg("{said}. Open vSwitch is installed and does not answer: ovs-vswitchd is not running here", said=said)
    return said
