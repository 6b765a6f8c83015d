"""A report also where nothing could be read; what checks reports is ready before there is one."""

from __future__ import annotations

import subprocess
import sys

from flowmap.analysis.answer import unanswered
from flowmap.message import msg
from flowmap.notice import Notice
from flowmap.settings.config import Settings


def test_without_a_capture_the_report_says_so() -> None:
    found = unanswered(Settings(), [], [])
    assert found.report.answer.sentence == "No usable input: nothing that is a capture was found."
    assert (found.report.exit_code, found.messages) == (4, [])
    assert not any(found.flow_columns().values())


def test_three_reasons_are_given_at_most() -> None:
    reasons = [msg("reason {number}", number=number) for number in range(1, 5)]
    notice = Notice("unreadable_capture", reasons[0])
    found = unanswered(Settings(), [notice], reasons)
    assert found.report.answer.sentence == "No usable input: reason 1; reason 2; reason 3."
    assert [one.code for one in found.report.notices] == ["unreadable_capture"]
    assert found.messages == reasons


def test_what_checks_every_report_is_built_at_once() -> None:
    code = (
        "from flowmap.analysis.answer import load\nfrom flowmap.document.model import Report, Totals\n"
        "before = [part.__pydantic_complete__ for part in (Report, Totals)]\nload()\n"
        "print(before, [part.__pydantic_complete__ for part in (Report, Totals)])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "[False, False] [True, True]\n", done.stderr
