"""Rows of the flow table by conversation: both directions of a 5-tuple, on all members, whatever their VLANs.

In: FLOW rows, `link` = member. Out: the order in which the rows of a conversation are neighbours, and what can be said of
all of them at once: that nothing has to be merged, that nothing is on two members, that no 5-tuple was used twice. The rules
that look into these cases sort all rows by all of their key.
"""

from __future__ import annotations

import secrets
from typing import Any

import numpy as np

from flowmap.dataclass import dataclass
from flowmap.flow.streams.grouping import all_distinct, changes, grouped
from flowmap.kernels import available

__all__ = ["DIRECTION", "ENDS", "Conversations", "conversations_of", "is_forward", "plain_conversations"]

Array = np.ndarray[Any, Any]

DIRECTION = ("src_hi", "src_lo", "dst_hi", "dst_lo", "sport", "dport", "version", "encap")
"""The key of a stream-direction; that of a row has `vlan` and `link` too."""
ENDS = (("src_hi", "dst_hi"), ("src_lo", "dst_lo"), ("sport", "dport"))


@dataclass(frozen=True)
class Conversations:
    """The rows by conversation: `order` (n,) has their numbers, those of conversation c at [starts[c], starts[c + 1]).

    Within a conversation they are sorted by first_ns, then as they stand. `forward` (n,): whether a row runs from the
    lower endpoint to the higher one.
    """

    order: Array
    starts: Array
    forward: Array
    repeated: bool
    """Two rows may have one key, their member included."""
    shared: bool
    """A direction may be on two members."""
    several: bool
    """A direction has two rows or more."""

    def __len__(self) -> int:
        return len(self.starts) - 1


def conversations_of(rows: Array) -> Conversations:
    """Return the conversations of FLOW rows. A million take the kernel a fifth of a second."""
    if not available():
        return plain_conversations(rows)
    from flowmap.flow.streams.arranging import arrange, compare, group

    n = len(rows)
    keys = np.frombuffer(secrets.token_bytes(192), np.uint64)
    slots = np.full(1 << max(1, (n + n // 2).bit_length()), 0, np.int64)
    number, forward = np.empty(n, np.uint32), np.empty(n, bool)
    found = group(rows, keys, slots, number, forward)
    del slots
    order, starts = np.empty(n, np.int64), np.empty(found + 1, np.int64)
    arrange(rows, number, starts, order)
    return Conversations(order, starts, forward, *compare(rows, order, starts))


def plain_conversations(rows: Array) -> Conversations:
    """Return what the kernel does, but for the order of the conversations."""
    forward = is_forward(rows)
    ends = [np.where(forward, rows[x], rows[y]) for x, y in ENDS] + [
        np.where(forward, rows[y], rows[x]) for x, y in ENDS
    ]
    order, new = grouped([*ends, rows["version"], rows["encap"]], rows["first_ns"])
    starts = np.append(np.flatnonzero(new), len(rows))
    direction = [rows[name] for name in DIRECTION]
    by_direction, begins = grouped(direction, rows["link"])
    link = rows["link"][by_direction]
    return Conversations(
        order,
        starts,
        forward,
        not all_distinct([*direction, rows["vlan"], rows["link"]]),
        bool((changes([link]) & ~begins).any()),
        bool((~begins).any()),
    )


def is_forward(rows: Array) -> Array:
    """Return whether the source is the lower endpoint, of each row."""
    hi, lo, port = (rows[x] < rows[y] for x, y in ENDS)
    same_hi, same_lo = rows["src_hi"] == rows["dst_hi"], rows["src_lo"] == rows["dst_lo"]
    lower: Array = hi | same_hi & (lo | same_lo & (port | (rows["sport"] == rows["dport"])))
    return lower
