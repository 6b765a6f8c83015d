"""What the packets tell of the teaming mode, in a few lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from flowmap.message import Message, glue, listed, msg, nmsg
from flowmap.report.members import ModeCandidate, Team
from flowmap.team.modes import every_row

__all__ = ["expectation_lines", "mode_lines", "mode_sentence"]

_ELSEWHERE = frozenset({"policy_refuted"})
"""Clues that stand under hash keys and policies."""


def mode_lines(team: Team) -> list[tuple[Message, Message]]:
    """(label, text): what was seen, which modes that speaks for most, how many others it leaves; or that it cannot be told."""
    fitting = [one for one in team.candidates if one.verdict == "fits"]
    refuted = sum(one.verdict == "refuted" for one in team.candidates)
    if not fitting and not refuted:
        text = msg("the packets cannot tell: nothing in them speaks for or against a mode")
        return [(msg("Mode"), text)]
    told = [clue.detail for clue in team.clues if clue.clue not in _ELSEWHERE]
    best = [one for one in fitting if one.score == fitting[0].score]
    lines = [(msg("Seen"), glue(*told, between="; "))] if told else []
    if best:
        lines.append((msg("Fits best"), glue(*_grouped(best), between="; ")))
    return [*lines, (msg("Other modes"), _rest(team, fitting, best, refuted))]


def _rest(team: Team, fitting: Sequence[ModeCandidate], best: Sequence[ModeCandidate], refuted: int) -> Message:
    others = len(fitting) - len(best)
    untested = len(team.candidates) - len(fitting) - refuted
    parts = [
        nmsg("{count} mode fits less well", "{count} modes fit less well", others) if others else "",
        nmsg("{count} is not testable", "{count} are not testable", untested) if untested else "",
        nmsg("{count} is refuted", "{count} are refuted", refuted),
    ]
    return glue(*parts, between=", ")


def _grouped(candidates: Sequence[ModeCandidate]) -> Iterator[Message]:
    """One for each platform and mode, with its algorithms."""
    labels = {row.platform: row.label for row in every_row()}
    for (platform, mode), group in groupby(candidates, key=lambda one: (one.platform, one.mode)):
        algorithms = [one.algorithm for one in group if one.algorithm]
        name = labels.get(platform, platform)
        if algorithms:
            yield msg("{platform} {mode} ({algorithms})", platform=name, mode=mode, algorithms=listed(algorithms))
        else:
            yield msg("{platform} {mode}", platform=name, mode=mode)


def mode_sentence(team: Team) -> Message:
    """The same in one paragraph."""
    return glue(*(msg("{label}: {text}.", label=label, text=text) for label, text in mode_lines(team)))


def expectation_lines(team: Team) -> list[tuple[Message, Message]]:
    """(direction, text): what the mode does in each direction and whether what was seen is that; empty: no mode is known."""
    titles = {"tx": msg("sent (tx)"), "rx": msg("received (rx)")}
    return [(titles[one.direction], msg("{text}", text=one.detail)) for one in team.expectations]
