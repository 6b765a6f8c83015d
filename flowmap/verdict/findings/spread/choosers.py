"""Findings about how members are chosen: what the two directions, the keys and the numbers of streams tell of the chooser.

They say what a support engineer may look at; none changes a claim. What rests on a mode that is not known is info.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from flowmap.dataclass import dataclass
from flowmap.facts.model import TeamFacts
from flowmap.finding import Finding
from flowmap.message import Message, all_of, glue, listed, msg, nmsg, number_word
from flowmap.team.hashes.policy import POLICIES, VARIANTS, Fields, Variant, hash_value
from flowmap.team.host import address_text
from flowmap.team.lacp.lacpdu import mac_text
from flowmap.verdict.chance.probability import all_on_one, one_in
from flowmap.verdict.claims.results import Spread, cannot_tell
from flowmap.verdict.claims.usable import usable_members
from flowmap.verdict.findings.spread.rules import FM207, FM208, FM209, FM210, FM211, FM212, FM213
from flowmap.verdict.mode.forecast import used_members
from flowmap.verdict.mode.policy import KEYS, Choice, ports_in_key
from flowmap.words import Way

__all__ = ["choice_findings"]

_LEAST_EVEN = 4
_STORAGE = {2049: "NFS", 3260: "iSCSI"}
_LEAST_STORAGE = 2
_KEY_WORDS = {
    "mac": msg("MAC pairs"),
    "smac+vlan": msg("source MACs"),
    "dst": msg("destination addresses"),
    "ip": msg("address pairs"),
    "4tuple": msg("address and port pairs"),
}


@dataclass(frozen=True)
class _Side:
    """What one direction's streams used of the usable members. `values`: distinct values of each key that is known."""

    choices: Sequence[Choice]
    counts: Counter[int]

    @cached_property
    def values(self) -> dict[str, int]:
        """Counted only where they are asked for: there may be tens of thousands of choices."""
        found = {name: {key(choice) for choice in self.choices} for name, key in KEYS.items()}
        return {name: len(own) for name, own in found.items() if None not in own}

    @property
    def only(self) -> int | None:
        return next(iter(self.counts)) if len(self.counts) == 1 else None


def choice_findings(team: TeamFacts, spread: Spread, tx: Sequence[Choice], rx: Sequence[Choice]) -> Iterator[Finding]:
    """Yield what directions, keys and numbers of streams tell of who chooses."""
    judged = [stream for stream in team.judged if stream.bulk.shares]
    usable = usable_members(team, judged) if judged else [member.number for member in team.team_members]
    if cannot_tell(team) or len(usable) < 2 or spread.why == "apart":
        return
    numbers = {stream.number for stream in judged}
    sent, received = ([c for c in choices if c.stream in numbers] for choices in (tx, rx))
    yield from _one_side(_side(sent), _side(received), usable, team)
    yield from _even_ports(sent, usable, team)
    yield from _ports_would_help(sent if spread.side == "tx" else received, usable, spread, team)
    yield from _few_members(spread, team)
    yield from _storage([*tx, *rx], usable, team)


def _side(choices: Sequence[Choice]) -> _Side:
    return _Side(choices, Counter([choice.member for choice in choices]))


def _one_side(sent: _Side, received: _Side, usable: Sequence[int], team: TeamFacts) -> Iterator[Finding]:
    """Yield all of one direction on one member, though its connections are too many for chance."""
    ways: tuple[tuple[Way, _Side, _Side], ...] = (("rx", received, sent), ("tx", sent, received))
    for side, own, other in ways:
        alpha = team.settings.thresholds.spread_alpha
        by_mode = team.expectation.one_member_scope(side) is not None
        if own.only is None or by_mode or (side == "rx" and team.flooded):
            continue
        if all_on_one(own.values["4tuple"], len(usable)) >= alpha:
            continue
        evidence = {
            "direction": side,
            "values": own.values,
            "counts": _named(own.counts, team),
            "other_counts": _named(other.counts, team),
        }
        name = team.members[own.only].name
        if side == "rx":
            yield from _one_mac(own, name, evidence)
            if len(other.counts) > 1:
                names = listed([team.members[number].name for number in sorted(other.counts)])
                text = msg(
                    "All {count} connections come in on {member}, while the host sends over {names}: the switch alone "
                    "chooses what comes in. {left}",
                    count=len(own.choices),
                    member=name,
                    names=names,
                    left=_left(own),
                )
                yield Finding(FM207, "info", text, {"direction": side, "members": [name]}, evidence)
        else:
            yield from _all_sent_on_one(own, name, usable, evidence, team)


def _named(counts: Counter[int], team: TeamFacts) -> dict[str, int]:
    return {team.members[number].name: count for number, count in sorted(counts.items())}


def _left(own: _Side) -> Message:
    """Return which keys could make it so."""
    few = [name for name, count in own.values.items() if count == 1]
    if few:
        return msg("A hash of {keys} has one value for all of them.", keys=listed([_KEY_WORDS[name] for name in few]))
    told = [msg("{count} {keys}", count=count, keys=_KEY_WORDS[name]) for name, count in own.values.items()]
    return msg("No key is the same for all of them ({values}).", values=listed(told))


def _one_mac(own: _Side, name: str, evidence: dict[str, Any]) -> Iterator[Finding]:
    """Yield that many hosts are behind one router: a key of MACs has one value."""
    macs = {choice.macs for choice in own.choices}
    if own.values.get("mac") == 1 and own.values["ip"] > 1:
        (pair,) = macs
        text = msg(
            "All {count} hosts come in on {member} and from one MAC, {mac}, as behind a router: a hash of MACs has one "
            "value for all of them, one of addresses has {count}.",
            count=own.values["ip"],
            member=name,
            mac=mac_text(pair[0]) if pair else "",
        )
        shows = glue("eth.src == ", mac_text(pair[0]) if pair else "", between="")
        yield Finding(FM208, "warning", text, {"direction": "rx", "members": [name]}, evidence, shows)


def _all_sent_on_one(
    own: _Side, name: str, usable: Sequence[int], evidence: dict[str, Any], team: TeamFacts
) -> Iterator[Finding]:
    """Yield that the host sends all on one member, only where LACP has the others in the bundle: else they may be down."""
    times = min(choice.first_ns for choice in own.choices), max(choice.last_ns for choice in own.choices)
    for number in usable:
        first, last = (team.member_time(number, ts_ns) for ts_ns in times)
        if not team.lacp.bundled_during(number, first, last, team.lacp_host):
            return
    by_ports = bool(team.expectation.rows) and all(row.tx in ("4tuple", "opaque") for row in team.expectation.rows)
    text = msg(
        "All {count} connections are sent over {member}, although LACP has {names} in the bundle. {left}",
        count=len(own.choices),
        member=name,
        names=listed([team.members[number].name for number in usable]),
        left=msg("The hash of this mode takes ports in, and theirs differ.") if by_ports else _left(own),
    )
    yield Finding(FM209, "warning" if by_ports else "info", text, {"direction": "tx", "members": [name]}, evidence)


def _even_ports(sent: Sequence[Choice], usable: Sequence[int], team: TeamFacts) -> Iterator[Finding]:
    """Yield that kernels before November 2017 hash bit 0 of the ports for layer3+4, which connect() leaves 0."""
    members = {choice.member for choice in sent}
    if len(usable) != 2 or len(members) != 1 or len({choice.src for choice in sent}) < _LEAST_EVEN:
        return
    ends = {"even": sum(choice.src[1] % 2 == 0 for choice in sent), "streams": len(sent)}
    if ends["even"] < len(sent):
        return
    old = next(one for one in VARIANTS if one.fold and one.shift == "none")
    then, now = ({_index(choice, one) for choice in sent} for one in (old, VARIANTS[-1]))
    if len(then) == 1 and len(now) == 2:
        name = team.members[members.pop()].name
        text = msg(
            "All {count} streams are sent from even ports and over {member}. Linux' layer3+4 puts them on one of two "
            "members in kernels before November 2017 (4.14 or 4.15), and on both in later ones.",
            count=len(sent),
            member=name,
        )
        yield Finding(FM210, "info", text, {"direction": "tx", "members": [name]}, ends)


def _index(choice: Choice, variant: Variant) -> int | None:
    fields = Fields(
        ethertype=0x0800 if choice.src[0][0] == 4 else 0x86DD,
        src_ip=choice.src[0],
        dst_ip=choice.dst[0],
        proto=6,
        src_port=choice.src[1],
        dst_port=choice.dst[1],
    )
    value = hash_value(POLICIES["layer3+4"], variant, fields)
    return None if value is None else value % 2


def _ports_would_help(
    choices: Sequence[Choice], usable: Sequence[int], spread: Spread, team: TeamFacts
) -> Iterator[Finding]:
    """Yield bulk of few address pairs on one member, which a key with ports would tell apart; with the odds, not a promise."""
    bulk = {stream.number for stream in team.judged if stream.bulk.side == spread.side}
    own = _side([choice for choice in choices if choice.stream in bulk])
    if spread.side not in ("tx", "rx") or own.only is None or own.values["4tuple"] <= own.values["ip"]:
        return
    if ports_in_key(team, str(spread.side), choices):
        return
    if team.expectation.one_member_scope("rx" if spread.side == "rx" else "tx") or (
        spread.side == "rx" and team.flooded
    ):
        return  # no hash chooses there
    odds = used_members(own.values["4tuple"], len(usable))
    average = sum(count * p for count, p in enumerate(odds))
    more = used_members(own.values["4tuple"], len(usable) + 1)
    name, all_used = team.members[own.only].name, odds[-1]
    text = msg(
        "{all} streams are on {member}. A hash that includes ports has {values} values in place of {pairs}: it "
        "would use {average:.1f} of {n} members on average, all of them {chance}. One stream stays on one member with "
        "any hash.",
        all=all_of(len(own.choices)),
        member=name,
        values=own.values["4tuple"],
        pairs=own.values["ip"],
        average=average,
        n=len(usable),
        chance=one_in(all_used),
    )
    evidence = {
        "values": own.values,
        "members": len(usable),
        "odds": {str(n): round(p, 4) for n, p in enumerate(odds) if p},
        "odds_with_one_more": {str(n): round(p, 4) for n, p in enumerate(more) if p},
    }
    yield Finding(FM213, "info", text, {"direction": spread.side, "members": [name]}, evidence)


def _few_members(spread: Spread, team: TeamFacts) -> Iterator[Finding]:
    """Yield that some members carry nothing, with how often so few keys leave so many out."""
    n, used = len(spread.counts), spread.members_used
    if not 1 < used < n or not spread.units:
        return
    p = sum(used_members(spread.units, n)[: used + 1])
    idle = [team.members[number].name for number, count in spread.counts.items() if not count]
    said = {"units": spread.units, "used": number_word(used), "members": n, "chance": one_in(p), "idle": listed(idle)}
    text = (
        nmsg(
            "{units} host uses {used} of {members} members, not {idle}. Chance uses no more than that {chance}.",
            "{units} hosts use {used} of {members} members, not {idle}. Chance uses no more than that {chance}.",
            spread.units,
            **said,
        )
        if spread.unit == "host"
        else nmsg(
            "{units} stream uses {used} of {members} members, not {idle}. Chance uses no more than that {chance}.",
            "{units} streams use {used} of {members} members, not {idle}. Chance uses no more than that {chance}.",
            spread.units,
            **said,
        )
    )
    yield Finding(
        FM211,
        "warning" if p < team.settings.thresholds.spread_alpha else "info",
        text,
        {"direction": spread.side, "members": idle},
        {"units": spread.units, "unit": spread.unit, "members": n, "members_used": used, "p_at_most": round(p, 6)},
    )


def _storage(choices: Sequence[Choice], usable: Sequence[int], team: TeamFacts) -> Iterator[Finding]:
    """Yield sessions with storage on one member: one pair of addresses, or several that an xor of addresses makes equal."""
    for port, protocol in _STORAGE.items():
        own = [choice for choice in choices if choice.dst[1] == port]
        members = {choice.member for choice in own}
        if len(own) < _LEAST_STORAGE or len(members) != 1:
            continue
        pairs = sorted({(choice.src[0], choice.dst[0]) for choice in own})
        index = {(src[1] ^ dst[1]) % len(usable) for src, dst in pairs}
        name = team.members[members.pop()].name
        said = {"all": all_of(len(own)), "protocol": protocol, "member": name}
        if len(pairs) == 1:
            text = msg(
                "{all} {protocol} sessions use {member}: they have one pair of addresses ({src} to {dst}), so a "
                "hash of addresses has one value, however many sessions there are.",
                src=address_text(pairs[0][0]),
                dst=address_text(pairs[0][1]),
                **said,
            )
        elif len(index) == 1:
            text = msg(
                "{all} {protocol} sessions use {member}: an xor of the last octets gives all {pairs} pairs of "
                "addresses the same of {n} members.",
                pairs=len(pairs),
                n=len(usable),
                **said,
            )
        else:
            continue
        evidence = {"streams": len(own), "pairs": len(pairs), "port": port}
        yield Finding(FM212, "info", text, {"members": [name]}, evidence, glue("tcp.port == ", str(port), between=""))
