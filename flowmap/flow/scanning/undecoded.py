"""Counts what frames hold that is not decoded: by EtherType or IP protocol, so that nothing is lost in silence.

The kernels say of a frame only that it is no IP, or no TCP. Blocks in which there are such frames are looked at once more here,
as columns. In: blocks. Out: frames and wire bytes by (interface, kind, number). Frames whose link header is cut, or of a link
type without EtherTypes, are in the counters of their class alone.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from flowmap.capture.reader import Block

__all__ = ["Kind", "Undecoded"]

Array = np.ndarray[Any, Any]
Kind = Literal["ethertype", "llc", "protocol"]

_ETHERTYPE_AT = {1: (12, 14), 113: (14, 16), 276: (0, 20)}
"""By link type: where the EtherType stands, and what follows it."""
_TAGS, _MOST_TAGS = (0x8100, 0x88A8, 0x9100), 5
_IPV4, _IPV6 = 0x0800, 0x86DD
_ELSEWHERE = (0x0806, 0x8035, 0x8809, 0x88CC)
"""Counted in classes of their own: ARP, RARP, LACP, LLDP."""
_DECODED = (1, 2, 6, 17, 58)
"""IP protocols that need no word: ICMP, IGMP, TCP, UDP; of extension headers the kernels know what follows."""
_EXTENSIONS = (0, 43, 44, 51, 60, 135, 139, 140)
_TUNNELS = (4, 41, 47, 97)
_KNOWN = np.zeros(256, bool)
_KNOWN[[*_DECODED, *_EXTENSIONS, *_TUNNELS]] = True
_MOST_KINDS = 4096


class Undecoded:
    """Frames and bytes by (interface, kind, number)."""

    def __init__(self) -> None:
        self.counts: dict[tuple[int, Kind, int], tuple[int, int]] = {}

    def take(self, block: Block, ifaces: Array) -> None:
        """Count what a block holds of them."""
        index = block.index
        for link_type, (at, behind) in _ETHERTYPE_AT.items():
            rows = index[ifaces["link_type"][index["interface"]] == link_type]
            rows = rows[rows["cap_len"] >= max(at + 2, behind)]
            if len(rows):
                self._ethernet(block.data, rows, at, behind)

    def _ethernet(self, data: Array, rows: Array, at: int, behind: int) -> None:
        start = rows["offset"]
        ends = start + rows["cap_len"]
        kind, position = _be16(data, start + at), start + behind
        for _ in range(_MOST_TAGS):
            tagged = np.isin(kind, _TAGS) & (position + 4 <= ends)
            if not tagged.any():
                break
            kind = np.where(tagged, _be16(data, np.minimum(position + 2, ends - 2)), kind)
            position = np.where(tagged, position + 4, position)
        for version, least, place in ((_IPV4, 20, 9), (_IPV6, 40, 6)):
            found = np.flatnonzero((kind == version) & (position + least <= ends))
            protocol = data[position[found] + place]
            other = ~_KNOWN[protocol]
            self._add("protocol", protocol[other], rows[found[other]])
        llc = kind <= 1500
        self._add("llc", np.zeros(int(llc.sum()), np.int64), rows[llc])
        other = ~llc & ~np.isin(kind, (_IPV4, _IPV6, *_ELSEWHERE, *_TAGS))
        self._add("ethertype", kind[other], rows[other])

    def _add(self, kind: Kind, numbers: Array, rows: Array) -> None:
        if not len(rows):
            return
        keys = rows["interface"].astype(np.int64) << 16 | numbers.astype(np.int64)
        distinct, inverse, frames = np.unique(keys, return_inverse=True, return_counts=True)
        wire = np.bincount(inverse, weights=rows["wire_len"].astype(float))
        for key, number, size in zip(distinct.tolist(), frames.tolist(), wire.tolist(), strict=True):
            place = (key >> 16, kind, key & 0xFFFF)
            if place not in self.counts and len(self.counts) >= _MOST_KINDS:
                continue  # random EtherTypes: the class counts them
            before = self.counts.get(place, (0, 0))
            self.counts[place] = before[0] + number, before[1] + int(size)


def _be16(data: Array, at: Array) -> Array:
    value: Array = data[at].astype(np.int64) << 8 | data[at + 1]
    return value
