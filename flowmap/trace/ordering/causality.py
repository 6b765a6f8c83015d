"""Pairs of packets of which one cannot have come before the other: what ties the members' clocks together.

An acknowledgment comes after the segment it acknowledges; a timestamp echo (RFC 7323, TSecr) comes after the first packet
that carried the echoed TSval. Where the two packets are on different members, each pair bounds the difference of their
clocks. A segment or TSval that was seen more than once, or on several members, says nothing: which of them was meant is
open.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from flowmap.types import TS_NONE, Have

__all__ = ["Causality", "causal_pairs"]

Array = np.ndarray[Any, Any]


class Causality(NamedTuple):
    """(m,) columns: the packet at `t_b` on `member_b`'s clock truly came not before the one at `t_a` on `member_a`'s."""

    member_a: Array
    member_b: Array
    t_a: Array
    t_b: Array


def causal_pairs(packets: Array, reverse: Array) -> Causality:
    """Return cross-member pairs among `packets` ((n,) TRACE, any order); `reverse[d]` is the direction opposite to d."""
    # `compress` copies a row as a whole; rows[mask] does it field by field, in thirty times as long
    packets = packets.compress((packets["ts_ns"] != TS_NONE) & (packets["have"] & Have.SEQUENCE != 0))
    found = [_acknowledged(packets, reverse), _echoed(packets, reverse)]
    return Causality(*(np.concatenate(columns) for columns in zip(*found, strict=True)))


def _acknowledged(packets: Array, reverse: Array) -> Causality:
    consumed = packets["payload"].astype(np.int64) + (packets["flags"] >> 1 & 1) + (packets["flags"] & 1)
    counts = (consumed > 0) & (packets["flags"] & 4 == 0)
    sent, consumed = packets.compress(counts), consumed[counts]
    ends = _key(sent["direction_id"], (sent["seq"].astype(np.int64) + consumed) & 0xFFFFFFFF)
    answers = packets.compress((packets["have"] & Have.ACK != 0) & (packets["flags"] & 4 == 0))
    return _matched(sent, ends, answers, _key(reverse[answers["direction_id"]], answers["ack"]), False)


def _echoed(packets: Array, reverse: Array) -> Causality:
    sent = packets.compress(packets["tsval"] != 0)
    sent = sent.compress(~_at_start(sent))
    answers = packets.compress((packets["tsecr"] != 0) & (packets["have"] & Have.ACK != 0))
    wanted = _key(reverse[answers["direction_id"]], answers["tsecr"])
    return _matched(sent, _key(sent["direction_id"], sent["tsval"]), answers, wanted, True)


def _at_start(sent: Array) -> Array:
    """Return packets with the first TSval of their direction: an earlier one with it may have come before the capture."""
    order = np.lexsort((sent["ts_ns"], sent["direction_id"]))
    direction, tsval = sent["direction_id"][order], sent["tsval"][order]
    begins = np.ones(len(order), dtype=bool)
    begins[1:] = direction[1:] != direction[:-1]
    first = tsval[np.flatnonzero(begins)][np.cumsum(begins) - 1] if len(order) else tsval
    result = np.zeros(len(order), dtype=bool)
    result[order] = tsval == first
    return result


def _key(direction: Array, number: Array) -> Array:
    key: Array = direction.astype(np.int64) << 32 | number.astype(np.int64)
    return key


def _matched(sent: Array, keys: Array, answers: Array, wanted: Array, repeats: bool) -> Causality:
    """Return answers beside the earliest packet with the wanted key; keys on several members (or seen twice) are left out."""
    order = np.lexsort((sent["ts_ns"], keys))
    keys, member, ts = keys[order], sent["member"][order].astype(np.int64), sent["ts_ns"][order]
    begins = np.ones(len(keys), dtype=bool)
    begins[1:] = keys[1:] != keys[:-1]
    starts = np.flatnonzero(begins)
    if not len(starts):
        return Causality(*(np.zeros(0, dtype=np.int64) for _ in range(4)))
    one_member = np.minimum.reduceat(member, starts) == np.maximum.reduceat(member, starts)
    sizes = np.diff(np.append(starts, len(keys)))
    usable = starts[one_member & ((sizes == 1) | repeats)]
    at = np.searchsorted(keys[usable], wanted)
    at_key = np.minimum(at, max(0, len(usable) - 1))
    hit = (at < len(usable)) & (keys[usable][at_key] == wanted) if len(usable) else np.zeros(len(wanted), dtype=bool)
    source = usable[at_key[hit]] if len(usable) else usable
    answering = answers["member"][hit].astype(np.int64)
    cross = member[source] != answering
    return Causality(member[source][cross], answering[cross], ts[source][cross], answers["ts_ns"][hit][cross])
