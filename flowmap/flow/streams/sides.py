"""Both directions of chosen streams as columns: what the rows of each say together, and what each member carried of it.

In: the streams and which of them. Out: entry 2 * place + side of every column, where `place` is the stream's among those
chosen and `side` 0 for a -> b, 1 for b -> a. Nothing here costs Python an object for each stream.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from flowmap.dataclass import dataclass
from flowmap.flow.streams.grouping import changes, group_minimum
from flowmap.flow.streams.stream import Streams

__all__ = ["SHARE", "Sides"]

Array = np.ndarray[Any, Any]

SHARE = np.dtype(
    [
        ("entry", "i8"),
        ("member", "i8"),
        ("packets", "i8"),
        ("wire_bytes", "i8"),
        ("payload_bytes", "i8"),
        ("first_ns", "i8"),  # TS_NONE where no packet has a time
        ("last_ns", "i8"),
    ]
)


@dataclass(frozen=True)
class Sides:
    """`shares` is SHARE by entry, then member; those of entry e are [start[e], start[e + 1]).

    The other columns are (2n,): how many rows it has and the number of the first one in Streams.rows (-1: it has none), its
    payload, the MACs of its first packets, whether the source MAC changed, whether all rows have the same two MACs, and the
    largest VLAN stack. A direction without rows has the MACs of the other one, turned round.
    """

    shares: Array
    start: Array
    rows: Array
    first_row: Array
    payload_bytes: Array
    smac: Array
    dmac: Array
    smac_changed: Array
    macs_alike: Array
    vlan: Array

    @classmethod
    def of(cls, streams: Streams, chosen: Array | Sequence[int]) -> Sides:
        """Return the columns of the chosen streams, in their order."""
        row, place = streams.rows_of_all(np.asarray(chosen, dtype=np.int64))
        entry = 2 * place + ~streams.forward[row]
        order = np.argsort(entry, kind="stable")
        row, entry = row[order], entry[order]
        own = streams.rows[row]
        starts = np.flatnonzero(changes([entry]))
        present = entry[starts]
        shares = _shares(own, entry)
        size = 2 * len(chosen)

        def spread(values: Array, missing: int = 0) -> Array:
            column = np.full(size, missing, dtype=values.dtype)
            column[present] = values
            return column

        if not len(row):
            none = np.zeros(size, dtype=np.int64)
            return cls(shares, np.zeros(size + 1, dtype=np.int64), none, none - 1, *(none.copy() for _ in range(6)))
        smac, dmac = spread(own["smac"][starts]), spread(own["dmac"][starts])
        _turn_round(smac, dmac, spread(np.ones(len(starts), dtype=bool)))
        first_macs = [np.repeat(own[name][starts], np.diff(np.append(starts, len(own)))) for name in ("smac", "dmac")]
        other_smac, other_dmac = (own[name] != macs for name, macs in zip(("smac", "dmac"), first_macs, strict=True))
        changed = own["smac_changed"] != 0
        return cls(
            shares,
            np.searchsorted(shares["entry"], np.arange(size + 1)),
            spread(np.diff(np.append(starts, len(own)))),
            spread(row[starts], -1),
            spread(np.add.reduceat(own["payload_bytes"], starts).astype(np.int64)),
            smac,
            dmac,
            spread(np.logical_or.reduceat(changed | other_smac, starts)),
            spread(~np.logical_or.reduceat(changed | other_smac | other_dmac, starts)),
            spread(np.maximum.reduceat(own["vlan"], starts)),
        )


def _shares(own: Array, entry: Array) -> Array:
    order = np.lexsort((own["link"], entry))
    own, entry = own[order], entry[order]
    starts = np.flatnonzero(changes([entry, own["link"]]))
    shares = np.zeros(len(starts), dtype=SHARE)
    if len(starts):
        shares["entry"], shares["member"] = entry[starts], own["link"][starts]
        for name in ("packets", "wire_bytes", "payload_bytes"):
            shares[name] = np.add.reduceat(own[name], starts)
        shares["first_ns"] = group_minimum(own["first_ns"], starts)
        shares["last_ns"] = np.maximum.reduceat(own["last_ns"], starts)
    return shares


def _turn_round(smac: Array, dmac: Array, present: Array) -> None:
    """Give directions without rows the MACs of the other one."""
    missing = np.flatnonzero(~present)
    smac[missing], dmac[missing] = dmac[missing ^ 1], smac[missing ^ 1]
