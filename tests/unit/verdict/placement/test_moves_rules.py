"""The rules by which one move has a cause, each at its bounds: facts built by hand."""

from __future__ import annotations

from dataclasses import replace

import judged_teams
import pytest
from judged_teams import MB, way
from lacp_frames import FAST, SLOW, SWITCH, healthy, lacpdu, talk
from lacp_frames import HOST as HOST_SYSTEM
from moving import BUSY, S, cause, change, changing, scene, silent, switch

from flowmap.facts.model import MemberShare, Moved, TeamFacts
from flowmap.team.lacp.bundle import SetChange
from flowmap.verdict.placement.moves import (
    _allowed_moves,
    _dead_after,
    _enough_reason,
    _flapped,
    _is_flowlet,
    _is_of,
    _is_rebalance,
    _lives_on,
    _on_grid,
    _silence_needed,
    explain_moves,
)


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ((15, 25), True),
        ((15.5, 24.5), True),  # half a second off is no matter
        ((15.51, 25), False),
        ((14.49, 25), False),
        ((15, 15.2), False),  # one moment
        ((25, 45), True),  # marks may be left out
        ((15,), False),
        ((5, 15), False),  # this one is a moment itself
    ],
)
def test_three_moments_ten_seconds_apart_are_a_grid(others: tuple[float, ...], expected: bool) -> None:
    assert _on_grid(switch(5), [judged_teams.at(one) for one in others]) is expected


@pytest.mark.parametrize(
    ("causes", "step", "mode", "enough"),
    [
        (["failover", "member-set-change"], 0.1, None, True),
        (["rebalance"] * 3, 1, None, True),  # three moves in two seconds
        (["rebalance"] * 3, 0.99, None, False),
        (["rebalance"] * 3, 0.1, "balance-slb", True),
        (["flowlet"] * 3, 5, None, False),
        (["flowlet"] * 3, 0.1, "static dynamic", True),
        (["failover", "unexplained"], 5, None, False),
        (["failover", "rebalance"], 1, None, True),
    ],
)
def test_many_moves_need_a_reason_each(causes: list[str], step: float, mode: str | None, enough: bool) -> None:
    moves = [judged_teams.move(1 + k * step, k % 2, 1 - k % 2, cause) for k, cause in enumerate(causes)]
    name, _, algorithm = (mode or "").partition(" ")
    facts = judged_teams.team(mode=name or None, algorithm=algorithm or None)
    assert _enough_reason(changing("tx"), moves, facts) is enough


def test_what_the_mode_allows_is_of_its_side_and_of_one_kind() -> None:
    dynamic = judged_teams.team(mode="static", algorithm="dynamic")
    assert (_allowed_moves(changing("tx"), dynamic), _allowed_moves(changing("rx"), dynamic)) == ("flowlet", "none")
    assert _allowed_moves(changing("tx"), judged_teams.team()) is None
    assert _allowed_moves(changing("tx"), judged_teams.team(mode="lacp")) is None  # with some algorithms


@pytest.mark.parametrize(
    ("gap", "uncertain_ns", "expected"),
    [(0.001, 0, True), (0.000999, 0, False), (0.002, 10**6, True), (0.0019, 10**6, False)],
)
def test_a_flowlet_pauses_longer_than_a_millisecond_and_what_clocks_may_differ(
    gap: float, uncertain_ns: int, expected: bool
) -> None:
    facts = judged_teams.team(clock=judged_teams.clocks(0, uncertain_ns))
    assert _is_flowlet(changing("tx"), switch(5, gap=gap), facts) is expected
    assert not _is_flowlet(changing("rx"), switch(5, gap=gap), facts)
    assert _is_flowlet(changing("unknown"), switch(5, gap=gap), facts) is expected


def test_a_rebalance_goes_from_the_busier_to_the_idler_and_leaves_others_behind() -> None:
    own = changing("tx", switch(5))
    busy, idle = [way("tx", 7, 0, payload=90 * MB), way("tx", 8, 1, payload=9 * MB)], way("rx", 9, 1, payload=900 * MB)
    assert _is_rebalance(own, switch(5), scene(own, *busy))
    assert not _is_rebalance(own, switch(5, 1, 0), scene(own, *busy))
    assert not _is_rebalance(own, switch(5), scene(own))  # nobody stays there
    assert _is_rebalance(own, switch(5), scene(own, *busy, idle))  # of what the host sends
    unlike = [way("tx", 7, 0), way("tx", 8, 1, payload=90 * MB)]
    assert not _is_rebalance(own, switch(5), scene(own, *unlike))
    assert _is_rebalance(own, switch(5), scene(own, *unlike, way("rx", 9, 0, payload=900 * MB)))  # of all that there is


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        (change(True, 1, 4, 5), True),  # to the one that joined
        (change(False, 0, 4, 5), True),  # from the one that left
        (change(True, 1, 5, 6), True),
        (change(True, 1, 5.001, 6), False),  # never before it
        (change(True, 1, 0, 3.5), True),  # the stream left 4.5: a second after
        (change(True, 1, 0, 3.499), False),
        (change(True, 2, 3.5, 6), True),  # of another member, known to 2.5 s
        (change(True, 2, 3.4, 6), False),
        (change(True, 0, 3.4, 6), False),  # to the other way
        (change(False, 1, 3.4, 6), False),
    ],
)
def test_a_move_is_of_a_change_of_members_at_its_time(of: SetChange, expected: bool) -> None:
    facts = judged_teams.team(count=3)
    assert _is_of(of, switch(5), scene(changing("tx", switch(5))), facts) is expected


def test_moves_beside_those_of_the_member_that_changed_are_of_it_too() -> None:
    """nic3 joins some time between 1 and 6; another stream goes there at 5."""
    facts, joined = judged_teams.team(count=3), change(True, 2, 1, 6)
    own, other = changing("tx", switch(5)), changing("tx", switch(5, 0, 2), remote=2)
    assert _is_of(joined, switch(5), scene(own, other), facts)
    assert not _is_of(joined, switch(5), scene(own, changing("tx", switch(5, 2, 0), remote=2)), facts)
    assert _is_of(change(False, 2, 1, 6), switch(5), scene(own, changing("tx", switch(5, 2, 0), remote=2)), facts)


def test_what_clocks_may_differ_is_given_to_a_join() -> None:
    unsure = judged_teams.team(count=3, clock=judged_teams.clocks(0, S // 10, 0))
    assert _is_of(change(True, 1, 5.1, 6), switch(5), scene(changing("tx", switch(5))), unsure)
    assert not _is_of(change(True, 1, 5.101, 6), switch(5), scene(changing("tx", switch(5))), unsure)
    far = judged_teams.team(count=3, clock=judged_teams.clocks(0, 0, S // 10))
    assert _is_of(change(True, 2, 5.1, 6), switch(5), scene(changing("tx", switch(5))), far)  # the clock of who joined


def test_a_silence_of_three_times_the_longest_gap_before_is_a_dead_member() -> None:
    """Without LACP; the shortest gap that counts is 0.2 s. In use since 1 s, left at 4.5 s."""
    seen = scene(changing("tx", switch(5)))
    assert _silence_needed(switch(5), seen, judged_teams.at(4.5), silent()) == (600_000_000, 100_000_000)
    assert _silence_needed(switch(5), seen, judged_teams.at(4.5), silent((1, 2)))[0] == 3 * S
    assert _silence_needed(switch(5), seen, judged_teams.at(4.5), silent((0.9, 2)))[0] == 600_000_000
    assert _silence_needed(switch(5), seen, judged_teams.at(4.5), silent((3.5, 4.5)))[0] == 3 * S
    assert _silence_needed(switch(5), seen, judged_teams.at(4.5), silent((3.5, 4.51)))[0] == 600_000_000
    spoken = silent(frames=judged_teams.lacp(0, 1))
    assert _silence_needed(switch(5), seen, judged_teams.at(4.5), spoken) == (3 * S, S // 10)


@pytest.mark.parametrize(
    ("facts", "dead"),
    [
        (silent((4.5, 5.6)), (True, False)),  # 0.6 s after the move
        (silent((4.5, 5.59)), (False, False)),
        (silent((5.1, 5.7)), (True, False)),  # a straggler came within a tenth of a second
        (silent((5.11, 9)), (False, False)),
        (silent((3, 5)), (False, False)),  # over by the move
        (silent(last=5), (True, False)),
        (silent(last=5.1), (True, False)),
        (silent(last=5.11), (False, False)),
        (silent(), (False, False)),
    ],
)
def test_one_direction_alone_counts_silence_from_its_move_on(facts: TeamFacts, dead: tuple[bool, bool]) -> None:
    own = changing("tx", switch(5))
    assert _dead_after(own, switch(5), scene(own), facts) == dead


def test_a_capture_that_ends_before_the_silence_is_long_enough_cannot_tell() -> None:
    own = changing("tx", switch(5))
    early, late = [judged_teams.marked(silent(last=4.5), 1, last_ns=judged_teams.at(end)) for end in (5.59, 5.6)]
    assert _dead_after(own, switch(5), scene(own), early) == (False, True)
    assert _dead_after(own, switch(5), scene(own), late) == (True, False)


def test_where_both_sides_left_silence_counts_from_the_last_packet() -> None:
    own, back = changing("tx", switch(5)), changing("rx", switch(5))
    assert _dead_after(own, switch(5), scene(own, back), silent((4.5, 5.1))) == (True, False)
    assert _dead_after(own, switch(5), scene(own, back), silent((4.5, 5.09))) == (False, False)


@pytest.mark.parametrize(
    ("facts", "alive"),
    [
        (silent(), True),
        (silent(last=5.5), False),  # nothing for half a second
        (silent(last=5.501), True),
        (silent((5.5, 8.5)), True),  # a silence of three seconds
        (silent((5.5, 8.501)), False),
        (silent((6, 9.5)), False),  # that begins within a second
        (silent((6.001, 9.5)), True),
        (silent((1, 5)), True),  # over by the move
        (silent((1, 5.001)), False),
    ],
)
def test_a_member_that_carries_on_is_alive(facts: TeamFacts, alive: bool) -> None:
    assert _lives_on(switch(5), facts) is alive


def test_a_member_without_packets_is_not_alive() -> None:
    assert not _lives_on(switch(5), judged_teams.marked(silent(), 0, last_ns=None))


def test_the_way_back_after_a_failover_is_a_change_of_members_and_the_weakest_reason_is_the_directions() -> None:
    own = changing("tx", switch(3), switch(7, 1, 0))
    (found,) = explain_moves([own], [own.placed], silent((2.5, 6.9)))
    assert [(one.cause, one.too_soon, one.switched_over) for one in found.moves] == [
        ("failover", False, False),
        ("member-set-change", False, False),
    ]
    spans = ((0, 1, 2.5), (1, 3, 6.9), (2, 7, 9))
    shares = [MemberShare(k, 9, 900, 90, judged_teams.at(start), judged_teams.at(end)) for k, start, end in spans]
    other = replace(changing("tx", switch(3), switch(7, 1, 2, gap=0.0001)), shares=shares)
    (third,) = explain_moves([other], [other.placed], silent((2.5, 6.9), count=3))
    assert third.moves[1].cause == "unexplained"
    assert (found.cause, third.cause) == ("member-set-change", "unexplained")


def test_a_change_that_is_roughly_known_explains_moves_beside_its_own() -> None:
    own, other = changing("tx", switch(5)), changing("tx", switch(5, 0, 2), remote=2)
    assert cause(silent(count=3), own, other, changes=[change(True, 2, 1, 6)]) == ("member-set-change", False)
    assert cause(silent(count=3), own, changes=[change(True, 2, 1, 6)]) == ("flowlet", False)


def test_what_the_mode_does_goes_before_what_it_looks_like() -> None:
    """The stream paused, and it went from the busier member to the idler one."""
    own = changing("tx", switch(5))
    assert cause(silent(), own, *BUSY) == ("rebalance", False)
    assert cause(judged_teams.team(mode="static", algorithm="dynamic"), own, *BUSY) == ("flowlet", False)


def test_a_mode_that_makes_flowlets_explains_a_move_shortly_before_the_end() -> None:
    def ending(facts: TeamFacts) -> TeamFacts:
        old = judged_teams.marked(facts, 0, last_ns=judged_teams.at(4.5))
        return judged_teams.marked(old, 1, last_ns=judged_teams.at(5.59))

    own = changing("tx", switch(5))
    assert cause(ending(judged_teams.team(mode="static", algorithm="dynamic")), own) == ("flowlet", False)
    assert cause(ending(judged_teams.team()), own) == ("unexplained", True)


def test_a_silence_that_begins_where_the_one_before_ended_counts() -> None:
    own = changing("tx", switch(5))
    assert _dead_after(own, switch(5), scene(own), silent((3, 5), (5, 9))) == (True, False)


def test_a_move_is_told_as_it_was_observed() -> None:
    own = changing("tx", switch(5, gap=0.25))
    (found,) = explain_moves([own], [own.placed], silent())
    assert found.moves == (Moved(judged_teams.at(5), 0, 1, 250_000_000, "flowlet", False, False),)
    assert found.cause == "flowlet"


def test_the_weakest_reason_is_by_what_it_proves_not_by_its_name() -> None:
    own = changing("tx", switch(3), switch(7, 1, 0), switch(8.5))
    (found,) = explain_moves([own], [own.placed], silent((2.5, 6.9)))
    assert [one.cause for one in found.moves] == ["failover", "member-set-change", "flowlet"]
    assert found.cause == "flowlet"


def test_where_no_change_was_kept_none_is_explained() -> None:
    own = changing("tx")
    (found,) = explain_moves([own], [own.placed], silent())
    assert (found.cause, found.moves) == ("unexplained", ())


def test_many_moves_that_the_mode_makes_are_moves() -> None:
    own = changing("tx", *(switch(2 + k / 2, k % 2, 1 - k % 2, gap=0.002) for k in range(8)))
    (found,) = explain_moves([own], [own.placed], judged_teams.team(mode="static", algorithm="dynamic"))
    assert (found.placement, found.cause, len(found.moves)) == ("moved", "flowlet", 8)
    (alone,) = explain_moves([own], [own.placed], judged_teams.team())
    assert alone.placement == "undecided"


@pytest.mark.parametrize(("second", "expected"), [(1.499, False), (1.5, True), (7, True), (7.001, False)])
def test_a_flap_is_told_from_three_seconds_before_the_last_packet_to_two_after_the_first(
    second: float, expected: bool
) -> None:
    lost = talk(0, [second], lacpdu(HOST_SYSTEM, 0x87, SWITCH, FAST, ports=(1, 11)))
    facts = judged_teams.team(frames=sorted([*judged_teams.lacp(0, 1), *lost], key=lambda frame: frame.ts_ns))
    assert _flapped(switch(5), facts) is expected


def test_moves_that_keep_to_a_grid_are_a_rebalance_whatever_the_load() -> None:
    own, unlike = changing("tx", switch(3)), [way("tx", 7, 0), way("tx", 8, 1, payload=90 * MB)]
    grid = [changing("tx", switch(second), remote=4 + second) for second in (13, 23)]
    assert not _is_rebalance(own, switch(3), scene(own, *unlike))
    assert _is_rebalance(own, switch(3), scene(own, *unlike, *grid))
    assert _on_grid(switch(3), [judged_teams.at(13), judged_teams.at(23)])


def test_loads_are_compared_of_one_side_or_of_both() -> None:
    """Sent: 9 and 30 MB, received: 50 and 100 MB. What the old member carries in all is more than what the new one sends."""
    own = changing("tx", switch(5))
    sent = [way("tx", 7, 0, payload=9 * MB), way("tx", 8, 1, payload=30 * MB)]
    received = [way("rx", 9, 0, payload=50 * MB), way("rx", 6, 1, payload=100 * MB)]
    assert not _is_rebalance(own, switch(5), scene(own, *sent, *received))


def test_the_interval_is_that_of_the_member_that_was_left() -> None:
    frames = sorted([*healthy(0, range(10), SLOW), *healthy(1, range(10), FAST)], key=lambda frame: frame.ts_ns)
    own = changing("tx", switch(5))
    needed = _silence_needed(switch(5), scene(own), judged_teams.at(4.5), silent(frames=frames))
    assert needed == (90 * S, 3 * S)  # 30 s by the slow timeout, IEEE 802.1AX 6.4.2.2
    usual = _silence_needed(switch(5), scene(own), judged_teams.at(4.5), silent())
    assert all(isinstance(one, int) for one in (*needed, *usual))  # nanoseconds since 1970 are no doubles
