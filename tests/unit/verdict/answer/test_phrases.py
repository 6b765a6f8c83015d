"""Parts of sentences: how many, from where, on which member, when, and how full that member was."""

from __future__ import annotations

import pytest
from judged_teams import at, case, limited, move, stream, streams, team, way

from flowmap.verdict.answer.phrases import (
    clock,
    full_clause,
    grid_of,
    landed,
    one_member_at_a_time,
    pair_subject,
    span,
    times,
    units_landed,
    when,
)
from flowmap.verdict.claims.results import Spread

GBIT = 10**9


def test_a_time_of_day_is_cut_to_a_tenth_and_never_rounded_up() -> None:
    assert clock(at(4.99)) == "22:13:24.9 UTC"
    assert clock(1) == "00:00:00.0 UTC"


@pytest.mark.parametrize(
    ("length_ns", "told"), [(0, "1 ms"), (999_000_000, "999 ms"), (10**9, "1.0 s"), (3_520_000_000, "3.5 s")]
)
def test_a_length_of_time_has_the_unit_that_fits(length_ns: int, told: str) -> None:
    assert span(length_ns) == told


@pytest.mark.parametrize(
    ("side", "count", "told"),
    [
        ("rx", 1, "The one stream from 10.0.0.1"),
        ("rx", 2, "Both streams from 10.0.0.1"),
        ("tx", 1, "The one stream to 10.0.0.1"),
        ("tx", 4, "All four streams to 10.0.0.1"),
        ("unknown", 2, "Both streams from 10.0.0.1 to 10.0.0.100"),
    ],
)
def test_a_pair_of_hosts_is_named_by_its_remote_end(side: str, count: int, told: str) -> None:
    pair = [stream(k, way(side, 1, 0, port=50000 + k)) for k in range(count)]
    assert pair_subject(pair, side) == told


@pytest.mark.parametrize(
    ("side", "unit", "units", "told"),
    [
        ("rx", "host", 2, "Traffic from both hosts came in on nic1"),
        ("rx", "host", 4, "Traffic from all four hosts came in on nic1"),
        ("tx", "host", 2, "Traffic to both hosts went out over nic1"),
        ("tx", "stream", 2, "Both streams went out over nic1"),
        ("unknown", "host", 4, "Traffic from all four hosts used nic1"),
    ],
)
def test_units_are_hosts_or_streams_as_they_were_counted(side: str, unit: str, units: int, told: str) -> None:
    counted = Spread("fail", "unlikely", side, units, unit=unit, units=units)
    assert units_landed(counted, ["nic1"], side) == told


def test_an_unknown_side_is_told_by_the_end_that_was_counted() -> None:
    counted = Spread("fail", "unlikely", "unknown", 4, "destination", "host", 4)
    assert units_landed(counted, ["nic1"], "unknown") == "Traffic to all four hosts used nic1"


def test_several_members_are_listed() -> None:
    assert landed(pair_subject([stream(0, way("rx", 1, 0))], "rx"), ["nic1", "nic2"], "rx", 1).endswith(
        "came in on nic1 and nic2"
    )


def test_a_full_member_is_told_with_its_load_and_what_others_had_to_spare() -> None:
    def told(**evidence: object) -> str:
        own = stream(0, way("rx", 1, 0), limit=limited("member-line-rate", **evidence))
        return str(full_clause(case(team(own)), [own.bulk]))

    assert told(load_bps=9.5 * GBIT, speed_bps=10 * GBIT).startswith(", which was full (9.5 of 10")
    assert told(load_bps=9.5 * GBIT).startswith(", which was full (9.5")
    assert told() == ", which was full"
    assert told(idle_bps={"nic2": GBIT, "nic3": 0}) == ", which was full; nic2 had room"


def test_nothing_is_told_of_a_full_member_where_streams_use_several_or_the_limit_is_another() -> None:
    full, slow = limited("shared-member"), limited("sender")
    both = [stream(0, way("rx", 1, 0), limit=full), stream(1, way("rx", 2, 1))]
    assert full_clause(case(team(*both)), [one.bulk for one in both]) == ""
    assert full_clause(case(team(*both)), [both[0].bulk]) == ", which was full"
    assert full_clause(case(team(*both)), [both[1].bulk]) == ""  # the limit is another stream's
    other = stream(0, way("rx", 1, 0), limit=slow)
    assert full_clause(case(team(other)), [other.bulk]) == ""


def test_moves_are_told_with_their_way_where_there_is_one() -> None:
    judged = case(team(count=3))
    assert (
        when(judged, [move(4, 0, 1), move(6.5, 0, 1)]) == "from nic1 to nic2 between 22:13:24.0 UTC and 22:13:26.5 UTC"
    )
    assert when(judged, [move(4, 0, 1), move(4, 0, 2)]) == "at 22:13:24.0 UTC"


def test_moves_on_a_grid_are_of_three_moments_ten_seconds_apart() -> None:
    def moves(*seconds: float) -> bool:
        return grid_of([move(one, 0, 1) for one in seconds])

    assert moves(2, 12, 22)
    assert moves(
        2, 2.3, 12.4, 32
    )  # what is of one moment counts once; a mark may be left out; half a second is no matter
    assert not moves(2, 12)
    assert not moves(2, 12, 22.6)
    assert not moves(2, 12, 12, 12)
    assert not moves(2, 3.5, 5)
    assert not moves()
    assert times([move(one, 0, 1) for one in (2, 12, 22)]).endswith(", in steps of 10 s")


def test_one_member_at_a_time_is_told_only_where_hosts_do_not_spread() -> None:
    eight = [0] * 8
    assert one_member_at_a_time(case(team(*streams("tx", [0, 1])))) == ""
    meant = case(team(*streams("tx", eight), mode="active-backup"))
    assert "is by design: only the active member carries traffic" in one_member_at_a_time(meant)
    unlikely = one_member_at_a_time(case(team(*streams("tx", eight))))
    assert unlikely.startswith("All eight hosts used one member at a time. That is right for an active-backup team")
    flooded = one_member_at_a_time(case(team(*streams("rx", eight), flooded=3)))
    assert "broadcasts arrived on every member" in flooded
