"""Packets counted while their records are walked: what the twins walk and count, whatever is odd in capture or packets."""

from __future__ import annotations

import os
import struct
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from builders import epb, idb, pcap, shb
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from strategies import ETHERNET, Captured, ethernet
from trains import EVER, EVERY_PORT, TRAINS, US, Event, found, packets_of

from flowmap.capture import reader as reader_module
from flowmap.capture.reader import CaptureReader
from flowmap.capture.source.files import spool
from flowmap.flow.scanning import partner
from flowmap.flow.scanning.ahead import blocks_of
from flowmap.flow.table import CompiledTable, PlainTable
from flowmap.types import TS_NONE

EXAMPLES = int(os.environ.get("FLOWMAP_TEST_EXAMPLES", "150"))
QUICK = settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
Trains = list[tuple[list[Event], list[int], int]]
NS_MAGIC = 0xA1B23C4D


def timed(packets: list[Captured]) -> list[Captured]:
    """Those of Ethernet that have a time, with an ARP and a frame of no IP among them."""
    own = [one for one in packets if one.link_type == ETHERNET and one.ts_ns != TS_NONE]
    for place, ethertype in ((len(own) // 3, 0x0806), (2 * len(own) // 3, 0x9999)):
        frame = ethernet(7, 8, ethertype) + bytes(46)
        own.insert(place, Captured(ETHERNET, frame, len(frame), 0, 0, own[place].ts_ns if own else 10**18))
    return own


def as_pcap(packets: list[Captured], big: bool) -> bytes:
    return pcap([(one.ts_ns, one.data, one.wire_len) for one in packets], magic=NS_MAGIC, big=big)


def as_pcapng(packets: list[Captured], big: bool) -> bytes:
    """Two interfaces of nanoseconds; an option or drops now and then."""
    described = shb(big) + 2 * idb(big, link_type=ETHERNET, resolution=9)
    return described + b"".join(
        epb(
            one.ts_ns,
            one.data,
            big,
            interface=k % 2,
            wire=one.wire_len,
            flags=one.flags or None,
            drops=3 if k % 50 > 48 else None,
        )
        for k, one in enumerate(packets)
    )


def damaged(data: bytes, places: list[tuple[float, int]], end: float) -> bytes:
    changed = bytearray(data)
    for where, value in places:
        struct.pack_into("<I", changed, int(where * (len(data) - 4)), value)
    return bytes(changed[: int(end * len(data))])


def counted(data: bytes, window: tuple[int, int], compiled: bool, ahead: bool = False) -> list[Any]:
    source = spool("x.pcap", BytesIO(data).read, len(data))
    try:
        reader = CaptureReader(source, compiled=compiled, block_bytes=1 << 12)
        table = CompiledTable(*window, EVERY_PORT) if compiled else PlainTable(*window, interest=EVERY_PORT)
        control = []
        for block in blocks_of(reader, ahead, table):
            rows = block.index[table.ingest(block, reader.ifaces)]
            control += [(one["ts_ns"], one["cap_len"], int(one["offset"]) + block.file_offset) for one in rows]
        return [
            *found(table),
            control,
            list(reader.notices),
            reader.packets,
            reader.truncated,
            reader.damaged,
            reader.drops,
        ]
    finally:
        source.close()


@pytest.fixture(autouse=True)
def _small_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """A window that is filled again and again, a quarter at a time."""
    monkeypatch.setattr(reader_module, "_MIN_BUFFER", 1 << 12)
    monkeypatch.setattr(partner, "_REST", 700)
    monkeypatch.setattr(partner, "_WORTH", 0)


@QUICK
@given(
    TRAINS,
    st.booleans(),
    st.booleans(),
    st.sampled_from([EVER, (1_700_000_000_000_040_000, 1_700_000_001_000_000_000)]),
    st.lists(st.tuples(st.floats(0.05, 1), st.sampled_from([0, 1, 40, 2**18 + 1, 2**32 - 1])), max_size=2),
    st.floats(0.5, 1),
)
@example([([], [0, 1, 2], 30)] * 9, False, False, EVER, [], 1)
@example(
    [([], [0, 1], 30), ([(0, "other-mac", US)], [0, 1], 30), ([(0, "syn", US)], [0, 1], 30)],
    True,
    False,
    EVER,
    [],
    0.999,
)
def test_straight_way_leads_where_the_twins_do(
    trains: Trains, blocks: bool, big: bool, window: tuple[int, int], odd: list[tuple[float, int]], end: float
) -> None:
    data = damaged((as_pcapng if blocks else as_pcap)(timed(packets_of(trains)), big), odd, end)
    if len(data) < 200:
        return
    twins = counted(data, window, compiled=False)
    assert counted(data, window, compiled=True) == twins
    assert counted(data, window, compiled=True, ahead=True) == twins


def test_all_but_the_last_packet_of_a_plain_capture_is_counted_straight() -> None:
    """No header follows that one; a block states its length twice."""
    packets = [one for one in packets_of([([], [0, 1, 4], 900)]) if one.link_type == ETHERNET]
    for data, left in ((as_pcap(packets, False), 1), (as_pcapng(packets[:40], False), 0)):
        source = spool("x.pcap", BytesIO(data).read, len(data))
        reader, table = CaptureReader(source, block_bytes=1 << 12), CompiledTable(*EVER, EVERY_PORT)
        in_blocks = 0
        for block in blocks_of(reader, ahead=False, table=table):
            in_blocks += len(block.index)
            table.ingest(block, reader.ifaces)
        source.close()
        assert (reader.packets, in_blocks) == (int(np.sum(table.arrays()[1]["packets"])), left)
