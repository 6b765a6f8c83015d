"""What both claims say alike: ends, units, captures that tell nothing, times that were asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from judged_teams import T0, S, at, marked, team, way

from flowmap.facts.model import TwoHosts
from flowmap.message import msg
from flowmap.settings.config import Settings
from flowmap.team.members import MemberCapture
from flowmap.verdict.claims.results import Spread
from flowmap.verdict.sentences.subjects import (
    all_units,
    cannot_tell_sentence,
    direction_text,
    files_mixed,
    no_streams_sentence,
    two_hosts_sentence,
    units_text,
    window_text,
)

FROM, TO = "2023-11-14 22:13:20.0 UTC", "2023-11-14 22:13:30.0 UTC"
"""The first and last packet of `judged_teams.team`."""


def capture(path: str) -> MemberCapture:
    return MemberCapture(path, "pcap", (1,), 1, 1, 1, 0, 0, None, None, False, False, None)


def test_ends_are_written_as_rfc_3986_has_them() -> None:
    assert direction_text(way("rx", 1, 0)) == "10.0.0.1:50000 to 10.0.0.100:6600"
    six = replace(way("rx", 1, 0), src=((6, 1), 7))
    assert direction_text(six) == "[::1]:7 to 10.0.0.100:6600"


@pytest.mark.parametrize(
    ("units", "unit", "side", "end", "every", "some"),
    [
        (1, "host", "rx", "source", "One host", "one host"),
        (2, "host", "rx", "source", "Both hosts", "two hosts"),
        (4, "host", "tx", "destination", "All four hosts", "four hosts"),
        (2, "stream", "rx", "source", "Both streams", "two streams"),
        (3, "stream", "rx", "source", "All three streams", "three streams"),
        (3, "host", "unknown", "source", "All three sending hosts", "three sending hosts"),
        (3, "host", "unknown", "destination", "All three receiving hosts", "three receiving hosts"),
    ],
)
def test_units_by_number_and_kind(units: int, unit: Any, side: Any, end: Any, every: str, some: str) -> None:
    spread = Spread("pass", "holds", side, units, end, unit, units)
    assert (all_units(spread), units_text(spread)) == (every, some)


def test_two_hosts_are_told_by_members_and_by_address_if_that_is_known() -> None:
    plain = TwoHosts(msg("nic1; nic2"), (), groups=((0,), (1,)))
    assert two_hosts_sentence(team(two_hosts=plain)).endswith("analyze each host by itself (nic1; nic2).")
    half = replace(plain, addresses=((4, 0x0A000001), None))
    assert two_hosts_sentence(team(two_hosts=half)).endswith("(nic1; nic2).")
    known = replace(plain, addresses=((4, 0x0A000001), (4, 0x0A000002)))
    assert two_hosts_sentence(team(two_hosts=known)).endswith("(nic1 at 10.0.0.1; nic2 at 10.0.0.2).")
    teams = replace(plain, teams_of_one=True)
    assert two_hosts_sentence(team(two_hosts=teams)).startswith("The captures are of several teams of one host")


def test_what_cannot_be_told_says_why() -> None:
    assert cannot_tell_sentence("members_unsure", team(doubts=[msg("which is which is not known")])) == (
        "Which is which is not known."
    )
    assert "link type SLL" in cannot_tell_sentence("member_lost", team())
    assert "two hosts" in cannot_tell_sentence("two_hosts", team())
    facts = marked(team(), 1, links_mixed=True)
    assert cannot_tell_sentence("links_mixed", facts).startswith("nic2 holds packets of several links")
    assert files_mixed(facts) is None
    several = marked(facts, 1, captures=[capture("x/a.pcap"), capture("y/b.pcap")])
    assert files_mixed(several) is several.members[1]
    assert cannot_tell_sentence("links_mixed", several) == (
        "The files taken together as nic2 are of several links, not of one: a.pcap and b.pcap."
    )


@pytest.mark.parametrize(
    ("start", "end", "says"),
    [
        (at(11), None, f"has no packet in it: the captures go from {FROM} to {TO}."),
        (None, T0, "has no packet in it"),
        (at(10), None, "No migration stream is in the time that was asked for (from 2023-11-14 22:13:30.0 UTC)"),
        (None, T0 + 1, "No migration stream is in the time that was asked for (to 2023-11-14 22:13:20.0 UTC)"),
    ],
)
def test_a_time_that_was_asked_for_explains_that_nothing_is_there(
    start: int | None, end: int | None, says: str
) -> None:
    assert says in no_streams_sentence(team(settings=Settings(from_ns=start, to_ns=end)))


def test_without_one_other_ports_explain_it() -> None:
    assert no_streams_sentence(team()).startswith("No migration stream was captured")
    assert no_streams_sentence(team(bulk_unmatched=1)).endswith("one stream carried bulk on another port.")
    assert no_streams_sentence(team(bulk_unmatched=3)).endswith("three streams carried bulk on other ports.")
    timeless = team(settings=Settings(from_ns=at(11)))
    for number in range(2):
        timeless = marked(timeless, number, first_ns=None, last_ns=None)
    assert no_streams_sentence(timeless).startswith("No migration stream was captured")


def test_windows_have_one_end_or_two() -> None:
    assert window_text(T0, T0 + S // 2) == f"from {FROM} to 2023-11-14 22:13:20.5 UTC"
    assert window_text(None, T0) == f"to {FROM}"
    assert window_text(T0, None) == f"from {FROM}"
