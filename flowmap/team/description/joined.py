"""How several outputs become teams: what is said of one team is put together, what is of two hosts stays apart.

A text may hold the outputs of several hosts, whose bonds have the same names and members. Two outputs are of one team where
they have the same name or share a member, and nothing speaks against it: another machine's name, another MAC of the same
member or bond, or, within one file, the same kind of output with another answer (a host prints its bond once). Files that
were given one by one and contradict each other are refused, unless MACs or machines show that they are of two teams.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import product
from typing import TypeVar

from flowmap.errors import ConfigError
from flowmap.message import Message, msg
from flowmap.team.description.model import Adapter, Parts, TeamDescription, same_text

__all__ = ["described_teams"]

_T = TypeVar("_T")
_BIT_BY_BIT = frozenset({"Get-NetLbfoTeamMember", "ip -j -d link", "nmcli connection show"})
"""Outputs that may tell the members of one team one after the other."""


def described_teams(parts: Iterable[Parts]) -> list[TeamDescription]:
    """Return the teams of all files: what several outputs say of one is put together, and adapters are put to their names.

    Raises ConfigError where two files contradict each other.
    """
    everything = Parts()
    for part in parts:
        everything.add(part)
    teams: list[TeamDescription] = []
    for team in everything.teams:
        for known in _of_one_team(team, teams):
            teams.remove(known)
            team = _joined(known, team)
        teams.append(team)
    return [_completed(team, everything.adapters) for team in teams]


def _of_one_team(team: TeamDescription, teams: Sequence[TeamDescription]) -> list[TeamDescription]:
    """Return those of the teams that this output is of too: of several that it may be of, the last one and what fits that."""
    fitting: list[TeamDescription] = []
    for known in reversed(teams):
        if (
            _is_same_team(known, team)
            and not _apart(known, team)
            and not any(_apart(known, other) for other in fitting)
        ):
            fitting.append(known)
    return fitting


def _is_same_team(one: TeamDescription, other: TeamDescription) -> bool:
    return same_text(one.name, other.name) or any(a.is_same(b) for a in one.members for b in other.members)


def _apart(one: TeamDescription, other: TeamDescription) -> bool:
    """Return whether they are of two teams, however alike their names are."""
    if one.host and other.host and not same_text(one.host, other.host):
        return True
    if one.kind != other.kind:
        return False
    if _disjoint(one.macs, other.macs) or any(_disjoint(a.macs, b.macs) for a, b in _pairs(one, other)):
        return True
    return one.source == other.source and _answers_differ(one, other)


def _answers_differ(one: TeamDescription, other: TeamDescription) -> bool:
    """Return whether two outputs of one kind say different things: of names, modes, members, or who is active."""
    told = [
        (one.name, other.name),
        (one.mode, other.mode),
        (one.algorithm, other.algorithm),
        (one.active, other.active),
        (one.primary, other.primary),
        (one.lacp_timer, other.lacp_timer),
        (one.aggregator, other.aggregator),
    ]
    if any(a is not None and b is not None and a != b for a, b in told):
        return True
    if any((a.role, a.up, a.lacp) != (b.role, b.up, b.lacp) for a, b in _pairs(one, other)):
        return True
    whole = one.kind not in _BIT_BY_BIT
    return whole and {member.title for member in one.members} != {member.title for member in other.members}


def _pairs(one: TeamDescription, other: TeamDescription) -> list[tuple[Adapter, Adapter]]:
    return [(a, b) for a, b in product(one.members, other.members) if a.is_same(b)]


def _disjoint(one: frozenset[int], other: frozenset[int]) -> bool:
    return bool(one) and bool(other) and not one & other


def _joined(one: TeamDescription, other: TeamDescription) -> TeamDescription:
    def agreed(what: Message, a: _T | None, b: _T | None) -> _T | None:
        if a is not None and b is not None and a != b:
            raise ConfigError(
                msg(
                    "{one} and {other} contradict each other: {what} {a} and {b}",
                    one=one.source,
                    other=other.source,
                    what=what,
                    a=a,
                    b=b,
                )
            )
        return b if a is None else a

    mode = agreed(msg("mode"), one.mode, other.mode)
    return TeamDescription(
        one.source,
        one.kind,
        one.name or other.name,
        mode,
        agreed(msg("algorithm"), one.algorithm, other.algorithm),
        tuple(_united([*one.members, *other.members])),
        one.macs | other.macs,
        agreed(msg("LACP timer"), one.lacp_timer, other.lacp_timer),
        other.negotiated if one.negotiated is None else one.negotiated,
        one.active or other.active,
        one.primary or other.primary,
        other.aggregator if one.aggregator is None else one.aggregator,
        one.ports or other.ports,
        one.host or other.host,
        one.of_switch or other.of_switch,
        None if mode else one.lacks or other.lacks,
    )


def _united(adapters: Sequence[Adapter]) -> list[Adapter]:
    found: list[Adapter] = []
    for adapter in adapters:
        place = next((at for at, known in enumerate(found) if known.is_same(adapter)), None)
        if place is None:
            found.append(adapter)
        else:
            found[place] = found[place].joined(adapter)
    return found


def _completed(team: TeamDescription, adapters: Sequence[Adapter]) -> TeamDescription:
    """Return the team with the adapters' MACs, speeds and names; the adapter called like the team is the team NIC."""
    members = []
    for member in team.members:
        placed = replace(member, host=member.host or team.host)
        for adapter in adapters:
            if placed.is_same(adapter):
                placed = placed.joined(adapter)
        members.append(placed)
    own = [
        adapter
        for adapter in adapters
        if same_text(adapter.name, team.name)
        and not _among(adapter, members)
        and not (adapter.host and team.host and not same_text(adapter.host, team.host))
    ]
    return _with_roles(replace(team, members=tuple(members), macs=team.macs.union(*(adapter.macs for adapter in own))))


def _with_roles(team: TeamDescription) -> TeamDescription:
    """Return the team with roles: where only the active member carries, the others stand by.

    It does not matter which of the outputs names the active one.
    """
    names = {(member.name or "").casefold() for member in team.members}
    if team.active is None or team.active.casefold() not in names or not (team.mode or "").endswith("active-backup"):
        return team
    return replace(
        team,
        members=tuple(
            replace(member, role="active" if same_text(member.name, team.active) else "standby")
            for member in team.members
        ),
    )


def _among(adapter: Adapter, members: Sequence[Adapter]) -> bool:
    return any(member.is_same(adapter) for member in members)
