"""Marks the members of another team of the host, so that the team that carried the migrations is judged by itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from flowmap.analysis.gather import Found, Listed, find_team_host, read_lacp
from flowmap.flow.streams.grouping import distinct, grouped
from flowmap.flow.streams.stream import Streams
from flowmap.settings.config import Settings
from flowmap.team.description.match import Described
from flowmap.team.host import Address
from flowmap.team.lacp.teams import Group, aggregates, chosen_team, separate_hosts
from flowmap.team.members import Members

__all__ = ["mark_other_teams", "mark_undescribed"]

Array = np.ndarray[Any, Any]


def mark_other_teams(found: Found, settings: Settings) -> Found:
    """Return what was found with the members of another team marked.

    Where several teams carried migrations none is, and all of them are kept as `members.teams`.
    """
    members, lacp = found.members, found.lacp
    heard = bool(lacp.members)
    groups = (
        aggregates(lacp, find_team_host(found, settings)[1].system) if heard else _by_addresses(members, found.rows)
    )
    payload = _payload(found.streams, found.listed)
    chosen = chosen_team(groups, payload) if groups else None
    if chosen is None:
        if sum(any(payload.get(member) for member in group) for group in groups) > 1:
            members.teams = groups
        return found
    return _without(found, {member for group in groups for member in group} - set(chosen))


def _without(found: Found, others: Iterable[int]) -> Found:
    """Return what was found, with these members marked as of another team: their LACP does not count."""
    for number in others:
        found.members.members[number] = replace(found.members.members[number], other_team=True)
    return replace(found, lacp=read_lacp(found.members))


def mark_undescribed(found: Found, described: Described | None) -> tuple[Found, Described | None]:
    """Return what was found with other teams' members marked, and the description of the team that is judged.

    The description says which members are its own. Where every member that it names was captured, the others are
    another team's, if what is judged went over those that it names; if it went over the others, the description is that
    of another team.
    """
    if described is None or described.uncaptured or not described.undescribed or len(described.members) < 2:
        return found, described
    own = tuple(described.members)
    chosen = chosen_team([own, described.undescribed], _payload(found.streams, found.listed))
    if chosen is None:
        return found, described
    left = _without(found, described.undescribed if chosen == own else own)
    return left, replace(described, undescribed=()) if chosen == own else None


def _by_addresses(members: Members, rows: Array) -> list[Group]:
    """Return members by the MAC and the addresses of their own, where no LACP is heard."""
    unicast = members.pairs[members.pairs["dmac"] >> np.uint64(40) & np.uint64(1) == 0]
    talk: dict[int, list[tuple[int, int]]] = {}
    for link, smac, dmac in zip(*(unicast[name].tolist() for name in ("link", "smac", "dmac")), strict=True):
        if not members.members[link].left_out:
            talk.setdefault(link, []).append((smac, dmac))
    return separate_hosts(talk, lambda mac: _addresses(mac, rows), len(rows) // 2)


def _addresses(mac: int, rows: Array) -> set[Address]:
    """Return the addresses behind a MAC; of a million rows few columns are looked at, and each address is made once."""
    found: set[Address] = set()
    for side, end in (("smac", "src"), ("dmac", "dst")):
        here = np.flatnonzero(rows[side] == mac)
        columns = [rows[name][here] for name in ("version", f"{end}_hi", f"{end}_lo")]
        order, new = grouped(columns, here)
        once = order[new]
        for version, high, low in zip(*(column[once].tolist() for column in columns), strict=True):
            found.add((version, high << 64 | low))
    return found


def _payload(streams: Streams, listed: Listed) -> dict[int, int]:
    """Return the payload of the judged streams by member."""
    rows = streams.rows_of_all(np.array([number for number, _ in listed.judged], np.int64))[0]
    member, size = streams.rows["link"][rows].astype(np.int64), streams.rows["payload_bytes"][rows].astype(np.int64)
    sums = np.zeros(int(member.max(initial=-1)) + 1, np.int64)
    np.add.at(sums, member, size)
    return {one: int(sums[one]) for one in distinct(member).tolist()}
