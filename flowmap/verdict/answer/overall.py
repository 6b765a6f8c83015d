"""The verdict of the whole, one of four, from the two claims and from what the mode means.

- fail: something is not as it should be and can be mended: a claim fails, and the mode does not mean it to.
- by-design: what was seen is all that such a team does. Either one stream, or one pair of hosts, on one member, with nothing
  that could spread; or a spread that fails, or is improbable, and the mode means it: active-backup, receiving in a
  switch-independent team, the ports of one virtual machine. The mode counts where it was given, or where the packets leave one
  family of modes and something speaks for it.
- inconclusive: the captures cannot tell. Also where nothing could spread and LACP kept members out: hosts are too few to prove
  what that costs, but it is no design.
- pass: else.

Sprayed streams and unexplained moves are never by design: round-robin harms TCP where it is configured, too.
"""

from __future__ import annotations

from typing import cast

from flowmap.facts.model import TeamFacts, Verdict
from flowmap.message import Message, msg
from flowmap.team.modes.table import Expectation
from flowmap.verdict.answer.case import used_members
from flowmap.verdict.claims.results import Pinned, Spread
from flowmap.verdict.claims.spread import carrying_streams
from flowmap.verdict.claims.usable import usable_members
from flowmap.verdict.mode.candidates import Candidates
from flowmap.verdict.mode.flooded import channel

__all__ = ["judge_all"]

_DOUBTFUL = ("mode", "standby", "flooded", "unlikely", "chance")


def judge_all(
    team: TeamFacts, pinned: Pinned, spread: Spread, candidates: Candidates
) -> tuple[Verdict, Message | None, bool]:
    """Return the verdict, why a failing or improbable spread is meant (else None), and whether only packets show the mode."""
    meant, proven = _meant(team, spread, candidates)
    return _verdict(team, pinned, spread, meant), meant, proven


def _verdict(team: TeamFacts, pinned: Pinned, spread: Spread, meant: Message | None) -> Verdict:
    if pinned.verdict == "fail" or (spread.verdict == "fail" and meant is None):
        return "fail"
    if pinned.verdict == "inconclusive":
        return "inconclusive"
    if meant is not None:
        return "by-design"
    if spread.verdict == "not-applicable":
        return _nothing_to_spread(team)
    return cast(Verdict, spread.verdict)


def _nothing_to_spread(team: TeamFacts) -> Verdict:
    judged = [stream for stream in team.judged if stream.bulk.shares]
    bulk = [stream.bulk for stream in carrying_streams(team, judged)]
    for side in {direction.side for direction in bulk}:
        if len(used_members([direction for direction in bulk if direction.side == side])) > 1:
            return "pass"
    could = team.copies.keys() | usable_members(team, judged)
    return "by-design" if len(could) == len(team.team_members) else "inconclusive"


def _meant(team: TeamFacts, spread: Spread, candidates: Candidates) -> tuple[Message | None, bool]:
    if spread.why not in _DOUBTFUL or spread.undermined_by or spread.members_used > 1:
        return None, False
    if spread.why in ("mode", "standby"):
        return spread.detail, False
    if spread.side not in ("tx", "rx"):
        return None, False
    given = team.expectation.rows
    rows = given or candidates.only_family.rows
    reason = Expectation(tuple(rows)).one_member_only(spread.side) if rows else None
    if spread.why == "flooded" and channel(team, candidates) != "none":
        return None, False
    if given and spread.why != "flooded":
        return None, False  # a mode that was given has been asked already
    if spread.why == "flooded":
        reason = reason or msg("the switch does not aggregate these ports")
    return reason, not given and reason is not None
