"""Other aggregates of the same host: members that belong to another team, as LACP shows.

A link aggregation group is known by the systems and keys of both ends (802.1AX, LAG ID). Members whose LACPDUs show other
groups, each of them bundled, are of two teams if no end has one system and key on both, or if the host's end differs. Where
the far end alone differs, one team is wired to two switches or to ports of two channels, which is a fault of that team; and
a member whose own key differs but that was never bundled is a stray of its team. Members without a word of LACP stay with
the team that is judged.

Where LACP is not spoken, MACs and addresses decide: a bond has one MAC on all its members. Members whose frames all are of one
MAC, two members or more for each MAC, with addresses of its own, are another team where the two MACs do not talk to each
other (two hosts would) and so many conversations would hardly have kept apart by chance. Members of a team whose MACs differ
by member (switch-independent, balance-alb) have their addresses in common, virtual machines behind one team its members.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set

from flowmap.team.lacp.bundle import LacpTimeline
from flowmap.team.lacp.lacpdu import BUNDLED, LacpParty

__all__ = ["Group", "aggregates", "chosen_team", "separate_hosts"]

Group = tuple[int, ...]
"""Numbers of members."""
_End = tuple[int, int]
"""System and key."""
_MOST = 0.95
_LEAST_MEMBERS, _LEAST_CONVERSATIONS = 2, 8
"""Eight conversations of two addresses on halves of four members are there by chance 1 time in 64."""


def aggregates(lacp: LacpTimeline, host: int | None) -> list[Group]:
    """Return members by the aggregate that they are in, where there are several.

    `host` is the LACP system of the host, if known.
    """
    ends = _ends(lacp)
    groups: dict[frozenset[_End], list[int]] = {}
    for member, own in ends.items():
        groups.setdefault(own, []).append(member)
    if len(groups) < 2 or any(len(own) != 2 for own in groups):
        return []
    common = frozenset.intersection(*groups)
    if common:
        near = {end for own in groups for end in own - common}
        if host is None or any(system != host for system, _ in near):
            return []
    return [tuple(members) for members in groups.values()]


def separate_hosts(
    talk: Mapping[int, Sequence[tuple[int, int]]], addresses: Callable[[int], Set[tuple[int, int]]], conversations: int
) -> list[Group]:
    """Return members by their own MAC, where several are there that share neither members nor addresses.

    `talk`: (source MAC, destination MAC) of each member's frames to a single station; `addresses` gives (IP version, number)
    of a MAC, of those that are behind it too; it is asked only where several hosts may be.
    """
    groups = _own_macs(talk)
    if not groups or conversations < _LEAST_CONVERSATIONS:
        return []
    known = [address for mac in groups for address in addresses(mac)]
    return [] if len(known) > len(set(known)) else [tuple(members) for members in groups.values()]


def _own_macs(talk: Mapping[int, Sequence[tuple[int, int]]]) -> dict[int, list[int]]:
    """Return the members of each MAC that is in all their frames, where all members have one; else nothing.

    Such MACs do not talk to each other.
    """
    if len(talk) < 2 * _LEAST_MEMBERS:
        return {}
    groups: dict[frozenset[int], list[int]] = {}
    for member, pairs in talk.items():
        groups.setdefault(frozenset.intersection(*(frozenset(pair) for pair in pairs)), []).append(member)
    if len(groups) < 2 or any(len(macs) != 1 or len(members) < _LEAST_MEMBERS for macs, members in groups.items()):
        return {}
    found = {next(iter(macs)): members for macs, members in groups.items()}
    if any(smac in found and dmac in found for pairs in talk.values() for smac, dmac in pairs):
        return {}
    return found


def chosen_team(groups: Sequence[Group], payload: Mapping[int, int]) -> Group | None:
    """Return the group that carried what is judged, `payload` by member; None where several did, or none."""
    total = sum(payload.values())
    sums = [sum(payload.get(member, 0) for member in group) for group in groups]
    best = max(range(len(groups)), key=sums.__getitem__)
    return groups[best] if total and sums[best] >= _MOST * total else None


def _ends(lacp: LacpTimeline) -> dict[int, frozenset[_End]]:
    """Return the two ends of each member, as they were last heard in the bundle."""
    found: dict[int, dict[int, _End]] = {}
    for pdu in lacp.pdus:
        parties: list[LacpParty] = [pdu.actor]
        if pdu.partner is not None and pdu.has_partner:
            parties.append(pdu.partner)
        for party in parties:
            if party.state & BUNDLED == BUNDLED:
                found.setdefault(pdu.member, {})[party.system] = (party.system, party.key)
    return {member: frozenset(by_system.values()) for member, by_system in found.items()}
