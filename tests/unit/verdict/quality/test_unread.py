"""What was captured and not read, by the names that IANA and IEEE give it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from flowmap.team.members import TeamMember
from flowmap.verdict.quality.unread import unread_notices


def member(*undecoded: tuple[str, int, int, int], packets: int = 1000, **changes: Any) -> TeamMember:
    frames: Counter[Any] = Counter({(kind, number): count for kind, number, count, _ in undecoded})
    wire: Counter[Any] = Counter({(kind, number): size for kind, number, _, size in undecoded})
    told = {"packets": packets, "wire_bytes": packets * 1000, "undecoded": frames, "undecoded_bytes": wire}
    return TeamMember(0, "nic1", **(told | changes))


def test_protocols_without_streams_are_counted_together() -> None:
    """EIGRP is 88, OSPF 89 (IANA); PTP is EtherType 0x88f7 (IEEE)."""
    (one,) = unread_notices(member(("protocol", 88, 3, 300), ("protocol", 89, 4, 400), ("ethertype", 0x88F7, 5, 300)))
    assert (one.code, one.severity, one.count, one.undermines) == ("other_protocols", "info", 12, False)
    assert "IP protocol 88 (EIGRP): 3" in one.detail
    assert "EtherType 0x88f7 (PTP): 5" in one.detail


@pytest.mark.parametrize(
    ("kind", "number", "code", "what"),
    [
        ("ethertype", 0x1234, "unsupported_ethertype", "EtherType 0x1234"),
        ("protocol", 253, "unsupported_protocol", "IP protocol 253"),
    ],
)
def test_what_may_hold_streams_undermines_where_it_is_much(kind: str, number: int, code: str, what: str) -> None:
    (much,) = unread_notices(member((kind, number, 900, 900_000)))
    assert (much.code, much.severity, much.undermines, much.count) == (code, "warning", True, 900)
    assert f"frames with {what}" in much.detail
    (little,) = unread_notices(member((kind, number, 1, 60)))
    assert (little.code, little.severity, little.undermines) == (code, "info", False)


def test_llc_has_no_number_worth_telling() -> None:
    (one,) = unread_notices(member(("llc", 0x42, 2, 120)))
    assert "802.2 LLC" in one.detail


def test_a_capture_without_an_interface_is_not_an_idle_member() -> None:
    (one,) = unread_notices(member(packets=0, undescribed=True))
    assert (one.code, one.severity, one.undermines, one.member) == ("no_interface", "warning", True, "nic1")
    assert list(unread_notices(member())) == []
