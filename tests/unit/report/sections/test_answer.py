"""What is to be done: the action alone is forwarded, what would let flowmap say more stands apart."""

from __future__ import annotations

from factories import make_answer, make_finding, make_report

from flowmap.report.sections.answer import commands_to_run, to_do, to_know_more


def test_the_action_and_what_would_tell_more_are_apart() -> None:
    report = make_report(to_know_more=["Name the mode: --mode.", "Capture more."])
    assert to_do(report).rows == (("To do", report.answer.action),)
    assert to_know_more(report).rows == (("To know more", "Name the mode: --mode. Capture more."),)
    assert to_know_more(make_report(to_know_more=[])).rows == ()
    assert to_do(make_report(answer=make_answer(action=""))).rows == ()


def test_commands_are_those_of_the_answers_finding_each_once() -> None:
    mine = make_finding(code="FM307", evidence={"commands": ["a", "b", "a"]})
    other = make_finding(code="FM308", evidence={"commands": ["c"]})
    report = make_report(answer=make_answer(code="FM307"), findings=[mine, other])
    assert [command.text for command in commands_to_run(report)] == ["a", "b"]
