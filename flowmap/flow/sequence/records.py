"""What is exchanged of states: dtypes, bounds and bits, for the twin, the kernel and what comes after."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from flowmap.types import FLOW

__all__ = [
    "BASE",
    "BEGUN",
    "CLOSED",
    "HOLE",
    "KEPT_ROW",
    "LOGGED",
    "OPENED",
    "ROW_KEY",
    "SEQUENCE",
    "SIZE",
    "copy_fields",
    "kept_rows",
    "soon_bin",
]

Array = np.ndarray[Any, Any]

MOST_HOLES = 512
MOST_EARLY = 64
MOST_SIZES = 192
RECENT = 32
MISSING_BINS, MISSING_SHIFT = 32, 20
SMALL_PAYLOAD = 1220
"""Payload that one packet on the wire carries, whatever the MSS: what IPv6's least MTU leaves (RFC 8200, section 5)."""
LARGE_PAYLOAD = 1460
"""Payload that one packet on the wire may carry where jumbo frames are not known of."""
REORDERED_WITHIN_NS = 3_000_000
SOON_BINS = 8
"""Segments that filled a hole so soon, by how soon: bin k is from REORDERED_WITHIN_NS / 2^(k + 1) to twice that, the last one
has all below. What was sent again comes a round trip after the loss at the soonest; how long one is all captures tell."""
NEAR_IDS = 1024
"""IP IDs that are so near each other are of one counter; of random ones 3 % are."""
WITH_ID_NS = 100_000_000
WITHOUT_ID_NS = 1_000_000
BASE, OPENED, BEGUN, TIMED = 1, 2, 4, 8
"""Bits of SEQUENCE.have: a byte was seen, a SYN was, and a packet after it; the latest packet has a time."""

SEQUENCE = np.dtype(
    [
        ("sent", "i8"),  # highest end of a segment, from `base` on
        ("since", "i8"),  # `sent` when the state was made
        ("retransmitted", "u8"),
        ("reordered", "u8"),
        ("soon", "u4", (SOON_BINS,)),  # of `reordered`: what only its time tells, see SOON_BINS
        ("repeated", "u8"),  # copies
        ("unsure", "u8"),  # of `retransmitted`: what may be copies
        ("retired", "u8"),  # holes that were closed for good, see CLOSED
        ("base", "u4"),
        ("syn_low", "u4"),
        ("begun_low", "u4"),
        ("mss", "u2"),
        ("scale", "u1"),  # one more than the shift, 0: no option
        ("have", "u1"),
        ("stated", "u1"),  # whether there is a state; else only what every row has
    ],
    align=True,
)
"""One row of the flow table of which something is kept. `kept` in the others is its number."""

ROW_KEY = ("src_hi", "src_lo", "dst_hi", "dst_lo", "sport", "dport", "version", "encap", "vlan", "link")
KEPT_ROW = np.dtype([(name, FLOW[name]) for name in (*ROW_KEY, "first_ns", "last_ns")], align=True)
"""By what such a row is found again: a third of FLOW."""

CLOSED = np.dtype([("bins", "u8", (MISSING_BINS,)), ("kept", "u4"), ("shift", "u1")], align=True)
"""Bytes of the holes of a row that were closed for good, by position: bins of 2^shift bytes. Few rows have so many holes."""

HOLE = np.dtype([("start", "i8"), ("end", "i8"), ("opened_ns", "i8"), ("kept", "u4"), ("early", "u1")], align=True)
"""An open hole; `early`: instead a segment that was seen below the base."""

SIZE = np.dtype([("records", "u8"), ("kept", "u4"), ("payload", "u4"), ("options", "u1")], align=True)

LOGGED = np.dtype(
    [
        ("ts_ns", "i8"),
        ("kept", "u4"),
        ("seq", "u4"),
        ("ack", "u4"),
        ("payload", "u4"),
        ("tsval", "u4"),
        ("tsecr", "u4"),
        ("window", "u2"),
        ("flags", "u1"),
        ("have", "u1"),
    ],
    align=True,
)


def soon_bin(apart_ns: int) -> int:
    """Return the bin of SOON_BINS in which a time up to REORDERED_WITHIN_NS is.

    >>> soon_bin(3_000_000), soon_bin(1_500_001), soon_bin(1_500_000), soon_bin(0)
    (0, 0, 1, 7)
    """
    number = 0
    while number < SOON_BINS - 1 and apart_ns <= REORDERED_WITHIN_NS >> number + 1:
        number += 1
    return number


_AT_ONCE = 4096


def kept_rows(rows: Array, numbers: Array) -> Array:
    """Return (n,) KEPT_ROW of these numbers of `rows`, FLOW or KEPT_ROW."""
    own = np.empty(len(numbers), KEPT_ROW)
    copy_fields(rows, numbers, own, KEPT_ROW.names or ())
    return own


def copy_fields(rows: Array, numbers: Array, target: Array, names: Sequence[str]) -> None:
    """Set these fields of `target` to those of the rows with these numbers.

    Rows are fetched whole, some thousands at a time: to go through all of them for each field took twice as long.
    """
    for start in range(0, len(numbers), _AT_ONCE):
        some = rows.take(numbers[start : start + _AT_ONCE])
        for name in names:
            target[name][start : start + _AT_ONCE] = some[name]
