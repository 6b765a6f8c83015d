"""What was accepted, as reports tell it."""

from __future__ import annotations

from typing import Any

import pytest
from factories import make_report

from flowmap.document.model import Acceptance
from flowmap.report.blocks import Items
from flowmap.report.sections.accepted import accepted_mark, accepted_section


def line(**values: Any) -> str:
    one = Acceptance(**{"code": "FM202", "reason": "two uplinks", "state": "used", "findings": 1, **values})
    section = accepted_section(make_report(accepted=[one]))
    (items,) = section.blocks
    assert isinstance(items, Items)
    return items.lines[0]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({}, "FM202: 1 accepted. Reason: two uplinks"),
        ({"findings": 3}, "FM202: 3 accepted. Reason: two uplinks"),
        ({"state": "unused"}, "FM202: accepted, not found this time. Reason: two uplinks"),
        ({"by": "Ann"}, "FM202: 1 accepted. Reason: two uplinks (by Ann)"),
        ({"by": "Ann", "until": "2026-12-01"}, "FM202: 1 accepted. Reason: two uplinks (by Ann, until 2026-12-01)"),
        (
            {"state": "ended", "until": "2026-01-01"},
            "FM202: was accepted until 2026-01-01, no longer. Reason: two uplinks",
        ),
        (
            {"subject": {"members": ["nic1", "nic2"], "stream": 3}},
            "FM202 (nic1, nic2, 3): 1 accepted. Reason: two uplinks",
        ),
        (
            {"changed": ["3 hosts, not 2", "p 0.1"]},
            "FM202: 1 accepted. Reason: two uplinks Changed since: 3 hosts, not 2; p 0.1.",
        ),
    ],
)
def test_a_line_says_what_by_whom_until_when_and_what_changed(values: dict[str, Any], told: str) -> None:
    assert line(**values) == told


def test_without_any_there_is_no_section_and_no_mark() -> None:
    assert accepted_section(make_report()).blocks == ()
    assert accepted_mark("warning", accepted=False) == "warning"
    assert accepted_mark("warning", accepted=True) == "warning, accepted"
