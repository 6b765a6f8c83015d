"""What the packets tell of the teaming mode, in a few lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from flowmap.document.members import ModeCandidate, Team
from flowmap.message import Message, aside, glue, listed, msg, nmsg
from flowmap.report.blocks import Pairs, Section
from flowmap.team.modes.table import LACP, every_row
from flowmap.words import DIRECTIONS, word

if TYPE_CHECKING:
    from flowmap.document.model import Report

__all__ = ["expectation_pairs", "mode_section", "mode_text"]

_ELSEWHERE = frozenset({"policy_refuted"})
"""Clues that stand under hash keys and policies."""


def mode_text(team: Team) -> Message:
    """Return mode and algorithm as they are known: "lacp layer3+4 (config)"; LACP that is heard leaves the hash unknown."""
    named = glue(" ".join(part for part in (team.mode, team.algorithm) if part))
    if not named:
        return glue(word("unknown"))
    if team.mode_source == "inferred" and team.mode == LACP and team.algorithm is None:
        return msg("LACP, hash unknown")
    return glue(named, aside(word(team.mode_source)), between="")


def mode_section(report: Report) -> Section:
    """Return what the packets say of the mode of a team with several members, whatever is configured."""
    several = sum(not member.aggregate for member in report.members) > 1
    blocks = (Pairs(tuple(_lines(report.team)), full=True),) if several else ()
    return Section("mode", msg("Mode by the packets"), blocks, about=msg("whatever is configured"))


def _lines(team: Team) -> list[tuple[Message, Message]]:
    """Return what was seen, which modes that speaks for most, how many others it leaves; or that it cannot be told."""
    fitting = [one for one in team.candidates if one.verdict == "fits"]
    refuted = sum(one.verdict == "refuted" for one in team.candidates)
    if not fitting and not refuted:
        text = msg("the packets cannot tell: nothing in them speaks for or against a mode")
        return [(msg("Mode"), text)]
    told = [clue.detail for clue in team.clues if clue.clue not in _ELSEWHERE]
    best = [one for one in fitting if one.score == fitting[0].score]
    lines = [(msg("Seen"), glue(*told, between="; "))] if told else []
    if best:
        lines.append((msg("Possible modes"), glue(*_grouped(best), between="; ")))
    return [*lines, (msg("Other modes"), _rest(team, fitting, best, refuted))]


def _rest(team: Team, fitting: Sequence[ModeCandidate], best: Sequence[ModeCandidate], refuted: int) -> Message:
    others = len(fitting) - len(best)
    untested = len(team.candidates) - len(fitting) - refuted
    parts = [
        nmsg("{count} mode fits less well", "{count} modes fit less well", others) if others else "",
        nmsg("{count} is not testable", "{count} are not testable", untested) if untested else "",
        nmsg("{count} is ruled out", "{count} are ruled out", refuted),
    ]
    return glue(*parts, between=", ")


def _grouped(candidates: Sequence[ModeCandidate]) -> Iterator[Message]:
    """Return one for each platform and mode, with its algorithms."""
    labels = {row.platform: row.label for row in every_row()}
    for (platform, mode), group in groupby(candidates, key=lambda one: (one.platform, one.mode)):
        algorithms = [one.algorithm for one in group if one.algorithm]
        name = labels.get(platform, platform)
        if algorithms:
            yield msg("{platform} {mode} ({algorithms})", platform=name, mode=mode, algorithms=listed(algorithms))
        else:
            yield msg("{platform} {mode}", platform=name, mode=mode)


def expectation_pairs(team: Team) -> Pairs | None:
    """Return what the mode does in each direction and whether what was seen is that; None: no mode is known."""
    rows = tuple((DIRECTIONS[one.direction], msg("{text}", text=one.detail)) for one in team.expectations)
    return Pairs(rows, full=True) if rows else None
