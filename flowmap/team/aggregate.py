"""Finds the capture that carries the union of others: the bond, team NIC or vSwitch beside its own members.

Such a capture holds every packet of the members a second time; taken for a member it would make each stream look
mirrored.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["find_aggregates"]

Array = np.ndarray[Any, Any]

_KEY = ("src_hi", "src_lo", "dst_hi", "dst_lo", "sport", "dport", "version", "encap")
_SAME = 0.95
_LEAST_PACKETS = 20
_MOST_MEMBERS = 256
"""More are no team, and each is compared with all others."""
_NAMES = re.compile(r"bond|team|lag|aggr|vswitch|vethernet|br-|port-?channel|\bpo\d|multiplexor", re.IGNORECASE)


def find_aggregates(rows: Array, names: Sequence[str], has_lacp: Sequence[bool]) -> list[int]:
    """Members whose flows are those of the others together. `rows` is FLOW with link = member.

    With at least two others that carry different flows the packets decide. Beside a single other with traffic the two
    captures are just equal: then the name must say so, or the LACPDUs that only the other has.
    """
    n = len(names)
    if not 2 <= n <= _MOST_MEMBERS or not len(rows):
        return []
    columns = np.stack([rows[name].astype(np.uint64) for name in _KEY], axis=1)
    _, flow = np.unique(columns, axis=0, return_inverse=True)
    packets = np.zeros((int(flow.max()) + 1, n), dtype=np.int64)
    np.add.at(packets, (flow.ravel(), rows["link"]), rows["packets"].astype(np.int64))
    active = [m for m in range(n) if packets[:, m].any()]
    found = []
    for member in active:
        others = [m for m in active if m != member and m not in found]
        if others and _is_union(packets, member, others) and (
            len(others) > 1 or _NAMES.search(names[member]) or (has_lacp[others[0]] and not has_lacp[member])
        ):  # fmt: skip
            found.append(member)
    return found


def _is_union(packets: Array, member: int, others: list[int]) -> bool:
    own, theirs = packets[:, member], packets[:, others].sum(axis=1)
    common = int(np.minimum(own, theirs).sum())
    if common < _LEAST_PACKETS or common < _SAME * max(int(own.sum()), int(theirs.sum())):
        return False
    contributors = [m for m in others if int(np.minimum(own, packets[:, m]).sum()) >= 1]
    return len(others) == 1 or len(contributors) > 1
