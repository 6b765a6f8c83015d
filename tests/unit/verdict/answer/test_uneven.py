"""Hosts that do not spread: by chance 2 * (1/2)^n of n on one of two members, the contract's 1 % being under eight."""

from __future__ import annotations

from dataclasses import replace

import pytest
from judged_teams import case, finding, lacp, streams, team
from lacp_frames import FAST, HOST, IN, OUT, SWITCH, lacpdu, talk

from flowmap.message import msg
from flowmap.verdict.answer.uneven import uneven

EIGHT = [0] * 8


@pytest.mark.parametrize(
    ("side", "decider", "subject", "hash_of"),
    [
        ("tx", "host", "Traffic to all eight hosts went out over nic1", "The host's hash"),
        ("rx", "switch", "Traffic from all eight hosts came in on nic1", "The switch's hash"),
        ("unknown", "unknown", "Traffic from all eight hosts used nic1", "A hash"),
    ],
)
def test_the_side_that_hashes_is_named_with_the_odds(side: str, decider: str, subject: str, hash_of: str) -> None:
    answer = uneven(case(team(*streams(side, EIGHT))))
    assert answer is not None
    assert (answer.code, answer.tone, answer.decider) == ("FM202", "bad", decider)
    assert answer.sentence == (
        f"{subject}, although nic2 was usable; by chance that happens 1 time in 128. "
        f"{hash_of} gives too many of them one member."
    )


def test_what_is_uneven_over_several_members_is_told_with_its_counts() -> None:
    answer = uneven(case(team(*streams("rx", [0] * 14 + [1]))))
    assert answer is not None
    assert answer.sentence.startswith(
        "15 hosts landed unevenly (14 on nic1 and 1 on nic2); by chance that happens 1 time in"
    )


def test_two_idle_members_were_usable() -> None:
    answer = uneven(case(team(*streams("rx", [0] * 8), count=3)))
    assert answer is not None
    assert "although nic2 and nic3 were usable" in answer.sentence


def test_a_finding_that_explains_it_takes_the_place_of_the_hash_if_it_is_of_that_side() -> None:
    facts = team(*streams("rx", EIGHT))
    even = finding("FM210", explanation=msg("All ports are even."), subject={"direction": "rx"}, action=msg("Mend it."))
    answer = uneven(case(facts, findings=[even]))
    assert answer is not None
    assert answer.sentence.endswith("1 time in 128. All ports are even.")
    assert answer.action == "Mend it."
    other = uneven(case(facts, findings=[replace(even, subject={"direction": "tx"})]))
    assert other is not None
    assert "All ports" not in other.sentence
    assert other.action is None
    own = uneven(case(facts, findings=[finding("FM202", action=msg("Compare."))]))
    assert own is not None
    assert own.action == "Compare."


def test_that_few_values_differ_gives_the_action_but_is_not_the_sentence() -> None:
    few = finding("FM213", explanation=msg("Few values."), subject={"direction": "rx"}, action=msg("More of them."))
    answer = uneven(case(team(*streams("rx", EIGHT)), findings=[few]))
    assert answer is not None
    assert "Few values" not in answer.sentence
    assert answer.action == "More of them."


def test_members_that_lacp_keeps_out_are_the_switchs() -> None:
    facts = team(*streams("rx", [0] * 4), frames=lacp(0, lonely=[1]))
    answer = uneven(case(facts))
    assert answer is not None
    assert (answer.code, answer.decider, answer.action) == ("FM201", "switch", None)
    why = finding("FM301", "error", action=msg("Turn it on."))
    blamed = uneven(case(facts, findings=[finding("FM301", "info"), why]))
    assert blamed is not None
    assert (blamed.code, blamed.action) == ("FM301", "Turn it on.")


@pytest.mark.parametrize(("of_host", "decider"), [(True, "host"), (False, "switch"), (None, "switch")])
def test_a_member_that_the_host_keeps_apart_is_the_hosts(of_host: bool | None, decider: str) -> None:
    facts = team(*streams("rx", [0] * 4), frames=lacp(0, lonely=[1]))
    keys = finding("FM304", "error", evidence={"kind": "different_keys", "of_host": of_host})
    answer = uneven(case(facts, findings=[keys]))
    assert answer is not None
    assert (answer.code, answer.decider) == ("FM304", decider)


@pytest.mark.parametrize(
    ("host_key", "switch_key", "told"),
    [
        (
            9,
            7,
            "The host keeps nic2 apart from the other members (another LACP key, as with another speed), so all four",
        ),
        (7, 8, "nic2 is in another LACP group than the other members, so all four"),
        (9, 8, "nic2 is in another LACP group than the other members, so all four"),
    ],
)
def test_whose_keys_differ_is_told(host_key: int, switch_key: int, told: str) -> None:
    """On nic1 both sides have key 7; on nic2 neither comes into sync."""
    ways = {(0, 7, 7): FAST, (1, host_key, switch_key): 0x07}
    frames = []
    for (member, own, other), state in ways.items():
        ports = (member + 1, member + 11)
        frames += talk(
            member, range(10), lacpdu(HOST, state, SWITCH, state, ports=ports, key=own, partner_key=other), OUT
        )
        back = lacpdu(SWITCH, state, HOST, state, ports=ports[::-1], key=other, partner_key=own)
        frames += talk(member, range(10), back, IN)
    answer = uneven(case(team(*streams("rx", [0] * 4), frames=sorted(frames, key=lambda one: one.ts_ns))))
    assert answer is not None
    assert answer.sentence.startswith(told)


def test_a_switch_without_a_channel_is_the_switchs_and_a_mode_the_hosts() -> None:
    flooded = uneven(case(team(*streams("rx", EIGHT), flooded=3, mode="lacp")))
    assert flooded is not None
    assert (flooded.code, flooded.decider) == ("FM205", "switch")
    mode = case(team(*streams("tx", EIGHT), mode="active-backup"), verdict="fail")
    answer = uneven(mode)
    assert answer is not None
    assert (answer.code, answer.decider) == ("FM201", "host")


def test_nothing_is_told_where_the_mode_means_it_or_hosts_spread() -> None:
    assert uneven(case(team(*streams("tx", EIGHT), mode="active-backup"))) is None
    assert uneven(case(team(*streams("tx", [0, 1])))) is None
