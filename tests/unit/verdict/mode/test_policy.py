"""Hash keys are refuted by placements that contradict them and by nothing else; policies are held to recorded choices."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from flowmap.facts.model import Direction, MemberShare, Moved, Placed, StreamFacts, TeamFacts, TwoHosts
from flowmap.message import msg
from flowmap.settings.config import Settings
from flowmap.team.clock.offsets import ClockSolution, MemberClock
from flowmap.team.hashes.policy import Fields
from flowmap.team.host import TeamHost
from flowmap.team.lacp.bundle import read_lacpdus
from flowmap.team.members import TeamMember
from flowmap.team.modes.table import expectation
from flowmap.verdict.mode.policy import Choice, Epochs, Fit, find_epochs, judge_keys, settled
from flowmap.verdict.mode.replay import TESTED, judge_policies

LAB = Path(__file__).resolve().parents[5] / "shared" / "lab" / "hash-vectors-linux-bonding.jsonl"
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


@cache
def _recorded() -> list[dict[str, Any]]:
    if not LAB.exists():
        pytest.skip("the recorded hash vectors are not here")
    rows = [json.loads(line) for line in LAB.read_text(encoding="utf-8").splitlines()]
    return [row for row in rows if row["proto"] == 6 and row["src_port"] is not None and row["vlan"] is None]


def _placements(policy: str, n: int, order: list[int]) -> list[Choice]:
    """What the driver chose for TCP packets, its members in another order than the captures have them.

    The record is sorted by member: one row in four is a fair selection.
    """
    rows = [row for row in _recorded() if row["policy"] == policy and row["n_members"] == n][::4]
    packets = [Fields.of(row) for row in rows]
    return [
        Choice(
            number,
            order[row["member_index"]],
            (p.src_ip or HOST, p.src_port or 0),
            (p.dst_ip or HOST, p.dst_port or 0),
            (p.src_mac or 0, p.dst_mac or 0),
            0,
            number,
            10 * SECOND,
        )
        for number, (row, p) in enumerate(zip(rows, packets, strict=True))
    ]


@pytest.mark.parametrize(("n", "order"), [(2, [1, 0]), (3, [2, 0, 1])])
@pytest.mark.parametrize("policy", ["layer2", "layer2+3", "layer3+4"])
def test_the_recorded_policy_fits_in_any_order_of_members_and_the_others_are_refuted(
    policy: str, n: int, order: list[int]
) -> None:
    choices = _placements(policy, n, order)
    team = _team(n)
    fits = {fit.name: fit for fit in judge_policies("tx", choices, _fits(choices, team), Epochs(), team)}
    assert fits[policy].verdict == "fits"
    assert "5.18" in (fits[policy].variants or ())
    assert (fits[policy].p or 0) < 1e-9
    others = {"layer2", "layer2+3", "layer3+4", "ip-hash"} - {policy}
    assert {fits[name].verdict for name in others} == {"refuted"}
    assert fits["encap3+4"].verdict == "untestable"


def test_variants_are_told_apart_by_what_they_change() -> None:
    """Three members: the EtherType in host order or raw changes layer2 differently for IPv4 and IPv6."""
    choices = _placements("layer2", 3, [0, 1, 2])
    team = _team(3)
    fit = next(f for f in judge_policies("tx", choices, _fits(choices, team), Epochs(), team) if f.name == "layer2")
    assert set(fit.variants or ()) == {"5.15", "5.18"}


def _fits(choices: list[Choice], team: TeamFacts) -> list[Fit]:
    return judge_keys("tx", choices, Epochs(), team)


def test_few_placements_that_match_prove_nothing() -> None:
    """Four streams on two members match a given division with probability 2/16; here all variants divide them alike."""
    choices = _placements("layer3+4", 2, [0, 1])[::20][:4]
    assert [choice.member for choice in choices] == [0, 0, 0, 1]
    fits = {fit.name: fit for fit in judge_policies("tx", choices, [], Epochs(), _team())}
    assert fits["layer3+4"].verdict == "untestable"
    assert fits["layer3+4"].p == 2 / 16


def test_a_match_counts_only_as_far_as_a_coarser_key_does_not_explain_it() -> None:
    """Twenty streams whose hosts alone could have decided are as many placements as there are hosts."""
    choices = [_choice(number, number % 2, remote=number % 2, port=0xC000 + 3 * number) for number in range(20)]
    keys = _fits(choices, _team())
    fits = {fit.name: fit for fit in judge_policies("tx", choices, keys, Epochs(), _team())}
    assert fits["ip-hash"].groups == 2
    assert fits["ip-hash"].verdict == "untestable"


def test_all_on_one_member_matches_anything_as_long_as_the_other_may_be_down() -> None:
    choices = [_choice(number, 0, remote=number) for number in range(1, 30)]
    team = _team()
    fits = judge_policies("tx", choices, _fits(choices, team), Epochs(), team)
    assert {fit.verdict for fit in fits} == {"untestable"}


def test_a_stream_seen_nowhere_means_that_a_member_may_be_missing() -> None:
    team = _team()
    gone = Direction((HOST, 1), (HOST, 2), "tx", False, 0)
    team = replace(team, streams=[StreamFacts(1, None, True, 0, 10, [gone])])
    choices = _placements("layer3+4", 2, [0, 1])
    assert {fit.verdict for fit in judge_policies("tx", choices, _fits(choices, team), Epochs(), team)} == {
        "untestable"
    }


def test_several_tags_and_tags_written_early_are_not_held_against_a_policy() -> None:
    """With the tag in the frame the driver sees no IP: every policy hashes MACs, one member for each pair of hosts."""
    tagged = [_choice(number, 0 if number < 2 else 1, remote=1 + number // 2, vlan=1 << 60 | 7) for number in range(4)]
    fits = {fit.name: fit for fit in judge_policies("tx", tagged, _fits(tagged, _team()), Epochs(), _team())}
    assert "5.18, tag in frame" in (fits["layer3+4"].variants or ())
    deep = [_choice(number, number % 2, vlan=2 << 60 | 7 << 12 | 8) for number in range(4)]
    fits = {fit.name: fit for fit in judge_policies("tx", deep, [], Epochs(), _team())}
    assert fits["layer3+4"].verdict == "untestable"


def test_of_the_switch_only_plain_xors_are_tried() -> None:
    choices = [_choice(number, number % 2, remote=number) for number in range(16)]
    team = _team()
    keys = judge_keys("rx", choices, Epochs(), team)
    fits = {fit.name: fit for fit in judge_policies("rx", choices, keys, Epochs(), team)}
    assert tuple(fits) == TESTED["rx"]
    assert fits["xor-mac"].verdict == "fits"  # the last bit of the remote MAC is the member, sixteen times
