"""What of a member could not be read: 20 frames with a hundredth of its bytes are more than heartbeats."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from flowmap.facts.unread import is_unread, may_hold_streams, too_deep, weighs
from flowmap.flow.scanning.undecoded import Kind
from flowmap.team.members import TeamMember
from flowmap.types import PacketClass

PPPOE, PTP, OSPF, ESP = 0x8864, 0x88F7, 89, 50


def member(classes: dict[PacketClass, int] | None = None, **changes: Any) -> TeamMember:
    own = TeamMember(0, "nic1", **{"packets": 1000, "wire_bytes": 100_000, **changes})
    for cls, count in (classes or {}).items():
        own.classes[cls] = count
    return own


def with_frames(count: int, wire: int, kind: Kind = "ethertype", number: int = PPPOE) -> TeamMember:
    return member(undecoded=Counter({(kind, number): count}), undecoded_bytes=Counter({(kind, number): wire}))


@pytest.mark.parametrize(
    ("kind", "number", "may"),
    [("ethertype", PPPOE, True), ("ethertype", PTP, False), ("protocol", ESP, True), ("protocol", OSPF, False)],
)
def test_what_speaks_about_links_and_routes_carries_no_streams(kind: Kind, number: int, may: bool) -> None:
    assert may_hold_streams(kind, number) == may


@pytest.mark.parametrize(("count", "wire", "enough"), [(20, 1000, True), (19, 1000, False), (20, 999, False)])
def test_frames_weigh_from_20_and_a_hundredth_on(count: int, wire: int, enough: bool) -> None:
    assert weighs(with_frames(count, wire), "ethertype", PPPOE) == enough
    assert not weighs(with_frames(count, wire, number=PTP), "ethertype", PTP)


@pytest.mark.parametrize(("count", "packets", "deep"), [(20, 2000, True), (20, 2001, False), (19, 19, False)])
def test_frames_with_too_many_tags_weigh_by_their_number(count: int, packets: int, deep: bool) -> None:
    assert too_deep(member({PacketClass.VLAN_DEEP: count}, packets=packets)) == deep


@pytest.mark.parametrize(
    ("own", "unread"),
    [
        (member({PacketClass.IP_OTHER: 1000}), False),  # nothing that was not understood: it is idle
        (member({PacketClass.IP_SHORT: 20}), True),
        (member({PacketClass.IP_SHORT: 19}), False),
        (member({PacketClass.LINK_UNSUPPORTED: 1000, PacketClass.TCP: 1}), False),  # TCP could be read
        (member({PacketClass.LINK_UNSUPPORTED: 1000, PacketClass.FRAGMENT: 1}), False),
        (with_frames(20, 1000), True),
        (with_frames(20, 999), False),
        (member(packets=0), False),
        (member(packets=0, undescribed=True), True),
    ],
)
def test_a_member_is_unread_if_no_tcp_could_have_been_seen(own: TeamMember, unread: bool) -> None:
    assert is_unread(own) == unread
