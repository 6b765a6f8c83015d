"""The two claims as results: verdict, numbers, and the facts that the sentences are made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import field
from typing import Literal

from flowmap.dataclass import dataclass
from flowmap.facts.model import ClaimVerdict, Side, TeamFacts
from flowmap.message import Message, glue
from flowmap.notice import Notice
from flowmap.words import Unit

__all__ = ["Pinned", "Spread", "undermine", "worst"]

_RANK: dict[str, int] = {"not-applicable": 0, "pass": 1, "inconclusive": 2, "fail": 3}
"""A direction that nothing could spread in never outranks one that was judged."""


@dataclass
class Pinned:
    """Claim 1. `counts` is stream-directions by placement; `why` names what decided, see `sentences`."""

    verdict: ClaimVerdict
    why: str
    streams: int = 0
    directions: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    undermined_by: list[str] = field(default_factory=list)


@dataclass
class Spread:
    """Claim 2, or one direction of it.

    `counts` is units by usable member number; `why` names what decided, see `sentences`.

    Of the claim, the direction that decides, and all that were judged in `directions`.
    """

    verdict: ClaimVerdict
    why: str
    side: Side | None = None
    hosts: int = 0
    counted_end: Literal["source", "destination"] = "source"
    """Which ends of the bulk directions are the hosts."""
    unit: Unit | None = None
    units: int = 0
    counts: dict[int, int] = field(default_factory=dict)
    p: float | None = None
    p_exact: bool | None = None
    detail: Message = field(default_factory=glue)
    undermined_by: list[str] = field(default_factory=list)
    directions: tuple[Spread, ...] = ()

    @property
    def members_used(self) -> int:
        return sum(count > 0 for count in self.counts.values())


def worst(verdicts: Sequence[ClaimVerdict]) -> ClaimVerdict:
    """Return fail if one fails, else inconclusive if one is, else pass if one does, else not-applicable."""
    return max(verdicts, key=_RANK.__getitem__)


def undermine(claim: Pinned | Spread, notices: Sequence[Notice]) -> None:
    """Turn a pass that rests on incomplete captures to inconclusive, naming the notices that are the reason."""
    codes = sorted({notice.code for notice in notices if notice.undermines})
    if claim.verdict == "pass" and codes:
        claim.verdict = "inconclusive"
        claim.undermined_by = codes


def cannot_tell(team: TeamFacts) -> str | None:
    """Return what makes both claims inconclusive whatever the packets say."""
    if team.two_hosts:
        return "two_hosts"
    if team.doubts:
        return "members_unsure"
    if any(member.lost_member for member in team.team_members):
        return "member_lost"
    if any(member.links_mixed for member in team.team_members):
        return "links_mixed"
    return None
