"""What wakes somebody: only what is not accepted and, if asked for, was not there before."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from flowmap.batch.known import changes_since, gone, is_new, new_problems, state
from flowmap.batch.model import Outcome, TeamRun
from flowmap.batch.run import Change, Result
from flowmap.cli.commands.batch.mail import is_silent, wakes
from flowmap.cli.commands.batch.options import BatchOptions


def outcome(verdict: str = "fail", *problems: str, **more: Any) -> Outcome:
    code = {"pass": 0, "by-design": 0, "fail": 1, "inconclusive": 3}[verdict]
    return Outcome(verdict=verdict, exit_code=code, problems=problems, **more)


PASS, FAILED = outcome("pass"), Outcome(error="cannot be read")
NIC2, NIC3 = 'FM301 {"members": ["nic2"]}', 'FM301 {"members": ["nic3"]}'


@pytest.mark.parametrize(
    ("now", "before", "known", "expected"),
    [
        (outcome("fail", NIC2), None, None, True),
        (outcome("fail", NIC2), outcome("fail", NIC2), outcome("fail", NIC2), False),
        (outcome("fail", NIC2, NIC3), outcome("fail", NIC2), outcome("fail", NIC2), True),  # another member
        (outcome("fail", NIC2), PASS, PASS, True),
        (PASS, outcome("fail", NIC2), outcome("fail", NIC2), False),
        (FAILED, outcome("fail", NIC2), outcome("fail", NIC2), True),
        (FAILED, FAILED, outcome("fail", NIC2), False),
        (outcome("fail", NIC2), FAILED, outcome("fail", NIC2), False),  # a night without an answer between
        (outcome("inconclusive"), outcome("fail", NIC2), outcome("fail", NIC2), False),
        (outcome("fail", NIC2, settled=True), None, None, False),
        (outcome("fail", NIC2, ended=("FM301",)), outcome("fail", NIC2), outcome("fail", NIC2), True),
        (outcome("fail", NIC2), outcome("fail", findings=("FM301",)), outcome("fail", findings=("FM301",)), False),
    ],
)
def test_only_what_was_not_there_before_is_new(
    now: Outcome, before: Outcome | None, known: Outcome | None, expected: bool
) -> None:
    assert is_new(now, before, known) is expected


def test_a_new_warning_is_new_where_warnings_count() -> None:
    moved = 'FM103 {"direction": "rx"}'
    now = outcome("pass", moved, warnings=("FM103",))
    assert not is_new(now, PASS, PASS)
    assert is_new(now, PASS, PASS, warnings=True)
    assert not is_new(now, now, now, warnings=True)


def test_codes_that_came_and_went() -> None:
    now, before = outcome("fail", NIC3, 'FM202 {"direction": "rx"}'), outcome("fail", NIC2, "FM314 {}")
    assert new_problems(now, before) == ["FM301", "FM202"]
    assert gone(now, before) == ["FM314"]
    assert gone(outcome("fail", accepted=("FM314",)), before) == ["FM301"]


def test_changed_evidence_of_what_is_accepted_is_told() -> None:
    before = outcome("fail", evidence='{"FM202 {}": {"hosts": 8}}')
    now = outcome("fail", evidence='{"FM202 {}": {"hosts": 12}}')
    assert changes_since(now, before) == ["FM202: hosts"]
    assert changes_since(now, now) == []
    assert changes_since(outcome("fail", changed=("FM202: hosts: 8 when accepted, now 12",)), before)


def options(fail_on: str) -> BatchOptions:
    words: dict[str, Any] = dict.fromkeys(BatchOptions.__dataclass_fields__)
    return BatchOptions(**words | {"folders": [], "out": "out", "fail_on": fail_on, "again": [], "quiet": False})


def change(now: Outcome, before: Outcome | None = None) -> Change:
    return Change(TeamRun("host", "", ()), now, before, 0.0, known=before)


@pytest.mark.parametrize(
    ("now", "codes"),
    [  # fail, inconclusive, warning, never
        (outcome("fail", NIC2), (1, 1, 1, 0)),
        (outcome("fail", NIC2, settled=True), (0, 0, 0, 0)),
        (outcome("inconclusive"), (0, 3, 3, 0)),
        (outcome("pass", "FM103 {}", warnings=("FM103",)), (0, 0, 3, 0)),
        (outcome("pass"), (0, 0, 0, 0)),
        (FAILED, (0, 3, 3, 0)),
        (Outcome(error="no such mode", exit_code=2), (0, 3, 3, 0)),
    ],
)
def test_levels(now: Outcome, codes: tuple[int, ...]) -> None:
    assert tuple(wakes(change(now), options(level)) for level in ("fail", "inconclusive", "warning", "never")) == codes
    again = [wakes(change(now, now), options(f"{level},new")) for level in ("fail", "inconclusive", "warning")]
    assert again == [0, 0, 0]


def test_nothing_is_printed_where_nothing_is_new() -> None:
    known = cast(Result, SimpleNamespace(changes=[change(outcome("fail", NIC2), outcome("fail", NIC2))]))
    assert is_silent(known, options("new"))
    assert not is_silent(known, options("fail"))
    before, now = (outcome("fail", settled=True, evidence=f'{{"FM202 {{}}": {{"hosts": {n}}}}}') for n in (8, 12))
    assert not is_silent(cast(Result, SimpleNamespace(changes=[change(now, before)])), options("new"))
    assert state(now) == "accepted"
