"""Hash keys are refuted by placements that contradict them and by nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from flowmap.facts.model import Direction, MemberShare, Moved, Placed, StreamFacts, TeamFacts, TwoHosts
from flowmap.message import msg
from flowmap.settings.config import Settings
from flowmap.team.clock.offsets import ClockSolution, MemberClock
from flowmap.team.host import TeamHost
from flowmap.team.lacp.bundle import read_lacpdus
from flowmap.team.members import TeamMember
from flowmap.team.modes.table import expectation
from flowmap.verdict.mode.policy import Choice, Epochs, Fit, find_epochs, judge_keys, settled
from flowmap.verdict.mode.replay import judge_policies

SECOND = 10**9
HOST = (4, 0x0A000064)


def _team(members: int = 2, mode: str | None = None, algorithm: str | None = None, **changes: Any) -> TeamFacts:
    lacp = read_lacpdus([])
    clocks = tuple(MemberClock(m, 0, 0, 0.0, 0, 0, True, False) for m in range(members))
    return TeamFacts(
        Settings(),
        [TeamMember(m, f"nic{m + 1}") for m in range(members)],
        TeamHost(),
        lacp,
        lacp.host_system(),
        ClockSolution(0, 0, clocks, True, 0),
        expectation(mode, algorithm),
        **{"streams": [], "notices": [], **changes},
    )


def _choice(stream: int, member: int, remote: int = 1, port: int = 50000, **changes: Any) -> Choice:
    """From the host to a remote one, for ten seconds; MACs of their own."""
    values: dict[str, Any] = {
        "src": (HOST, port + stream),
        "dst": ((4, 0x0A000000 + remote), 6600),
        "macs": (0x64, remote),
        "vlan": 0,
        "first_ns": 0,
        "last_ns": 10 * SECOND,
    }
    return Choice(stream=stream, member=member, **(values | changes))


def _keys(
    choices: list[Choice], team: TeamFacts | None = None, epochs: Epochs | None = None, **more: Any
) -> dict[str, Fit]:
    fits = judge_keys(more.get("side", "tx"), choices, epochs or Epochs(), team or _team())
    return {fit.name: fit for fit in fits}


def test_two_streams_of_one_pair_on_two_members_refute_all_but_the_ports() -> None:
    fits = _keys([_choice(1, 0), _choice(2, 1)])
    assert {name: fit.verdict for name, fit in fits.items()} == {
        "mac": "refuted",
        "smac+vlan": "refuted",
        "dst": "refuted",
        "ip": "refuted",
        "4tuple": "untestable",
    }
    assert fits["ip"].refuted_by == {
        "key": {"src": "10.0.0.100", "dst": "10.0.0.1"},
        "members": {"nic1": [1], "nic2": [2]},
        "streams": 2,
        "at_once": True,
    }
    assert fits["mac"].refuted_by is not None
    assert fits["mac"].refuted_by["key"] == {"src_mac": "00:00:00:00:00:64", "dst_mac": "00:00:00:00:00:01"}


def test_streams_of_one_pair_on_one_member_leave_every_coarse_key_standing_and_say_that_one_group_proves_nothing() -> (
    None
):
    fits = _keys([_choice(number, 0) for number in range(4)])
    assert {name: (fit.verdict, fit.groups) for name, fit in fits.items()} == {
        "mac": ("fits", 1),
        "smac+vlan": ("fits", 1),
        "dst": ("fits", 1),
        "ip": ("fits", 1),
        "4tuple": ("untestable", 0),
    }
    assert fits["ip"].detail == "one group proves nothing"


def test_one_stream_from_each_host_tests_no_pair() -> None:
    fits = _keys([_choice(number, number % 2, remote=number) for number in range(1, 5)])
    assert fits["ip"].verdict == "untestable"
    assert fits["dst"].verdict == "untestable"
    assert fits["smac+vlan"].verdict == "refuted"


def test_another_set_of_members_is_another_epoch() -> None:
    choices = [_choice(1, 0), _choice(2, 1, first_ns=5 * SECOND)]
    assert _keys(choices)["ip"].verdict == "refuted"
    assert _keys(choices, epochs=Epochs((3 * SECOND,)))["ip"].verdict == "untestable"


def test_a_chooser_that_shifts_load_is_not_refuted_by_streams_far_apart() -> None:
    later = [_choice(1, 0, last_ns=SECOND), _choice(2, 1, first_ns=20 * SECOND, last_ns=21 * SECOND)]
    assert _keys(later)["smac+vlan"].verdict == "untestable"  # the mode is not known, so it may shift load
    static = _team(mode="linux/802.3ad")
    assert _keys(later, static)["smac+vlan"].verdict == "refuted"
    soon = [_choice(1, 0, last_ns=SECOND), _choice(2, 1, first_ns=2 * SECOND, last_ns=3 * SECOND)]
    assert _keys(soon)["smac+vlan"].verdict == "refuted"
    assert _keys(soon, _team(mode="balance-slb"))["smac+vlan"].verdict == "untestable"


def test_source_macs_that_follow_the_member_are_no_key() -> None:
    """Switch-independent teams send from each member's own MAC: the MAC is an effect of the choice."""
    choices = [_choice(1, 0), _choice(2, 1, macs=(0x65, 1)), _choice(3, 1, macs=(0x65, 1))]
    fits = _keys(choices)
    assert fits["mac"].verdict == fits["smac+vlan"].verdict == "untestable"
    assert fits["ip"].verdict == "refuted"
    policies = {fit.name: fit for fit in judge_policies("tx", choices, list(fits.values()), Epochs(), _team())}
    assert policies["layer2"].verdict == policies["vlan+srcmac"].verdict == "untestable"


def test_frames_without_macs_test_no_macs() -> None:
    fits = _keys([_choice(1, 0, macs=None), _choice(2, 1, macs=None)])
    assert fits["mac"].verdict == "untestable"
    assert fits["dst"].verdict == "refuted"


def test_a_team_that_can_use_one_member_only_tests_nothing() -> None:
    choices = [_choice(1, 0), _choice(2, 0)]
    assert {fit.verdict for fit in _keys(choices, _team(1)).values()} == {"untestable"}
    primary = _team(mode="lbfo/switch-independent", algorithm="transport-ports")
    assert {fit.verdict for fit in _keys(choices, primary, side="rx").values()} == {"untestable"}
    assert _keys(choices, primary)["ip"].verdict == "fits"


def test_captures_of_two_hosts_are_not_one_choosers() -> None:
    team = _team(two_hosts=TwoHosts(msg("nic1; nic2"), ("flowmap analyze nic1.pcap", "flowmap analyze nic2.pcap")))
    assert judge_keys("tx", [_choice(1, 0)], Epochs(), team) == []
    assert judge_policies("tx", [_choice(1, 0)], [], Epochs(), team) == []


@pytest.mark.parametrize(
    ("placement", "packets", "member"),
    [("single", 5, 1), ("single", 1, None), ("sprayed", 9, None), ("moved", 9, None)],
)
def test_only_streams_that_stayed_tell(placement: Any, packets: int, member: int | None) -> None:
    """A flooded copy on another member does not make it another one."""
    shares = [MemberShare(0, 1, 60, 0, 1, 1), MemberShare(1, packets, 60 * packets, 0, 2, 9)]
    direction = Direction((HOST, 1), (HOST, 2), "tx", True, 0, shares, placed=Placed(placement, ""))
    assert settled(direction) == member


def test_a_failover_divides_time_where_it_may_have_happened() -> None:
    move = Moved(9 * SECOND, 0, 1, 2 * SECOND, "failover")
    flowlet = Moved(5 * SECOND, 0, 1, SECOND, "flowlet")
    moved = Direction((HOST, 1), (HOST, 2), "tx", True, 0, placed=Placed("moved", "", "failover", (flowlet, move)))
    team = _team()
    team = replace(team, streams=[StreamFacts(1, None, True, 0, 10, [moved])])
    assert find_epochs(team).moments == (7 * SECOND, 9 * SECOND)
