"""Throughput over time: bins are what adding up the packets gives, however these are ordered or split."""

from __future__ import annotations

import os
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from strategies import ETHERNET, SLL2, Captured, ethernet, make_block, sll2

from flowmap.flow.scanning.scan import Scan
from flowmap.flow.table import CompiledTable, PlainTable
from flowmap.team.host import TeamHost
from flowmap.team.throughput import SIDES, Grid, capture_bins

EXAMPLES = int(os.environ.get("FLOWMAP_TEST_EXAMPLES", "150"))
QUICK = settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
EVER = (-(2**63) + 1, 2**63 - 1)  # the last nanosecond is outside
NOW, HOST = 1_700_000_000_000_000_000, 7
Packet = tuple[int, int, int, int]
"""Time, wire bytes, source and destination MAC."""

TIMES = st.one_of(
    st.integers(NOW, NOW + 3 * 10**9),
    st.integers(NOW, NOW + 3 * 10**9),
    st.integers(NOW - 10**13, NOW + 10**13),
    st.integers(-(2**63), 2**63 - 2),
    st.sampled_from([-(2**63) + 1, 2**63 - 2, 0, -1, -(2**20)]),
)
NEAR = st.integers(NOW, NOW + 3 * 10**9)
PACKETS = st.sampled_from([TIMES, NEAR]).flatmap(
    lambda times: st.lists(
        st.tuples(times, st.integers(0, 2**32 - 1), st.integers(6, 9), st.integers(6, 9)), min_size=1, max_size=30
    )
)


def counted(packets: list[Packet], table: CompiledTable | PlainTable) -> Scan:
    frames = [Captured(ETHERNET, ethernet(src, dst, 0x1234), wire, ts_ns=ts_ns) for ts_ns, wire, src, dst in packets]
    table.ingest(*make_block(frames))
    return Scan("x", "pcap", "little", [], *table.arrays(), [])


def grid(scans: list[Scan]) -> tuple[int, int, Any]:
    host = TeamHost("option", macs=frozenset({HOST}))
    return taken(Grid([capture_bins(scan, np.zeros(len(scan.links), np.int64)) for scan in scans], 1), host.macs)


def taken(found: Grid, macs: frozenset[int]) -> tuple[int, int, Any]:
    """Each side by itself is what it is among all."""
    wire = found.wire(macs)
    for number, side in enumerate(SIDES):
        assert (found.one_way(macs, side) == wire[:, number]).all()
    return found.start_ns, found.width_ns, wire


def expected(packets: list[Packet]) -> tuple[int, int, list[Counter[int]]]:
    """(start_ns, width_ns, wire bytes by side and bin) by the definition: the narrowest bins of which 1024 hold all."""
    timed = [packet for packet in packets if packet[0] != -(2**63) and packet[1]]
    if not timed:
        return 0, 2**20, [Counter()] * 3
    first, last = min(timed)[0], max(timed)[0]
    width = next(w for w in (2**k for k in range(20, 64)) if last // w - first // w < 1024)
    start = first // width * width
    sides = [Counter[int]() for _ in range(3)]
    for ts_ns, wire, src, dst in timed:
        side = 2 if src == HOST != dst else 1 if dst == HOST != src else 0
        sides[side][(ts_ns - start) // width] += wire
    return start, width, sides


def assert_as_expected(found: tuple[int, int, Any], packets: list[Packet]) -> None:
    start, width, sides = expected(packets)
    assert found[:2] == (start, width)
    assert [{int(b): int(wire[b]) for b in np.flatnonzero(wire)} for wire in found[2][0]] == sides


@QUICK
@given(PACKETS)
@example([(NOW, 1500, HOST, 8), (NOW + 2**30 - 1, 60, 8, HOST), (NOW - 1, 7, 8, 9)])
@example([(-(2**63) + 1, 1, HOST, 8), (2**63 - 2, 2, HOST, 8), (0, 3, HOST, 8)])
@pytest.mark.parametrize("table", [CompiledTable, PlainTable])
def test_bins_are_the_sums_of_packets(table: Any, packets: list[Packet]) -> None:
    assert_as_expected(grid([counted(packets, table(*EVER))]), packets)


@QUICK
@given(PACKETS, st.lists(st.integers(0, 30), max_size=3), st.randoms())
def test_neither_order_nor_split_matters(packets: list[Packet], cuts: list[int], random: Any) -> None:
    shuffled = list(packets)
    random.shuffle(shuffled)
    ends = sorted({min(cut, len(packets)) for cut in cuts} | {len(packets)})
    parts = [shuffled[a:b] for a, b in zip([0, *ends[:-1]], ends, strict=True) if a < b]
    assert_as_expected(grid([counted(part, PlainTable(*EVER)) for part in parts]), packets)


@pytest.mark.parametrize("table", [CompiledTable, PlainTable])
def test_bytes_of_pairs_without_bins_are_their_links(table: Any) -> None:
    """300 stations send 100 bytes each to the host: 256 pairs have bins, the rest is the link's, of unknown direction."""
    scan = counted([(NOW, 100, 1000 + n, HOST) for n in range(300)], table(*EVER))
    _, _, wire = grid([scan])
    assert wire[0].sum(axis=1).tolist() == [4400, 25_600, 0]


@pytest.mark.parametrize("table", [CompiledTable, PlainTable])
def test_recorded_directions_tell_where_there_are_no_addresses(table: Any) -> None:
    """Cooked frames: packet type 4 is outgoing, 0 to this host (tcpdump.org, LINUX_SLL2)."""
    frames = [
        Captured(SLL2, sll2(0x1234, 3, packet_type), wire, ts_ns=NOW) for packet_type, wire in ((4, 10), (0, 200))
    ]
    counted_ = table(*EVER)
    counted_.ingest(*make_block(frames))
    scan = Scan("x", "pcap", "little", [], *counted_.arrays(), [])
    _, _, wire = taken(Grid([capture_bins(scan, np.zeros(1, np.int64))], 1), frozenset())
    assert wire[0].sum(axis=1).tolist() == [0, 200, 10]


def test_members_share_a_grid_and_left_out_links_have_no_part() -> None:
    one = counted([(NOW, 100, HOST, 8)], PlainTable(*EVER))
    other = counted([(NOW + 10**10, 100, 8, HOST)], PlainTable(*EVER))
    aside = counted([(0, 100, 8, HOST)], PlainTable(*EVER))
    members = [capture_bins(scan, np.array([member])) for scan, member in ((one, 0), (other, 1), (aside, -1))]
    start, width, wire = taken(Grid(members, 2), frozenset({HOST}))
    assert start <= NOW < start + width
    assert wire.shape[:2] == (2, 3)
    assert 512 <= wire.shape[2] <= 1024
    assert wire[0, 2, 0] == 100
    assert wire[1, 1, -1] == 100
    assert wire.sum() == 200
