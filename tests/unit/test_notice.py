"""Notices: each kind is registered once, with its page, and none can be made that is not, or that its kind cannot be."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from flowmap.document.pages.pages import pages
from flowmap.message import msg
from flowmap.notice import KINDS, Notice, NoticeLog
from flowmap.verdict.findings.registered import RULES

SOME = msg("some")


def test_a_notice_has_what_its_kind_has() -> None:
    assert (Notice("rows_cut", SOME).severity, Notice("rows_cut", SOME).undermines) == ("info", False)
    assert (Notice("missing_bytes", SOME).severity, Notice("missing_bytes", SOME).undermines) == ("warning", True)


def test_where_a_kind_has_two_severities_it_goes_by_whether_it_undermines() -> None:
    assert Notice("record_truncated", SOME).severity == "info"
    assert Notice("record_truncated", SOME, undermines=True).severity == "error"
    assert Notice("capture_drops", SOME).severity == Notice("capture_drops", SOME, undermines=True).severity


@pytest.mark.parametrize(
    ("code", "given"),
    [
        ("no_such_code", {}),
        ("rows_cut", {"undermines": True}),
        ("missing_bytes", {"undermines": False}),
        ("missing_bytes", {"severity": "info"}),
    ],
)
def test_a_notice_that_is_not_registered_cannot_be_made(code: str, given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=code):
        Notice(code, SOME, **given)


def test_each_kind_has_a_page_and_each_page_a_kind() -> None:
    assert {code for code, page in pages().items() if page.kind == "notice"} == set(KINDS) - {
        code for code in KINDS if pages()[code].kind == "word"
    }
    assert set(KINDS) <= set(pages())


def test_findings_tell_notices_that_there_are() -> None:
    assert {code for rule in RULES.values() for code in rule.notices} <= set(KINDS)


def test_equal_notices_are_counted_together_and_come_through_a_process() -> None:
    log = NoticeLog()
    for count in (2, 3):
        log.add(Notice("capture_drops", SOME, "nic1", count=count, undermines=count == 3))
    (one,) = log
    assert (one.count, one.undermines) == (5, True)
    assert pickle.loads(pickle.dumps(one)) == one


@pytest.mark.parametrize("undermining", [[True, False], [False, True]])
def test_of_two_the_graver_one_decides_whichever_comes_first(undermining: list[bool]) -> None:
    log = NoticeLog()
    log.extend([Notice("record_truncated", SOME, undermines=one) for one in undermining])
    assert [(one.count, one.severity, one.undermines) for one in log] == [(2, "error", True)]
