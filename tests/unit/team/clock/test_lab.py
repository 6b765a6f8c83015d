"""A recorded team with one member's times shifted, as editcap -t does: the shift has to come out again."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import dpkt
import numpy as np
import pytest

from flowmap.team.clock.fit import Constraints
from flowmap.team.clock.offsets import solve_clocks

LAB = Path(__file__).parents[5] / "shared" / "lab" / "different-sources"
FILES = ["hvT_nic1.pcap", "hvT_nic2.pcap"]
CLIENT, SERVER = (b"\x0a\x4d\x00\x0c", 48988), (b"\x0a\x4d\x00\x64", 49154)  # data arrives on nic2, leaves for on nic1

pytestmark = pytest.mark.skipif(not LAB.exists(), reason=f"no recorded team at {LAB}")


def segments(member: int) -> Iterator[tuple[int, dpkt.tcp.TCP]]:
    """(ts_ns, segment) of the one stream that comes in on one member and is acknowledged on the other."""
    with (LAB / FILES[member]).open("rb") as file:
        for ts, data in dpkt.pcap.Reader(file):
            if data[12:14] == b"\x08\x00" and data[23] == 6:
                segment = dpkt.tcp.TCP(data[34:])
                ends = {(data[26:30], segment.sport), (data[30:34], segment.dport)}
                if ends == {CLIENT, SERVER}:
                    yield round(float(ts) * 10**6) * 1000, segment


def timestamps(segment: dpkt.tcp.TCP) -> tuple[int, int]:
    """TSval and TSecr (RFC 7323)."""
    value = dict(dpkt.tcp.parse_opts(segment.opts))[dpkt.tcp.TCP_OPT_TIMESTAMP]
    return int.from_bytes(value[:4], "big"), int.from_bytes(value[4:8], "big")


@cache
def constraints() -> tuple[np.ndarray, ...]:  # type: ignore[type-arg]
    """An acknowledgment (member 0) is not before the data it covers (1), nor data before the TSval it echoes."""
    data = [(ts, s.seq, *timestamps(s)) for ts, s in segments(1) if not s.flags & dpkt.tcp.TH_SYN]
    acks = [(ts, s.ack, *timestamps(s)) for ts, s in segments(0) if not s.flags & dpkt.tcp.TH_SYN]
    first_sent: dict[int, int] = {}
    for ts, _, value, _ in acks:
        first_sent.setdefault(value, ts)
    rows, newest = [], 0
    for ts, covered, _, _ in acks:
        while newest + 1 < len(data) and data[newest + 1][1] < covered:
            newest += 1
        rows.append((1, 0, data[newest][0], ts))
    rows += [(0, 1, first_sent[echoed], ts) for ts, _, _, echoed in data if echoed in first_sent]
    return tuple(np.array(column) for column in zip(*rows, strict=True))


@pytest.mark.parametrize("shift_ms", [0, 250, -250])
def test_shift_of_a_recorded_member_is_found(shift_ms: int) -> None:
    member_a, member_b, t_a, t_b = constraints()
    shift = shift_ms * 10**6
    solution = solve_clocks(
        2, Constraints(member_a, member_b, t_a + shift * (member_a == 1), t_b + shift * (member_b == 1))
    )
    found = solution.members[1]
    assert solution.consistent
    assert found.known
    assert found.corrected == bool(shift_ms)
    assert found.uncertainty_ns is not None
    assert abs(found.offset_ns - shift) <= found.uncertainty_ns < 5 * 10**6
