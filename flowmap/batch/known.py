"""What of an outcome is known already: accepted, or there before. By this a run raises an alarm, or does not.

A finding is known again by its code and by what lasts of its subject (members, hosts, directions; not numbers of streams).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from flowmap.batch.model import Outcome
from flowmap.message import glue
from flowmap.settings.acceptance import differences, lasting

if TYPE_CHECKING:
    from flowmap.document.model import Finding, Report

__all__ = ["accepted_of", "changes_since", "gone", "is_new", "new_problems", "state", "verdict_of"]

_RANK = {"pass": 0, "by-design": 0, "accepted": 0, "inconclusive": 1, "failed": 1, "fail": 2}


def accepted_of(report: Report) -> dict[str, Any]:
    """Return the fields of an Outcome that tell what of a report's findings is accepted, and what is not."""
    grave = [finding for finding in report.findings if finding.severity != "info"]
    open_ones = [finding for finding in grave if finding.accepted is None]
    accepted = [finding for finding in report.findings if finding.accepted is not None]
    used = [one for one in report.accepted if one.state == "used"]
    return {
        "warnings": tuple(sorted({finding.code for finding in open_ones if finding.severity == "warning"})),
        "problems": tuple(sorted({_key(finding) for finding in open_ones})),
        "accepted": tuple(sorted({one.code for one in used})),
        "settled": _is_settled(report, open_ones),
        "ended": tuple(
            sorted({one.code for one in report.accepted if one.state == "ended"} - {one.code for one in used})
        ),
        "changed": tuple(glue(f"{one.code}:", glue(*one.changed, between="; ")) for one in used if one.changed),
        "evidence": json.dumps({_key(one): one.evidence for one in accepted}, sort_keys=True) if accepted else "",
    }


def state(outcome: Outcome) -> str:
    """Return the verdict, "failed" without one, or "accepted" where all that speaks against a pass is."""
    return "failed" if outcome.error else "accepted" if outcome.settled else outcome.verdict


def verdict_of(outcome: Outcome) -> str:
    """Return the verdict as JSON and CSV have it: "error" where there is none on the team."""
    return "error" if outcome.error else outcome.verdict


def new_problems(outcome: Outcome, before: Outcome | None) -> list[str]:
    """Return the codes of what is in an outcome and was not in the one before."""
    known = set() if before is None else {*before.problems, *(() if before.problems else before.findings)}
    return list(dict.fromkeys(_code(one) for one in outcome.problems if one not in known and _code(one) not in known))


def gone(outcome: Outcome, before: Outcome | None) -> list[str]:
    """Return the codes of what was there before and is no longer, nor accepted."""
    left = {*map(_code, outcome.problems), *outcome.findings, *outcome.accepted}
    return [] if before is None else sorted({_code(one) for one in before.problems} - left)


def is_new(outcome: Outcome, before: Outcome | None, known: Outcome | None, *, warnings: bool = False) -> bool:
    """Return whether something is wrong that was not so before: a worse verdict, another error, an acceptance that ended.

    `before`: the outcome before this one, `known`: the last one before it that was an answer. With `warnings` another warning
    counts, too.
    """
    now = state(outcome)
    if now == "failed":
        return before is None or state(before) != "failed"
    then = "pass" if known is None else state(known)
    if _RANK[now] > _RANK[then] or (known is not None and set(outcome.ended) - set(known.ended)):
        return True
    found = new_problems(outcome, known)
    return bool(found) and (warnings or (_RANK[now] > 0 and bool(set(found) - set(outcome.warnings))))


def changes_since(outcome: Outcome, before: Outcome | None) -> list[str]:
    """Return what changed of accepted findings: since they were accepted where that was kept, else since the run before."""
    if outcome.changed or before is None or not outcome.evidence or not before.evidence:
        return list(outcome.changed)
    now, then = json.loads(outcome.evidence), json.loads(before.evidence)
    told: dict[str, list[str]] = {}
    for key in now.keys() & then.keys():
        told.setdefault(_code(key), []).extend(name for name, _, _ in differences(then[key], now[key]))
    return [f"{code}: {', '.join(sorted(set(names)))}" for code, names in sorted(told.items()) if names]


def _is_settled(report: Report, open_ones: list[Finding]) -> bool:
    """Return whether a fail, or what cannot be told, rests on accepted findings and notices alone."""
    codes = {one.code for one in report.accepted if one.state == "used"}
    errors = any(finding.severity == "error" for finding in open_ones)
    if not codes or errors or report.exit_code == 4:
        return False
    if report.verdict == "fail":
        return any(finding.accepted is not None and finding.severity == "error" for finding in report.findings)
    if report.verdict == "inconclusive":
        doubts = {*report.claims.pinned.undermined_by, *report.claims.spread.undermined_by}
        return report.answer.code in codes or bool(doubts and doubts <= codes)
    return False


def _key(finding: Finding) -> str:
    return f"{finding.code} {json.dumps(lasting(finding.subject), sort_keys=True)}"


def _code(key: str) -> str:
    return key.partition(" ")[0]
