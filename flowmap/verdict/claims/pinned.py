"""Claim 1: each migration stream sits on one member, in every direction.

In: a placed team. Out: `Pinned`: the verdict, why, and how many directions have which placement. The worst direction
decides:

- single and mirrored pass. A moved one passes if the cause is one that every team has (a member failed, joined or left), or
  if the known algorithm of the side that chooses moves streams; else it fails, or is inconclusive where the capture ends
  too soon.
- sprayed fails, whatever the mode: TCP takes packets that overtake each other for loss, also where round-robin is
  configured. Whether it is meant is the answer's concern (`by-design` is refused there too).
- absent decides nothing for a reverse direction, and is inconclusive for the bulk one. undecided is inconclusive.

A pass that rests on incomplete captures becomes inconclusive, naming the notices (`results.undermine`). There are no
thresholds here: they belong to the placement.

Rejected: a share of streams that may fail (a single sprayed stream shows how the chooser works), and a verdict of the mode
alone.
"""

from __future__ import annotations

from collections import Counter

from flowmap.facts.model import ClaimVerdict, Direction, TeamFacts
from flowmap.verdict.claims.results import Pinned, cannot_tell, undermine, worst
from flowmap.words import HOLDING_CAUSES

__all__ = ["direction_verdict", "judge_pinned"]


def judge_pinned(team: TeamFacts) -> Pinned:
    """Judge whether streams are pinned.

    `why`: two_hosts, member_lost, no_streams, sprayed, moved, undecided, absent, or holds.
    """
    judged = team.judged
    directions = [direction for stream in judged for direction in stream.directions]
    counts: Counter[str] = Counter(direction.placed.placement for direction in directions)
    reason = cannot_tell(team)
    result = Pinned("inconclusive", reason or "no_streams", len(judged), len(directions), counts)
    if reason or not judged:
        return result
    verdicts = [(direction_verdict(direction, team), direction) for direction in directions]
    result.verdict = worst([verdict for verdict, _ in verdicts])
    result.why = _why(result.verdict, [direction for verdict, direction in verdicts if verdict == result.verdict])
    undermine(result, team.notices)
    return result


def direction_verdict(direction: Direction, team: TeamFacts) -> ClaimVerdict:
    """Return the verdict on one stream-direction.

    A reverse direction that was not captured decides nothing; a bulk one is missed.
    """
    placed = direction.placed
    if placed.placement in ("single", "mirrored"):
        return "pass"
    if placed.placement == "absent":
        return "inconclusive" if direction.bulk else "pass"
    if placed.placement == "moved":
        if placed.cause in HOLDING_CAUSES or _allowed(direction, team):
            return "pass"
        return "inconclusive" if placed.too_soon else "fail"
    return "fail" if placed.placement == "sprayed" else "inconclusive"


def _allowed(direction: Direction, team: TeamFacts) -> bool:
    """Return whether the known algorithm of the side that chooses allows the move."""
    if direction.side == "unknown":
        return False
    return team.expectation.allows(direction.side, "moved", direction.placed.cause) is True


def _why(verdict: ClaimVerdict, deciding: list[Direction]) -> str:
    if verdict == "pass":
        return "holds"
    placements = [direction.placed.placement for direction in deciding]
    return next(word for word in ("sprayed", "moved", "undecided", "absent") if word in placements)
