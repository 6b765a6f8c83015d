"""The two claims in words: what is claimed, and the numbers beside it."""

from __future__ import annotations

from typing import Any

import pytest
from factories import make_report, make_stream, moved_stream

from flowmap.document.model import Claims, Report, SpreadDirection
from flowmap.report.sections.claims import claims_of, held_moves


def report(pinned: dict[str, Any] | None = None, spread: dict[str, Any] | None = None, **changes: Any) -> Report:
    made = make_report()
    claims = Claims(
        pinned=made.claims.pinned.model_copy(update=pinned or {}),
        spread=made.claims.spread.model_copy(update=spread or {}),
    )
    return make_report(claims=claims, **changes)


def way(direction: str, verdict: str = "pass", **values: Any) -> SpreadDirection:
    return SpreadDirection(direction=direction, verdict=verdict, reason="so", **values)  # type: ignore[arg-type]


def test_a_claim_that_holds_although_streams_moved_says_so() -> None:
    streams = [make_stream(1), moved_stream(2)]
    pinned, _ = claims_of(report({"moved": 1}, streams=streams))
    assert pinned.title == "Each migration stream sits on one member, or moved for a good reason"
    assert held_moves(report({"moved": 1}, streams=streams)) == "failover"
    assert held_moves(report({"moved": 1, "verdict": "fail"}, streams=streams)) is None
    assert claims_of(report({"moved": 0}))[0].title == "Each migration stream sits on one member"
    assert claims_of(report({"moved": 0, "mirrored": 2}))[0].title.endswith("copies aside")


def test_numbers_are_in_full_and_as_they_fit_into_a_line() -> None:
    pinned, spread = claims_of(report({"single": 3, "moved": 1, "sprayed": 0}))
    assert pinned.numbers == "2 streams, 4 directions: 3 single, 1 moved"
    assert pinned.short == "4 directions: 3 single, 1 moved"
    assert spread.short == "rx: 2 hosts, at first 2 on nic1, 0 on nic2, p = 0.5"
    assert claims_of(report({"moved": 0}))[1].short == "rx: 2 hosts, 2 on nic1, 0 on nic2, p = 0.5"


@pytest.mark.parametrize(
    ("spread", "title"),
    [
        ({"directions": [way("rx")]}, "Source hosts"),
        ({"directions": [way("tx")]}, "Destination hosts"),
        ({"directions": [way("tx"), way("rx")]}, "Hosts"),
        ({"directions": [way("tx"), way("rx", "not-applicable")]}, "Destination hosts"),
        ({"direction": "unknown"}, "Hosts"),
        ({"unit": "stream"}, "Streams"),
        ({"unit": "stream", "hosts": 1}, "Source hosts"),
    ],
)
def test_what_spreads_is_what_was_counted(spread: dict[str, Any], title: str) -> None:
    assert claims_of(report(spread=spread))[1].title.startswith(f"{title} spread across")


def test_the_direction_that_decides_comes_first() -> None:
    ways = [way("tx", hosts=1), way("rx", hosts=3, units=3, counts={"nic1": 3}, p_value=0.25)]
    short = claims_of(report({"moved": 0}, {"directions": ways, "direction": "rx"}))[1].short
    assert short == "rx: 3 hosts, 3 on nic1, p = 0.25; tx: 1 host"


@pytest.mark.parametrize(
    ("spread", "told"),
    [
        ({"least_units": 8}, "p = 0.5; with fewer than 8 hosts no result can prove a fault"),
        ({"least_units": 2}, "p = 0.5"),
        ({"least_units": None}, "p = 0.5"),
        ({"least_units": 8, "unit": "stream"}, "p = 0.5; with fewer than 8 streams no result can prove a fault"),
    ],
)
def test_too_few_to_prove_anything_is_said(spread: dict[str, Any], told: str) -> None:
    assert claims_of(report(spread=spread))[1].numbers.endswith(told)


def test_a_spread_without_a_direction_has_hosts_alone() -> None:
    spread = claims_of(report(spread={"direction": None}))[1]
    assert spread.numbers == "2 remote hosts"
    assert spread.short == "2 hosts"


def test_what_undermines_a_claim_is_told_with_its_code() -> None:
    pinned, _ = claims_of(report({"undermined_by": ["missing_bytes", "capture_damaged"]}))
    assert pinned.undermined.startswith("Undermined by: ")
    assert pinned.undermined.count("(missing_bytes)") == pinned.undermined.count("(capture_damaged)") == 1
    assert not claims_of(report())[0].undermined


def test_a_reason_that_the_answer_gave_is_marked() -> None:
    made = report()
    reason = made.claims.pinned.reason
    answer = made.answer.model_copy(update={"sentence": f"So: {reason}"})
    assert [claim.told for claim in claims_of(made.model_copy(update={"answer": answer}))] == [True, False]
