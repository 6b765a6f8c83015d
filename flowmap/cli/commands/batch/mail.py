"""What a batch run prints, and cron mails: a line of counts, then a line for each team, the worst first.

A team's line has its verdict, the first sentence of its answer, what changed since the captures before, and the path of its
page: who reads it on a telephone at night need not open anything to know whether to get up.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from flowmap.batch.known import changes_since, gone, is_new, new_problems, state
from flowmap.cli.boundary import INCONCLUSIVE
from flowmap.cli.language import said
from flowmap.document.quantities import plain
from flowmap.message import Message, glue, listed, msg, nmsg
from flowmap.words import word

if TYPE_CHECKING:
    from flowmap.batch.model import Outcome
    from flowmap.batch.run import Change, Result
    from flowmap.cli.commands.batch.options import BatchOptions

__all__ = ["FAIL", "is_silent", "mail", "summary", "wakes"]

FAIL = 1
_MOST = 30
_ORDER = ("fail", "failed", "inconclusive", "accepted", "by-design", "pass")


def wakes(change: Change, options: BatchOptions) -> int:
    """Return the exit code that an outcome stands for by itself, 0 where --fail-on or an acceptance lets everybody sleep."""
    outcome, level = change.outcome, options.level
    warnings = level == "warning"
    code = 0 if outcome.settled else {0: 0, FAIL: FAIL}.get(outcome.exit_code, INCONCLUSIVE)
    if level == "never" or (level == "fail" and code != FAIL):
        return 0
    if code in (0, INCONCLUSIVE) and warnings and outcome.warnings:
        code = INCONCLUSIVE
    if options.only_new and not is_new(outcome, change.before, change.known, warnings=warnings):
        return 0
    return code


def is_silent(result: Result, options: BatchOptions) -> bool:
    """Return whether nothing is to be printed: nothing changed, or only what --fail-on new lets pass."""
    if options.quiet or options.json_log == "-" or not result.changes:
        return True
    if not options.only_new:
        return False
    return not any(wakes(one, options) or changes_since(one.outcome, one.known) for one in result.changes)


def mail(result: Result, options: BatchOptions) -> str:
    """Return all lines, in the language that is spoken."""
    changes = sorted(result.changes, key=lambda change: (_ORDER.index(_state(change)), change.team.name))
    lines = [said(summary(result)), *(said(_line(change, options.out)) for change in changes[:_MOST])]
    if len(changes) > _MOST:
        index = os.path.join(options.out, "index.html")
        lines.append(said(nmsg("{count} more: {path}", "{count} more: {path}", len(changes) - _MOST, path=index)))
    return "".join(f"{plain(line)}\n" for line in lines)


def summary(result: Result) -> Message:
    """Return one line: how many teams are new, or runs where a team has several, and what is not as it should be."""
    new = len(result.changes)
    told_by_name = ("fail", "inconclusive", "failed", "accepted")
    counted = {name: [change for change in result.changes if _state(change) == name] for name in told_by_name}
    parts: list[str] = [
        nmsg("{count} team analyzed of {found}", "{count} teams analyzed of {found}", new, found=result.found)
        if result.found == result.teams
        else nmsg("{count} run analyzed of {found}", "{count} runs analyzed of {found}", new, found=result.found)
    ]
    designed = sum(_state(change) == "by-design" for change in result.changes)
    passed = new - designed - sum(map(len, counted.values()))
    if passed:
        parts.append(nmsg("{count} pass", "{count} pass", passed))
    if designed:
        parts.append(nmsg("{count} by design", "{count} by design", designed))
    for name, changes in counted.items():
        if changes:
            parts.append(_named(name, len(changes), listed(sorted(change.team.name for change in changes))))
    findings = sum(len(change.outcome.accepted) for change in result.changes if _state(change) != "accepted")
    if findings:
        parts.append(nmsg("{count} finding accepted", "{count} findings accepted", findings))
    if result.waiting:
        parts.append(nmsg("{count} still being written", "{count} still being written", len(result.waiting)))
    return glue(*parts, between="; ")


def _named(name: str, number: int, teams: Message) -> Message:
    if name == "fail":
        return nmsg("{count} fail ({teams})", "{count} fail ({teams})", number, teams=teams)
    if name == "inconclusive":
        return nmsg("{count} inconclusive ({teams})", "{count} inconclusive ({teams})", number, teams=teams)
    if name == "accepted":
        return nmsg("{count} accepted ({teams})", "{count} accepted ({teams})", number, teams=teams)
    return nmsg("{count} error ({teams})", "{count} errors ({teams})", number, teams=teams)


def _line(change: Change, out: str) -> Message:
    outcome = change.outcome
    verdict = _word(outcome)
    told = msg("{team}: {verdict}: {sentence}", team=change.team.name, verdict=verdict, sentence=_sentence(change))
    page = os.path.join(out, *change.folder.split("/"), "report.html") if change.folder and not outcome.error else ""
    return glue(told, *_differences(change), page)


def _sentence(change: Change) -> str:
    text = said(change.unwritten or change.outcome.error or change.outcome.summary)
    first = re.match(r".+?[.!?](?=\s+[A-Z]|$)", text, re.DOTALL)
    return first[0] if first else text if text.endswith(".") else f"{text}."


def _differences(change: Change) -> list[str]:
    """Return what changed since the captures before, as sentences."""
    outcome, before, known = change.outcome, change.before, change.known
    told: list[str] = []
    if before is not None and state(before) != state(outcome):
        told.append(msg("Before: {verdict}.", verdict=_word(before)))
    if known is not None:
        for codes, text in ((new_problems(outcome, known), msg("new")), (gone(outcome, known), msg("gone"))):
            if codes and not outcome.error:
                told.append(msg("{what:capital}: {codes}.", what=text, codes=", ".join(codes)))
    if outcome.accepted:
        told.append(msg("Accepted: {codes}.", codes=", ".join(outcome.accepted)))
    if changes := changes_since(outcome, known):
        told.append(msg("What is accepted changed: {what}.", what=glue(*changes, between="; ")))
    if outcome.ended:
        told.append(msg("No longer accepted: {codes}.", codes=", ".join(outcome.ended)))
    return told


def _word(outcome: Outcome) -> Message:
    found = state(outcome)
    return msg("error") if found == "failed" else msg("accepted") if found == "accepted" else word(found)


def _state(change: Change) -> str:
    return "failed" if change.unwritten else state(change.outcome)
