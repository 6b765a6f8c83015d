"""The placements that tell about hash keys, and the keys and policies as rows of the report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from flowmap.flow.stream import Streams
from flowmap.pipeline.flows import vlan_ids
from flowmap.report import document as doc
from flowmap.types import TS_NONE
from flowmap.verdict.candidates import Candidates, rank_modes
from flowmap.verdict.facts import Direction, TeamFacts
from flowmap.verdict.mode_clues import Sent, find_clues
from flowmap.verdict.policy import Choice, Fit, PolicySide, find_epochs, judge_keys, settled
from flowmap.verdict.policy_replay import judge_policies

__all__ = ["Placements", "candidates_of", "header_macs", "judge_placements", "policy_rows"]

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Placements:
    """One direction: what stayed on one member, and how keys and policies fare with it."""

    choices: Sequence[Choice] = ()
    keys: Sequence[Fit] = ()
    policies: Sequence[Fit] = ()


def judge_placements(side: PolicySide, team: TeamFacts, streams: Streams) -> Placements:
    """Nothing where the direction is not known of any stream."""
    choices = _choices(side, team, streams)
    if not choices:
        return Placements()
    epochs = find_epochs(team)
    keys = judge_keys(side, choices, epochs, team)
    return Placements(choices, keys, judge_policies(side, choices, keys, epochs, team))


def policy_rows(tx: Placements, rx: Placements) -> doc.Policy:
    """Keys first, then policies."""
    return doc.Policy(tx=_rows(tx), rx=_rows(rx))


def _rows(one: Placements) -> list[doc.PolicyFit]:
    return [_row(fit, is_key=True) for fit in one.keys] + [_row(fit, is_key=False) for fit in one.policies]


def candidates_of(tx: Placements, rx: Placements, team: TeamFacts, streams: Streams) -> Candidates:
    """The modes ranked by all that the packets tell."""
    return rank_modes(find_clues(team, _sent(team, streams), tx.choices, rx.choices, tx.keys, tx.policies))


def _sent(team: TeamFacts, streams: Streams) -> list[Sent]:
    """What the host sent, by source MAC; rows with several MACs say nothing."""
    found = []
    for stream in team.streams:
        for number, direction in enumerate(stream.directions):
            if direction.side != "tx" or direction.placed.placement == "mirrored":
                continue
            for row in _rows_of(stream.number, number, streams):
                if row["smac"] and not row["smac_changed"] and row["first_ns"] != TS_NONE:
                    member = int(row["link"])
                    times = [team.true_time(member, int(row[name])) for name in ("first_ns", "last_ns")]
                    found.append(Sent(direction.seen_src, int(row["smac"]), member, times[0], times[1]))
    return found


def _row(fit: Fit, *, is_key: bool) -> doc.PolicyFit:
    return doc.PolicyFit(
        key=fit.name if is_key else None, policy=None if is_key else fit.name, verdict=fit.verdict, groups=fit.groups,
        refuted_by=fit.refuted_by, p=fit.p, variants=None if fit.variants is None else list(fit.variants),
        detail=fit.detail,
    )  # fmt: skip


def _choices(side: PolicySide, team: TeamFacts, streams: Streams) -> list[Choice]:
    """All listed streams' directions that stayed on one member, by what the chooser saw: of a tunnel the outer header, if all
    its packets had one."""
    found = []
    for stream in team.streams:
        tunnelled = bool(streams.table[stream.number]["encap"])
        for number, direction in enumerate(stream.directions):
            if tunnelled and (direction.tunnel is None or direction.tunnel.header is None):
                continue
            choice = _choice(stream.number, number, direction, streams) if direction.side == side else None
            if choice is not None:
                found.append(choice)
    return found


def _choice(stream: int, number: int, direction: Direction, streams: Streams) -> Choice | None:
    member = settled(direction)
    if member is None:
        return None
    share = next(share for share in direction.shares if share.member == member)
    own = _rows_of(stream, number, streams)
    own = own[own["link"] == member]
    first, last = share.first_ns or 0, share.last_ns or share.first_ns or 0
    vlan = int(own["vlan"].max()) if len(own) else 0
    src, dst = direction.src, direction.dst
    if direction.tunnel is not None and direction.tunnel.header is not None:
        outer = direction.tunnel.header
        src, dst = outer[:2], outer[2:4]
    return Choice(stream, member, src, dst, _one_pair(own), vlan, first, last)


def header_macs(stream: int, number: int, streams: Streams) -> tuple[tuple[int, int] | None, int | None]:
    """(source and destination MAC of a stream-direction where all of it has one pair, its outermost VLAN id or None)."""
    own = _rows_of(stream, number, streams)
    vlan = int(own["vlan"].max()) if len(own) else 0
    ids = vlan_ids(vlan)
    return _one_pair(own), ids[0] if ids else None


def _rows_of(stream: int, number: int, streams: Streams) -> Array:
    rows, forward = streams.rows_of(stream)
    own: Array = rows[forward == (number == 0)]
    return own


def _one_pair(rows: Array) -> tuple[int, int] | None:
    pairs = {(int(row["smac"]), int(row["dmac"])) for row in rows}
    macs = pairs.pop() if len(pairs) == 1 and not rows["smac_changed"].any() else None
    return macs if macs and any(macs) else None
