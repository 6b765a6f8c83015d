"""The page over all runs, in words."""

from __future__ import annotations

from typing import Any

import pytest

from flowmap.message import translate
from flowmap.report.sections.history import (
    Run,
    accepted_of,
    balance_of,
    changed,
    headline,
    runs_cut,
    runs_shown,
    teams_cut,
    trend_of,
)


def run(verdict: str = "pass", **more: Any) -> Run:
    values: dict[str, Any] = {"pinned": None, "spread": None, "jain": None, "migration_bps": None}
    return Run("t", "r", 0, verdict, summary="", findings=(), folder="", **{**values, **more})


def test_the_headline_counts_teams_by_verdict_the_worst_first() -> None:
    runs = [run("pass"), run("fail"), run("fail"), run("failed"), run("inconclusive"), run("by-design")]
    assert headline(runs) == "6 teams: 2 fail, 1 error, 1 inconclusive, 1 by design, 1 passes"
    assert headline([run("fail")]) == "1 team: 1 fails"
    assert headline([]) == "No team yet"


def test_teams_with_what_is_accepted_are_counted_whatever_became_of_it() -> None:
    runs = [run("fail", accepted=("FM202",)), run("pass", ended=("FM103",)), run("pass")]
    assert headline(runs) == "3 teams: 1 fails, 2 pass, 2 with what is accepted"


def test_what_is_accepted_of_a_run() -> None:
    assert not accepted_of(run())
    told = accepted_of(run(accepted=("FM202", "FM301"), settled=True, changed=("FM202: 9 hosts",), ended=("FM103",)))
    assert told == (
        "Accepted: FM202, FM301. All that speaks against a pass is accepted. What is accepted changed: FM202: 9 hosts. "
        "No longer accepted: FM103."
    )


@pytest.mark.parametrize(
    ("jain", "members", "english", "german"),
    [(None, 3, "", ""), (0.5, None, "0.50", "0,50"), (0.666, 3, "0.67 of 3", "0,67 über 3")],
)
def test_balance_says_over_how_many_members_it_is(
    jain: float | None, members: int | None, english: str, german: str
) -> None:
    told = balance_of(run(jain=jain, members=members))
    assert told == english
    assert translate(told, "de") == german


def test_a_trend_counts_verdicts_and_goes_from_the_first_to_the_last_that_is_known() -> None:
    history = [
        run("fail", jain=0.5, migration_bps=10**9),
        run("fail"),
        run("pass", jain=0.75, migration_bps=4 * 10**9, imbalance_s=3.0),
    ]
    assert trend_of(history) == (
        "2 x fail, 1 x pass, balance 0.50 to 0.75, migrations 1.0 Gbit/s to 4.0 Gbit/s, "
        "a member full while others idled in 1 run"
    )
    assert trend_of(history[:2]) == "2 x fail"  # one number is no trend
    assert trend_of([run(imbalance_s=0.0)]) == "1 x pass"


def test_what_changed_and_what_is_cut_is_told() -> None:
    assert changed("pass", "failed") == "pass, now error"
    assert [str(one) for one in (teams_cut(2), runs_cut(3))] == [
        "2 more teams are not shown: `flowmap history` lists them.",
        "3 older runs are not shown: `flowmap history TEAM` lists them.",
    ]
    assert runs_shown(5) == "Show 5 runs"
