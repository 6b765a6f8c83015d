"""An acknowledgment comes after its segment, an echo after its stamp (RFC 9293, RFC 7323): pairs of members, by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from flowmap.trace.ordering.causality import causal_pairs
from flowmap.types import TRACE, TS_NONE, Have

DATA, ACKS = 0, 1
REVERSE = np.array([1, 0])
SYN, FIN, RST = 2, 1, 4


def packet(direction: int, member: int, ts_ns: int, **fields: int) -> dict[str, int]:
    values = {"seq": 0, "ack": 0, "payload": 0, "have": Have.SEQUENCE | Have.ACK}
    return {"direction_id": direction, "member": member, "ts_ns": ts_ns, **values, **fields}


def pairs(*packets: dict[str, int]) -> list[tuple[int, int, int, int]]:
    rows = np.zeros(len(packets), TRACE)
    for row, values in zip(rows, packets, strict=True):
        for name, value in values.items():
            row[name] = value
    return list(zip(*(column.tolist() for column in causal_pairs(rows, REVERSE)), strict=True))


def data(member: int, ts_ns: int, **fields: int) -> dict[str, int]:
    return packet(DATA, member, ts_ns, **{"seq": 100, "payload": 50, **fields})


def ack(member: int, ts_ns: int, number: int = 150, **fields: int) -> dict[str, int]:
    return packet(ACKS, member, ts_ns, **{"ack": number, **fields})


def test_an_acknowledgment_on_another_member_bounds_the_clocks() -> None:
    assert pairs(data(0, 1000), ack(1, 900)) == [(0, 1, 1000, 900)]
    assert pairs(data(0, 1000), ack(0, 900)) == []  # one clock
    assert pairs(data(0, 1000), ack(1, 900, 149)) == []
    assert pairs(data(0, 1000), packet(DATA, 1, 900, ack=150)) == []  # not an answer


@pytest.mark.parametrize(("flags", "end"), [(SYN, 151), (FIN, 151), (0, 150)])
def test_syn_and_fin_take_a_number_each(flags: int, end: int) -> None:
    assert pairs(data(0, 1, flags=flags), ack(1, 2, end)) == [(0, 1, 1, 2)]


def test_numbers_go_round() -> None:
    assert pairs(data(0, 1, seq=2**32 - 10), ack(1, 2, 40)) == [(0, 1, 1, 2)]


@pytest.mark.parametrize(
    "packets",
    [
        (data(0, 1), data(0, 5), ack(1, 9)),  # sent twice: which was meant is open
        (data(0, 1), data(1, 5), ack(1, 9)),
        (data(0, 1, flags=RST), ack(1, 9)),
        (data(0, 1), ack(1, 9, flags=RST)),
        (data(0, TS_NONE), ack(1, 9)),
        (data(0, 1, have=0), ack(1, 9)),
        (data(0, 1, payload=0), ack(1, 9, 100)),
    ],
)
def test_what_says_nothing(packets: tuple[dict[str, Any], ...]) -> None:
    assert pairs(*packets) == []


def stamped(member: int, ts_ns: int, tsval: int) -> dict[str, int]:
    return packet(DATA, member, ts_ns, tsval=tsval)


def echo(member: int, ts_ns: int, tsecr: int) -> dict[str, int]:
    return packet(ACKS, member, ts_ns, tsecr=tsecr)


def test_an_echo_comes_after_the_first_packet_with_its_stamp() -> None:
    early = stamped(0, 1, 70)  # the first stamp of a direction may have begun before the capture
    assert pairs(early, stamped(0, 5, 71), stamped(0, 6, 71), echo(1, 9, 71)) == [(0, 1, 5, 9)]
    assert pairs(early, echo(1, 9, 70)) == []
    assert pairs(early, stamped(0, 5, 71), stamped(1, 6, 71), echo(1, 9, 71)) == []
    assert pairs(early, stamped(0, 5, 71), echo(1, 9, 0)) == []


def test_nothing_gives_nothing() -> None:
    assert pairs() == []
