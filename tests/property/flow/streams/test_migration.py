"""Migration streams found in columns against the rules as they are told, stream by stream: both must find the same."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from flowmap.flow.streams.migration import MigrationStream, find_migration_streams
from flowmap.flow.streams.stream import STREAM, Streams
from flowmap.settings.config import Thresholds
from flowmap.types import FLOW, Have

QEVM = 0x5145564D
TABLE = {6600: ("hyper-v", False), 445: ("smb", True), 443: ("xen", True), 60010: ("proxmox", True), 22: ("qemu", True)}
"""What the ports used here are known for, and whether others listen there too (domain facts, section 4)."""
KINDS_WITH_MAGIC = ("qemu", "ovirt", "proxmox", "custom")
PORTS = st.sampled_from([*TABLE, 5000, 40000])
SIDE = st.sampled_from([(1, 0, 0), (1, 1_200_000, 0), (1, 50_000, 0), (1, 5, QEVM), (0, 0, 0), (0, 700, 0)])
"""(packets, payload, first bytes) of one direction."""
STREAM_OF = st.tuples(
    st.integers(0, 2), PORTS, PORTS, st.sampled_from([-1, 0, 1]), SIDE, SIDE, st.integers(0, 20), st.integers(0, 9)
)
"""(client host, ports of both ends, who connects, both directions, begin, duration)."""


def built(lives: list[Any]) -> Streams:
    table, rows = np.zeros(len(lives), STREAM), np.zeros(2 * len(lives), FLOW)
    for number, (host, a_port, b_port, client, *sides, begin, duration) in enumerate(lives):
        t = table[number]
        t["a_lo"], t["b_lo"], t["a_port"], t["b_port"], t["client"] = host, 100, a_port, b_port, client
        t["first_ns"], t["last_ns"] = begin, begin + duration
        t["row_start"], t["row_count"] = 2 * (len(lives) - 1 - number), 2  # rows are in another order than streams
        for side, (packets, payload, magic) in enumerate(sides):
            t["packets"][side], t["payload_bytes"][side] = packets, payload
            t["acked_bytes"][side] = payload + 2 if not packets else 0
            row = rows[t["row_start"] + side]
            row["have"], row["magic"] = (Have.MAGIC, magic) if magic else (0, 0)
    return Streams(table, rows, np.arange(len(rows)) % 2 == 0, np.arange(len(rows)))


def plainly(lives: list[Any]) -> list[MigrationStream]:
    found = [one for number, life in enumerate(lives) if (one := _one(number, life)) is not None]
    judged = [one for one in found if one.confidence != "low"]
    return [_beside(one, judged, lives) for one in found]


def _one(number: int, life: Any) -> MigrationStream | None:
    _, *ports, client, one_side, other_side, _, _ = life
    sides, moved = (one_side, other_side), (one_side[1], other_side[1])
    if not any(moved):
        return None
    bulk = 1 if moved[1] > moved[0] else 0
    known = [port in TABLE for port in ports]
    server = 1 - client if client >= 0 else 1 - bulk if all(known) else 0 if known[0] else 1
    if not known[server]:
        return None
    kind, shared = TABLE[ports[server]]
    much, little, confidence = max(moved), min(moved), "low"
    if much >= 1_000_000 and much >= 20 * little and bulk != server:
        confidence = "medium"
    if not shared or (kind in KINDS_WITH_MAGIC and sides[1 - server][2] == QEVM):
        confidence = "high"
    return MigrationStream(number, kind, confidence, server, bulk)  # type: ignore[arg-type]


def _beside(one: MigrationStream, judged: list[MigrationStream], lives: list[Any]) -> MigrationStream:
    """A thin channel of a migration that is going on between the same hosts."""
    if one.confidence != "low" or one.kind not in ("qemu", "ovirt", "proxmox"):
        return one
    own = _ends(one, lives)
    for other in judged:
        begin, duration = lives[other.stream][-2:]
        same = _ends(other, lives) == own
        if (
            same
            and begin <= lives[one.stream][-2] + lives[one.stream][-1]
            and begin + duration >= lives[one.stream][-2]
        ):
            return MigrationStream(one.stream, one.kind, "medium", one.server, 1 - one.server)
    return one


def _ends(one: MigrationStream, lives: list[Any]) -> tuple[int, int, int]:
    host, a_port, b_port = lives[one.stream][:3]
    return (host, 100, b_port) if one.server else (100, host, a_port)


@given(st.lists(STREAM_OF, max_size=12))
def test_columns_find_what_the_rules_find_stream_by_stream(lives: list[Any]) -> None:
    found = find_migration_streams(built(lives), None, Thresholds())
    objects = [one for one in found.of(np.arange(len(lives))) if one is not None]
    assert objects == plainly(lives)
    assert found.stream[found.judged].tolist() == [one.stream for one in objects if one.judged]


@given(st.lists(STREAM_OF, max_size=6))
def test_ports_that_are_named_need_no_more_evidence(lives: list[Any]) -> None:
    found = find_migration_streams(built(lives), [(5000, 5000)], Thresholds())
    assert set(found.confidence.tolist()) <= {2}
    assert {lives[n][1 + server] for n, server in zip(found.stream.tolist(), found.server.tolist(), strict=True)} <= {
        5000
    }
