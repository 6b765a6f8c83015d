"""Findings about how members are chosen: what the two directions, the keys and the numbers of streams tell of the chooser.

They say what a support engineer may look at; none changes a claim. What rests on a mode that is not known is info.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from flowmap.message import Message, glue, listed, msg, nmsg, number_word
from flowmap.team.hashpolicy import POLICIES, VARIANTS, Fields, Variant, hash_value
from flowmap.team.host import address_text
from flowmap.team.lacpdu import mac_text
from flowmap.verdict.chance import all_on_one, one_in
from flowmap.verdict.claims import Spread, cannot_tell
from flowmap.verdict.facts import TeamFacts
from flowmap.verdict.forecast import used_members
from flowmap.verdict.policy import KEYS, Choice
from flowmap.verdict.spread import usable_members

__all__ = ["choice_findings"]

_LEAST_EVEN = 4
_STORAGE = {2049: "NFS", 3260: "iSCSI"}
_LEAST_STORAGE = 2
_KEY_WORDS = {
    "mac": msg("MAC pairs"), "smac+vlan": msg("source MACs"), "dst": msg("destination addresses"), "ip": msg("address pairs"),
    "4tuple": msg("address and port pairs"),
}  # fmt: skip


@dataclass(frozen=True)
class _Side:
    """What one direction's streams used of the usable members. `values`: distinct values of each key that is known."""

    choices: Sequence[Choice]
    counts: Counter[int]
    values: dict[str, int]

    @property
    def only(self) -> int | None:
        return next(iter(self.counts)) if len(self.counts) == 1 else None


def choice_findings(
    team: TeamFacts, spread: Spread, tx: Sequence[Choice], rx: Sequence[Choice]
) -> Iterator[dict[str, Any]]:
    """Keyword arguments of `Finding`, one after the other."""
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
    values = {name: {key(choice) for choice in choices} for name, key in KEYS.items()}
    counts = Counter(choice.member for choice in choices)
    return _Side(choices, counts, {name: len(own) for name, own in values.items() if None not in own})


def _one_side(sent: _Side, received: _Side, usable: Sequence[int], team: TeamFacts) -> Iterator[dict[str, Any]]:
    """All of one direction on one member, though its connections are too many for chance."""
    ways: tuple[tuple[Literal["tx", "rx"], _Side, _Side], ...] = (("rx", received, sent), ("tx", sent, received))
    for side, own, other in ways:
        alpha = team.settings.thresholds.spread_alpha
        unlikely = bool(own.choices) and all_on_one(own.values["4tuple"], len(usable)) < alpha
        by_mode = team.expectation.one_member_scope(side) is not None
        if own.only is None or not unlikely or by_mode or (side == "rx" and team.flooded):
            continue
        evidence = {"direction": side, "values": own.values, "counts": _named(own.counts, team),
                    "other_counts": _named(other.counts, team)}  # fmt: skip
        name = team.members[own.only].name
        if side == "rx":
            yield from _one_mac(own, name, evidence)
            if len(other.counts) > 1:
                names = listed([team.members[number].name for number in sorted(other.counts)])
                text = msg("All {count} connections come in on {member}, while the host sends over {names}: the switch alone "
                           "chooses what comes in. {left}", count=len(own.choices), member=name, names=names,
                           left=_left(own))  # fmt: skip
                yield {"code": "FM207", "severity": "info", "explanation": text, "subject": {"direction": side,
                       "members": [name]}, "evidence": evidence}  # fmt: skip
        else:
            yield from _all_sent_on_one(own, name, usable, evidence, team)


def _named(counts: Counter[int], team: TeamFacts) -> dict[str, int]:
    return {team.members[number].name: count for number, count in sorted(counts.items())}


def _left(own: _Side) -> Message:
    """Which keys could make it so."""
    few = [name for name, count in own.values.items() if count == 1]
    if few:
        return msg("A hash of {keys} has one value for all of them.", keys=listed([_KEY_WORDS[name] for name in few]))
    told = [msg("{count} {keys}", count=count, keys=_KEY_WORDS[name]) for name, count in own.values.items()]
    return msg("No key is the same for all of them ({values}).", values=listed(told))


def _one_mac(own: _Side, name: str, evidence: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Many hosts behind one router: a key of MACs has one value."""
    macs = {choice.macs for choice in own.choices}
    if own.values.get("mac") == 1 and own.values["ip"] > 1:
        (pair,) = macs
        text = msg("All {count} hosts come in on {member} and from one MAC, {mac}, as behind a router: a hash of MACs has one "
                   "value for all of them, one of addresses has {count}.", count=own.values["ip"], member=name,
                   mac=mac_text(pair[0]) if pair else "")  # fmt: skip
        yield {
            "code": "FM208", "severity": "warning", "explanation": text, "subject": {"direction": "rx", "members": [name]},
            "evidence": evidence,
            "wireshark_filter": glue("eth.src == ", mac_text(pair[0]) if pair else "", between=""),
        }  # fmt: skip


def _all_sent_on_one(
    own: _Side, name: str, usable: Sequence[int], evidence: dict[str, Any], team: TeamFacts
) -> Iterator[dict[str, Any]]:
    """Only where LACP has the other members in the bundle too: else they may be down."""
    times = min(choice.first_ns for choice in own.choices), max(choice.last_ns for choice in own.choices)
    for number in usable:
        first, last = (team.member_time(number, ts_ns) for ts_ns in times)
        if not team.lacp.bundled_during(number, first, last, team.lacp_host):
            return
    by_ports = bool(team.expectation.rows) and all(row.tx in ("4tuple", "opaque") for row in team.expectation.rows)
    text = msg("All {count} connections are sent over {member}, although LACP has {names} in the bundle. {left}",
               count=len(own.choices), member=name, names=listed([team.members[number].name for number in usable]),
               left=_left(own))  # fmt: skip
    yield {"code": "FM209", "severity": "warning" if by_ports else "info", "explanation": text,
           "subject": {"direction": "tx", "members": [name]}, "evidence": evidence}  # fmt: skip


def _even_ports(sent: Sequence[Choice], usable: Sequence[int], team: TeamFacts) -> Iterator[dict[str, Any]]:
    """layer3+4 as kernels before November 2017 reckoned it takes bit 0 of the ports, which connect() leaves 0."""
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
        text = msg("All {count} streams are sent from even ports and over {member}. Linux' layer3+4 puts them on one of two "
                   "members in kernels before November 2017 (4.14 or 4.15), and on both in later ones.", count=len(sent),
                   member=name)  # fmt: skip
        yield {"code": "FM210", "severity": "info", "explanation": text, "subject": {"direction": "tx", "members": [name]},
               "evidence": ends}  # fmt: skip


def _index(choice: Choice, variant: Variant) -> int | None:
    fields = Fields(ethertype=0x0800 if choice.src[0][0] == 4 else 0x86DD, src_ip=choice.src[0], dst_ip=choice.dst[0], proto=6,
                    src_port=choice.src[1], dst_port=choice.dst[1])  # fmt: skip
    value = hash_value(POLICIES["layer3+4"], variant, fields)
    return None if value is None else value % 2


def _ports_would_help(
    choices: Sequence[Choice], usable: Sequence[int], spread: Spread, team: TeamFacts
) -> Iterator[dict[str, Any]]:
    """Bulk of few address pairs on one member, which a key with ports would tell apart; with the odds, not a promise."""
    bulk = {stream.number for stream in team.judged if stream.bulk.side == spread.side}
    own = _side([choice for choice in choices if choice.stream in bulk])
    if spread.side not in ("tx", "rx") or own.only is None or own.values["4tuple"] <= own.values["ip"]:
        return
    if team.expectation.one_member_scope("rx" if spread.side == "rx" else "tx") or (spread.side == "rx" and team.flooded):
        return  # no hash chooses there
    odds = used_members(own.values["4tuple"], len(usable))
    average = sum(count * p for count, p in enumerate(odds))
    more = used_members(own.values["4tuple"], len(usable) + 1)
    name, all_used = team.members[own.only].name, odds[-1]
    text = msg("All {count} streams are on {member}. A hash that includes ports has {values} values in place of {pairs}: it "
               "would use {average:.1f} of {n} members on average, all of them {chance}. One stream stays on one member with "
               "any hash.",
               count=len(own.choices), member=name, values=own.values["4tuple"], pairs=own.values["ip"], average=average,
               n=len(usable), chance=one_in(all_used))  # fmt: skip
    yield {
        "code": "FM213", "severity": "info", "explanation": text, "subject": {"direction": spread.side, "members": [name]},
        "evidence": {
            "values": own.values, "members": len(usable), "odds": {str(n): round(p, 4) for n, p in enumerate(odds) if p},
            "odds_with_one_more": {str(n): round(p, 4) for n, p in enumerate(more) if p},
        },
    }  # fmt: skip


def _few_members(spread: Spread, team: TeamFacts) -> Iterator[dict[str, Any]]:
    """Some members carry nothing: how often so few keys leave so many out."""
    n, used = len(spread.counts), spread.members_used
    if not 1 < used < n or not spread.units:
        return
    p = sum(used_members(spread.units, n)[: used + 1])
    idle = [team.members[number].name for number, count in spread.counts.items() if not count]
    said = {"units": spread.units, "used": number_word(used), "members": n, "chance": one_in(p), "idle": listed(idle)}
    text = (
        nmsg("{units} host uses {used} of {members} members, not {idle}. Chance uses no more than that {chance}.",
             "{units} hosts use {used} of {members} members, not {idle}. Chance uses no more than that {chance}.",
             spread.units, **said)
        if spread.unit == "host" else
        nmsg("{units} stream uses {used} of {members} members, not {idle}. Chance uses no more than that {chance}.",
             "{units} streams use {used} of {members} members, not {idle}. Chance uses no more than that {chance}.",
             spread.units, **said)
    )  # fmt: skip
    yield {
        "code": "FM211", "severity": "warning" if p < team.settings.thresholds.spread_alpha else "info", "explanation": text,
        "subject": {"direction": spread.side, "members": idle},
        "evidence": {"units": spread.units, "unit": spread.unit, "members": n, "members_used": used, "p_at_most": round(p, 6)},
    }  # fmt: skip


def _storage(choices: Sequence[Choice], usable: Sequence[int], team: TeamFacts) -> Iterator[dict[str, Any]]:
    """Sessions with storage on one member: one pair of addresses, or several that an xor of addresses cannot tell apart."""
    for port, protocol in _STORAGE.items():
        own = [choice for choice in choices if choice.dst[1] == port]
        members = {choice.member for choice in own}
        if len(own) < _LEAST_STORAGE or len(members) != 1:
            continue
        pairs = sorted({(choice.src[0], choice.dst[0]) for choice in own})
        index = {(src[1] ^ dst[1]) % len(usable) for src, dst in pairs}
        name = team.members[members.pop()].name
        said = {"count": len(own), "protocol": protocol, "member": name}
        if len(pairs) == 1:
            text = msg("All {count} {protocol} sessions use {member}: they have one pair of addresses ({src} to {dst}), so a "
                       "hash of addresses has one value, however many sessions there are.", src=address_text(pairs[0][0]),
                       dst=address_text(pairs[0][1]), **said)  # fmt: skip
        elif len(index) == 1:
            text = msg("All {count} {protocol} sessions use {member}: an xor of the last octets gives all {pairs} pairs of "
                       "addresses the same of {n} members.", pairs=len(pairs), n=len(usable), **said)  # fmt: skip
        else:
            continue
        yield {
            "code": "FM212", "severity": "info", "explanation": text, "subject": {"members": [name]},
            "evidence": {"streams": len(own), "pairs": len(pairs), "port": port},
            "wireshark_filter": glue("tcp.port == ", str(port), between=""),
        }  # fmt: skip
