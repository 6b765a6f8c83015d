"""Which header fields decided the member: keys by refutation, known policies by replay. Each direction by itself.

Streams with an equal key have to share a member while the members stay the same (an epoch): a group that does not refutes
the key. Nothing ever proves one; a key counts for something only where groups could have refuted it and coarser ones are
refuted. Streams that moved, were sprayed or are not followed well enough say nothing here.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

from flowmap.dataclass import dataclass
from flowmap.facts.model import Direction, TeamFacts
from flowmap.message import Message, msg
from flowmap.team.host import Address, address_text
from flowmap.team.lacp.lacpdu import mac_text
from flowmap.verdict.claims.results import cannot_tell
from flowmap.words import FitVerdict, Way

__all__ = [
    "KEYS",
    "Choice",
    "Epochs",
    "Fit",
    "Placements",
    "Way",
    "find_epochs",
    "in_order",
    "judge_keys",
    "members_in_use",
    "ports_in_key",
    "settled",
]


_REASSIGNED_NS = 10_000_000_000
"""Choosers that shift load reassign keys no more often than this (Open vSwitch, Linux tlb, vSphere)."""
_LISTED = 5


class Choice(NamedTuple):
    """A stream-direction that stayed on one member. MACs are None where they are not known or differ within it.

    `vlan`: tag stack as in types.FLOW. Times are on the reference clock.
    """

    stream: int
    member: int
    src: tuple[Address, int]
    dst: tuple[Address, int]
    macs: tuple[int, int] | None
    vlan: int
    first_ns: int
    last_ns: int


@dataclass(frozen=True, slots=True)
class Fit:
    """How a key (or policy) fared.

    `groups`: how many groups of equal key could have refuted it; of a policy, on how many independent placements the
    verdict rests. `p`: probability of matching by chance. `variants`: those that match.
    """

    name: str
    verdict: FitVerdict
    groups: int
    refuted_by: dict[str, Any] | None = None
    p: float | None = None
    variants: tuple[str, ...] | None = None
    detail: Message | None = None


def _mac(c: Choice) -> Hashable:
    return c.macs


def _smac_vlan(c: Choice) -> Hashable:
    return c.macs and (c.macs[0], c.vlan)


KEYS: dict[str, Callable[[Choice], Hashable]] = {
    "mac": _mac,
    "smac+vlan": _smac_vlan,
    "dst": lambda c: c.dst[0],
    "ip": lambda c: (c.src[0], c.dst[0]),
    "4tuple": lambda c: (c.src, c.dst),
}
"""Candidate keys, coarse ones first; None: the choice does not have it."""
_OF_MACS = ("mac", "smac+vlan")


@dataclass(frozen=True)
class Placements:
    """One direction: what stayed on one member, and how keys and policies fare with it."""

    choices: Sequence[Choice] = ()
    keys: Sequence[Fit] = ()
    policies: Sequence[Fit] = ()


@dataclass(frozen=True, slots=True)
class Epochs:
    """Moments (ascending) at which the set of members, or what a chooser made of it, may have changed."""

    moments: tuple[int, ...] = ()

    def at(self, ts_ns: int) -> int:
        """Return the ordinal of the epoch that holds this time."""
        return bisect_right(self.moments, ts_ns)

    def span(self, epoch: int, start_ns: int, end_ns: int) -> tuple[int, int]:
        """Return the epoch's first and last time within [start_ns, end_ns]."""
        begin = self.moments[epoch - 1] if epoch else start_ns
        return begin, self.moments[epoch] if epoch < len(self.moments) else end_ns


def find_epochs(team: TeamFacts) -> Epochs:
    """Where LACP shows a member join or leave, and where streams moved with a failover, a new set or a rebalance.

    A change that is known no better than as an interval makes an epoch of it: what began within is not compared.
    """
    moments: set[int] = set()
    for change in team.lacp.set_changes():
        moments |= {team.true_time(change.member, t) for t in (change.earliest_ns, change.latest_ns)}
    for stream in team.streams:
        for direction in stream.directions:
            for move in direction.placed.moves:
                if move.cause in ("failover", "member-set-change", "rebalance"):
                    moments |= {move.ts_ns - max(0, move.gap_ns), move.ts_ns}
    return Epochs(tuple(sorted(moments)))


def settled(direction: Direction) -> int | None:
    """Return the member that carried it where it was placed on exactly one (flooded copies aside) with several packets."""
    if direction.placed.placement != "single" or not direction.shares:
        return None
    shares = direction.shares
    main = shares[0] if len(shares) == 1 else max(shares, key=lambda share: share.packets)
    return main.member if main.packets > 1 and main.first_ns is not None else None


def members_in_use(used: set[int], span: tuple[int, int], team: TeamFacts) -> range:
    """Return how many members the chooser may have had.

    At least those used or proven to be in the bundle, at most those that LACP does not keep out. An idle member without
    LACP may be down.
    """
    sure, possible = set(used), set(used)
    for member in team.team_members:
        own = [team.member_time(member.number, t) for t in span]
        bundled = team.lacp.bundled_during(member.number, own[0], own[1], team.lacp_host)
        if bundled is not False:
            possible.add(member.number)
        if bundled:
            sure.add(member.number)
    return range(max(1, len(sure)), len(possible) + 1)


def judge_keys(side: Way, choices: Sequence[Choice], epochs: Epochs, team: TeamFacts) -> list[Fit]:
    """Return one fit for each of KEYS, in their order."""
    if cannot_tell(team):
        return []
    only = _one_member_only(side, team)
    if only:
        return [Fit(name, "untestable", 0, detail=only) for name in KEYS]
    within = _comparable_ns(side, team)
    rewritten = side == "tx" and source_rewritten(choices)
    in_epochs = _by_epoch(choices, epochs, team)
    fits = []
    for name, key in KEYS.items():
        if name in _OF_MACS and (rewritten or any(choice.macs is None for choice in choices)):
            reason = msg("the team rewrites source MACs by member") if rewritten else msg("MACs are not known")
            fits.append(Fit(name, "untestable", 0, detail=reason))
        else:
            fits.append(_judge_key(name, key, in_epochs, within, team))
    return fits


def _one_member_only(side: Way, team: TeamFacts) -> Message | None:
    if len(team.team_members) < 2:
        return msg("only one member was captured")
    return team.expectation.one_member_only(side) if team.expectation.one_member_scope(side) == "team" else None


def _by_epoch(choices: Sequence[Choice], epochs: Epochs, team: TeamFacts) -> list[list[Choice]]:
    """Return choices in order of time, by the epoch they began in; epochs with only one usable member show nothing."""
    parts: dict[int, list[Choice]] = {}
    for choice in in_order(choices):
        parts.setdefault(epochs.at(choice.first_ns), []).append(choice)
    start = min((choice.first_ns for choice in choices), default=0)
    return [
        own
        for number, own in sorted(parts.items())
        if members_in_use({c.member for c in own}, epochs.span(number, start, team.end_ns), team)[-1] > 1
    ]


def in_order(choices: Iterable[Choice]) -> list[Choice]:
    """Return choices in order of time, those that began at one time by their streams."""
    return sorted(choices, key=_BEGUN)


_BEGUN = attrgetter("first_ns", "stream")


def source_rewritten(choices: Iterable[Choice]) -> bool:
    """Return whether one source address is sent from several MACs: then the MAC follows the member, not the other way round."""
    sources: dict[Address, set[int]] = {}
    for choice in choices:
        if choice.macs is not None:
            sources.setdefault(choice.src[0], set()).add(choice.macs[0])
    return any(len(macs) > 1 for macs in sources.values())


def _comparable_ns(side: Way, team: TeamFacts) -> int | None:
    """Return up to how long after one stream the next of its group must use the same member; None: however long.

    A chooser that shifts load gives a key to another member between two streams. Where the mode is not known it may be
    one of those, so that streams further apart prove nothing.
    """
    moves = {row.tx_moves if side == "tx" else row.rx_moves for row in team.expectation.rows}
    if moves & {"rebalance", "any"}:
        return 0
    return _REASSIGNED_NS if not moves or "unknown" in moves else None


def _judge_key(
    name: str,
    key: Callable[[Choice], Hashable],
    in_epochs: Sequence[Sequence[Choice]],
    within: int | None,
    team: TeamFacts,
) -> Fit:
    could, broken = 0, None
    for choices in in_epochs:
        for group in _groups(choices, key):
            comparable, conflict = _compare(group, within)
            could += comparable
            if conflict and broken is None:
                broken = (group, conflict)
    if not in_epochs:
        return Fit(name, "untestable", 0, detail=msg("only one member could be used"))
    if broken:
        return Fit(name, "refuted", could, _evidence(name, *broken, team))
    if not could:
        return Fit(name, "untestable", 0, detail=msg("no two streams have it in common"))
    return Fit(name, "fits", could, detail=msg("one group proves nothing") if could == 1 else None)


def _groups(choices: Sequence[Choice], key: Callable[[Choice], Hashable]) -> Iterable[Sequence[Choice]]:
    """Return choices that have a key in common, in their order; not those that are alone with it."""
    keys = [key(choice) for choice in choices]
    several = {one: [] for one, count in Counter(keys).items() if count > 1}  # type: dict[Hashable, list[Choice]]
    for choice, one in zip(choices, keys, strict=True) if several else ():
        if one in several:
            several[one].append(choice)
    return several.values()


def _compare(group: Sequence[Choice], within: int | None) -> tuple[bool, tuple[Choice, Choice] | None]:
    """Return (two of the group had to share a member, two that had to and did not), of choices in order of time."""
    latest: dict[int, Choice] = {}
    comparable = False
    for choice in group:
        for member, earlier in latest.items():
            if within is None or choice.first_ns - earlier.last_ns <= within:
                comparable = True
                if member != choice.member:
                    return True, (earlier, choice)
        before = latest.get(choice.member)
        if before is None or choice.last_ns > before.last_ns:
            latest[choice.member] = choice
    return comparable, None


def _evidence(name: str, group: Sequence[Choice], conflict: tuple[Choice, Choice], team: TeamFacts) -> dict[str, Any]:
    """Return the group that broke, with the first two streams that differ and up to five more on each member."""
    members: dict[int, list[int]] = {}
    for choice in [*conflict, *group]:
        own = members.setdefault(choice.member, [])
        if len(own) < _LISTED and choice.stream not in own:
            own.append(choice.stream)
    one, other = conflict
    return {
        "key": _key_text(name, one),
        "members": {team.members[member].name: own for member, own in members.items()},
        "streams": len(group),
        "at_once": other.first_ns <= one.last_ns,
    }


def _key_text(name: str, choice: Choice) -> dict[str, Any]:
    src, dst = address_text(choice.src[0]), address_text(choice.dst[0])
    if choice.macs is not None and name in _OF_MACS:
        smac, dmac = mac_text(choice.macs[0]), mac_text(choice.macs[1])
        return {"src_mac": smac, "dst_mac": dmac} if name == "mac" else {"src_mac": smac, "vlan": choice.vlan & 0xFFF}
    if name == "dst":
        return {"dst": dst}
    ports = {"src_port": choice.src[1], "dst_port": choice.dst[1]} if name == "4tuple" else {}
    return {"src": src, "dst": dst, **ports}


def ports_in_key(team: TeamFacts, side: str, choices: Sequence[Choice]) -> bool:
    """Tell whether the side that chooses in this direction hashes ports.

    It does by the algorithm given, or because streams of one pair of hosts were placed on different members. `choices`:
    placements of this direction.
    """
    rows = team.expectation.rows
    if side == "tx" and rows and all(row.tx in ("4tuple", "opaque") for row in rows):
        return True
    seen: dict[Hashable, int] = {}
    return any(seen.setdefault((c.src[0], c.dst[0], c.macs), c.member) != c.member for c in choices)
