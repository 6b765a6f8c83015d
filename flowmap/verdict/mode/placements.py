"""The placements that tell about hash keys and modes, and how keys, policies and modes fare with them."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowmap.facts.model import Direction, TeamFacts
from flowmap.flow.streams.stream import Streams
from flowmap.types import TS_NONE
from flowmap.verdict.mode.candidates import Candidates, rank_modes
from flowmap.verdict.mode.clues import Sent, find_clues
from flowmap.verdict.mode.policy import Choice, Placements, find_epochs, judge_keys, settled
from flowmap.verdict.mode.replay import judge_policies
from flowmap.words import Way

__all__ = ["candidates_of", "judge_placements"]

Array = np.ndarray[Any, Any]


def judge_placements(side: Way, team: TeamFacts, streams: Streams) -> Placements:
    """Judge what placements show of the key; nothing where the direction is not known of any stream."""
    choices = _choices(side, team, streams)
    if not choices:
        return Placements()
    epochs = find_epochs(team)
    keys = judge_keys(side, choices, epochs, team)
    return Placements(choices, keys, judge_policies(side, choices, keys, epochs, team))


def candidates_of(tx: Placements, rx: Placements, team: TeamFacts, streams: Streams) -> Candidates:
    """Return the modes ranked by all that the packets tell."""
    return rank_modes(find_clues(team, _sent(team, streams), tx, rx))


def _sent(team: TeamFacts, streams: Streams) -> list[Sent]:
    """Return what the host sent, by source MAC; rows with several MACs say nothing."""
    directions = [direction for stream in team.streams for direction in stream.directions]
    sends = [d.side == "tx" and d.placed.placement != "mirrored" for d in directions]
    row, place = streams.rows_of_all([stream.number for stream in team.streams])
    entry = 2 * place + ~streams.forward[row]
    order = np.argsort(entry, kind="stable")
    order = order[np.array(sends, dtype=bool)[entry[order]]]
    row, entry = row[order], entry[order]
    all_rows = streams.rows
    known = all_rows["smac"][row] != 0
    known &= (all_rows["smac_changed"][row] == 0) & (all_rows["first_ns"][row] != TS_NONE)
    row, entry = row[known], entry[known]
    smac, link = all_rows["smac"][row], all_rows["link"][row]
    times = [team.clock.true_times(link, all_rows[name][row]).tolist() for name in ("first_ns", "last_ns")]
    sources = (directions[one].seen_src for one in entry.tolist())
    return list(map(Sent._make, zip(sources, smac.tolist(), link.tolist(), *times, strict=True)))


def _choices(side: Way, team: TeamFacts, streams: Streams) -> list[Choice]:
    """Return the listed streams' directions that stayed on one member, by what the chooser saw.

    Of a tunnel it saw the outer header, if all its packets had one.
    """
    found = []
    inside = streams.table["encap"][[stream.number for stream in team.streams]].tolist() if team.streams else ()
    for stream, tunnels in zip(team.streams, inside, strict=True):
        for number, direction in enumerate(stream.directions):
            if tunnels and (direction.tunnel is None or direction.tunnel.header is None):
                continue
            choice = _choice(stream.number, number, direction, streams) if direction.side == side else None
            if choice is not None:
                found.append(choice)
    return found


def _choice(stream: int, number: int, direction: Direction, streams: Streams) -> Choice | None:
    member = settled(direction)
    if member is None:
        return None
    shares = direction.shares
    share = shares[0] if len(shares) == 1 else next(share for share in shares if share.member == member)
    first, last = share.first_ns or 0, share.last_ns or share.first_ns or 0
    macs, vlan = direction.known_macs, direction.vlan
    if len(shares) > 1:
        rows, forward = streams.rows_of(stream)
        own = rows[(forward == (number == 0)) & (rows["link"] == member)]
        macs, vlan = _one_pair(own), int(own["vlan"].max())
    src, dst = direction.src, direction.dst
    if direction.tunnel is not None and direction.tunnel.header is not None:
        outer = direction.tunnel.header
        src, dst = outer[:2], outer[2:4]
    return Choice(stream, member, src, dst, macs, vlan, first, last)


def _one_pair(rows: Array) -> tuple[int, int] | None:
    pairs = {(int(row["smac"]), int(row["dmac"])) for row in rows}
    macs = pairs.pop() if len(pairs) == 1 and not rows["smac_changed"].any() else None
    return macs if macs and any(macs) else None
