"""Packets that come late: the busiest 100 ms are those of the wire, not of the order in the capture."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import ETHERNET, Captured, ethernet, ipv4_header, make_block, tcp_header

from flowmap.flow.table import CompiledTable, PlainTable

EVER = (-(2**63) + 1, 2**63 - 1)
MS = 1_000_000
NOW = 1_700_000_000_000_000_000
TABLES = pytest.mark.parametrize("table", [CompiledTable, PlainTable])


def packet(ts_ns: int, port: int, wire_len: int) -> Captured:
    segment = tcp_header(6600, port, 5, 6, 16)
    return Captured(ETHERNET, ethernet(1, 2, 0x0800) + ipv4_header(1, 2, len(segment)) + segment, wire_len, ts_ns=ts_ns)


def peaks(packets: list[Captured], table: Any) -> tuple[int, list[int]]:
    """Most wire bytes in 100 ms: of the link, and of each flow."""
    counted = table(*EVER)
    counted.ingest(*make_block(packets))
    rows, links, _, _ = counted.arrays()
    return int(links["peak_bytes"][0]), rows["peak_bytes"].tolist()


def busiest(packets: list[Captured]) -> int:
    sums = Counter[int]()
    for one in packets:
        sums[one.ts_ns // (100 * MS)] += one.wire_len
    return max(sums.values())


@TABLES
def test_two_queues_written_in_blocks(table: Any) -> None:
    """900 ms of one queue, then the same 900 ms of the other: neither link nor flows had more than was on the wire."""
    queues = [[packet(NOW + n * MS, port, 1000) for n in range(900)] for port in (1, 2)]
    packets = [*queues[0], *queues[1]]
    assert peaks(packets, table) == (busiest(packets), [busiest(queue) for queue in queues])


@TABLES
@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(-3000, 3000), st.integers(1, 3), st.integers(60, 9000)), min_size=1, max_size=60))
def test_no_peak_exceeds_the_wire_in_any_order(table: Any, moments: list[tuple[int, int, int]]) -> None:
    packets = [packet(NOW + moment * MS, port, size) for moment, port, size in moments]
    of_link, of_flows = peaks(packets, table)
    assert max(of_link, *of_flows) <= busiest(packets)
    near = [one for one in packets if one.ts_ns > max(p.ts_ns for p in packets) - 1400 * MS]
    assert peaks(near, table)[0] == busiest(near)
