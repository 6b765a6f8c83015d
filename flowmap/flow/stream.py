"""Flow rows of all members in, TCP streams out.

A stream is one TCP connection in time: a SYN with a new initial sequence number on the same 5-tuple begins another one
(RFC 9293 section 3.4). The key has no VLAN: tags may differ by direction. Everything is columns; Python objects are made
only for the streams a report lists.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from flowmap.flow.grouping import acknowledged, changes, group_minimum, grouped
from flowmap.types import Have

__all__ = ["STREAM", "Streams", "build_streams", "group_minimum", "merge_rows"]

Array = np.ndarray[Any, Any]

STREAM = np.dtype(
    [
        ("a_hi", "u8"),  # the lower endpoint; direction 0 is a -> b, direction 1 is b -> a
        ("a_lo", "u8"),
        ("b_hi", "u8"),
        ("b_lo", "u8"),
        ("a_port", "u2"),
        ("b_port", "u2"),
        ("version", "u1"),
        ("client", "i1"),  # 0: a connects, 1: b connects, -1: no SYN seen
        ("encap", "u4"),
        ("first_ns", "i8"),
        ("last_ns", "i8"),
        ("wire_bytes", "u8"),
        ("packets", "u8", (2,)),  # by direction
        ("payload_bytes", "u8", (2,)),
        ("acked_bytes", "u8", (2,)),  # sequence space of the direction that the other one acknowledged
        ("members", "u2", (2,)),  # on how many members each direction was seen
        ("row_start", "i8"),  # rows [row_start, row_start + row_count) of Streams.rows
        ("row_count", "i8"),
    ],
    align=True,
)

_KEY = ("src_hi", "src_lo", "dst_hi", "dst_lo", "sport", "dport", "version", "encap")
_SUMS = ("packets", "wire_bytes", "payload_bytes", "data_packets", "syn", "fin", "rst", "ahead", "late")
_FIRSTS = (("isn", Have.ISN), ("magic", Have.MAGIC), ("seq_base", Have.SEQUENCE), ("ack_base", Have.ACK))
_ISN_REACH = 65536


@dataclass
class Streams:
    """`table` is (n,) STREAM in order of id (first_ns, then 5-tuple); `rows` is FLOW sorted by stream, `link` = member;
    `forward` says of each row whether it runs a -> b."""

    table: Array
    rows: Array
    forward: Array

    def rows_of(self, stream: int) -> tuple[Array, Array]:
        """(rows, forward) of one stream."""
        start = int(self.table["row_start"][stream])
        stop = start + int(self.table["row_count"][stream])
        return self.rows[start:stop], self.forward[start:stop]


def merge_rows(rows: Array) -> Array:
    """Join the rows that are one flow: same member (`link`), VLAN stack, tunnel, 5-tuple and connection.

    A member may be many captures (a ring-buffer series): a row without a SYN goes on where the row before it stopped.
    """
    if len(rows) < 2:
        return rows
    order, new = grouped([rows[name] for name in (*_KEY, "vlan", "link")], rows["first_ns"])
    if new.all():
        return rows
    rows = rows[order]
    new |= _begins_connection(rows, new)
    if new.all():
        return rows
    starts = np.flatnonzero(new)
    merged = rows[starts].copy()
    for name in _SUMS:
        merged[name] = np.add.reduceat(rows[name], starts)
    merged["first_ns"] = group_minimum(rows["first_ns"], starts)
    merged["last_ns"] = np.maximum.reduceat(rows["last_ns"], starts)
    merged["have"] = np.bitwise_or.reduceat(rows["have"], starts)
    merged["directions"] = np.bitwise_or.reduceat(rows["directions"], starts)
    merged["max_payload"] = np.maximum.reduceat(rows["max_payload"], starts)
    smac_differs = np.minimum.reduceat(rows["smac"], starts) != np.maximum.reduceat(rows["smac"], starts)
    merged["smac_changed"] = np.maximum.reduceat(rows["smac_changed"], starts) | smac_differs
    for name, bit in _FIRSTS:
        _take_first(merged, rows, starts, name, bit)
    merged["peak_bytes"] = np.maximum.reduceat(rows["peak_bytes"], starts)
    merged["ahead"] += np.diff(np.append(starts, len(rows))) > 1  # whether nothing is missing between them is not known
    merged["acked"] = acknowledged(rows, np.cumsum(new) - 1, len(starts))
    return merged


def _begins_connection(rows: Array, new: Array) -> Array:
    """Which rows begin another connection than the rows with the same key before them (`new` marks a key's first row), as the
    flow table tells it packet by packet: by another ISN, or by one that is not just before the first sequence number."""
    number = np.arange(len(rows))
    key_start = np.maximum.accumulate(np.where(new, number, 0))
    has_isn, has_seq = ((rows["have"] & bit) != 0 for bit in (Have.ISN, Have.SEQUENCE))
    isn, seq_base = rows["isn"].astype(np.int64), rows["seq_base"].astype(np.int64)
    earlier = np.concatenate([[-1], np.maximum.accumulate(np.where(has_isn, number, -1))[:-1]])
    first_seq = np.minimum.accumulate(np.where(has_seq, number, len(rows))[::-1])[::-1][key_start]
    other = isn != isn[earlier]
    far = (seq_base[np.minimum(first_seq, number)] - isn) & 0xFFFFFFFF > _ISN_REACH
    begins: Array = has_isn & np.where(earlier >= key_start, other, (first_seq < number) & far)
    return begins


def _take_first(merged: Array, rows: Array, starts: Array, name: str, bit: int) -> None:
    """The field of the group's first row that has it."""
    having = np.flatnonzero(rows["have"] & bit)
    if not len(having):
        return
    group = np.searchsorted(starts, having, side="right") - 1
    first = np.unique(group, return_index=True)
    merged[name][first[0]] = rows[name][having[first[1]]]


def build_streams(rows: Array) -> Streams:
    """Streams of merged rows (`link` = member)."""
    forward = _is_forward(rows)
    ends = [np.where(forward, rows[x], rows[y]) for x, y in _ENDS] + [np.where(forward, rows[y], rows[x]) for x, y in _ENDS]
    columns = [*ends, rows["version"], rows["encap"]]
    order, new = grouped(columns, rows["first_ns"])
    rows, forward = rows[order], forward[order]
    columns = [column[order] for column in columns]
    conversation = np.cumsum(new) - 1
    instance = _instances(rows, forward, conversation)
    if instance is not None:
        resort = np.lexsort((rows["first_ns"], instance, conversation))
        rows, forward, instance, conversation = rows[resort], forward[resort], instance[resort], conversation[resort]
        columns = [column[resort] for column in columns]
        new = changes([conversation, instance])
    return _numbered(_stream_table(rows, forward, columns, np.flatnonzero(new)), rows, forward)


_ENDS = (("src_hi", "dst_hi"), ("src_lo", "dst_lo"), ("sport", "dport"))


def _is_forward(rows: Array) -> Array:
    """Whether src is the lower endpoint."""
    hi, lo, port = (rows[x] < rows[y] for x, y in _ENDS)
    same_hi, same_lo = rows["src_hi"] == rows["dst_hi"], rows["src_lo"] == rows["dst_lo"]
    lower: Array = hi | same_hi & (lo | same_lo & (port | (rows["sport"] == rows["dport"])))
    return lower


def _instances(rows: Array, forward: Array, conversation: Array) -> Array | None:
    """Number of the connection within its 5-tuple, per row; None where every 5-tuple is one connection."""
    has_isn = (rows["have"] & Have.ISN) != 0
    side = conversation * 2 + forward
    by_side = np.lexsort((rows["isn"], ~has_isn, side))
    same_side = side[by_side][1:] == side[by_side][:-1]
    both = has_isn[by_side][1:] & has_isn[by_side][:-1]
    repeated = same_side & both & (rows["isn"][by_side][1:] != rows["isn"][by_side][:-1])
    by_flow = np.lexsort((rows["vlan"], rows["link"], side))
    changed = changes([side[by_flow], rows["link"][by_flow], rows["vlan"][by_flow]])
    suspects = np.unique(np.concatenate([conversation[by_side][1:][repeated], conversation[by_flow][~changed]]))
    if not len(suspects):
        return None
    instance = np.zeros(len(rows), dtype=np.int64)
    starts = np.searchsorted(conversation, suspects)
    stops = np.searchsorted(conversation, suspects, side="right")
    for start, stop in zip(starts.tolist(), stops.tolist(), strict=True):
        instance[start:stop] = _split(rows[start:stop])
    return instance


def _split(rows: Array) -> Array:
    """Connections of one 5-tuple: each client SYN with a new ISN begins one; other rows belong to the last begun."""
    begun: dict[int, int] = {}
    clients = (rows["have"] & Have.SYN_ONLY) != 0
    if not clients.any():
        clients = (rows["have"] & Have.ISN) != 0
    for isn, first_ns in zip(rows["isn"][clients].tolist(), rows["first_ns"][clients].tolist(), strict=True):
        begun[isn] = min(first_ns, begun.get(isn, first_ns))
    times = np.sort(np.array(list(begun.values()), dtype=np.int64))
    number = np.searchsorted(times, rows["first_ns"], side="right")
    own = np.array([begun.get(isn, 0) for isn in rows["isn"].tolist()], dtype=np.int64)
    return np.where(clients, np.searchsorted(times, own, side="right"), number)


def _stream_table(rows: Array, forward: Array, columns: list[Array], starts: Array) -> Array:
    table = np.zeros(len(starts), dtype=STREAM)
    for name, column in zip(("a_hi", "a_lo", "a_port", "b_hi", "b_lo", "b_port", "version", "encap"), columns, strict=True):
        table[name] = column[starts]
    table["first_ns"] = group_minimum(rows["first_ns"], starts) if len(starts) else 0
    if not len(starts):
        return table
    table["last_ns"] = np.maximum.reduceat(rows["last_ns"], starts)
    table["wire_bytes"] = np.add.reduceat(rows["wire_bytes"], starts)
    stream = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(rows))))
    for side, chosen in ((0, forward), (1, ~forward)):
        table["packets"][:, side] = np.add.reduceat(np.where(chosen, rows["packets"], 0), starts)
        table["payload_bytes"][:, side] = np.add.reduceat(np.where(chosen, rows["payload_bytes"], 0), starts)
        table["acked_bytes"][:, side] = acknowledged(rows[~chosen], stream[~chosen], len(starts))
        table["members"][:, side] = _distinct_members(rows["link"][chosen], stream[chosen], len(starts))
    asks = (rows["have"] & Have.SYN_ONLY) != 0
    answers = (rows["have"] & Have.SYN_ACK) != 0
    a_connects = np.logical_or.reduceat((asks & forward) | (answers & ~asks & ~forward), starts)
    b_connects = np.logical_or.reduceat((asks & ~forward) | (answers & ~asks & forward), starts)
    table["client"] = np.where(a_connects & ~b_connects, 0, np.where(b_connects & ~a_connects, 1, -1))
    table["row_start"] = starts
    table["row_count"] = np.diff(np.append(starts, len(rows)))
    return table


def _distinct_members(member: Array, stream: Array, n_streams: int) -> Array:
    """(n_streams,) how many members the rows of each stream are on."""
    pairs = np.sort(stream * np.int64(2**32) + member)
    return np.bincount(pairs[changes([pairs])] >> 32, minlength=n_streams)


def _numbered(table: Array, rows: Array, forward: Array) -> Streams:
    """Ids by (first_ns, 5-tuple)."""
    names = ("b_port", "a_port", "b_lo", "b_hi", "a_lo", "a_hi", "version", "encap")
    order = np.argsort(table["first_ns"], kind="stable")
    first = table["first_ns"][order]
    if (first[1:] == first[:-1]).any():
        order = np.lexsort((*(table[name] for name in names), table["first_ns"]))
    return Streams(table[order], rows, forward)
