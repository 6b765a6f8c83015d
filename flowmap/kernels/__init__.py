"""Whether the compiled kernels are here.

They are extension modules beside their plain twins, built when flowmap is installed. An installation without them works,
slowly: every reader of packets has its twin.
"""

from __future__ import annotations

import importlib
from functools import cache

__all__ = ["KERNELS", "available"]

KERNELS = (
    "flowmap.capture.kernel",
    "flowmap.capture.etl.kernel",
    "flowmap.decode.kernel",
    "flowmap.flow.kernel",
    "flowmap.flow.streams.arranging",
    "flowmap.trace.collecting.kernel",
    "flowmap.trace.ordering.merging",
    "flowmap.trace.watching.observing",
)


@cache
def available() -> bool:
    """Return whether all kernels can be loaded, and load them."""
    try:
        for name in KERNELS:
            importlib.import_module(name)
    except ImportError:
        return False
    return True
