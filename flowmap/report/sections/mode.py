"""What the packets tell of the teaming mode, in a few lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from flowmap.document.members import ModeCandidate, Team
from flowmap.message import Message, aside, glue, listed, msg, nmsg
from flowmap.team.modes.table import LACP, every_row
from flowmap.words import word

__all__ = ["expectation_lines", "mode_lines", "mode_sentence", "mode_text"]

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
