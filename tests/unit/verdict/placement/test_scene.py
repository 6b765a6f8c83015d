"""What was where at each moment, and moves that only follow the host. captures/MANIFEST.toml, 08: no LACP, and "the replies
follow the MAC"."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from judged_teams import S, at, lacp, move, moved, stream, team, way

import flowmap
from flowmap.document.model import Report
from flowmap.facts.model import Direction, Moved
from flowmap.trace.watching.observe import Observation, Switch
from flowmap.verdict.placement.scene import Scene, follows_host

CAPTURES = Path(__file__).parents[4] / "captures"
HOSTS = [f"10.66.0.{number}" for number in (101, 102, 103)]


@cache
def report() -> Report:
    return flowmap.analyze(CAPTURES / "08-rebalance", local=HOSTS).report


def test_the_switch_is_not_blamed_for_what_follows_the_hosts_mac() -> None:
    answer = report().answer
    assert answer.decider == "host"
    assert answer.sentence.startswith("The host moved all six outgoing streams")
    assert "The switch did so" not in answer.sentence
    assert "delivers where it last saw the host send" in answer.sentence
    assert "switch" not in answer.action


def test_findings_about_them_send_the_reader_to_the_host() -> None:
    received = {finding.action for finding in report().findings if finding.subject.get("direction") == "rx"}
    assert len(received) == 1
    assert received.pop().startswith("Look at the host")


def test_the_grid_that_moves_keep_to_is_told() -> None:
    """ "The whole group of a MAC changes member at a mark of 10 s": at 12, 22 and 32 s."""
    assert "between 09:00:12.0 UTC and 09:00:32.0 UTC, in steps of 10 s" in report().answer.sentence
    assert "every 10 s" in report().answer.action


def switch(seconds: float, old: int = 0, new: int = 1, gap: float = 0.5) -> Switch:
    """The first packet on the new member, and the last on the old one `gap` before it."""
    return Switch(at(seconds), at(seconds - gap), old, new, round(gap * S), 10)


def changed(side: str, *switches: Switch, remote: int = 1, **changes: Any) -> Direction:
    observed = Observation(Counter({0: 100, 1: 100}), len(switches), list(switches))
    return way(side, remote, 0, 1, observation=observed, **changes)


def scene_of(*directions: Direction) -> Scene:
    return Scene(directions, [one for one in directions if one.observation is not None])


def test_who_stays_was_there_before_and_is_after() -> None:
    """`way` is there from second 1 to 9."""
    seen = scene_of(way("rx", 1, 0), way("tx", 1, 0), way("rx", 2, 1))
    assert [seen.staying(0, at(second)) for second in (1, 1.1, 8.9, 9)] == [0, 2, 2, 0]
    assert (seen.staying(0, at(5), "rx"), seen.staying(1, at(5), "tx"), seen.staying(7, at(5))) == (1, 0, 0)


def test_the_load_is_the_mean_rate_of_each_while_it_is_there() -> None:
    """9,005,000 bytes in eight seconds each."""
    seen = scene_of(way("rx", 1, 0), way("tx", 1, 0), way("rx", 2, 1))
    one = 9_005_000 / (8 * S)
    assert seen.load(0, at(5)) == pytest.approx(2 * one)
    assert seen.load(0, at(5), "rx") == pytest.approx(one)
    assert [seen.load(0, at(second), "rx") for second in (0.9, 9.1)] == [0, 0]
    assert [seen.load(0, at(second), "rx") for second in (1, 9)] == [pytest.approx(one)] * 2
    assert seen.load(7, at(5)) == 0
    moment = way("rx", 1, 0)
    moment.shares[0] = moment.shares[0]._replace(last_ns=at(1))
    assert scene_of(moment).load(0, at(1)) == 9_005_000  # one packet: as of a nanosecond


def test_a_member_is_in_use_since_its_first_stream() -> None:
    early = way("rx", 1, 0)
    early.shares[0] = early.shares[0]._replace(first_ns=at(0.5))
    seen = scene_of(early, way("rx", 2, 0))
    assert (seen.in_use_since(0), seen.in_use_since(1)) == (at(0.5), 0)


def test_both_sides_left_where_their_moves_touch() -> None:
    own = changed("rx", switch(5))
    assert scene_of(own, changed("tx", switch(5.4))).both_left(own, own.observation.switches[0])  # type: ignore[union-attr]
    assert scene_of(own, changed("tx", switch(5.5))).both_left(own, switch(5))
    assert not scene_of(own, changed("tx", switch(5.6))).both_left(own, switch(5))
    assert not scene_of(own, changed("tx", switch(4.4))).both_left(own, switch(5))
    assert not scene_of(own, changed("rx", switch(5), remote=2)).both_left(own, switch(5))  # the same side
    assert not scene_of(own, changed("tx", switch(5, 1, 0))).both_left(own, switch(5))  # another member
    sent = changed("tx", switch(5))
    assert scene_of(sent, changed("rx", switch(5))).both_left(sent, switch(5))


def test_of_an_unknown_side_the_answer_of_the_same_stream_counts() -> None:
    there = changed("unknown", switch(5))
    back = replace(changed("unknown", switch(5.5)), src=there.dst, dst=there.src)
    assert scene_of(there, back).both_left(there, switch(5))
    late = replace(changed("unknown", switch(5.6)), src=there.dst, dst=there.src)
    assert not scene_of(there, late).both_left(there, switch(5))
    early = replace(changed("unknown", switch(4.4)), src=there.dst, dst=there.src)
    assert not scene_of(there, early).both_left(there, switch(5))
    assert scene_of(there, replace(early, observation=Observation(Counter({0: 1}), 1, [switch(4.5)]))).both_left(
        there, switch(5)
    )
    assert not scene_of(there, changed("unknown", switch(5), remote=2)).both_left(there, switch(5))


def test_moves_to_or_from_a_member_are_together_within_a_second() -> None:
    seen = scene_of(changed("rx", switch(5, 0, 1)))
    assert seen.moved_with(switch(5, 2, 3), 1, True)
    assert seen.moved_with(switch(5, 2, 3), 0, False)
    assert not seen.moved_with(switch(5, 2, 3), 1, False)
    assert not seen.moved_with(switch(5, 2, 3), 0, True)
    assert not seen.moved_with(switch(5, 2, 3), 7, True)
    assert seen.moved_with(switch(6.5, 2, 3), 1, True)  # left at 6.0, a second after the arrival at 5.0
    assert not seen.moved_with(switch(6.51, 2, 3), 1, True)
    assert seen.moved_with(switch(3.5, 2, 3), 1, True)  # arrived at 3.5, a second before the other left at 4.5
    assert not seen.moved_with(switch(3.49, 2, 3), 1, True)


def test_moves_away_from_a_member_are_of_one_departure_while_they_follow_each_other() -> None:
    first, second, late = switch(5), switch(6.5), switch(8.01)
    seen = scene_of(changed("tx", first), changed("rx", second), changed("rx", late, remote=2))
    one = seen.departure(first)
    assert seen.departure(second) is one
    assert (one.member, one.news, one.end_ns) == (0, {1}, at(6.5))
    assert one.last == {"tx": at(4.5), "rx": at(6)}
    assert seen.departure(late) is not one
    near = scene_of(changed("tx", first), changed("rx", switch(6.5), remote=2))
    assert near.departure(first) is near.departure(switch(6.5))  # left at 6.0, a second after the last arrival


def test_moments_are_told_apart_by_tenths_of_a_second() -> None:
    seen = scene_of(changed("tx", switch(5.01)), changed("rx", switch(5.09)), changed("rx", switch(5.1), remote=2))
    assert seen.moments == [at(5), at(5.1)]


MAC = 0x30


def follows(came: Moved, sent: Moved, *, mac: int = MAC, side: str = "tx", **changes: Any) -> bool:
    received = moved("rx", 1, came, macs=(1, MAC))
    own = moved(side, 1, sent, macs=(mac, 1))
    return follows_host(received, came, team(stream(0, received, own), **changes))


def test_what_comes_in_follows_the_host_by_its_mac_its_way_and_its_time() -> None:
    came = move(5, 0, 1)
    assert follows(came, move(5, 0, 1))
    assert follows(came, move(6, 0, 1))
    assert follows(came, move(4, 0, 1))
    assert not follows(came, move(6.001, 0, 1))
    assert not follows(came, move(5, 1, 0))
    assert not follows(came, move(5, 0, 1), mac=MAC + 1)
    assert not follows(came, move(5, 0, 1), side="rx")


def test_an_unknown_mac_and_what_is_sent_follow_nobody() -> None:
    came = move(5, 0, 1)
    received, own = moved("rx", 1, came), moved("tx", 1, came)
    facts = team(stream(0, received, own))
    assert not follows_host(received, came, facts)  # both MACs are 0
    assert not follows_host(replace(own, macs=(1, MAC)), came, team(stream(0, replace(own, macs=(MAC, 1)))))
    odd = replace(received, macs=(2, 1)), replace(own, macs=(1, 2))
    assert follows_host(odd[0], came, team(stream(0, *odd)))


def test_in_a_channel_a_switch_learns_nothing_and_follows_nobody() -> None:
    came = move(5, 0, 1)
    assert not follows(came, came, frames=lacp(0, 1))
    assert not follows(came, came, mode="lacp")
    assert follows(came, came, mode="active-backup")


def test_the_last_packet_of_a_side_is_the_latest_of_its_moves() -> None:
    """The second one paused for a second before it came to the new member."""
    first, second = switch(5, gap=0.1), switch(5.2, gap=1)
    seen = scene_of(changed("tx", first), changed("tx", second, remote=2))
    assert seen.departure(second) is seen.departure(first)
    assert seen.departure(first).last == {"tx": at(4.9)}


def test_a_side_is_left_by_whichever_streams_the_other_side_places() -> None:
    for side, other in (("tx", "rx"), ("rx", "tx")):
        own, elsewhere = changed(side, switch(5)), changed(other, switch(5), remote=2)
        assert scene_of(own, elsewhere).both_left(own, switch(5))
