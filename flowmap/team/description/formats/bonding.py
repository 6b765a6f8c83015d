"""What the Linux bonding driver prints of itself: /proc/net/bonding/*, of every version of the driver.

Older ones leave out speeds, churn and the details of LACPDUs; MACs may be masked by their publisher. Of LACP a text
tells the active aggregator and each port's own: a port of another aggregator carries nothing, whatever its link does.
Source: drivers/net/bonding/bond_procfs.c.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise

from flowmap.team.description.model import Adapter, LacpState, LacpTimer, Parts, TeamDescription, mac_of

__all__ = ["HASHED", "PROC", "proc_bonding"]

PROC = "/proc/net/bonding"
HASHED = re.compile(r"802\.3ad|\(xor\)|balance-xor", re.IGNORECASE)
"""Modes whose algorithm is the transmit hash policy; others print one and do not go by it alone."""
_START = re.compile(r"^[^\S\n]*Ethernet Channel Bonding Driver:", re.MULTILINE)
_MODE = re.compile(r"^[^\S\n]*Bonding Mode: ", re.MULTILINE)
"""Where the first line was not copied too."""
_LINE = re.compile(r"^\s*([^:]+?):\s*(.*?)\s*$")
_DETAILS = re.compile(r"details (actor|partner) lacp pdu", re.IGNORECASE)
_NONE = re.compile(r"bond (\S+) has no active aggregator")
_ASKED_FOR = re.compile(r"/proc/net/bonding/([^\s:<>|;&*]+)")
_NOBODY = "00:00:00:00:00:00"


def proc_bonding(text: str, source: str) -> Parts:
    """Return every bond in a text; several may follow one another, as `cat /proc/net/bonding/*` prints them."""
    starts = [match.start() for match in _START.finditer(text)] or [match.start() for match in _MODE.finditer(text)]
    befores = [text[end:start] for end, start in pairwise([0, *starts])]
    bonds = [text[start:end] for start, end in pairwise([*starts, len(text)])]
    found = (_bond(bond, before, source) for before, bond in zip(befores, bonds, strict=True))
    return Parts(teams=[team for team in found if team is not None])


def _bond(text: str, before: str, source: str) -> TeamDescription | None:
    sections = list(_sections(text))
    head = sections[0]
    mode = head.get("bonding mode", "").partition(" (fail_over_mac")[0]
    if not mode:
        return None
    none = _NONE.search(text)
    named = [*_ASKED_FOR.findall(before[before.rfind("Slave Interface") + 1 :])][-1:]
    aggregator = 0 if none else _number(head.get("aggregator id"))
    timer: dict[str | None, LacpTimer] = {"fast": "fast", "slow": "slow"}
    return TeamDescription(
        source,
        PROC,
        none[1] if none else next(iter(named), None),
        f"linux/{mode}",
        head.get("transmit hash policy") if HASHED.search(mode) else None,
        tuple(_slave(slave, "802.3ad" in mode) for slave in sections[1:]),
        mac_of(head.get("system mac address")),
        timer.get(head.get("lacp rate")),
        None,
        _name(head.get("currently active slave")),
        _name(head.get("primary slave")),
        aggregator,
        _number(head.get("number of ports")),
    )


def _sections(text: str) -> Iterator[dict[str, str]]:
    """Yield the bond's own lines, then those of each slave.

    What is in the details of a LACPDU has the side before its name.
    """
    section: dict[str, str] = {}
    side = ""
    for line in text.splitlines():
        if (match := _LINE.match(line)) is None:
            continue
        key, value = match[1].lower(), match[2]
        if key == "slave interface":
            yield section
            section, side = {}, ""
        if details := _DETAILS.search(key):
            side = f"{details[1].lower()} "
        section.setdefault(side + key, value)
    yield section


def _slave(lines: Mapping[str, str], speaks_lacp: bool) -> Adapter:
    status = lines.get("mii status")
    return Adapter(
        _name(lines["slave interface"]),
        None,
        mac_of(lines.get("permanent hw addr")),
        _megabits(lines.get("speed")),
        None,
        None if status is None else status == "up",
        _lacp(lines) if speaks_lacp else None,
    )


def _lacp(lines: Mapping[str, str]) -> LacpState:
    number, partner = lines.get("aggregator id"), lines.get("partner system mac address")
    churn = [lines.get("actor churn state"), lines.get("partner churn state")]
    return LacpState(
        0 if number == "N/A" else _number(number),
        None,
        None if churn == [None, None] else "churned" in churn,
        None if partner is None else partner != _NOBODY,
        _number(lines.get("actor port key")),
        _number(lines.get("actor port state")),
        _number(lines.get("partner port state")),
    )


def _name(value: str | None) -> str | None:
    """Return an interface's name as it is printed, with remarks behind it."""
    word = (value or "").split(" ")[0]
    return None if word in ("", "None") else word


def _number(value: str | None) -> int | None:
    return int(value) if value is not None and re.fullmatch(r"[0-9]{1,9}", value) else None


def _megabits(value: str | None) -> int | None:
    match = re.match(r"([0-9]{1,9}) ?Mbps", value or "")
    return int(match[1]) * 10**6 or None if match else None
