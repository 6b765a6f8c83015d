"""Trains of packets of a few flows with what disturbs them, and what a table finds of them."""

from __future__ import annotations

import struct
from dataclasses import fields
from typing import Any

import numpy as np
from hypothesis import strategies as st
from strategies import ACK, ETHERNET, FIN, RST, SYN, Captured, ethernet, ipv4_header, ipv6_header, sll2, tcp_header

from flowmap.flow.table import CompiledTable, PlainTable
from flowmap.types import TS_NONE

EVER = (-(2**63) + 1, 2**63 - 1)
START = 1_700_000_000_000_000_000
US, MS, SECOND = 1000, 1_000_000, 1_000_000_000
SLL2 = 276
EVERY_PORT = bytes([1]) * 65536

Event = tuple[int, str, int]
"""Flow, what comes, and after how long."""
KINDS = (
    "data",
    "data",
    "data",
    "ack",
    "ack",
    "push",
    "same-ack",
    "old-ack",
    "other-ack",
    "again",
    "once-more",
    "hole",
    "overlap",
    "large",
    "other-mac",
    "priority",
    "fragment",
    "options",
    "syn",
    "fin",
    "rst",
    "no-time",
    "inbound",
    "cut",
    "padded",
)
STEPS = (0, 1, US, US, 3 * US, MS, 40 * MS, 100 * MS, 300 * MS, -US, -MS, -2 * SECOND)
SINGLE = st.tuples(st.integers(0, 5), st.sampled_from(KINDS), st.sampled_from(STEPS))
TRAINS = st.lists(
    st.tuples(st.lists(SINGLE, max_size=4), st.lists(st.integers(0, 5), min_size=1, max_size=3), st.integers(1, 30)),
    min_size=1,
    max_size=8,
)
"""Some single events, then a train of data and acknowledgments of some flows."""


class Sender:
    """Packets of one flow; where its numbers are."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.seq, self.ack, self.ip_id = 2**32 - 4000 + number, 2**31 - 900 - number, 0
        self.last = b""

    def packet(self, kind: str) -> tuple[bytes, int]:
        """(frame, wire length)."""
        if kind == "once-more" and self.last:
            return self.last, len(self.last)
        back = {"again": 40, "overlap": 10}.get(kind, 0)
        seq = self.seq - back + (30 if kind == "hole" else 0)
        size = (
            0 if kind in ("ack", "same-ack", "old-ack", "other-ack", "syn", "rst") else 2000 if kind == "large" else 20
        )
        self.ack += {"ack": 100, "data": 7, "old-ack": -50, "other-ack": 2**31}.get(kind, 0)
        self.ip_id += kind != "same-ack"
        flags = {"syn": SYN, "fin": ACK | FIN, "rst": ACK | RST, "push": ACK | 8}.get(kind, ACK)
        options = struct.pack("!BBBBII", 1, 1, 8, 10, self.ip_id, 9) if self.number % 2 else b""
        frame = self._frame(
            kind,
            tcp_header(6600, 1024 + self.number, seq & 0xFFFFFFFF, self.ack & 0xFFFFFFFF, flags, options=options)
            + bytes(size),
        )
        if kind not in ("again", "overlap", "rst"):
            self.seq = seq + size + (kind in ("syn", "fin"))
        self.last = frame
        return frame, len(frame)

    def _frame(self, kind: str, segment: bytes) -> bytes:
        if self.number == 2:
            return (
                ethernet(7, 8 + (kind == "other-mac"), 0x86DD) + ipv6_header(1 << 70 | 1, 2, 6, len(segment)) + segment
            )
        more = b"\1" * 4 if kind == "options" else b""
        identity = 0 if self.number == 3 else self.ip_id & 0xFFFF
        packet = ipv4_header(
            1, 2, len(segment), ip_id=identity, fragment=9 if kind == "fragment" else 0x4000, options=more
        )
        if self.number == 5:
            return sll2(0x0800, 4) + packet + segment
        tags = [(0x8100, (5 if kind == "priority" else 0) << 13 | 100)] if self.number == 4 else []
        return ethernet(7, 8 + (kind == "other-mac"), 0x0800, tags) + packet + segment


def packets_of(trains: list[tuple[list[Event], list[int], int]]) -> list[Captured]:
    senders, now, packets = [Sender(number) for number in range(6)], START, []
    for single, flows, length in trains:
        events = single + [(flows[k % len(flows)], "data" if k % 3 else "ack", 3 * US) for k in range(length)]
        for flow, kind, step in events:
            now += step
            frame, wire_len = senders[flow].packet(kind)
            if kind == "cut":
                frame = frame[: 54 + flow * 4]
            packets.append(
                Captured(
                    SLL2 if flow == 5 else ETHERNET,
                    frame,
                    wire_len + 6 * (kind == "padded"),
                    int(kind == "inbound"),
                    0,
                    TS_NONE if kind == "no-time" else now,
                )
            )
    return packets


def found(counted: CompiledTable | PlainTable) -> list[Any]:
    kept = counted.kept()
    arrays = [*counted.arrays(), *(getattr(kept, one.name) for one in fields(kept))]
    plain = [
        {name: one[name].tolist() for name in one.dtype.names} if isinstance(one, np.ndarray) else one for one in arrays
    ]
    return [*plain, counted.gaps(), counted.pairs_lost, counted.links_lost]
