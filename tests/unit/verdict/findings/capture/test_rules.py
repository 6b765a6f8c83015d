"""FM5xx: which notices are findings too."""

from __future__ import annotations

from flowmap.document.pages.pages import pages
from flowmap.verdict.findings.registered import RULES


def test_a_notice_that_there_is_is_told_by_one_rule_about_captures() -> None:
    told = [(code, rule.code) for rule in RULES.values() for code in rule.notices]
    assert len(told) == len(dict(told))
    assert {code for code, _ in told} <= set(pages())
    assert {code[:3] for _, code in told} == {"FM5"}
