"""Acknowledged bytes that no capture holds: a member that was not captured, or packets that a capture lost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from judged_teams import marked, stream, team, way

from flowmap.facts.model import TeamFacts, TwoHosts
from flowmap.message import msg
from flowmap.verdict.quality.lacking import missing_notices, missing_pattern


def lacking(missing: int, tenths: tuple[int, ...], **changes: Any) -> TeamFacts:
    """A direction of which 1000 bytes were captured."""
    one = way("rx", 1, 0, payload=1000, missing_bytes=missing, missing_tenths=tenths)
    return team(stream(0, one), **changes)


def even(missing: int) -> tuple[int, ...]:
    return (missing // 10,) * 10


def test_bytes_that_no_capture_holds_undermine_by_their_pattern() -> None:
    steady, bursts = lacking(500, even(500)), lacking(500, (500,) + (0,) * 9)
    assert (missing_pattern(steady), missing_pattern(bursts), missing_pattern(lacking(500, ()))) == (
        "steady",
        "bursts",
        None,
    )
    whole = team(stream(0, replace(way("rx", 1), missing_bytes=100)))
    assert missing_pattern(whole) == "whole"
    assert missing_pattern(team(*steady.streams, *whole.streams)) == "whole"
    (told,) = missing_notices(steady)
    assert (told.count, told.undermines, "a steady share is missing" in told.detail) == (500, True, True)
    (told,) = missing_notices(bursts)
    assert "whole stretches are missing" in told.detail


@pytest.mark.parametrize(("count", "least"), [(1, 250), (2, 160), (4, 90)])
def test_a_steady_share_too_thin_for_a_member_was_lost_in_capturing(count: int, least: int) -> None:
    """A member of n that packets are dealt out to has at least 0.4 / n: with c captured, m / (1000 + m) = 0.4 / (c + 1)."""
    assert missing_pattern(lacking(least, even(least), count=count)) == "steady"
    thin = lacking(least - 10, even(least - 10), count=count)
    assert missing_pattern(thin) == "thin"
    (told,) = missing_notices(thin)
    assert told.undermines
    assert "lost in capturing rather than a member not captured" in told.detail


def test_single_packets_that_chance_lost_are_no_stretch() -> None:
    """Of 10,000 bytes in ten tenths, beside two members: a tenth that lacks 133 of its 1,000 could be a member's."""
    chance = (100, 0, 0, 100, 0, 100, 0, 0, 0, 0)
    one = way("rx", 1, 0, payload=9700, missing_bytes=300, missing_tenths=chance)
    assert missing_pattern(team(stream(0, one))) == "thin"
    burst = replace(one, missing_tenths=(300, *[0] * 9))
    assert missing_pattern(team(stream(0, burst))) == "bursts"


def test_nothing_is_told_of_two_hosts_or_where_headers_are_cut() -> None:
    assert list(missing_notices(lacking(500, even(500), two_hosts=TwoHosts(msg("a; b"), ())))) == []
    assert list(missing_notices(marked(lacking(500, even(500)), 0, tcp_short=1))) == []
