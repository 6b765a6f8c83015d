"""Known policies replayed: held to what a real driver chose, and to nothing that so few placements do by chance."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from judged_teams import HOST, S, team

from flowmap.facts.model import Direction, StreamFacts, TeamFacts
from flowmap.team.hashes.policy import Fields
from flowmap.verdict.mode.policy import Choice, Epochs, Fit, judge_keys
from flowmap.verdict.mode.replay import TESTED, judge_policies

LAB = Path(__file__).resolve().parents[5] / "shared" / "lab" / "hash-vectors-linux-bonding.jsonl"


def _choice(stream: int, member: int, remote: int = 1, port: int = 50000, **changes: Any) -> Choice:
    """From the host to a remote one, for ten seconds; MACs of their own."""
    values: dict[str, Any] = {
        "src": (HOST, port + stream),
        "dst": ((4, 0x0A000000 + remote), 6600),
        "macs": (0x64, remote),
        "vlan": 0,
        "first_ns": 0,
        "last_ns": 10 * S,
    }
    return Choice(stream=stream, member=member, **(values | changes))


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
            10 * S,
        )
        for number, (row, p) in enumerate(zip(rows, packets, strict=True))
    ]


@pytest.mark.parametrize(("n", "order"), [(2, [1, 0]), (3, [2, 0, 1])])
@pytest.mark.parametrize("policy", ["layer2", "layer2+3", "layer3+4"])
def test_the_recorded_policy_fits_in_any_order_of_members_and_the_others_are_refuted(
    policy: str, n: int, order: list[int]
) -> None:
    choices = _placements(policy, n, order)
    facts = team(count=n)
    fits = {fit.name: fit for fit in judge_policies("tx", choices, _fits(choices, facts), Epochs(), facts)}
    assert fits[policy].verdict == "fits"
    assert "5.18" in (fits[policy].variants or ())
    assert (fits[policy].p or 0) < 1e-9
    others = {"layer2", "layer2+3", "layer3+4", "ip-hash"} - {policy}
    assert {fits[name].verdict for name in others} == {"refuted"}
    assert fits["encap3+4"].verdict == "untestable"


def test_variants_are_told_apart_by_what_they_change() -> None:
    """Three members: the EtherType in host order or raw changes layer2 differently for IPv4 and IPv6."""
    choices = _placements("layer2", 3, [0, 1, 2])
    facts = team(count=3)
    fit = next(f for f in judge_policies("tx", choices, _fits(choices, facts), Epochs(), facts) if f.name == "layer2")
    assert set(fit.variants or ()) == {"5.15", "5.18"}


def _fits(choices: list[Choice], facts: TeamFacts) -> list[Fit]:
    return judge_keys("tx", choices, Epochs(), facts)


def test_few_placements_that_match_prove_nothing() -> None:
    """Four streams on two members match a given division with probability 2/16; here all variants divide them alike."""
    choices = _placements("layer3+4", 2, [0, 1])[::20][:4]
    assert [choice.member for choice in choices] == [0, 0, 0, 1]
    fits = {fit.name: fit for fit in judge_policies("tx", choices, [], Epochs(), team())}
    assert fits["layer3+4"].verdict == "untestable"
    assert fits["layer3+4"].p == 2 / 16


def test_a_match_counts_only_as_far_as_a_coarser_key_does_not_explain_it() -> None:
    """Twenty streams whose hosts alone could have decided are as many placements as there are hosts."""
    choices = [_choice(number, number % 2, remote=number % 2, port=0xC000 + 3 * number) for number in range(20)]
    keys = _fits(choices, team())
    fits = {fit.name: fit for fit in judge_policies("tx", choices, keys, Epochs(), team())}
    assert fits["ip-hash"].groups == 2
    assert fits["ip-hash"].verdict == "untestable"


def test_all_on_one_member_matches_anything_as_long_as_the_other_may_be_down() -> None:
    choices = [_choice(number, 0, remote=number) for number in range(1, 30)]
    facts = team()
    fits = judge_policies("tx", choices, _fits(choices, facts), Epochs(), facts)
    assert {fit.verdict for fit in fits} == {"untestable"}


def test_a_stream_seen_nowhere_means_that_a_member_may_be_missing() -> None:
    facts = team()
    gone = Direction((HOST, 1), (HOST, 2), "tx", False, 0)
    facts = replace(facts, streams=[StreamFacts(1, None, True, 0, 10, [gone])])
    choices = _placements("layer3+4", 2, [0, 1])
    assert {fit.verdict for fit in judge_policies("tx", choices, _fits(choices, facts), Epochs(), facts)} == {
        "untestable"
    }


def test_several_tags_and_tags_written_early_are_not_held_against_a_policy() -> None:
    """With the tag in the frame the driver sees no IP: every policy hashes MACs, one member for each pair of hosts."""
    tagged = [_choice(number, 0 if number < 2 else 1, remote=1 + number // 2, vlan=1 << 60 | 7) for number in range(4)]
    fits = {fit.name: fit for fit in judge_policies("tx", tagged, _fits(tagged, team()), Epochs(), team())}
    assert "5.18, tag in frame" in (fits["layer3+4"].variants or ())
    deep = [_choice(number, number % 2, vlan=2 << 60 | 7 << 12 | 8) for number in range(4)]
    fits = {fit.name: fit for fit in judge_policies("tx", deep, [], Epochs(), team())}
    assert fits["layer3+4"].verdict == "untestable"


def test_of_the_switch_only_plain_xors_are_tried() -> None:
    choices = [_choice(number, number % 2, remote=number) for number in range(16)]
    facts = team()
    keys = judge_keys("rx", choices, Epochs(), facts)
    fits = {fit.name: fit for fit in judge_policies("rx", choices, keys, Epochs(), facts)}
    assert tuple(fits) == TESTED["rx"]
    assert fits["xor-mac"].verdict == "fits"  # the last bit of the remote MAC is the member, sixteen times
