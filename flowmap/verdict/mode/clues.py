"""What the packets tell of the teaming mode: clues, each a fact that the table (modes.toml) reads for and against rows.

A clue is only made where the captures could have shown the contrary: streams that overlap in time on several members, one
large enough to be told from spraying, a silence long enough. Captures whose members or host are not known give none of those
that rest on them: no clue is better than one that may be wrong.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from operator import attrgetter
from typing import NamedTuple

from flowmap.dataclass import dataclass
from flowmap.facts.model import Direction, TeamFacts
from flowmap.message import Message, listed, msg
from flowmap.team.host import Address, address_text
from flowmap.types import PacketClass
from flowmap.verdict.claims.results import cannot_tell
from flowmap.verdict.mode.policy import Choice, Fit, Placements

__all__ = ["Clue", "Sent", "find_clues"]

_LONG_SILENCE_NS = 90 * 10**9
"""Three intervals of slow LACP."""
_LARGE = 200
"""Packets on one member alone that no spraying leaves there."""
_MOST_LARGE = 50
_MANY = 6
"""Streams on one member of several, which an even hash does less than one time in twenty."""
_LEAST_FLOODED = 3


@dataclass(frozen=True, slots=True)
class Clue:
    """`kind`: its name in the table's [clues]; `value`: what it is about, where the table says "*".

    `steady`: it speaks only against rows whose streams never move.
    """

    kind: str
    text: Message
    value: str | None = None
    steady: bool = False


class Sent(NamedTuple):
    """One source address sending from one MAC on one member. Times are on the reference clock."""

    src: Address
    smac: int
    member: int
    first_ns: int
    last_ns: int


def find_clues(team: TeamFacts, sent: Sequence[Sent], sending: Placements, receiving: Placements) -> list[Clue]:
    """Return all clues: of what was sent, and of the placements in each direction; keys and policies are those of tx."""
    tx, rx = sending.choices, receiving.choices
    if cannot_tell(team) or len(team.team_members) < 2:
        return []
    several = _first_overlap(tx)
    clues = [*_lacp(team, several is not None), *_source_macs(team, sent), *_sprayed(team)]
    if several is not None:
        clues.append(
            Clue("sent_on_several", msg("streams are sent over {names} at the same time", names=_names(several, team)))
        )
    clues += [*_whole(team, tx), *_moves(team), *_received(team, rx, tx), *_one_member(team, tx, rx)]
    return [*clues, *_keys(sending.keys), *_policies(sending.policies)]


def _names(members: Iterable[int], team: TeamFacts) -> Message:
    return listed([team.members[number].name for number in sorted(set(members))])


def _lacp(team: TeamFacts, several: bool) -> Iterator[Clue]:
    bundled = [member.number for member in team.team_members if team.lacp.bundled_spans(member.number)]
    host = team.lacp_host.system
    speaking = [number for number in team.lacp.members if host is not None and host in team.lacp.systems(number)]
    if bundled:
        yield Clue("lacp_bundle", msg("LACP had {names} in the bundle", names=_names(bundled, team)))
    elif speaking:
        yield Clue("lacp_host", msg("the host sends LACPDUs on {names}", names=_names(speaking, team)))
    elif several and not team.lacp.members and (silence := _silence_ns(team)) >= _LONG_SILENCE_NS:
        yield Clue("no_lacp", msg("no LACPDU is seen in {seconds} s", seconds=silence // 10**9))
    if team.flooded >= _LEAST_FLOODED and not bundled:
        yield Clue(
            "flooded",
            msg(
                "{count} broadcast or multicast frames arrived on every member, as at a switch that does not aggregate",
                count=team.flooded,
            ),
        )


def _silence_ns(team: TeamFacts) -> int:
    """Return how long LACPDUs would have been seen on every member; 0 where the captures may have left them out."""
    if not any(int(m.classes[PacketClass.IP_OTHER : PacketClass.NON_IP + 1].sum()) for m in team.team_members):
        return 0
    windows = [team.lacp.windows.get(member.number, (0, 0)) for member in team.team_members]
    return min(end - start for start, end in windows)


def _source_macs(team: TeamFacts, sent: Sequence[Sent]) -> Iterator[Clue]:
    same = _first_overlap(sent, lambda one: (one.src, one.smac))
    if same is not None:
        yield Clue("one_source_mac", msg("one source MAC sends on {names} at the same time", names=_names(same, team)))
    by_address: dict[Address, dict[int, set[int]]] = {}
    for one in sent:
        by_address.setdefault(one.src, {}).setdefault(one.smac, set()).add(one.member)
    for address, macs in sorted(by_address.items()):
        members = [next(iter(own)) for own in macs.values() if len(own) == 1]
        if len(macs) < 2 or not len(members) == len(macs) == len(set(members)):
            continue
        if _first_overlap([one for one in sent if one.src == address]):
            yield Clue(
                "own_source_macs",
                msg(
                    "{address} is sent from another MAC on each of {names}",
                    address=address_text(address),
                    names=_names(members, team),
                ),
            )
            return


def _first_overlap(
    ones: Sequence[Choice] | Sequence[Sent], key: Callable[..., Hashable] = lambda _: 0
) -> tuple[int, int] | None:
    """Return two members on which something of one key was at the same time."""
    latest: dict[Hashable, dict[int, int]] = defaultdict(dict)
    ordered: list[Choice | Sent] = sorted(ones, key=_BEGUN)
    for one in ordered:
        own, first_ns, last_ns, group = one.member, one.first_ns, one.last_ns, latest[key(one)]
        for member, end in group.items():
            if end > first_ns and member != own:
                return member, own
        if last_ns > group.setdefault(own, last_ns):
            group[own] = last_ns
    return None


_BEGUN = attrgetter("first_ns")


def _directions(team: TeamFacts, side: str) -> Iterator[Direction]:
    for stream in team.judged:
        yield from (direction for direction in stream.directions if direction.side == side)


def _sprayed(team: TeamFacts) -> Iterator[Clue]:
    """Yield the clue of spraying where the host is not known: one of two directions is the one that it sends."""
    found = [d for d in _directions(team, "tx") if d.placed.placement == "sprayed"]
    both = [s.directions for s in team.judged if s.directions[0].side == "unknown"]
    found += [ways[0] for ways in both if all(d.placed.placement == "sprayed" for d in ways)]
    if found:
        members = [share.member for share in found[0].shares]
        yield Clue("sprayed", msg("a stream is sent packet by packet over {names}", names=_names(members, team)))


def _whole(team: TeamFacts, tx: Sequence[Choice]) -> Iterator[Clue]:
    """Yield a large stream on one member, while another member sends."""
    counts = {
        s.number: most
        for s in team.streams
        for d in s.directions
        if d.side == "tx" and (most := max([share.packets for share in d.shares], default=0)) >= _LARGE
    }
    for choice in [choice for choice in tx if choice.stream in counts][:_MOST_LARGE]:
        beside = [
            c for c in tx if c.member != choice.member and c.first_ns < choice.last_ns and c.last_ns > choice.first_ns
        ]
        if beside:
            yield Clue(
                "kept_whole",
                msg(
                    "a stream of {count} packets is sent over {member} alone while {other} sends too",
                    count=counts[choice.stream],
                    member=team.members[choice.member].name,
                    other=team.members[beside[0].member].name,
                ),
            )
            return


def _moves(team: TeamFacts) -> Iterator[Clue]:
    causes = {d.placed.cause for d in _directions(team, "tx") if d.placed.placement == "moved"}
    if "flowlet" in causes:
        yield Clue("moved_at_gaps", msg("a stream that is sent changed its member after an idle gap"))
    if "rebalance" in causes:
        yield Clue(
            "moved_by_load", msg("a stream that is sent changed its member as by load, the old one staying alive")
        )


def _received(team: TeamFacts, rx: Sequence[Choice], tx: Sequence[Choice]) -> Iterator[Clue]:
    told = [(choice, choice.macs[1]) for choice in rx if choice.macs is not None]
    own = {choice.stream: mac for choice, mac in told}
    same = _first_overlap([choice for choice, _ in told], lambda choice: (own[choice.stream], choice.vlan))
    if same is not None:
        yield Clue(
            "received_on_several",
            msg("frames to one MAC come in on {names} at the same time", names=_names(same, team)),
        )
        return
    by_address: dict[Address, dict[int, set[int]]] = {}
    for choice, mac in told:
        by_address.setdefault(choice.dst[0], {}).setdefault(mac, set()).add(choice.member)
    for address, macs in sorted(by_address.items()):
        if len(macs) > 1 and len(set().union(*macs.values())) > 1:
            yield Clue(
                "several_macs_received",
                msg("{address} is sent to under several MACs, on several members", address=address_text(address)),
            )
            return
    members, sending = {choice.member for choice in rx}, {choice.member for choice in tx}
    if len(rx) >= _MANY and len(members) == 1 and len(sending) > 1:
        yield Clue(
            "received_on_one",
            msg(
                "all {count} streams come in on {member}, while {names} send",
                count=len(rx),
                member=_names(members, team),
                names=_names(sending, team),
            ),
        )


def _one_member(team: TeamFacts, tx: Sequence[Choice], rx: Sequence[Choice]) -> Iterator[Clue]:
    members = {choice.member for choice in [*tx, *rx]}
    if len(tx) >= _MANY and len(rx) >= _MANY and len(members) == 1:
        yield Clue(
            "sent_on_one",
            msg(
                "all {count} streams use {member} alone, in both directions",
                count=len(tx),
                member=_names(members, team),
            ),
        )


def _keys(fits: Sequence[Fit]) -> Iterator[Clue]:
    for fit in fits:
        if fit.verdict == "refuted":
            steady = not (fit.refuted_by or {}).get("at_once")
            kind = f"key_{fit.name.replace('+', '_')}"
            yield Clue(kind, msg("streams of equal {key} are sent over different members", key=fit.name), steady=steady)


def _policies(fits: Sequence[Fit]) -> Iterator[Clue]:
    for fit in fits:
        if fit.verdict == "fits":
            yield Clue("policy_fits", msg("{policy} predicts every placement that is sent", policy=fit.name), fit.name)
        elif fit.verdict == "refuted":
            yield Clue("policy_refuted", msg("{policy} does not predict what is sent", policy=fit.name), fit.name)
