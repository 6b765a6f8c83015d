"""Bonds in netplan's YAML: /etc/netplan/*.yaml, `netplan get`.

Of YAML it reads what such files are made of: mappings and lists by indentation, lists in brackets, plain and quoted words,
comments. Source: netplan.readthedocs.io, YAML reference, device type bonds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from flowmap.team.description.model import Adapter, LacpTimer, Parts, TeamDescription, mac_of

__all__ = ["NETPLAN", "is_netplan", "netplan"]

NETPLAN = "netplan"
_BONDS = re.compile(r"^\s*bonds:\s*(?:#.*)?$", re.MULTILINE)
_KEY = re.compile(r"""^("[^"]*"|'[^']*'|[^\s:#\[\]{},"'-][^:#]*?|-[^\s:#][^:#]*?):(?:\s+(.*))?$""")
_HASHED = ("802.3ad", "balance-xor")
_MOST_LINES = 10_000


def is_netplan(text: str) -> bool:
    """Return whether a text has a section of bonds as netplan writes it."""
    return _BONDS.search(text) is not None


def netplan(text: str, source: str) -> Parts:
    """Return the bonds of the configuration, with the MACs by which it finds their interfaces."""
    tree = _tree(text)
    root = tree.get("network") if isinstance(tree, dict) else None
    root = root if isinstance(root, dict) else tree if isinstance(tree, dict) else {}
    bonds, ethernets = root.get("bonds"), root.get("ethernets")
    macs = _macs(ethernets if isinstance(ethernets, dict) else {})
    return Parts(
        teams=[_bond(name, bond, macs, source) for name, bond in bonds.items() if isinstance(bond, dict)]
        if isinstance(bonds, dict)
        else []
    )


def _macs(ethernets: Mapping[str, Any]) -> dict[str, frozenset[int]]:
    found = {}
    for name, one in ethernets.items():
        match = one.get("match") if isinstance(one, dict) else None
        found[name] = mac_of(match.get("macaddress")) if isinstance(match, dict) else frozenset[int]()
    return found


def _bond(name: str, bond: Mapping[str, Any], macs: Mapping[str, frozenset[int]], source: str) -> TeamDescription:
    told = bond.get("parameters")
    parameters: Mapping[str, Any] = told if isinstance(told, dict) else {}
    mode = str(parameters.get("mode", "balance-rr"))
    names = bond.get("interfaces")
    members = [str(one) for one in names] if isinstance(names, list) else []
    timer: dict[str, LacpTimer] = {"fast": "fast", "slow": "slow"}
    primary = parameters.get("primary")
    return TeamDescription(
        source,
        NETPLAN,
        name,
        f"linux/{mode}",
        str(parameters.get("transmit-hash-policy", "layer2")) if mode in _HASHED else None,
        tuple(Adapter(one, None, macs.get(one, frozenset())) for one in members),
        mac_of(bond.get("macaddress")),
        timer.get(str(parameters.get("lacp-rate", "slow"))) if mode == "802.3ad" else None,
        None,
        None,
        str(primary) if primary is not None else None,
    )


def _tree(text: str) -> Any:
    lines = []
    for line in text.splitlines()[:_MOST_LINES]:
        plain = re.sub(r"(?:^|\s)#.*$", "", line).expandtabs(8).rstrip()
        if plain.strip() and plain.strip() not in ("---", "..."):
            lines.append((len(plain) - len(plain.lstrip()), plain.strip()))
    return _block(lines, 0, len(lines), 0)


def _block(lines: Sequence[tuple[int, str]], start: int, end: int, nested: int) -> Any:
    """Return a mapping or a list whose lines are those of [start, end) with the first one's indentation."""
    if start >= end or nested > 30:
        return None
    depth = lines[start][0]
    tops = [at for at in range(start, end) if lines[at][0] <= depth]
    spans = list(zip(tops, [*tops[1:], end], strict=True))
    if lines[start][1].startswith("- ") or lines[start][1] == "-":
        return [_scalar(lines[at][1][1:].strip()) for at, _ in spans]
    table: dict[str, Any] = {}
    key = ""
    for at, after in spans:
        text = lines[at][1]
        if text.startswith("- ") and isinstance(
            items := table.get(key) or [], list
        ):  # a list may be no deeper than its key
            table[key] = [*items, _scalar(text[1:].strip())]
        elif match := _KEY.match(text):
            key, value = _word(match[1]), (match[2] or "").strip()
            if value.startswith("[") and "]" not in value:
                value += " ".join(more for _, more in lines[at + 1 : after])
            table[key] = _scalar(value) if value else _block(lines, at + 1, after, nested + 1)
    return table


def _scalar(value: str) -> Any:
    if value.startswith("["):
        return [_word(part) for part in value.strip("[] ").split(",") if part.strip()]
    return _word(value)


def _word(text: str) -> str:
    plain = text.strip()
    return plain[1:-1] if len(plain) > 1 and plain[0] == plain[-1] and plain[0] in "\"'" else plain
