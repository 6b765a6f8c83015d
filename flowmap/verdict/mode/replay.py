"""Known policies replayed: which member each would have chosen, held against what was seen, up to the members' order.

The order of a team's members inside the chooser is in no capture, so a policy matches if some one-to-one naming of its
indexes by members explains every placement. A mismatch refutes it, in all its variants and for every number of members
that could have been in use. A match is worth what chance makes of it: below the threshold of the spread claim it fits,
else the data are too few. Assumed: a little-endian host (without effect on 2, 4 or 8 members).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from math import perm, prod
from typing import Any

import numpy as np

from flowmap.dataclass import dataclass
from flowmap.facts.model import TeamFacts
from flowmap.message import Message, msg
from flowmap.team.hashes.fields import Columns
from flowmap.team.hashes.policy import POLICIES, Fields, Policy, Variant, hash_value, hash_values, variants_of
from flowmap.verdict.claims.results import cannot_tell
from flowmap.verdict.mode.policy import KEYS, Choice, Epochs, Fit, in_order, members_in_use, source_rewritten
from flowmap.words import Way

__all__ = ["TESTED", "judge_policies"]

TESTED: Mapping[Way, tuple[str, ...]] = {
    "tx": ("layer2", "layer2+3", "layer3+4", "encap2+3", "encap3+4", "vlan+srcmac", "ip-hash"),
    "rx": ("xor-mac", "xor-ip", "xor-4tuple"),
}
"""tx: what a host may run. rx: the switch's function is secret; plain xors are tried."""

_MOST = 512
"""More placements are not replayed: the first ones decide."""
_TCP = 6
_Clash = tuple[Choice, Choice, int, tuple[int, int]]
"""Two choices that contradict a policy, for how many members, and the index that it gives each."""


@dataclass(frozen=True, slots=True)
class _Epoch:
    """Placements of one epoch, and how many members may have been in use then."""

    choices: Sequence[Choice]
    counts: range
    columns: Columns | None
    """What they are placed by, where all of it is known: hashed together in a twentieth of the time."""


@dataclass(frozen=True, slots=True)
class _Tried:
    """One variant held against the placements. `complete`: it decides for every packet."""

    label: str
    complete: bool
    clash: _Clash | None
    signature: Hashable
    p: float


def judge_policies(
    side: Way, choices: Sequence[Choice], keys: Sequence[Fit], epochs: Epochs, team: TeamFacts
) -> list[Fit]:
    """Return one fit for each of TESTED[side]; `keys` are the fits of judge_keys for the same choices."""
    if cannot_tell(team):
        return []
    first = in_order(choices)[:_MOST]
    parts = _parts(first, epochs, team)
    open_keys = [KEYS[fit.name] for fit in keys if fit.verdict != "refuted"]
    rewritten = side == "tx" and source_rewritten(first)
    unseen = any(d.side == side and d.placed.placement == "absent" for s in team.judged for d in s.directions)
    fits = []
    for name in TESTED[side]:
        policy = POLICIES[name]
        reason = _untestable(policy, first, rewritten, unseen, team)
        fits.append(Fit(name, "untestable", 0, detail=reason) if reason else _judge(policy, parts, open_keys, team))
    return fits


def _untestable(
    policy: Policy, choices: Sequence[Choice], rewritten: bool, unseen: bool, team: TeamFacts
) -> Message | None:
    if not policy.computable:
        return msg("it hashes a random number of the socket, which no packet holds")
    if len(team.team_members) < 2:
        return msg("only one member was captured")
    if unseen:
        return msg("a stream was seen on no member, so a member may not have been captured")
    if policy.key in ("mac", "smac+vlan", "mac+ip"):
        if rewritten:
            return msg("the team rewrites source MACs by member")
        if any(choice.macs is None for choice in choices):
            return msg("MACs are not known")
    if any(choice.vlan >> 60 > 1 for choice in choices):
        return msg("frames have several VLAN tags, and what the driver saw of them is not known")
    return None


def _parts(choices: Sequence[Choice], epochs: Epochs, team: TeamFacts) -> list[_Epoch]:
    by_epoch: dict[int, list[Choice]] = {}
    for choice in choices:
        by_epoch.setdefault(epochs.at(choice.first_ns), []).append(choice)
    start = min((choice.first_ns for choice in choices), default=0)
    found = []
    for number, own in sorted(by_epoch.items()):
        counts = members_in_use({c.member for c in own}, epochs.span(number, start, team.end_ns), team)
        found.append(_Epoch(own, counts, _columns(own)))
    return found


def _columns(choices: Sequence[Choice]) -> Columns | None:
    """Return what they are placed by as columns; None where a MAC is not known."""
    macs = [choice.macs for choice in choices if choice.macs is not None]
    if len(macs) < len(choices):
        return None
    sources, destinations = ([getattr(choice, end) for choice in choices] for end in ("src", "dst"))
    halves = [
        np.array([address >> shift & 0xFFFFFFFFFFFFFFFF for (_, address), _ in ends], np.uint64)
        for ends in (sources, destinations)
        for shift in (64, 0)
    ]
    return Columns(
        np.array([smac for smac, _ in macs], np.uint64),
        np.array([dmac for _, dmac in macs], np.uint64),
        np.array([choice.vlan & 0xFFF if choice.vlan >> 60 else 0 for choice in choices], np.int64),
        np.array([version for (version, _), _ in sources], np.int64),
        *halves,
        *(np.array([port for _, port in ends], np.int64) for ends in (sources, destinations)),
    )


def _judge(policy: Policy, parts: Sequence[_Epoch], open_keys: Sequence[Any], team: TeamFacts) -> Fit:
    tried: list[_Tried] = []
    for label, values in _replays(policy, parts):
        decided = [value is not None for part in values for value in part]
        if any(decided):
            clashes = [_match(part, own) for part, own in zip(parts, values, strict=True)]
            chance = [_chance(policy, part, own, open_keys) for part, own in zip(parts, values, strict=True)]
            clash = next((clash for clash in clashes if clash is not None), None)
            signature = tuple(predicted for predicted, _ in chance)
            tried.append(_Tried(label, all(decided), clash, signature, prod(p for _, p in chance)))
    if not tried:
        reason = msg("these packets do not decide it") if parts else msg("no stream stayed on one member")
        return Fit(policy.name, "untestable", 0, detail=reason)
    rests_on = sum(_independent(policy, part.choices, open_keys) for part in parts)
    matching = [one for one in tried if one.clash is None]
    if not matching:
        newest = tried[-1]
        return Fit(policy.name, "refuted", rests_on, {"variant": newest.label, **_evidence(newest.clash, team)})
    if any(one.complete for one in tried):  # one that passes over packets matches too easily to count
        tried = [one for one in tried if one.complete]
    p = min(1.0, sum({one.signature: one.p for one in tried}.values()))
    labels = tuple(one.label for one in matching)
    if len({choice.member for part in parts for choice in part.choices}) < 2:
        return Fit(policy.name, "untestable", rests_on, None, p, labels, msg("all streams use one member"))
    if p >= team.settings.thresholds.spread_alpha or not any(one.clash is None for one in tried):
        reason = msg("it matches, but so few placements do by chance")
        return Fit(policy.name, "untestable", rests_on, None, p, labels, reason)
    return Fit(policy.name, "fits", rests_on, None, p, labels)


def _replays(policy: Policy, parts: Sequence[_Epoch]) -> Iterator[tuple[str, list[list[int | None]]]]:
    """Yield (variant, hash values by epoch and choice).

    Tags that are written into the frame early are tried as well.
    """
    tagged = any(choice.vlan for part in parts for choice in part.choices)
    for in_frame in (True, False) if tagged and policy.chooser == "Linux bonding" else (False,):
        for variant in variants_of(policy):
            label = f"{variant.name}, tag in frame" if in_frame else variant.name
            yield label, [_hashed(policy, variant, part, in_frame) for part in parts]


def _hashed(policy: Policy, variant: Variant, part: _Epoch, in_frame: bool) -> list[int | None]:
    if part.columns is None or in_frame:
        return [hash_value(policy, variant, _fields(choice, in_frame)) for choice in part.choices]
    return [None if value < 0 else value for value in hash_values(policy, variant, part.columns).tolist()]


def _fields(choice: Choice, in_frame: bool) -> Fields:
    smac, dmac = choice.macs or (None, None)
    return Fields(
        src_mac=smac,
        dst_mac=dmac,
        ethertype=0x0800 if choice.src[0][0] == 4 else 0x86DD,
        vlan=choice.vlan & 0xFFF if choice.vlan >> 60 else None,
        tag_in_frame=in_frame and choice.vlan >> 60 > 0,
        src_ip=choice.src[0],
        dst_ip=choice.dst[0],
        proto=_TCP,
        src_port=choice.src[1],
        dst_port=choice.dst[1],
    )


def _match(part: _Epoch, values: Sequence[int | None]) -> _Clash | None:
    """Return None where some number of members and some naming explains the epoch; else two choices that cannot both be.

    Choices for which the policy is not known (value None) are passed over.
    """
    clash = None
    for n in part.counts:
        clash = _clash(part.choices, [None if value is None else value % n for value in values], n)
        if clash is None:
            return None
    return clash


def _clash(choices: Sequence[Choice], indexes: Sequence[int | None], n: int) -> _Clash | None:
    by_index: dict[int, Choice] = {}
    by_member: dict[int, tuple[Choice, int]] = {}
    for choice, index in zip(choices, indexes, strict=True):
        if index is None:
            continue
        same = by_index.setdefault(index, choice)
        if same.member != choice.member:
            return same, choice, n, (index, index)
        named, other = by_member.setdefault(choice.member, (choice, index))
        if other != index:
            return named, choice, n, (other, index)
    return None


def _independent(policy: Policy, choices: Sequence[Choice], open_keys: Sequence[Any]) -> int:
    """Return how many placements are independent whatever the chooser.

    These are the distinct inputs of the policy, or of the coarsest key that the data leave open, if those are fewer
    (streams that share such a key may share a member for that reason alone).
    """
    inputs = {
        "mac": lambda c: c.macs,
        "smac+vlan": KEYS["smac+vlan"],
        "mac+ip": lambda c: (c.macs, c.src[0], c.dst[0]),
        "ip": KEYS["ip"],
        "4tuple": KEYS["4tuple"],
    }
    return min(len({key(choice) for choice in choices}) for key in (inputs[policy.key], *open_keys))


def _chance(
    policy: Policy, part: _Epoch, values: Sequence[int | None], open_keys: Sequence[Any]
) -> tuple[Hashable, float]:
    """Return what is predicted up to names, and the probability that K independent even placements match it.

    d distinct indexes predicted for K placements on n members: n!/(n-d)! namings of n^K outcomes; summed over the
    numbers of members that are possible. Different predictions are added up by the caller: each had its chance to
    match.
    """
    k = _independent(policy, [c for c, value in zip(part.choices, values, strict=True) if value is not None], open_keys)
    signature, total = [], 0.0
    for n in part.counts:
        names: dict[int, int] = {}
        labels = tuple(None if v is None else names.setdefault(v % n, len(names)) for v in values)
        signature.append((n, labels))
        total += perm(n, len(names)) / n**k
    return tuple(signature), min(1.0, total)


def _evidence(clash: _Clash | None, team: TeamFacts) -> dict[str, Any]:
    if clash is None:
        return {}
    one, other, n, indexes = clash
    return {
        "n_members": n,
        "streams": [one.stream, other.stream],
        "predicted": list(indexes),
        "members": [team.members[one.member].name, team.members[other.member].name],
    }
