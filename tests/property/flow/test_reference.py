"""The compiled flow table against its twin: same rows, links, MAC pairs, silences and control frames of any packets."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from strategies import (
    ACK,
    ETHERNET,
    SLL2,
    SYN,
    Captured,
    conversations,
    ethernet,
    ipv4_header,
    make_block,
    sll2,
    tcp_header,
)

from flowmap.flow import table
from flowmap.flow.reference import MAX_LINKS, MAX_PAIRS
from flowmap.flow.table import CompiledTable, PlainTable
from flowmap.types import PacketClass

EXAMPLES = int(os.environ.get("FLOWMAP_TEST_EXAMPLES", "120"))
QUICK = settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
EVER = (-(2**63) + 1, 2**63 - 1)
WINDOWS = st.sampled_from([EVER, EVER, (0, 10**9), (1_700_000_000_000_000_000, 1_700_000_001_000_000_000)])
CUTS = st.lists(st.integers(0, 40), max_size=3).map(sorted)


def pieces(packets: Sequence[Captured], cuts: Sequence[int]) -> list[tuple[Any, np.ndarray]]:
    """Blocks of the packets, cut before the given positions; all with the interfaces of the whole."""
    block, ifaces = make_block(packets)
    ends = [*[min(cut, len(packets)) for cut in cuts], len(packets)]
    starts = [0, *ends[:-1]]
    return [(type(block)(block.data, block.index[a:b], 0, a + 1), ifaces) for a, b in zip(starts, ends, strict=True)]


def state(counted: CompiledTable | PlainTable, control: list[list[int]]) -> dict[str, Any]:
    arrays = zip(("rows", "links", "pairs", "bins"), counted.arrays(), strict=True)
    fields = {
        name: [{field: row[field].tolist() for field in row.dtype.names} for row in array] for name, array in arrays
    }
    return fields | {
        "gaps": counted.gaps(),
        "control": control,
        "lost": (counted.pairs_lost, counted.links_lost),
    }


def count(counted: CompiledTable | PlainTable, blocks: Sequence[tuple[Any, np.ndarray]]) -> dict[str, Any]:
    control = [counted.ingest(block, ifaces) for block, ifaces in blocks]
    return state(counted, control)


@pytest.fixture(scope="module", autouse=True)
def _tiny_tables() -> Any:
    """Arrays that begin with room for one, so that every example makes them grow."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table, "_ROOM", (1, 1, 1))
        patch.setattr(table, "_slots_for", lambda used: max(2, 1 << (2 * used).bit_length()))
        yield


def same_connection(count_of: int) -> list[Captured]:
    """Packets of many connections, each twice: a key must be found again whatever its hash."""
    frames = []
    for n in [*range(count_of)] * 2:
        segment = tcp_header(6600, 1024 + n, 5, 6, ACK)
        frame = ethernet(1, 2, 0x0800) + ipv4_header(1, 2, len(segment)) + segment
        frames.append(Captured(ETHERNET, frame, len(frame), ts_ns=n))
    return frames


@QUICK
@given(conversations(), WINDOWS, CUTS)
@example(same_connection(40), EVER, [])
def test_kernel_equals_twin(packets: list[Captured], window: tuple[int, int], cuts: list[int]) -> None:
    blocks = pieces(packets, cuts)
    assert count(CompiledTable(*window), blocks) == count(PlainTable(*window), blocks)


@QUICK
@given(conversations())
def test_every_packet_is_counted_once(packets: list[Captured]) -> None:
    """Against what was put in."""
    counted = PlainTable(*EVER)
    counted.ingest(*make_block(packets))
    rows, links, _, _ = counted.arrays()
    assert int(links["packets"].sum()) == int(links["classes"].sum()) == len(packets)
    assert int(links["wire_bytes"].sum()) == sum(p.wire_len for p in packets)
    assert int(links["captured_bytes"].sum()) == sum(len(p.data) for p in packets)
    assert int(rows["packets"].sum()) == int(links["classes"][:, PacketClass.TCP].sum())


def test_rows_of_many_connections_are_found_again() -> None:
    counted = CompiledTable(*EVER)
    found = count(counted, [make_block(same_connection(500))])
    assert [row["packets"] for row in found["rows"]] == [2] * 500


def test_a_new_initial_sequence_number_begins_a_row() -> None:
    """SYN 5, its retransmission, data, SYN 90: two connections (RFC 9293 section 3.4)."""
    frames = []
    for seq, flags in [(5, SYN), (5, SYN), (6, ACK), (90, SYN), (91, ACK), (91, ACK)]:
        segment = tcp_header(6600, 1024, seq, 0, flags)
        frame = ethernet(1, 2, 0x0800) + ipv4_header(1, 2, len(segment)) + segment
        frames.append(Captured(ETHERNET, frame, len(frame), ts_ns=seq))
    for counted in (CompiledTable(*EVER), PlainTable(*EVER)):
        rows = count(counted, [make_block(frames)])["rows"]
        assert [(row["packets"], row["isn"], row["syn"]) for row in rows] == [(3, 5, 2), (3, 90, 1)]


def test_limits_are_the_same_in_both() -> None:
    """They stand in both: more are tried than there is room for."""
    segment = tcp_header(1, 2, 3, 4, ACK)
    packet = ipv4_header(1, 2, len(segment)) + segment
    by_link = [sll2(0x0800, n) + packet for n in [*range(MAX_LINKS + 3), 5, MAX_LINKS + 1]]
    by_pair = [ethernet(n, 9, 0x0800) + packet for n in [*range(MAX_PAIRS + 3), 5, MAX_PAIRS + 1]]
    frames = [Captured(SLL2, frame, 60) for frame in by_link] + [Captured(ETHERNET, frame, 60) for frame in by_pair]
    block = make_block(frames)
    tables = (PlainTable(*EVER), CompiledTable(*EVER))
    for counted in tables:
        counted.ingest(*block)
        # the Ethernet interface came after 4096 SLL2 ones: all its frames go to the first link
        assert counted.links_lost == 4 + len(by_pair)
        assert counted.pairs_lost == 4
    for found, expected in zip(tables[1].arrays(), tables[0].arrays(), strict=True):
        assert len(found) == len(expected)
        assert (found == expected).all()
