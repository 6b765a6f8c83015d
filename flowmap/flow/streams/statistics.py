"""Statistics of columns, as numpy has them, without what it loads for them.

numpy's `median` and `quantile` ask whether numbers are masked, and so load all there is of masked arrays: a tenth of what the
smallest analysis takes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["median", "quantiles"]

Array = np.ndarray[Any, Any]


def median(values: Array) -> float:
    """Return what numpy's `median` does of numbers."""
    middle = [(len(values) - 1) // 2, len(values) // 2]
    return float(np.partition(values, middle)[middle].mean())


def quantiles(values: Array, parts: tuple[float, ...]) -> list[float]:
    """Return what numpy's `quantile` does of numbers: between two of them by how near each is."""
    in_order = np.sort(values).tolist()
    found = []
    for part in parts:
        place = part * (len(in_order) - 1)
        low, high, rest = in_order[int(place)], in_order[min(int(place) + 1, len(in_order) - 1)], place % 1
        found.append(low + (high - low) * rest if rest < 0.5 else high - (high - low) * (1 - rest))
    return found
