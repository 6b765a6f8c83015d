"""What cron mails: the worst first, a sentence for each, what changed, and nothing where nothing did."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from flowmap.batch.model import Outcome, TeamRun
from flowmap.batch.run import Change, Result
from flowmap.cli.commands.batch.mail import is_silent, mail, summary, wakes

CODES = {"pass": 0, "by-design": 0, "fail": 1, "inconclusive": 3}


def outcome(verdict: str = "pass", **more: Any) -> Outcome:
    return Outcome(**({"verdict": verdict, "exit_code": CODES[verdict], "summary": "It is so. And more."} | more))


def change(team: str, own: Outcome, before: Outcome | None = None, **more: Any) -> Change:
    return Change(TeamRun(team, "", ()), own, before, 1.0, known=before, **more)


def options(level: str = "inconclusive", **more: Any) -> Any:
    values = {"level": level, "only_new": False, "quiet": False, "json_log": None, "out": "out"}
    return SimpleNamespace(**(values | more))


def lines(*changes: Change, **more: Any) -> list[str]:
    return mail(Result(found=len(changes), teams=len(changes), changes=list(changes), **more), options()).splitlines()


def test_the_worst_comes_first() -> None:
    told = lines(
        change("d", outcome()),
        change("c", outcome("inconclusive")),
        change("b", outcome(error="cannot be read")),
        change("a", outcome("by-design")),
        change("e", outcome("fail")),
    )
    assert [line.split(":")[0] for line in told[1:]] == ["e", "b", "c", "a", "d"]
    assert told[2] == "b: error: cannot be read."


def test_a_line_has_the_first_sentence_what_changed_and_the_page() -> None:
    before = outcome("pass")
    own = outcome("fail", summary="Nic2 carried 99.5 % of it. The rest.", problems=('FM301 {"members": ["nic2"]}',))
    (_, line) = lines(change("site/host", own, before, folder="reports/host"))
    assert line.startswith("site/host: fail: Nic2 carried 99.5 % of it. Before: pass.")
    assert "New: FM301" in line
    assert line.endswith("out/reports/host/report.html")
    assert "The rest" not in line


def test_thirty_lines_are_enough() -> None:
    told = lines(*(change(f"team {number:02}", outcome("fail")) for number in range(32)))
    assert len(told) == 1 + 30 + 1
    assert told[-1] == "2 more: out/index.html"


def test_no_name_makes_a_line_of_its_own() -> None:
    told = lines(change("a\nb\x1b[2J", outcome("fail")))
    assert len(told) == 2
    assert "\x1b" not in told[1]


def test_the_summary_counts_and_names() -> None:
    changes = [
        change("b", outcome("fail")),
        change("a", outcome("fail")),
        change("c", outcome()),
        change("d", outcome("by-design")),
        change("e", outcome("inconclusive")),
        change("f", outcome(error="x")),
    ]
    waiting = [TeamRun("g", "", ())]
    result = Result(found=9, teams=9, changes=changes, waiting=waiting)
    assert str(summary(result)) == (
        "6 teams analyzed of 9; 1 pass; 1 by design; 2 fail (a and b); 1 inconclusive (e); 1 error (f); 1 still being written"
    )
    assert str(summary(Result(found=9, teams=3, changes=changes[:1]))) == "1 run analyzed of 9; 1 fail (b)"


@pytest.mark.parametrize(
    ("level", "verdict", "more", "code"),
    [
        ("inconclusive", "pass", {}, 0),
        ("inconclusive", "fail", {}, 1),
        ("inconclusive", "inconclusive", {}, 3),
        ("inconclusive", "fail", {"settled": True}, 0),
        ("inconclusive", "pass", {"warnings": ("FM301",)}, 0),
        ("warning", "pass", {"warnings": ("FM301",)}, 3),
        ("warning", "fail", {"warnings": ("FM301",)}, 1),
        ("fail", "inconclusive", {}, 0),
        ("fail", "fail", {}, 1),
        ("never", "fail", {}, 0),
        ("inconclusive", "pass", {"exit_code": 4, "error": "x"}, 3),
    ],
)
def test_who_is_woken(level: str, verdict: str, more: dict[str, Any], code: int) -> None:
    assert wakes(change("a", outcome(verdict, **more)), options(level)) == code


def test_only_what_is_new_wakes_where_that_is_asked_for() -> None:
    known = outcome("fail", problems=("FM301 a",))
    again, other = change("a", known, known), change("a", outcome("fail", problems=("FM301 b",)), known)
    assert (wakes(again, options(only_new=True)), wakes(other, options(only_new=True))) == (0, 1)
    assert is_silent(Result(changes=[again]), options(only_new=True))
    assert not is_silent(Result(changes=[other]), options(only_new=True))


def test_silence() -> None:
    result = Result(changes=[change("a", outcome())])
    assert not is_silent(result, options())
    assert is_silent(Result(), options())
    assert is_silent(result, options(quiet=True))
    assert is_silent(result, options(json_log="-"))
