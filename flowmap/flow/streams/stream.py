"""Flow rows of all members in, TCP streams out.

A stream is one TCP connection in time: a SYN with a new initial sequence number on the same 5-tuple begins another one
(RFC 9293 section 3.4). The key has no VLAN: tags may differ by direction. Everything is columns; Python objects are made
only for the streams a report lists.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from flowmap.dataclass import dataclass
from flowmap.flow.streams.conversations import DIRECTION, ENDS, Conversations, conversations_of
from flowmap.flow.streams.grouping import acknowledged, all_distinct, changes, group_minimum, grouped
from flowmap.kernels import available
from flowmap.kernels.parts import in_parts
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
        ("row_start", "i8"),  # its rows are those at [row_start, row_start + row_count) of Streams.order
        ("row_count", "i8"),
    ],
    align=True,
)

_SUMS = ("packets", "wire_bytes", "payload_bytes", "data_packets", "syn", "fin", "rst", "ahead", "late")
_FIRSTS = (("isn", Have.ISN), ("magic", Have.MAGIC), ("seq_base", Have.SEQUENCE), ("ack_base", Have.ACK))
_ISN_REACH = 65536
_PART = 1 << 16
"""Streams that are worth a thread: they take the kernel ten milliseconds."""


@dataclass
class Streams:
    """The streams of a team: `table` is (n,) STREAM in order of id (first_ns, then 5-tuple), `rows` is FLOW, `link` = member.

    `forward` says of each row whether it runs a -> b. `order` has the numbers of the rows sorted by stream, which may
    be a million: they stay where they are.
    """

    table: Array
    rows: Array
    forward: Array
    order: Array

    def rows_of(self, stream: int) -> tuple[Array, Array]:
        """Return (rows, forward) of one stream."""
        own = self.row_numbers(stream)
        return self.rows[own], self.forward[own]

    def row_numbers(self, stream: int) -> Array:
        """Return where in `rows` those of one stream are, in order of time."""
        start = int(self.table["row_start"][stream])
        return self.order[start : start + int(self.table["row_count"][stream])]

    def rows_of_all(self, chosen: Array | list[int]) -> tuple[Array, Array]:
        """Return the numbers of the chosen streams' rows, by stream, and for each its place in `chosen`."""
        own = self.table[chosen]
        place = np.repeat(np.arange(len(own)), own["row_count"])
        before = np.cumsum(own["row_count"]) - own["row_count"]
        return self.order[np.arange(len(place)) + (own["row_start"] - before)[place]], place

    def largest_payload(self, chosen: Array | list[int]) -> Array:
        """Return (n, 2) the largest payload of a packet in each direction of the chosen streams."""
        row, place = self.rows_of_all(chosen)
        largest = np.zeros((len(chosen), 2), dtype=np.int64)
        np.maximum.at(largest, (place, np.where(self.forward[row], 0, 1)), self.rows["max_payload"][row])
        return largest

    def deepest_vlan(self, chosen: Array | list[int]) -> Array:
        """Return (n,) the tag stack with most tags of each of the chosen streams, of several the one with the lowest ids."""
        row, place = self.rows_of_all(chosen)
        vlan = self.rows["vlan"][row]
        deepest = np.zeros(len(chosen), dtype=np.uint64)
        np.maximum.at(deepest, place, vlan)
        if deepest.any():
            deep = (vlan >> np.uint64(60)) == (deepest >> np.uint64(60))[place]
            np.minimum.at(deepest, place[deep], vlan[deep])
        return deepest

    def stream_of(self, row: Array) -> Array:
        """Return ids of the streams that these rows (their numbers) are of."""
        if not len(row):
            return np.zeros(0, dtype=np.int64)
        position = np.empty(len(self.order), dtype=np.int64)
        position[self.order] = np.arange(len(self.order))
        by_row = np.argsort(self.table["row_start"])
        starts = self.table["row_start"][by_row]
        return np.asarray(by_row[np.searchsorted(starts, position[row], side="right") - 1])


def merge_rows(rows: Array) -> Array:
    """Join the rows that are one flow: same member (`link`), VLAN stack, tunnel, 5-tuple and connection.

    A member may be many captures (a ring-buffer series): a row without a SYN goes on where the row before it stopped.
    """
    if len(rows) < 2:
        return rows
    keys = [rows[name] for name in (*DIRECTION, "vlan", "link")]
    if all_distinct(keys):
        return rows
    order, new = grouped(keys, rows["first_ns"])
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
    """Return which rows begin another connection than the rows with the same key before them.

    `new` marks a key's first row. The flow table decides it packet by packet: by another ISN, or by one that is not
    just before the first sequence number.
    """
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
    """Copy a field from the group's first row that has it."""
    having = np.flatnonzero(rows["have"] & bit)
    if not len(having):
        return
    group = np.searchsorted(starts, having, side="right") - 1
    first = np.unique(group, return_index=True)
    merged[name][first[0]] = rows[name][having[first[1]]]


def build_streams(rows: Array, conversations: Conversations | None = None) -> Streams:
    """Return streams of merged rows (`link` = member).

    `conversations`: those of the same rows, where they are known.
    """
    known = conversations_of(rows) if conversations is None else conversations
    order, starts = known.order, known.starts
    if known.several:
        conversation = np.repeat(np.arange(len(known)), np.diff(starts))
        instance = _instances(rows, order, known.forward[order], conversation)
        if instance is not None:
            resort = np.lexsort((rows["first_ns"][order], instance, conversation))
            order, instance, conversation = order[resort], instance[resort], conversation[resort]
            starts = np.append(np.flatnonzero(changes([conversation, instance])), len(rows))
    table = _compiled_table if available() else _stream_table
    return Streams(table(rows, order, known.forward, starts), rows, known.forward, order)


def _compiled_table(rows: Array, order: Array, forward: Array, starts: Array) -> Array:
    """Return what `_stream_table` makes."""
    from flowmap.flow.streams.arranging import fill, first_times, settle

    streams = np.empty(len(starts) - 1, STREAM)
    first_ns = np.empty(len(streams), np.int64)
    first_times(rows, order, starts, first_ns)
    by_id = np.argsort(first_ns, kind="stable")
    settle(rows, order, forward, starts, first_ns, by_id)
    n_members = int(rows["link"].max(initial=0)) + 1

    def fill_part(begin: int, end: int) -> None:
        seen, part = np.zeros(2 * n_members, np.int64), slice(begin, end)
        fill(rows, order, forward, starts, first_ns, by_id[part], seen, streams[part])

    in_parts(fill_part, len(streams), _PART)
    return streams


@dataclass(frozen=True, slots=True)
class _Ordered:
    """Rows in an order, fetched a column at a time.

    A row has more than 200 bytes, and to move a million of them takes as long as all the rest.
    """

    rows: Array
    order: Array

    def __getitem__(self, name: str) -> Array:
        return np.asarray(self.rows[name][self.order])


def _instances(rows: Array, order: Array, forward: Array, conversation: Array) -> Array | None:
    """Return number of the connection within its 5-tuple, per row in that order; None where every 5-tuple is one connection."""
    side = conversation * 2 + forward
    several = np.flatnonzero((np.bincount(side) > 1)[side])
    suspects = _reused(rows[order[several]], side[several]) // 2
    if not len(suspects):
        return None
    suspects = np.unique(suspects)
    instance = np.zeros(len(order), dtype=np.int64)
    starts = np.searchsorted(conversation, suspects)
    stops = np.searchsorted(conversation, suspects, side="right")
    for start, stop in zip(starts.tolist(), stops.tolist(), strict=True):
        instance[start:stop] = _split(rows[order[start:stop]])
    return instance


def _reused(rows: Array, side: Array) -> Array:
    """Return the sides (of a 5-tuple) that seem to have rows of several connections; each may come several times."""
    has_isn = (rows["have"] & Have.ISN) != 0
    by_side = np.lexsort((rows["isn"], ~has_isn, side))
    same_side = side[by_side][1:] == side[by_side][:-1]
    both = has_isn[by_side][1:] & has_isn[by_side][:-1]
    repeated = same_side & both & (rows["isn"][by_side][1:] != rows["isn"][by_side][:-1])
    by_flow = np.lexsort((rows["vlan"], rows["link"], side))
    changed = changes([side[by_flow], rows["link"][by_flow], rows["vlan"][by_flow]])
    return np.concatenate([side[by_side][1:][repeated], side[by_flow][~changed]])


def _split(rows: Array) -> Array:
    """Split the rows of one 5-tuple into connections: each client SYN with a new ISN begins one, other rows join the last."""
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


def _stream_table(table_rows: Array, order: Array, runs_forward: Array, starts: Array) -> Array:
    """Return the streams in order of id: by (first_ns, 5-tuple).

    `starts` are those of all streams, and the end.
    """
    table = np.zeros(len(starts) - 1, dtype=STREAM)
    if not len(table):
        return table
    rows, forward, starts = _Ordered(table_rows, order), runs_forward[order], starts[:-1]
    first, ahead = table_rows[order[starts]], forward[starts]
    keys = [np.where(ahead, first[x], first[y]) for x, y in ENDS] + [
        np.where(ahead, first[y], first[x]) for x, y in ENDS
    ]
    keys += [first["version"], first["encap"]]
    first_ns = group_minimum(rows["first_ns"], starts)
    by_id = _by_time(first_ns, [keys[_KEYS.index(name)] for name in _TIES])
    count = np.diff(np.append(starts, len(forward)))
    stream = np.repeat(np.arange(len(starts)), count)
    packets, payload, link = rows["packets"], rows["payload_bytes"], rows["link"]
    for name, key in zip(_KEYS, keys, strict=True):
        table[name] = key[by_id]
    table["first_ns"], table["row_start"], table["row_count"] = first_ns[by_id], starts[by_id], count[by_id]
    table["last_ns"] = np.maximum.reduceat(rows["last_ns"], starts)[by_id]
    table["wire_bytes"] = np.add.reduceat(rows["wire_bytes"], starts)[by_id]
    for side, chosen in ((0, forward), (1, ~forward)):
        table["packets"][:, side] = np.add.reduceat(np.where(chosen, packets, 0), starts)[by_id]
        table["payload_bytes"][:, side] = np.add.reduceat(np.where(chosen, payload, 0), starts)[by_id]
        acked = acknowledged(_Ordered(rows.rows, rows.order[~chosen]), stream[~chosen], len(starts))
        table["acked_bytes"][:, side] = acked[by_id]
        table["members"][:, side] = _distinct_members(link[chosen], stream[chosen], len(starts))[by_id]
    have = rows["have"]
    asks, answers = (have & Have.SYN_ONLY) != 0, (have & Have.SYN_ACK) != 0
    a_connects = np.logical_or.reduceat((asks & forward) | (answers & ~asks & ~forward), starts)
    b_connects = np.logical_or.reduceat((asks & ~forward) | (answers & ~asks & forward), starts)
    table["client"] = np.where(a_connects & ~b_connects, 0, np.where(b_connects & ~a_connects, 1, -1))[by_id]
    return table


_KEYS = ("a_hi", "a_lo", "a_port", "b_hi", "b_lo", "b_port", "version", "encap")
_TIES = ("b_port", "a_port", "b_lo", "b_hi", "a_lo", "a_hi", "version", "encap")


def _by_time(first_ns: Array, ties: list[Array]) -> Array:
    """Return the order of `first_ns`; what began at one time is ordered by `ties`, the last one first."""
    order = np.argsort(first_ns, kind="stable")
    same = np.diff(first_ns[order]) == 0
    if same.any():
        tied = np.flatnonzero(
            np.append(same, False) | np.append(False, same)
        )  # runs of equal times, one after the other
        own = order[tied]
        keys = [column for column in (*(tie[own] for tie in ties), first_ns[own]) if (column != column[0]).any()]
        order[tied] = own[np.lexsort(keys)] if keys else own
    return order


def _distinct_members(member: Array, stream: Array, n_streams: int) -> Array:
    """Return (n_streams,) how many members the rows of each stream are on."""
    pairs = np.sort(stream * np.int64(2**32) + member)
    return np.bincount(pairs[changes([pairs])] >> 32, minlength=n_streams)
