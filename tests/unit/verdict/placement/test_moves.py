"""Why directions moved: facts built by hand, causes as design and the way each situation was made say."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import judged_teams
import pytest
from lacp_frames import FAST, SWITCH, healthy, lacpdu, talk
from lacp_frames import HOST as HOST_SYSTEM
from moving import at, back_and_forth, bundle, causes, moved, placements, scene, staying

from flowmap.trace.watching.observe import Observation, Switch
from flowmap.verdict.placement.moves import (
    _switched_over,
)


def test_idle_time_before_the_first_stream_is_not_the_members_rhythm() -> None:
    assert causes([moved("rx", 10, 10.1)], [(1, 4.9)], last=10) == ["failover"]


def test_slow_recovery_is_part_of_the_silence_where_both_sides_left() -> None:
    """The link was dead for 3.5 s, of which the streams needed 3.2 to come back."""
    both = [moved("rx", 10, 13.2), moved("tx", 10.01, 13.21)]
    assert causes(both, [(10.01, 13.5)], last=20) == ["failover", "failover"]


def test_one_direction_that_paused_and_moved_shows_no_dead_member() -> None:
    assert causes([moved("tx", 10, 13.2)], [(10, 13.5)], last=20) == ["flowlet"]


@pytest.mark.parametrize("gap", [0.01, 0.25])
def test_nothing_is_claimed_where_the_capture_ends_too_soon(gap: float) -> None:
    arrived = 19.9
    direction = moved("tx", arrived - gap, arrived)
    (placed,) = placements([direction], [], last=arrived - gap)
    assert (placed.cause, placed.too_soon) == ("unexplained", True)


@pytest.mark.parametrize(("left", "cause"), [(10.0, "rebalance"), (12.3, "rebalance"), (13.2, "member-set-change")])
def test_a_join_excuses_no_move_before_it(left: float, cause: str) -> None:
    directions = [moved("tx", left, left + 0.1), staying("tx", 0), staying("rx", 0)]
    assert causes(directions, [], last=20, frames=bundle(13, 20))[0] == cause


def test_a_link_that_was_down_for_a_moment_shows_by_its_lacpdus() -> None:
    back = talk(0, [10.3], lacpdu(HOST_SYSTEM, 0x87, SWITCH, FAST, ports=(1, 11)))
    frames = sorted([*healthy(0, range(20)), *healthy(1, range(20)), *back], key=lambda frame: frame.ts_ns)
    directions = [moved("tx", 10, 10.1), staying("rx", 0)]
    assert causes(directions, [], last=20, frames=frames)[0] == "failover"
    elsewhere = [moved("tx", 15, 15.1), staying("tx", 0), staying("rx", 0)]
    assert causes(elsewhere, [], last=20, frames=frames)[0] == "rebalance"


def test_frames_that_keep_coming_in_show_a_switch_over() -> None:
    """The host sends on the other member at once, the switch goes on sending to the old one for 3 s."""
    both = [moved("tx", 10, 16), moved("rx", 13, 16)]
    found = placements(both, [], last=13)
    assert [one.cause for one in found] == ["member-set-change", "member-set-change"]
    assert [[move.switched_over for move in one.moves] for one in found] == [[True], [True]]


def test_a_member_that_lives_on_was_switched_over() -> None:
    both = [moved("tx", 10, 10.2), moved("rx", 10.05, 10.2)]
    assert causes(both, [], last=20) == ["member-set-change", "member-set-change"]


def test_no_switch_over_where_a_stream_stays() -> None:
    some = [moved("tx", 10, 10.2), moved("rx", 10.05, 10.2), staying("rx", 0), staying("tx", 0)]
    assert "member-set-change" not in causes(some, [], last=20)


def test_many_moves_are_moves_where_each_has_its_cause() -> None:
    """A link that goes down and up four times: away and back each time."""
    flaps = [10.0, 20.0, 30.0, 40.0]
    times = [t for flap in flaps for t in (flap, flap + 3)]
    down = talk(0, [t + 0.3 for t in flaps], lacpdu(HOST_SYSTEM, 0x87, SWITCH, FAST, ports=(1, 11)))
    frames = sorted([*healthy(0, range(60)), *healthy(1, range(60)), *down], key=lambda frame: frame.ts_ns)
    direction = back_and_forth(times)
    placed, _ = placements([direction, staying("rx", 0, end=60)], [], last=60, end=60, frames=frames)
    assert placed.placement == "moved"
    assert {move.cause for move in placed.moves} == {"failover", "member-set-change"}


def test_many_moves_without_a_cause_are_undecided() -> None:
    direction = back_and_forth([10 + 0.3 * n for n in range(8)])
    placed, _ = placements([direction, staying("rx", 0, end=60)], [], last=60, end=60)
    assert placed.placement == "undecided"


def test_no_switch_over_of_a_member_in_a_bundle() -> None:
    both = [moved("tx", 10, 10.2), moved("rx", 10.05, 10.2)]
    frames = sorted([*healthy(0, range(20)), *healthy(1, range(20))], key=lambda frame: frame.ts_ns)
    assert "member-set-change" not in causes(both, [], last=20, frames=frames)


def test_frames_that_came_in_for_half_a_second_show_that_the_link_was_up() -> None:
    assert causes([moved("tx", 10, 16), moved("rx", 10.5, 16)], [], last=10.5) == ["member-set-change"] * 2
    assert causes([moved("tx", 10, 16), moved("rx", 10.499, 16)], [], last=10.499) == ["failover"] * 2


def test_a_switch_over_goes_to_one_member() -> None:
    facts = judged_teams.marked(judged_teams.team(count=3), 0, last_ns=at(20))
    sent, received = moved("tx", 10, 10.2), moved("rx", 10.05, 10.2)
    assert sent.observation is not None
    assert _switched_over(sent.observation.switches[0], scene(sent, received), facts)
    elsewhere = Switch(at(10.2), at(10.05), 0, 2, 150_000_000, 100)
    apart = replace(received, observation=Observation(Counter({0: 100, 2: 100}), 1, [elsewhere]))
    assert not _switched_over(sent.observation.switches[0], scene(sent, apart), facts)
