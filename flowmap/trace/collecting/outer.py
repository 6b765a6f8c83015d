"""Numbers the outer headers that tunnelled packets have, so that a TRACE row tells its own in two bytes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from flowmap.decode.outer import OuterHeader

__all__ = ["NOT_TOLD", "OuterHeaders"]

Array = np.ndarray[Any, Any]

_ADDRESSES = ("src_hi", "src_lo", "dst_hi", "dst_lo")
NOT_TOLD = 65535
"""The number of all headers beyond what two bytes can tell apart."""


class OuterHeaders:
    """One for all captures of an analysis. Number 0 is no tunnel."""

    def __init__(self) -> None:
        self._numbers: dict[OuterHeader, int] = {}

    def number(self, header: OuterHeader) -> int:
        return self._numbers.setdefault(header, min(len(self._numbers) + 1, NOT_TOLD))

    def numbers(self, headers: Array) -> Array:
        """Return (n,) numbers of (n,) OUTER rows."""
        ends = [headers["sport"], headers["dport"], headers["version"], headers["protocol"]]
        last = np.bitwise_or.reduce(
            [part.astype(np.uint64) << np.uint64(16 * place) for place, part in enumerate(ends)]
        )
        packed = np.stack([*(headers[name] for name in _ADDRESSES), last], axis=1)
        _, first, inverse = np.unique(packed, axis=0, return_index=True, return_inverse=True)
        known = [self.number(OuterHeader(*headers[at].item())) for at in first.tolist()]
        return np.array(known, dtype=np.uint16)[inverse.ravel()]

    def of(self, numbers: Iterable[int]) -> list[OuterHeader]:
        """Return the headers of some numbers, in their order; those that could not be told apart are left out."""
        headers = list(self._numbers)
        return [headers[number - 1] for number in numbers if 0 < number < NOT_TOLD]
