"""From a team whose streams are placed to what is concluded: the claims, the verdict, all findings, the answer's case."""

from __future__ import annotations

from collections.abc import Sequence

from flowmap.dataclass import dataclass
from flowmap.facts.model import TeamFacts
from flowmap.flow.streams.stream import Streams
from flowmap.verdict.answer.case import Case
from flowmap.verdict.answer.overall import judge_all
from flowmap.verdict.claims.pinned import judge_pinned
from flowmap.verdict.claims.spread import judge_spread
from flowmap.verdict.claims.usable import all_usable
from flowmap.verdict.findings.collect import Grounds, find_all
from flowmap.verdict.mode.placements import candidates_of, judge_placements
from flowmap.verdict.mode.policy import Placements
from flowmap.verdict.speed.imbalance import FullSpan, full_spans

__all__ = ["Judgement", "conclude"]


@dataclass(frozen=True)
class Judgement:
    """All that a report is made of. `tx`, `rx`: what tells of hash keys; `full`: when members were full while others idled."""

    case: Case
    tx: Placements
    rx: Placements
    full: Sequence[FullSpan]


def conclude(team: TeamFacts, streams: Streams) -> Judgement:
    """Return what is concluded of a team that is placed and limited."""
    tx, rx = judge_placements("tx", team, streams), judge_placements("rx", team, streams)
    candidates = candidates_of(tx, rx, team, streams)
    pinned, spread = judge_pinned(team), judge_spread(team)
    verdict, meant, proven = judge_all(team, pinned, spread, candidates)
    full = full_spans(team, all_usable(team))
    findings = find_all(Grounds(team, pinned, spread, candidates, tx.choices, rx.choices, full, meant is not None))
    case = Case(team, pinned, spread, candidates, verdict, meant, proven, findings, tx.choices, rx.choices)
    return Judgement(case, tx, rx, full)
