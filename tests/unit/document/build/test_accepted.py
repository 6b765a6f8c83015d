"""Which acceptance is told of a finding that several cover."""

from __future__ import annotations

from flowmap.document.build.accepted import accept_findings
from flowmap.document.model import Finding, NoticeRow
from flowmap.settings.acceptance import Acceptance


def finding(**evidence: object) -> Finding:
    return Finding(
        code="FM301",
        severity="error",
        title="t",
        subject={"members": ["nic2"]},
        evidence=evidence,
        explanation="e",
        action="a",
    )


def acceptance(reason: str, **more: object) -> Acceptance:
    return Acceptance(code="FM301", reason=reason, **more)  # type: ignore[arg-type]


def test_the_first_is_told_and_each_that_covers_is_used() -> None:
    """Nobody reads "not found this time" of what was found."""
    accepted = [acceptance("newest", evidence='{"count": 5}'), acceptance("older", evidence='{"count": 4}')]
    (told,), rows = accept_findings([finding(count=5)], [], accepted)
    assert told.accepted is not None
    assert (told.accepted.reason, told.accepted.changed) == ("newest", [])
    assert [(row.reason, row.state, row.findings, row.changed) for row in rows] == [
        ("newest", "used", 1, []),
        ("older", "used", 1, []),
    ]


def test_one_that_has_ended_leaves_room_for_another() -> None:
    accepted = [acceptance("over", ended=True), acceptance("holds")]
    (told,), rows = accept_findings([finding()], [], accepted)
    assert told.accepted is not None
    assert told.accepted.reason == "holds"
    assert [row.state for row in rows] == ["ended", "used"]


def test_a_notice_is_accepted_by_its_member() -> None:
    notice = NoticeRow(code="capture_drops", severity="warning", member="nic1", detail="d")
    accepted = [Acceptance(code="capture_drops", reason="r", subject={"member": name}) for name in ("nic1", "nic2")]
    findings, rows = accept_findings([], [notice], accepted)
    assert (findings, [row.state for row in rows]) == ([], ["used", "unused"])
