"""What to do first: one rule, the same words in every report for people, causes before what follows from them."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from factories import make_finding, make_report

import flowmap
from flowmap.message import translate
from flowmap.report.card import card
from flowmap.report.document import Finding, NoticeRow, Report
from flowmap.report.first_step import first_step
from flowmap.report.html import Material
from flowmap.report.html import render as page
from flowmap.report.markdown import markdown
from flowmap.report.terminal import render as terminal

CAPTURES = Path(__file__).parents[3] / "captures"


def finding(code: str, severity: str) -> Finding:
    return make_finding(code=code, severity=severity, title=f"Title of {code}", action=f"Do what {code} asks.")


def reported(verdict: str, *findings: tuple[str, str]) -> Report:
    return make_report(verdict=verdict, findings=[finding(*one) for one in findings], notices=[])


@pytest.mark.parametrize(
    ("verdict", "findings", "first"),
    [
        ("fail", [("FM201", "error"), ("FM302", "error"), ("FM303", "error")], "FM303"),
        ("fail", [("FM201", "error"), ("FM301", "error"), ("FM303", "warning")], "FM301"),
        ("fail", [("FM101", "error"), ("FM201", "error"), ("FM502", "warning")], "FM101"),
        ("fail", [("FM404", "warning"), ("FM102", "error")], "FM102"),
        ("inconclusive", [("FM108", "warning"), ("FM506", "warning")], "FM506"),
        ("inconclusive", [("FM403", "warning"), ("FM204", "info")], "FM204"),
        ("pass", [("FM103", "warning"), ("FM405", "warning")], "FM103"),
    ],
)
def test_the_cause_comes_before_what_follows_and_before_what_limits_the_speed(
    verdict: str, findings: list[tuple[str, str]], first: str
) -> None:
    for given in (findings, findings[::-1]):
        assert first_step(reported(verdict, *given)).code == first


def test_the_exact_advice_of_the_same_direction_stands_for_the_general_one() -> None:
    report = flowmap.analyze(CAPTURES / "03b-twelve-hosts-one-member").report
    step = first_step(report)
    assert step.code == "FM202"
    assert "src-dst-ip" in step.text
    assert "See FM207 too." in step.text
    assert step.text in " ".join(terminal(report, 80, color=False).split())
    assert "Siehe auch FM207." in translate(step.text, "de")


def test_what_explains_the_other_direction_stays_out() -> None:
    uneven = make_finding(code="FM202", severity="error", action="Compare.", subject={"direction": "rx"})
    sent = make_finding(code="FM209", severity="info", action="Choose ports.", subject={"direction": "tx"})
    assert first_step(make_report(verdict="fail", findings=[uneven, sent], notices=[])).text == "Compare."


def test_a_pass_with_remarks_only_says_that_nothing_is_wrong() -> None:
    step = first_step(reported("pass", ("FM406", "info"), ("FM507", "info")))
    assert step.text == "Nothing; the team does what it should."
    assert step.code == ""
    assert step.speed is not None
    assert step.speed.code == "FM406"
    assert first_step(reported("pass", ("FM507", "info"))).speed is None


def test_without_a_finding_the_notice_that_undermines_the_claim_says_what_to_do() -> None:
    claims = make_report().claims
    undermined = claims.pinned.model_copy(update={"verdict": "inconclusive", "undermined_by": ["capture_drops"]})
    report = make_report(
        verdict="inconclusive", claims=claims.model_copy(update={"pinned": undermined}), findings=[],
        notices=[NoticeRow(code="capture_drops", severity="warning", detail="lost")],
    )  # fmt: skip
    assert first_step(report).code == "capture_drops"


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def words_of(markup: str) -> str:
    reader = _Words()
    reader.feed(markup)
    return " ".join(reader.said)


WRITERS: dict[str, Callable[[Report], str]] = {
    "text": lambda report: terminal(report, 80, False),
    "Markdown": lambda report: markdown(report).replace("**", ""),
    "page": lambda report: words_of(page(Material(report))),
    "picture": lambda report: words_of(card(report)),
}


@pytest.mark.parametrize("writer", WRITERS)
def test_all_reports_say_the_same_first(writer: str) -> None:
    found = (("FM204", "info"), ("FM302", "warning"), ("FM303", "warning"), ("FM403", "warning"))
    told = re.sub(r"\s+", " ", WRITERS[writer](reported("inconclusive", *found)))
    assert re.search(r"Do first:? Do what FM303 asks\.", told)
    assert re.search(r"For more speed:? Title of FM403\. Do what FM403 asks\.", told)


def test_while_something_is_wrong_more_speed_waits() -> None:
    assert first_step(reported("fail", ("FM101", "error"), ("FM406", "info"))).speed is None


def test_members_on_two_switches_are_named_as_the_cause_and_the_side_that_is_out_of_sync() -> None:
    """The manifest: nic2 talks to another partner system, the host's state is 0x07 (out of sync), the switch's 0x0f."""
    report = flowmap.analyze(CAPTURES / "13b-two-switches").report
    assert [one.code for one in report.findings] == ["FM303", "FM302", "FM201"]
    assert {one.severity for one in report.findings} == {"error"}
    assert first_step(report).code == "FM303"
    assert "another LACP system" in report.summary
    systems, out_of_sync = report.findings[:2]
    assert "nic1: 00:1c:73:0a:00:01 and nic2: 00:1c:73:0b:00:01" in systems.explanation
    assert "On nic2 the host keeps the port out of sync" in out_of_sync.explanation
    assert "FM303" in out_of_sync.action
    assert "Expired" not in out_of_sync.action
