"""The frames of a block as bytes, one after the other: what the plain tables and the second pass's twin read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from flowmap.capture.reader import Block

__all__ = ["Frame", "frames_of"]


class Frame(NamedTuple):
    """One record with its bytes; `number` is its place in the block's index."""

    number: int
    ts_ns: int
    data: bytes
    wire_len: int
    interface: int
    flags: int
    link_type: int
    fcs_len: int


def frames_of(block: Block, ifaces: np.ndarray[Any, Any]) -> Iterator[Frame]:
    """Yield the frames of a block, at the cost of its own records only.

    A capture may have 65,536 interfaces and a block of one record for each.
    """
    index = block.index
    if not len(index):
        return
    first = int(index["offset"].min())
    data = block.data[first : int((index["offset"] + index["cap_len"]).max())].tobytes()
    links = {
        interface: (int(ifaces[interface]["link_type"]), int(ifaces[interface]["fcs_len"]))
        for interface in np.unique(index["interface"]).tolist()
    }
    for number, (ts_ns, offset, cap_len, wire_len, interface, flags) in enumerate(index.tolist()):
        at = offset - first
        yield Frame(number, ts_ns, data[at : at + cap_len], wire_len, interface, flags, *links[interface])
