"""Findings about what is between host and switch: a channel that one side lacks, MACs that peers take for the host's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flowmap.facts.model import TeamFacts
from flowmap.finding import Finding
from flowmap.message import Message, glue, listed, msg
from flowmap.team.host import Address, address_text
from flowmap.team.lacp.lacpdu import mac_text
from flowmap.verdict.findings.team.rules import FM319, FM320, FM321, FM322, FM323
from flowmap.verdict.mode.candidates import Candidates
from flowmap.verdict.mode.policy import Choice

__all__ = ["network_findings"]

_MANAGEMENT = {135: "RPC", 3389: "RDP", 5985: "WinRM", 5986: "WinRM"}
_SAME_NET = {4: 8, 6: 64}
"""Bits of an address that two of one network may differ in, where masks are not known."""


def network_findings(
    team: TeamFacts, candidates: Candidates | None, tx: Sequence[Choice], rx: Sequence[Choice]
) -> Iterator[Finding]:
    """Yield what is odd between host and switch."""
    clues = {clue.kind: clue.text for clue in candidates.clues} if candidates is not None else {}
    yield from _no_lacp(clues, team)
    yield from _flapping(clues, tx, team)
    yield from _other_mac(tx, rx, team)
    yield from _over_management(team)
    yield from _aggregates(team)


def _no_lacp(clues: dict[str, Message], team: TeamFacts) -> Iterator[Finding]:
    """Yield streams are sent over several members, and no LACPDU came in 90 s: what the source MACs say of it."""
    if "no_lacp" not in clues or team.expectation.rows:
        return
    names = [member.name for member in team.team_members]
    if "own_source_macs" in clues:
        text = msg(
            "Streams are sent over several of {names} without LACP, from another source MAC on each: the team is "
            "independent of the switch.",
            names=listed(names),
        )
    elif "one_source_mac" in clues:
        text = msg(
            "Streams are sent over several of {names} without LACP, from one source MAC: the switch needs a static "
            "channel of these ports, else it sees the MAC move from port to port.",
            names=listed(names),
        )
    else:
        text = msg(
            "Streams are sent over several of {names} without LACP: the switch has a static channel, or the team is "
            "independent of it.",
            names=listed(names),
        )
    macs = "own" if "own_source_macs" in clues else "one" if "one_source_mac" in clues else None
    yield Finding(FM319, "info", text, {"members": names}, {"lacpdus": 0, "source_macs": macs})


def _flapping(clues: dict[str, Message], tx: Sequence[Choice], team: TeamFacts) -> Iterator[Finding]:
    """Yield one source MAC on several ports that the switch does not take for one channel."""
    if "one_source_mac" not in clues or "flooded" not in clues:
        return
    members: dict[int, set[int]] = {}
    for choice in tx:
        if choice.macs is not None:
            members.setdefault(choice.macs[0], set()).add(choice.member)
    found = {mac: own for mac, own in members.items() if len(own) > 1}
    if not found:
        return
    mac, own = min(found.items())
    names = [team.members[number].name for number in sorted(own)]
    text = msg(
        "{mac} sends on {names} at the same time, and {count} broadcasts came in on every member: the switch takes the "
        "ports for separate ones, and sees the MAC move between them.",
        mac=mac_text(mac),
        names=listed(names),
        count=team.flooded,
    )
    evidence = {"mac": mac_text(mac), "flooded": team.flooded}
    yield Finding(FM320, "warning", text, {"members": names}, evidence, glue("eth.src == ", mac_text(mac), between=""))


def _other_mac(tx: Sequence[Choice], rx: Sequence[Choice], team: TeamFacts) -> Iterator[Finding]:
    """Yield who answers to a source MAC that a member put into its frames, in place of the one that ARP gave."""
    sent: dict[int, set[int]] = {}
    for choice in tx if team.told_macs else ():
        if choice.macs is not None:
            sent.setdefault(choice.macs[0], set()).add(choice.member)
    hosts: dict[tuple[int, tuple[int, int]], set[str]] = {}
    for choice in rx if team.told_macs else ():
        told = team.told_macs.get(choice.dst[0], frozenset())
        used = choice.macs[1] if choice.macs is not None else None
        if used is not None and told and used not in told and used in sent:
            hosts.setdefault((used, choice.dst[0]), set()).add(address_text(choice.src[0]))
    for (used, address), remote in sorted(hosts.items()):
        given = sorted(mac_text(mac) for mac in team.told_macs[address])
        names = [team.members[number].name for number in sorted(sent[used])]
        text = msg(
            "{hosts} sends to {address} at {used}, the source MAC that {names} puts into frames, and not at {told}, "
            "which ARP gave: it takes a MAC from frames, and loses the host when that member fails.",
            hosts=listed(sorted(remote)),
            address=address_text(address),
            used=mac_text(used),
            names=listed(names),
            told=listed(given),
        )
        yield Finding(
            FM321,
            "warning",
            text,
            {"hosts": sorted(remote), "members": names},
            {"address": address_text(address), "mac": mac_text(used), "arp_macs": given},
            glue("eth.dst == ", mac_text(used), between=""),
        )


def _over_management(team: TeamFacts) -> Iterator[Finding]:
    """Yield migrations on the address that management uses too, although the host has one in another network."""
    own = team.host.addresses
    managed: dict[Address, set[str]] = {}
    for stream in team.streams:
        for direction in () if stream.judged else stream.directions[:1]:
            ports = {direction.src[1], direction.dst[1]} & _MANAGEMENT.keys()
            for address in ({direction.src[0], direction.dst[0]} & own) if ports else ():
                managed.setdefault(address, set()).update(_MANAGEMENT[port] for port in ports)
    if not managed:
        return
    migrated = {end[0] for stream in team.judged for end in (stream.bulk.src, stream.bulk.dst)} & own
    for address in sorted(migrated & managed.keys()):
        others = [one for one in sorted(own - managed.keys()) if one[0] == address[0] and not _one_net(one, address)]
        if not others or migrated - managed.keys():
            continue
        text = msg(
            "Migrations use {address}, on which there is management too ({protocols}), although the host has {others} "
            "in another network.",
            address=address_text(address),
            protocols=listed(sorted(managed[address])),
            others=listed([address_text(one) for one in others]),
        )
        yield Finding(
            FM322,
            "info",
            text,
            {"host": address_text(address)},
            {"protocols": sorted(managed[address]), "other_addresses": [address_text(one) for one in others]},
            glue("ip.addr == " if address[0] == 4 else "ipv6.addr == ", address_text(address), between=""),
        )


def _one_net(one: Address, other: Address) -> bool:
    return (one[1] ^ other[1]) >> _SAME_NET[one[0]] == 0


def _aggregates(team: TeamFacts) -> Iterator[Finding]:
    """Yield that the switch has members in different groups, or some in none, by what LLDP says of the ports."""
    heard = {
        member.name: team.switch_ports[member.number]
        for member in team.team_members
        if member.number in team.switch_ports
    }
    told = {name: one for name, one in heard.items() if one.aggregated is not None}
    groups = {one.aggregate for one in told.values() if one.aggregated}
    alone = [name for name, one in told.items() if not one.aggregated]
    if not groups or len({one.chassis for one in told.values()}) > 1 or (len(groups) == 1 and not alone):
        return  # chassis of one MLAG number their groups each by itself
    text = (
        msg(
            "By LLDP the switch has {alone} in no aggregate, and {others} in one.",
            alone=listed(alone),
            others=listed([name for name in told if name not in alone]),
        )
        if alone
        else msg("By LLDP the switch has {names} in different aggregates.", names=listed(list(told)))
    )
    aggregates = {name: one.aggregate for name, one in told.items()}
    yield Finding(FM323, "warning", text, {"members": alone or list(told)}, {"aggregates": aggregates}, "lldp")
