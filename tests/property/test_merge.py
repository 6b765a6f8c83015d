"""Laws of joining flow rows: how packets are split over captures does not matter, nor the order of the captures; streams are
what a plain reading of their definition gives."""

from __future__ import annotations

import os
from collections import defaultdict
from random import Random
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import ACK, ETHERNET, FIN, SYN, Captured, ethernet, ipv4_header, make_block, tcp_header

from flowmap.flow.streams.stream import build_streams, merge_rows
from flowmap.flow.table import PlainTable
from flowmap.types import Have

EXAMPLES = int(os.environ.get("FLOWMAP_TEST_EXAMPLES", "150"))
QUICK = settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
Segment = tuple[int, int, int, int, bytes, int, int]
"""Which way (0, 1), port, sequence number, flags, payload, acknowledgment, captured bytes of the TCP header."""

SEGMENTS = st.tuples(
    st.integers(0, 1),
    st.sampled_from([1000, 2000]),
    st.sampled_from([0, 5, 6, 1000, 66_541, 70_000, 2**31, 2**32 - 1]),
    st.sampled_from([ACK, ACK, ACK, SYN, SYN | ACK, FIN | ACK]),
    st.sampled_from([b"", b"abcd", b"QEVM-"]),
    st.sampled_from([0, 1, 5000, 2**30, 2**31 - 2]),
    st.sampled_from([20, 20, 20, 20, 4, 8]),
)
STEPS = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.sampled_from([1000, 2000]),
        st.sampled_from([False, False, True]),
        st.sampled_from([ACK, ACK, ACK, FIN | ACK, SYN]),
        st.sampled_from([1, 2, 1000, 60_000]),
        st.sampled_from([b"", b"abcd", b"QEVM-"]),
        st.sampled_from([0, 1, 5000, 2**30, 2**31 - 2]),
    ),
    min_size=1,
    max_size=14,
)
CLIENT, SERVER = 0x0A000001, 0x0A000002


def frame(segment: Segment, source_mac: int = 1) -> tuple[bytes, int]:
    """(captured bytes, wire length)"""
    way, port, seq, flags, payload, ack, captured = segment
    ends = ((CLIENT, SERVER), (port, 6600)) if way == 0 else ((SERVER, CLIENT), (6600, port))
    body = tcp_header(*ends[1], seq, ack, flags) + payload
    whole = ethernet(source_mac, 9, 0x0800) + ipv4_header(*ends[0], len(body)) + body
    return whole[: 34 + captured] if captured < 20 else whole, len(whole)


def rows_of(packets: list[tuple[int, Segment]], member: int = 0) -> np.ndarray:
    """Flow rows of one capture of `member`: (time, segment) each."""
    table = PlainTable(-(2**63) + 1, 2**63 - 1)
    frames = [(ts_ns, *frame(segment)) for ts_ns, segment in packets]
    table.ingest(*make_block([Captured(ETHERNET, data, wire, ts_ns=ts_ns) for ts_ns, data, wire in frames]))
    rows = table.arrays()[0]
    rows["link"] = member
    return rows


def connections(steps: list[Any], captured: int) -> list[Segment]:
    """Connections of two ports after one another. The first ones may have begun before; all later ones begin with SYNs."""
    number, begun = defaultdict(int), set()
    segments = []
    for way, port, again, flags, ahead, payload, ack in steps:
        number[port] += again
        here = way, port, number[port]
        if number[port] and here not in begun:
            flags = SYN
        begun.add(here)
        isn = (2**32 - 1000 + number[port] * 10**6 + way * 5000) % 2**32
        if flags == SYN:
            segments.append((way, port, isn, SYN | (ACK if way else 0), b"", ack, captured))
        else:
            segments.append((way, port, (isn + ahead) % 2**32, flags, payload, ack, captured))
    return segments


WITHIN_A_CAPTURE = {"seq_next", "ahead", "late", "bin_ns", "bin_bytes", "peak_bytes"}
"""What is told of one capture's packets in its order: rows of several captures say instead that it is not known."""


def in_order(rows: np.ndarray) -> list[dict[str, Any]]:
    listed = [{name: int(row[name]) for name in row.dtype.names if name not in WITHIN_A_CAPTURE} for row in rows]
    return sorted(listed, key=lambda row: (row["link"], row["src_lo"], row["sport"], row["dport"], row["first_ns"]))


CUTS = st.lists(st.integers(0, 14), max_size=3)


def assert_split_does_not_matter(segments: list[Segment], cuts: list[int], random: Any) -> None:
    packets = [(1000 * n, segment) for n, segment in enumerate(segments)]
    ends = sorted({min(cut, len(packets)) for cut in cuts} | {len(packets)})
    parts = [rows_of(packets[a:b]) for a, b in zip([0, *ends[:-1]], ends, strict=True) if a < b]
    random.shuffle(parts)
    assert in_order(merge_rows(np.concatenate(parts))) == in_order(merge_rows(rows_of(packets)))


@QUICK
@given(STEPS, CUTS, st.sampled_from([20, 20, 20, 20, 8, 4]), st.randoms())
def test_a_split_over_captures_does_not_matter(steps: list[Any], cuts: list[int], captured: int, random: Any) -> None:
    """One member's packets in one capture, or in several that follow each other, in whatever order they are given."""
    segments = connections(steps, captured)
    if captured == 8:
        segments = [segment for segment in segments if segment[3] != SYN]  # without flags it looks like any other
    assert_split_does_not_matter(segments or [connections(steps, 20)[0]], cuts, random)


def test_a_port_used_again_after_a_capture_without_a_syn() -> None:
    """The ISN of the new connection is just behind what was seen last, so only the old ISN tells them apart."""
    segments = [(0, 1000, seq, flags, b"", 0, 20) for seq, flags in [(1000, SYN), (1001, ACK), (5, SYN)]]
    assert_split_does_not_matter(segments, [1, 2], Random(1))


def test_numbers_are_those_of_the_first_packet_that_has_them() -> None:
    segments = [(0, 1000, 7, ACK, b"abcd", 3, captured) for captured in (4, 20, 20)]
    assert_split_does_not_matter(segments, [1, 2], Random(1))


@QUICK
@given(st.lists(SEGMENTS, min_size=1, max_size=12), st.lists(st.integers(0, 2), min_size=12, max_size=12), st.randoms())
def test_the_order_of_members_does_not_matter(segments: list[Segment], members: list[int], random: Any) -> None:
    packets = [(1000 * n, segment) for n, segment in enumerate(segments)]
    parts = [rows_of([p for p, m in zip(packets, members, strict=False) if m == member], member) for member in range(3)]
    streams = build_streams(merge_rows(np.concatenate(parts)))
    random.shuffle(parts)
    again = build_streams(merge_rows(np.concatenate(parts)))
    names = [name for name in streams.table.dtype.names if name not in ("row_start", "row_count")]
    assert (streams.table[names] == again.table[names]).all()


@QUICK
@given(st.lists(SEGMENTS, min_size=1, max_size=14), st.lists(st.integers(0, 1), min_size=14, max_size=14))
def test_streams_are_what_their_definition_says(segments: list[Segment], members: list[int]) -> None:
    packets = [(1000 * n, segment) for n, segment in enumerate(segments)]
    parts = [rows_of([p for p, m in zip(packets, members, strict=False) if m == member], member) for member in range(2)]
    merged = merge_rows(np.concatenate(parts))
    streams = build_streams(merged)
    found = []
    for number in range(len(streams.table)):
        rows, forward = streams.rows_of(number)
        assert [bool(f) for f in forward] == [int(row["src_lo"]) == CLIENT for row in rows]
        found.append(in_order(rows))
    expected = [in_order(np.array(group)) for group in naive_streams(list(merged))]
    assert sorted(found, key=repr) == sorted(expected, key=repr)
    assert int(streams.table["packets"].sum()) == len(packets)
    assert streams.table["first_ns"].tolist() == sorted(streams.table["first_ns"].tolist())
    for row, number in zip(streams.table, range(len(found)), strict=True):
        assert int(row["wire_bytes"]) == sum(r["wire_bytes"] for r in found[number])
        for side, source in ((0, CLIENT), (1, SERVER)):
            own = [r for r in found[number] if r["src_lo"] == source]
            assert int(row["members"][side]) == len({r["link"] for r in own})
            assert int(row["payload_bytes"][side]) == sum(r["payload_bytes"] for r in own)


def naive_streams(rows: list[Any]) -> list[list[Any]]:
    """Rows of a conversation are one stream unless a direction has two ISNs, or two rows on one member; then each client SYN
    with a new ISN begins a stream, and other rows belong to the one that was begun last."""
    conversations: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        conversations[min(int(row["sport"]), int(row["dport"]))].append(row)
    streams: list[list[Any]] = []
    for group in conversations.values():
        isns, places = defaultdict(set), defaultdict(int)
        for row in group:
            places[int(row["src_lo"]), int(row["link"])] += 1
            if row["have"] & Have.ISN:
                isns[int(row["src_lo"])].add(int(row["isn"]))
        if max(places.values()) < 2 and all(len(of_side) < 2 for of_side in isns.values()):
            streams.append(group)
            continue
        clients = [bool(row["have"] & Have.SYN_ONLY) for row in group]
        if not any(clients):
            clients = [bool(row["have"] & Have.ISN) for row in group]
        begun: dict[int, int] = {}
        for row, client in zip(group, clients, strict=True):
            if client:
                begun[int(row["isn"])] = min(int(row["first_ns"]), begun.get(int(row["isn"]), 2**63))
        parts: dict[int, list[Any]] = defaultdict(list)
        for row, client in zip(group, clients, strict=True):
            time = begun[int(row["isn"])] if client else int(row["first_ns"])
            parts[sum(begin <= time for begin in begun.values())].append(row)
        streams += parts.values()
    return streams


def test_acknowledgments_on_two_members_are_not_added_up() -> None:
    """10 000 bytes acknowledged, every other acknowledgment on either member: 10 000 bytes, the first one aside."""
    packets = [(n, (1, 1000, 5, ACK, b"", 1000 * n, 20)) for n in range(11)]
    parts = [rows_of(packets[member::2], member) for member in range(2)]
    streams = build_streams(merge_rows(np.concatenate(parts)))
    assert streams.table["acked_bytes"].tolist() == [[10_000, 0]]
