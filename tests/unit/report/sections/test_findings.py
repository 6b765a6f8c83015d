"""Findings that ask for the same stand together; one screen does not say again what the answer has said."""

from __future__ import annotations

from typing import Any

from factories import make_answer, make_finding, make_report

from flowmap.report.blocks import Finding
from flowmap.report.sections.findings import findings_section


def found(**parts: Any) -> list[Finding]:
    return [block for block in findings_section(make_report(**parts)).blocks if isinstance(block, Finding)]


def test_findings_that_ask_for_the_same_are_one_block() -> None:
    same = [make_finding(explanation=f"Stream {number} moved.") for number in range(3)]
    other = make_finding(code="FM101", severity="error")
    first, second = found(findings=[*same, other])
    assert [case.explanation for case in first.cases] == [f"Stream {number} moved." for number in range(3)]
    assert (second.code, len(second.cases)) == ("FM101", 1)


def test_what_the_answer_says_is_told() -> None:
    answer = make_answer(code="FM213", sentence="Both hosts landed on nic1.")
    choice = make_finding(code="FM213", severity="info", explanation="Both hosts landed on nic1.")
    (block,) = found(findings=[choice], answer=answer)
    assert (block.told, block.asks, block.answers, block.cases[0].told) == (True, False, True, True)
    (other,) = found(findings=[make_finding()], answer=answer)
    assert (other.told, other.asks, other.answers, other.cases[0].told) == (False, True, False, False)


def test_commands_are_listed_once_and_ask_to_be_run() -> None:
    one = make_finding(code="FM307", severity="info", evidence={"commands": ["flowmap analyze a", "flowmap analyze b"]})
    (block,) = found(findings=[one, one.model_copy()])
    assert block.commands == ("flowmap analyze a", "flowmap analyze b")
    assert block.asks


def test_a_case_has_its_streams_and_its_numbers_with_labels() -> None:
    subject = {"stream": 2, "streams": [2, 5]}
    (block,) = found(findings=[make_finding(subject=subject, evidence={"gap_ns": 1_200_000_000})])
    assert block.cases[0].streams == (2, 5)
    assert ("median interval", "1.2 s") in block.cases[0].facts
