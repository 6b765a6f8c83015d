"""What a description says of a member: who is kept out by LACP, which adapters are one, MACs in any spelling."""

from __future__ import annotations

from typing import Any

import pytest

from flowmap.team.description.model import Adapter, LacpState, TeamDescription, mac_of, same_text


@pytest.mark.parametrize(
    ("state", "team", "out"),
    [
        (None, {}, False),
        (LacpState(bundled=True, aggregator=2), {"aggregator": 1}, False),  # its own word counts first
        (LacpState(bundled=False), {}, True),
        (LacpState(aggregator=0), {}, True),
        (LacpState(aggregator=1), {"aggregator": 0}, True),
        (LacpState(aggregator=2), {"aggregator": 1}, True),
        (LacpState(aggregator=1, churned=True, actor_state=5), {"aggregator": 1}, False),  # down for a moment
        (LacpState(churned=True, actor_state=0x05), {}, True),
        (LacpState(churned=True, actor_state=0x3D), {}, False),
        (LacpState(actor_state=0x05), {}, False),
        (LacpState(actor_state=0x05), {"of_switch": True}, True),
        (LacpState(actor_state=0x3D, partner_state=0x05), {"of_switch": True}, True),
        (LacpState(), {"of_switch": True}, False),
    ],
)
def test_who_is_kept_out(state: LacpState | None, team: dict[str, Any], out: bool) -> None:
    """Sync, Collecting and Distributing are 0x38 (802.1AX)."""
    assert TeamDescription("a", "b", **team).kept_out(Adapter("eth0", lacp=state)) is out


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (Adapter("eth0"), Adapter("ETH0"), True),
        (Adapter("a", "Intel X710"), Adapter("b", "intel x710"), True),
        (Adapter("eth0", host="hv1"), Adapter("eth0", host="hv2"), False),
        (Adapter("eth0", host="hv1"), Adapter("eth0"), True),
        (Adapter(None), Adapter(None), False),
        (Adapter("a"), Adapter("b"), False),
    ],
)
def test_adapters_are_one_by_name_or_label(one: Adapter, other: Adapter, same: bool) -> None:
    assert one.is_same(other) is same


def test_what_one_text_lacks_the_other_adds() -> None:
    one = Adapter("eth0", macs=frozenset([1]), up=False)
    other = Adapter("ETH0", "X710", frozenset([2]), 10**9, "standby", True, LacpState(key=7), "hv1")
    assert one.joined(other) == Adapter(
        "eth0", "X710", frozenset([1, 2]), 10**9, "standby", False, LacpState(key=7), "hv1"
    )


@pytest.mark.parametrize(
    ("text", "mac"),
    [
        ("00:1b:21:aa:bb:cc", 0x001B21AABBCC),
        ("00-1B-21-AA-BB-CC", 0x001B21AABBCC),
        ("001b.21aa.bbcc", 0x001B21AABBCC),
        (" 001b21aabbcc ", 0x001B21AABBCC),
        ("**:**:**:**:**:67", None),
        ("00:00:00:00:00:00", None),
        ("00:1b:21", None),
        (5, None),
    ],
)
def test_macs_in_any_spelling(text: object, mac: int | None) -> None:
    assert mac_of(text) == (frozenset() if mac is None else frozenset([mac]))


def test_a_team_and_an_adapter_are_called_by_what_is_known() -> None:
    assert [Adapter("eth0", "X710").title, Adapter(None, "X710").title, Adapter(None).title] == ["eth0", "X710", "?"]
    assert TeamDescription("a", "bonding", None, "lacp").title == "lacp"
    assert TeamDescription("a", "bonding").title == "bonding"
    assert (same_text("A", "a"), same_text(None, None), same_text("a", "b")) == (True, False, False)
