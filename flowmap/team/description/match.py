"""Which described member is which capture: by MAC, by interface name, by file name, in this order.

A MAC is that of the interface as the capture has it, the source of the LACPDUs there (every host sends them from the port's
own address), or, where the mode rewrites source MACs, the one that only this member sends from.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from typing import Literal

from flowmap.dataclass import dataclass
from flowmap.errors import ConfigError
from flowmap.message import listed, msg
from flowmap.team.description.model import Adapter, TeamDescription
from flowmap.team.host import mac_number
from flowmap.team.members import TeamMember
from flowmap.team.modes.table import expectation

__all__ = ["Described", "Seen", "match_teams", "same_port"]

How = Literal["mac", "name", "file"]


@dataclass(frozen=True, slots=True)
class Seen:
    """One captured member, and the MACs it is known by: sources of LACPDUs, and of the frames that it sends.

    `switch_port`: the port that it is on, as the switch announces it.
    """

    member: TeamMember
    lacp_macs: frozenset[int] = frozenset()
    sent_macs: frozenset[int] = frozenset()
    switch_port: str | None = None
    switch_name: str | None = None


@dataclass(frozen=True)
class Described:
    """The description of this team. `members`: by member number, what is said of it; `how` it was told.

    `uncaptured`: described, but with no capture. `undescribed`: captured, but not described. `misnamed`: member numbers
    whose name is that of another described member than their MAC is of.
    """

    team: TeamDescription
    members: Mapping[int, Adapter] = field(default_factory=dict)
    how: Mapping[int, How] = field(default_factory=dict)
    uncaptured: tuple[Adapter, ...] = ()
    undescribed: tuple[int, ...] = ()
    misnamed: Mapping[int, Adapter] = field(default_factory=dict)


def match_teams(
    teams: Sequence[TeamDescription], seen: Sequence[Seen], pairs: Sequence[tuple[int, int, int, int]] = ()
) -> Described | None:
    """Return the described team that was captured; None without any. Raises ConfigError where it may be several.

    `pairs`: of each pair of MACs on a member that number, source, destination and frames. Of several teams, which may be of
    several hosts with the same names, MACs decide: those of the ports, then which team's are in the frames; then how many of
    the members are captured. A host that is the other's peer is in many frames too, but on members of other names. What the
    switch says is taken where no host says anything.
    """
    if not teams:
        return None
    of_hosts = [team for team in teams if not team.of_switch]
    found = [_match(team, seen) for team in of_hosts or teams]
    if len(found) == 1:
        return found[0]
    ranked = sorted(found, key=lambda one: _rank(one, pairs), reverse=True)
    best, second = (_rank(one, pairs) for one in ranked[:2])
    if best == second:
        names = listed([_titled(one.team) for one in ranked if _rank(one, pairs) == best])
        raise ConfigError(
            msg(
                "--team {path}: describes {names}, and the captures do not tell which of them they are of: give that alone",
                path=ranked[0].team.source,
                names=names,
            )
            if not best[-1] or _rivals(ranked[0], ranked[1])
            else msg(
                "--team {path}: describes {names}, and the captures are of several of them: analyze each team by itself",
                path=ranked[0].team.source,
                names=names,
            )
        )
    return ranked[0]


def _rank(one: Described, pairs: Sequence[tuple[int, int, int, int]]) -> tuple[int, int, int, int]:
    """Return how well a description fits, as numbers to compare: the largest fits best.

    They are (members known by their own MAC, tenths of the frames that the team's MACs are in, members that send with
    the MAC that the description gives to that member, members).
    """
    known = one.team.macs.union(*(adapter.macs for adapter in one.team.members))
    total = sum(frames for *_, frames in pairs)
    own = sum(frames for _, smac, dmac, frames in pairs if smac in known or dmac in known) if known else 0
    agree = {
        member
        for member, smac, dmac, _ in pairs
        if (adapter := one.members.get(member)) is not None and {smac, dmac} & adapter.macs
    }
    by_mac = sum(how == "mac" for how in one.how.values())
    return by_mac, own * 10 // total if total else 0, len(agree), len(one.members)


def _rivals(one: Described, other: Described) -> bool:
    """Return whether both are linked to the same captures."""
    return bool(one.members.keys() & other.members.keys())


def _titled(team: TeamDescription) -> str:
    return team.title if team.host is None else f"{team.title} ({team.host})"


def _match(team: TeamDescription, seen: Sequence[Seen]) -> Described:
    linked: dict[int, int] = {}
    how: dict[int, How] = {}
    rows = expectation(team.mode, team.algorithm).rows
    rewritten = bool(rows) and all(row.source_mac == "rewritten" for row in rows)
    tests: list[tuple[How, Callable[[Adapter, Seen], bool]]] = [
        ("mac", _by_interface_mac),
        ("mac", lambda adapter, one: bool(adapter.macs & one.lacp_macs)),
        ("name", _by_name),
        ("file", _by_same_words),
    ]
    if team.of_switch:
        tests.insert(0, ("name", _by_switch_port))
    if rewritten:
        tests.insert(2, ("mac", lambda adapter, one: bool((adapter.macs - team.macs) & one.sent_macs)))
    for kind, test in tests:
        for place, member in _unique(_open(team.members, linked), _unlinked(seen, linked), test):
            linked[place] = member
            how[member] = kind
    for place, member in _by_words(_open(team.members, linked), _unlinked(seen, linked)):
        linked[place] = member
        how[member] = "file"
    members = {member: team.members[place] for place, member in sorted(linked.items(), key=lambda one: one[1])}
    return Described(
        team,
        members,
        how,
        tuple(one for place, one in enumerate(team.members) if place not in linked),
        tuple(one.member.number for one in seen if one.member.number not in members) if team.members else (),
        {
            one.member.number: other
            for one in seen
            for other in team.members
            if how.get(one.member.number) == "mac"
            and _by_name(other, one)
            and other is not members[one.member.number]
            and not _by_name(members[one.member.number], one)
        },
    )


def _open(members: Sequence[Adapter], linked: Mapping[int, int]) -> dict[int, Adapter]:
    return {place: member for place, member in enumerate(members) if place not in linked}


def _unlinked(seen: Sequence[Seen], linked: Mapping[int, int]) -> list[Seen]:
    taken = set(linked.values())
    return [one for one in seen if one.member.number not in taken]


def _unique(
    adapters: Mapping[int, Adapter], seen: Sequence[Seen], test: Callable[[Adapter, Seen], bool]
) -> list[tuple[int, int]]:
    """Return (place, member number) of the pairs in which each passes with the other alone."""
    passing = [(place, one.member.number) for place, adapter in adapters.items() for one in seen if test(adapter, one)]
    places, members = [place for place, _ in passing], [member for _, member in passing]
    return [pair for pair in passing if places.count(pair[0]) == 1 and members.count(pair[1]) == 1]


def _by_interface_mac(adapter: Adapter, one: Seen) -> bool:
    return bool(adapter.macs & {mac_number(text) for text in one.member.macs})


def _by_name(adapter: Adapter, one: Seen) -> bool:
    """Return the interface's own name or description, or what the member was called."""
    known = {one.member.name, *one.member.interface_names, *one.member.descriptions}
    return _plain(adapter.name, adapter.label) & _plain(*known) != set()


def _by_switch_port(adapter: Adapter, one: Seen) -> bool:
    """Return the port by LLDP or CDP."""
    return same_port(adapter.name, one.switch_port)


def same_port(one: str | None, another: str | None) -> bool:
    """Return whether both name one port of a switch: Gi1/0/1, GE1/0/1 and GigabitEthernet1/0/1 are one."""
    (kind, number), (other_kind, other) = _port(one), _port(another)
    return bool(number) and number == other and (_short(kind, other_kind) or _short(other_kind, kind))


def _short(kind: str, longer: str) -> bool:
    """Return whether a type is another one's beginning, or its initials."""
    initials = "".join(c for c in longer if c.isupper())
    return longer.casefold().startswith(kind.casefold()) or (longer[:1].isalpha() and kind == initials)


def _port(name: str | None) -> tuple[str, str]:
    """Return (letters, numbers) of a port's name; empty where it has none."""
    match = re.fullmatch(r"\s*((?:\d+(?=[A-Z]))?[A-Za-z-]+|(?=\d+/))\s*([0-9][0-9/.:]*?)(?:\.0)?\s*", name or "")
    return (match[1], match[2]) if match else ("", "")


def _by_same_words(adapter: Adapter, one: Seen) -> bool:
    """Return the name of the file, however it is written: "Ethernet 2" and ethernet-2.pcap."""
    return adapter.name is not None and _words(adapter.name) in [_words(text) for text in _texts(one)]


def _by_words(adapters: Mapping[int, Adapter], seen: Sequence[Seen]) -> Iterable[tuple[int, int]]:
    """Yield names that stand among other words in the name of a file, the longest first: hv1_eth0.pcap."""
    left = list(seen)
    ordered = sorted(adapters.items(), key=lambda one: -len(_words(one[1].name or "")))
    for place, adapter in ordered:
        words = _words(adapter.name or "")
        passing = [one for one in left if words and any(_holds(_words(text), words) for text in _texts(one))]
        rivals = [other for at, other in ordered if at != place and _words(other.name or "") == words]
        if len(passing) == 1 and not rivals:
            left.remove(passing[0])
            yield place, passing[0].member.number


def _texts(one: Seen) -> list[str]:
    return [one.member.name, *(os.path.basename(capture.path).partition(".")[0] for capture in one.member.captures)]


def _holds(text: Sequence[str], words: Sequence[str]) -> bool:
    return any(list(text[at : at + len(words)]) == list(words) for at in range(len(text) - len(words) + 1))


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.casefold())


def _plain(*texts: str | None) -> set[str]:
    return {text.casefold() for text in texts if text}
