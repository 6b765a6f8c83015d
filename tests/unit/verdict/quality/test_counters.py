"""Counters against captures, at their limits: 1 % and 50 packets are missing, or nothing is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from judged_teams import T0, S, at, marked, team

from flowmap.facts.model import MemberLoad, TeamFacts
from flowmap.team.counters.model import MemberCounters
from flowmap.verdict.quality.counters import beside_text, bypassed, compare, counter_notices

SIZE = 1000
"""Bytes of each packet as captured; a NIC counts 4 more, the frame check sequence."""


def counted(packets: int, captured: int = 10_000, size: int | None = None, **changes: Any) -> TeamFacts:
    """nic1: so many packets by its counters, in both directions, and in its capture."""
    half = packets // 2
    total = packets * (SIZE + 4) if size is None else size
    values = {"rx_packets": half, "tx_packets": packets - half, "rx_bytes": total // 2, "tx_bytes": total - total // 2}
    facts = team(counters={0: MemberCounters("ethtool", ("a.txt",), values)}, **changes)
    facts = marked(facts, 0, packets=captured, wire_bytes=captured * SIZE)
    return marked(facts, 1, packets=100, wire_bytes=100 * SIZE)


def says(facts: TeamFacts) -> str | None:
    both = compare(facts, facts.members[0])
    assert both is not None
    return both.says


EXACT = {"wire_packets": {0: 10_000}}
"""Every record is one packet on the wire."""


@pytest.mark.parametrize(
    ("packets", "captured", "expected"),
    [
        (10_000, 10_000, None),
        (10_200, 10_000, None),  # 2 % more, but a per cent of bytes is slack, and one more has to be missing
        (10_400, 10_000, "missed"),
        (9_000, 10_000, "beyond"),
        (9_950, 10_000, None),
    ],
)
def test_what_is_missing_and_what_was_never_counted(packets: int, captured: int, expected: str | None) -> None:
    assert says(counted(packets, captured, **EXACT)) == expected


def test_few_packets_are_nothing_however_large_a_share_they_are() -> None:
    few = counted(300, 250, wire_packets={0: 250})
    assert says(few) is None
    few = marked(few, 1, wire_bytes=0)
    assert says(counted(302, 250, wire_packets={0: 250})) == "missed"
    assert says(counted(200, 250, wire_packets={0: 250})) is None
    assert says(counted(199, 250, wire_packets={0: 250})) == "beyond"


def test_large_frames_are_many_packets_and_a_tenth_more_bytes() -> None:
    """What the wire saw is not known: records may be of many segments each, with a header each."""
    assert says(counted(60_000, 10_000, size=10_000 * SIZE * 11 // 10)) is None
    assert says(counted(60_000, 10_000, size=60_000 * SIZE)) == "missed"
    assert says(counted(5_000, 10_000)) is None  # fewer than records: nothing is known to be beyond


def test_what_matters_is_measured_by_the_busiest_member() -> None:
    idle = counted(10_400, 10_000, **EXACT)
    idle = marked(idle, 1, wire_bytes=10_000_000_000)
    assert says(idle) is None


def test_what_counters_had_before_and_after_is_left_to_them() -> None:
    """A capture of ten seconds with 100 packets in its first and its last second. Readings 15 s around it, in sum, where no
    manifest tells, may have 15 * 200 packets more; four seconds around it 800, which
    leaves 100, less than a per cent."""
    facts = counted(10_900, 10_000, **EXACT)
    wire = np.zeros((2, 3, 10))
    wire[0, 0, [0, 9]] = 100 * SIZE
    load = MemberLoad(T0, S, wire, lambda *_: wire)
    facts = marked(facts, 0, first_ns=at(0), last_ns=at(9.5))
    around = replace(facts, load=load)
    own = compare(around, around.members[0])
    assert own is not None
    assert (own.slack, own.says, own.missed) == (3000, None, 900)
    near = replace(around, counted_around_s=4.0)
    own = compare(near, near.members[0])
    assert own is not None
    assert (own.slack, own.says) == (800, None)
    exact = replace(around, counted_around_s=0.0)
    own = compare(exact, exact.members[0])
    assert own is not None
    assert (own.slack, own.says) == (0, "missed")


@pytest.mark.parametrize("field", ["filtered", "aggregate", "other_team", "undescribed", "lost_member"])
def test_a_capture_that_was_meant_to_hold_some_is_not_compared(field: str) -> None:
    facts = counted(60_000)
    assert compare(facts, facts.members[0]) is not None
    facts = marked(facts, 0, **{field: True})
    assert compare(facts, facts.members[0]) is None
    assert compare(facts, facts.members[1]) is None  # without counters


def test_notices_tell_what_is_missing_reset_or_read_once() -> None:
    (missed,) = counter_notices(counted(20_000, **EXACT))
    assert (missed.code, missed.member, missed.count, missed.undermines) == ("counters_missed", "nic1", 10_000, True)
    assert missed.detail.endswith(
        "ethtool counted 20,000 packets on nic1 between the readings, of which the capture holds "
        "10,000: 10,000 are missing"
    )
    own = MemberCounters("ethtool", ("a.txt",), {}, ("rx_packets", "rx_bytes"), {"rx_packets": 5})
    back, once = counter_notices(team(counters={1: own}))
    assert (back.code, back.count, back.member) == ("counters_backwards", 2, "nic2")
    assert (once.code, once.severity) == ("counters_once", "info")
    assert list(counter_notices(counted(10_000, **EXACT))) == []


def past(**values: int) -> TeamFacts:
    return team(counters={0: MemberCounters("ethtool", ("a.txt",), values)})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({"rdma_rx_bytes": 10_000_000, "rdma_tx_bytes": 0}, "rdma"),
        ({"rdma_rx_bytes": 9_999_999, "rdma_tx_bytes": 0}, None),
        ({"rdma_rx_bytes": 90_000_000}, None),
        ({"vf_rx_bytes": 5_000_000, "vf_tx_bytes": 5_000_000, "rdma_rx_bytes": 1, "rdma_tx_bytes": 1}, "vf"),
        ({"rdma_rx_bytes": 10**8, "rdma_tx_bytes": 0, "vf_rx_bytes": 10**9, "vf_tx_bytes": 0}, "rdma"),
    ],
)
def test_what_bypassed_the_stack_is_told_from_ten_megabytes_on(values: dict[str, int], kind: str | None) -> None:
    found = bypassed(past(**values))
    assert (found and found.kind) == kind


def test_of_a_port_as_a_whole_what_the_interface_did_not_count_is_past_it() -> None:
    own = {"rx_packets": 1000, "tx_packets": 1000, "rx_bytes": 30_000_000, "tx_bytes": 10_000_000}
    found = bypassed(past(port_rx_bytes=50_000_000, port_tx_bytes=9_000_000, **own))
    assert found is not None
    assert found.by_member == {"nic1": (20_000_000, 0)}
    assert found.total == 20_000_000
    assert beside_text(past(port_rx_bytes=50_000_000, port_tx_bytes=9_000_000, **own)) == (
        "Not in it: traffic past the host's network stack moved 20.0 MB that only counters show: nic1 20.0 MB (100 %)."
    )
    assert bypassed(past(port_rx_bytes=31_000_000, port_tx_bytes=11_000_000, **own)) is None  # less than a twentieth
    assert bypassed(past(port_rx_bytes=50_000_000, port_tx_bytes=9_000_000)) is None
    assert beside_text(past()) == ""
