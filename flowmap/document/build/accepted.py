"""What was accepted in advance, put to the findings that it covers.

In: findings and notices of a report, and what its settings accept. Out: the same findings, each with the acceptance that
covers it, and a row for every acceptance, used or not. Nothing is left out and no verdict changes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from flowmap.document import model as doc
from flowmap.document.evidence_words import label_of, value_words
from flowmap.message import msg
from flowmap.settings.acceptance import Acceptance
from flowmap.words import AcceptanceState

__all__ = ["accept_findings"]


def accept_findings(
    findings: Sequence[doc.Finding], notices: Sequence[doc.NoticeRow], accepted: Sequence[Acceptance]
) -> tuple[list[doc.Finding], list[doc.Acceptance]]:
    """Return the findings, marked where an acceptance that holds covers them, and what came of each acceptance.

    The first that covers a finding gives its reason, and only what differs from that one is told; all that do are used.
    """
    if not accepted:
        return list(findings), []
    used: Counter[int] = Counter()
    changed: dict[int, list[str]] = {}
    told = []
    for finding in findings:
        covering = _covering(accepted, finding.code, finding.subject)
        used.update(covering)
        told.append(finding)
        if not covering:
            continue
        number = covering[0]
        differences = _told(accepted[number].changes(finding.evidence))
        changed.setdefault(number, []).extend(differences)
        told[-1] = finding.model_copy(update={"accepted": doc.Accepted(**_why(accepted[number]), changed=differences)})
    for notice in notices:
        used.update(_covering(accepted, notice.code, {"member": notice.member}))
    return told, [_row(one, used[n], changed.get(n, [])) for n, one in enumerate(accepted)]


def _covering(accepted: Sequence[Acceptance], code: str, subject: Mapping[str, Any]) -> list[int]:
    return [n for n, one in enumerate(accepted) if not one.ended and one.covers(code, subject)]


def _row(one: Acceptance, used: int, changed: list[str]) -> doc.Acceptance:
    state: AcceptanceState = "ended" if one.ended else "used" if used else "unused"
    return doc.Acceptance(
        **_why(one),
        changed=changed,
        code=one.code,
        subject=one.subject,
        state=state,
        findings=used,
    )


def _why(one: Acceptance) -> dict[str, Any]:
    return {"reason": one.reason, "by": one.by, "until": None if one.until is None else one.until.isoformat()}


def _told(changes: Sequence[tuple[str, Any, Any]]) -> list[str]:
    return [
        msg(
            "{name}: {before} when accepted, now {now}",
            name=label_of(name),
            before=value_words(name, before),
            now=value_words(name, now),
        )
        for name, before, now in changes
    ]
