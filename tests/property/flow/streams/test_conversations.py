"""Conversations and streams are alike by the kernel and by its twin, whatever the rows."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowmap.flow.streams import stream
from flowmap.flow.streams.conversations import conversations_of, plain_conversations
from flowmap.flow.streams.stream import build_streams
from flowmap.kernels import available
from flowmap.types import FLOW, TS_NONE

pytestmark = pytest.mark.skipif(not available(), reason="the kernels are not built")
FEW = {
    "src_lo": (1, 2),
    "dst_lo": (1, 2),
    "src_hi": (0, 7),
    "dst_hi": (0, 7),
    "sport": (1, 2),
    "dport": (1, 2),
    "version": (4, 6),
    "encap": (0, 1),
    "vlan": (0, 1),
    "link": (0, 1, 2),
    "have": range(256),
    "packets": range(1, 10),
    "first_ns": (TS_NONE, 1, 2, 3),
    "last_ns": range(3, 10),
    "isn": (0, 1, 2),
}
"""Fields of few values: a byte is drawn for each row, at once for all of them."""
WIDE = {
    "wire_bytes": st.integers(0, 2**40),
    "payload_bytes": st.integers(0, 2**40),
    "acked": st.integers(0, 2**33),
    "ack_base": st.integers(0, 2**32 - 1),
}


@cache
def _bytes(count: int) -> st.SearchStrategy[bytes]:
    return st.binary(min_size=count, max_size=count)


@cache
def _wide(name: str, count: int) -> st.SearchStrategy[list[int]]:
    return st.lists(WIDE[name], min_size=count, max_size=count)


@st.composite
def tables(draw: Any) -> np.ndarray[Any, Any]:
    """FLOW rows of few keys, so that these come often."""
    rows = np.zeros(draw(st.integers(0, 40)), FLOW)
    for name, values in FEW.items():
        drawn = np.frombuffer(draw(_bytes(len(rows))), np.uint8).astype(np.intp)
        rows[name] = np.array(values)[drawn % len(values)]
    for name in WIDE:
        rows[name] = draw(_wide(name, len(rows)))
    for name in ("src_hi", "dst_hi"):
        rows[name][rows["version"] == 4] = 0
    return rows


def by_conversation(found: Any) -> set[tuple[int, ...]]:
    return {tuple(found.order[a:b].tolist()) for a, b in zip(found.starts[:-1], found.starts[1:], strict=True)}


def test_what_differs_in_the_upper_halves_of_addresses_alone_differs() -> None:
    """Two directions of an IPv6 connection between equal ports, and another connection."""
    rows = np.zeros(3, FLOW)
    rows["version"], rows["src_lo"], rows["dst_lo"], rows["sport"], rows["dport"] = 6, 1, 1, 5, 5
    rows["src_hi"], rows["dst_hi"] = (7, 8, 7), (8, 7, 9)
    found = conversations_of(rows)
    assert by_conversation(found) == {(0, 1), (2,)}
    assert (found.forward.tolist(), found.several) == ([True, False, True], False)


@settings(max_examples=200)
@given(tables())
def test_kernel_arranges_as_its_twin(rows: np.ndarray[Any, Any]) -> None:
    own, twin = conversations_of(rows), plain_conversations(rows)
    assert by_conversation(own) == by_conversation(twin)
    assert own.forward.tolist() == twin.forward.tolist()
    assert (own.repeated, own.shared, own.several) == (twin.repeated, twin.shared, twin.several)


@settings(max_examples=200)
@given(tables(), st.sampled_from([3, 1 << 16]))
def test_kernel_fills_streams_as_its_twin(rows: np.ndarray[Any, Any], worth_a_thread: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stream, "_PART", worth_a_thread)
        patch.setattr("flowmap.kernels.parts.processors", lambda: 3)
        own = build_streams(rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stream, "available", lambda: False)
        twin = build_streams(rows, plain_conversations(rows))
    assert own.table.dtype == twin.table.dtype
    for name in set(own.table.dtype.names or ()) - {"row_start"}:
        assert own.table[name].tolist() == twin.table[name].tolist(), name
    for number in range(len(own.table)):
        assert own.row_numbers(number).tolist() == twin.row_numbers(number).tolist()


@pytest.mark.parametrize("count", [17, 200])
def test_many_rows_of_one_conversation_and_one_time(count: int) -> None:
    """As of a series of many pieces, and of connections that begin at one time: order is by time, then as they stand."""
    rows = np.zeros(count, FLOW)
    rows["src_lo"], rows["dst_lo"], rows["version"], rows["packets"] = 1, 2, 4, 1
    rows["first_ns"] = np.random.default_rng(1).integers(1, 4, count)
    found = conversations_of(rows)
    assert len(found) == 1
    assert found.order.tolist() == np.argsort(rows["first_ns"], kind="stable").tolist()
    rows["sport"], rows["first_ns"] = np.arange(count)[::-1], 5
    assert build_streams(rows).table["a_port"].tolist() == list(range(count))
