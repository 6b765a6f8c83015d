"""Where something else than a member limits one pair of hosts, what to do is about that (see truth.json)."""

from __future__ import annotations

from pathlib import Path

import pytest

import flowmap

LIMITS = Path(__file__).parents[2] / "captures" / "limits"


@pytest.mark.parametrize(
    ("capture", "code", "decider"),
    [("loss-rx", "FM405", "network"), ("slow-reader", "FM404", "host"), ("window-rx", "FM404", "host")],
)
def test_the_answer_acts_on_what_limits(capture: str, code: str, decider: str) -> None:
    report = flowmap.analyze(str(LIMITS / capture)).report
    answer = report.answer
    assert (answer.code, answer.decider) == (code, decider)
    (finding,) = (one for one in report.findings if one.code == code)
    assert answer.action == finding.action
    assert "hash" not in str(answer.action)
