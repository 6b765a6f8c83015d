"""The kernel's short way for packets that follow in their known flows: the twin's tables and states, whatever disturbs them."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from strategies import ACK, ETHERNET, Captured, ethernet, ipv4_header, make_block, tcp_header
from trains import EVER, EVERY_PORT, MS, SECOND, START, TRAINS, US, Event, found, packets_of

from flowmap.flow.sequence import reference, store
from flowmap.flow.table import CompiledTable, PlainTable

EXAMPLES = int(os.environ.get("FLOWMAP_TEST_EXAMPLES", "150"))
QUICK = settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))


@pytest.fixture
def _small_log(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A log that is full soon: its windows get rarer, and packets outside them are the rule."""
    monkeypatch.setattr(store, "LOG_ROWS", 20)
    monkeypatch.setattr(reference, "LOG_ROWS", 20)
    return


@QUICK
@given(
    TRAINS,
    st.sampled_from([EVER, EVER, (START, START + 150 * MS), (START + 40 * US, START + SECOND)]),
    st.integers(1, 200),
    st.sampled_from([EVERY_PORT, EVERY_PORT, reference.NO_PORTS]),
)
@example(
    [([], [0, 1], 30), ([(0, "other-mac", US)], [0, 1], 30), ([(0, "data", 101 * MS)], [0, 1], 30)],
    EVER,
    1000,
    EVERY_PORT,
)
@example([([(0, "syn", 0)], [0], 30), ([(0, "syn", US)], [0], 30)], EVER, 1000, EVERY_PORT)
@pytest.mark.usefixtures("_small_log")
def test_short_way_leads_where_the_twin_does(
    trains: list[tuple[list[Event], list[int], int]], window: tuple[int, int], cut: int, interest: bytes
) -> None:
    packets = packets_of(trains)
    block, ifaces = make_block(packets)
    tables = CompiledTable(*window, interest), PlainTable(*window, interest=interest)
    for start in range(0, len(packets), cut):
        piece = type(block)(block.data, block.index[start : start + cut], 0, start + 1)
        assert tables[0].ingest(piece, ifaces) == tables[1].ingest(piece, ifaces)
    assert found(tables[0]) == found(tables[1])


@pytest.mark.parametrize("flow", range(5))
def test_a_train_goes_the_short_way(flow: int) -> None:
    """All but the first packets, and those with which a bin or the log's window begins."""
    counted = CompiledTable(*EVER, EVERY_PORT)
    counted.ingest(*make_block(packets_of([([], [flow], 300)])))
    assert counted.calm_packets > 250


def test_flows_without_an_address_pair_in_common_are_known_side_by_side() -> None:
    counted = CompiledTable(*EVER, EVERY_PORT)
    counted.ingest(*make_block(packets_of([([], [0, 1, 2, 3, 4], 1000)])))
    assert counted.calm_packets > 900


def test_a_hole_now_and_then_leaves_the_others_on_the_short_way() -> None:
    """One packet in 51, also after connections of a packet each: it goes the long way by itself, not with those after it."""
    counted = CompiledTable(*EVER, EVERY_PORT)
    single = []
    for number in range(300):
        segment = tcp_header(6600, 2000 + number, 5, 6, ACK)
        frame = ethernet(7, 8, 0x0800) + ipv4_header(3, 4, len(segment)) + segment
        single.append(Captured(ETHERNET, frame, len(frame), 0, 0, START))
    counted.ingest(*make_block(single + packets_of([([(0, "hole", US)], [0, 1], 50)] * 40)))
    assert counted.calm_packets > 1800


@pytest.mark.parametrize("interest", [EVERY_PORT, reference.NO_PORTS])
def test_segments_after_holes_go_the_short_way_to_the_same_end(interest: bytes) -> None:
    """More holes than are kept open, as where the packets of connections take turns on two members."""
    packets = packets_of([([], [0, 2], 30), ([(k % 2 * 2, "hole", 3 * US) for k in range(1400)], [0, 2], 30)])
    tables = CompiledTable(*EVER, interest), PlainTable(*EVER, interest=interest)
    for table in tables:
        table.ingest(*make_block(packets))
    assert tables[0].calm_packets > 1400
    assert found(tables[0]) == found(tables[1])
