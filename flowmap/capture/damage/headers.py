"""Everything in a piece of a capture that may be a record or block header, wherever it begins.

In: bytes of a capture. Out: start and end of each possible record, ascending by start, and its time in seconds (NaN where it
has none, or nothing says what it means). All positions are looked at at once, in pieces, so that memory stays small.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from flowmap.capture import layout
from flowmap.capture.layout import BLOCK_EPB, BLOCK_IDB, BLOCK_ISB, BLOCK_PB, BLOCK_SHB, BLOCK_SPB
from flowmap.dataclass import dataclass

__all__ = ["KINDS", "Found", "Section", "block_headers", "block_seconds", "record_headers"]

Array = np.ndarray[Any, Any]

_PIECE = 1 << 17
_NAMES, _JOURNAL, _SECRETS, _CUSTOM, _CUSTOM_LOCAL = 4, 9, 10, 0x0BAD, 0x40000BAD
KINDS = {
    BLOCK_IDB: 20,
    BLOCK_PB: 32,
    BLOCK_SPB: 16,
    _NAMES: 16,
    BLOCK_ISB: 24,
    BLOCK_EPB: 32,
    _JOURNAL: 12,
    _SECRETS: 20,
    _CUSTOM: 16,
    _CUSTOM_LOCAL: 16,
    BLOCK_SHB: 28,
}
"""Block types that are looked for, and their least length."""


class Found(NamedTuple):
    """Possible records by their offsets."""

    starts: Array
    ends: Array
    seconds: Array


@dataclass(frozen=True)
class Section:
    """What is known of the section of a pcapng that a piece is of.

    `big`: its byte order; `largest`: bytes that a block may have; `ifaces` (IFACE): those described so far.
    """

    big: bool
    largest: int
    ifaces: Array


def _joined(pieces: list[Found]) -> Found:
    if not pieces:
        none = np.zeros(0, np.int64)
        return Found(none, none, np.zeros(0))
    return Found(*(np.concatenate([piece[n] for piece in pieces]) for n in range(3)))


def _words(data: Array, at: Array, big: bool) -> Array:
    """Return the 32-bit numbers at positions `at`."""
    b0, b1, b2, b3 = (data[at + n].astype(np.int64) for n in (range(3, -1, -1) if big else range(4)))
    words: Array = b0 | b1 << 8 | b2 << 16 | b3 << 24
    return words


def record_headers(data: Array, state: Array, least: int) -> Found:
    """Return possible pcap records in `data` with at least `least` captured bytes; they may end beyond it."""
    big, header, fractions = bool(state[layout.S_BIG]), int(state[layout.S_RECORD]), int(state[layout.S_FRACTIONS])
    lengths = int(state[layout.S_LENGTHS])
    captured_at, wire_at = (12, 8) if lengths == layout.LENGTHS_SWAPPED else (8, 12)
    top, second = (0, 1) if big else (3, 2)
    pieces = []
    for low in range(0, len(data) - header + 1, _PIECE):
        stop = min(low + _PIECE, len(data) - header + 1)
        mask = data[low + captured_at + top : stop + captured_at + top] == 0
        mask &= data[low + captured_at + second : stop + captured_at + second] <= layout.MAX_FRAME >> 16
        if least:  # holes in files are of zeros, and large
            some = data[low + captured_at : stop + captured_at] | data[low + captured_at + 1 : stop + captured_at + 1]
            some |= (
                data[low + captured_at + 2 : stop + captured_at + 2]
                | data[low + captured_at + 3 : stop + captured_at + 3]
            )
            mask &= some != 0
        mask &= data[low + wire_at + top : stop + wire_at + top] <= layout.MAX_WIRE >> 24
        at = np.flatnonzero(mask) + low
        captured, wire = _words(data, at + captured_at, big), _words(data, at + wire_at, big)
        if lengths == layout.LENGTHS_MAYBE:
            captured, wire = np.minimum(captured, wire), np.maximum(captured, wire)
        good = (captured >= least) & (captured <= layout.MAX_FRAME) & (captured <= wire) & (wire <= layout.MAX_WIRE)
        at, captured = at[good], captured[good]
        good = _words(data, at + 4, big) < fractions
        at, captured = at[good], captured[good]
        pieces.append(Found(at, at + header + captured, _words(data, at, big).astype(float)))
    return _joined(pieces)


def block_headers(data: Array, section: Section, final: bool) -> Found:
    """Return possible pcapng blocks in `data`; they end beyond it only where it is not `final`.

    Section headers are of either byte order; a chain does not go on into a section of the other one.
    """
    big = section.big
    common = np.zeros(256, bool)
    common[[kind for kind in KINDS if kind < 256]] = True
    low_byte, rest = (3, (0, 1, 2)) if big else (0, (1, 2, 3))
    pieces = []
    for low in range(0, len(data) - 11, _PIECE):
        stop = min(low + _PIECE, len(data) - 11)
        mask = common[data[low + low_byte : stop + low_byte]]
        for n in rest:
            mask &= data[low + n : stop + n] == 0
        mask |= (data[low:stop] == 0x0A) & (data[low + 1 : stop + 1] == 0x0D)
        mask |= (data[low + rest[-1 if big else 0] : stop + rest[-1 if big else 0]] == 0x0B) & (
            data[low + low_byte : stop + low_byte] == 0xAD
        )
        at = np.flatnonzero(mask) + low
        pieces.append(_blocks_at(data, at, section, final))
    return _joined(pieces)


def _blocks_at(data: Array, at: Array, section: Section, final: bool) -> Found:
    """Return those of the positions where a block may begin."""
    big = section.big
    kinds, lengths = _words(data, at, big), _words(data, at + 4, big)
    magic = _words(data, at + 8, big)
    foreign = (kinds == BLOCK_SHB) & (magic == 0x4D3C2B1A)
    lengths[foreign] = _words(data, at[foreign] + 4, not big)
    least = np.full(len(at), section.largest + 1)
    for kind, smallest in KINDS.items():
        least[kinds == kind] = smallest
    good = (lengths >= least) & (lengths <= section.largest) & (lengths % 4 == 0)
    good &= (kinds != BLOCK_SHB) | (magic == 0x1A2B3C4D) | foreign
    ends = at + lengths
    beyond = ends > len(data)
    if final:
        good &= ~beyond
    at, kinds, lengths, ends, beyond, foreign = (column[good] for column in (at, kinds, lengths, ends, beyond, foreign))
    trailer = np.where(beyond, 0, ends - 4)
    good = beyond | (_words(data, trailer, big) == lengths) | (foreign & (_words(data, trailer, not big) == lengths))
    packet = np.isin(kinds, (BLOCK_EPB, BLOCK_PB)) & (at + 24 <= len(data))
    captured = _words(data, np.where(packet, at + 20, 0), big)
    good &= ~packet | ((captured + 32 <= lengths) & (captured <= layout.MAX_FRAME))
    return Found(at[good], ends[good], block_seconds(data, at[good], kinds[good], section))


def block_seconds(data: Array, at: Array, kinds: Array, section: Section) -> Array:
    """Return times of the blocks at these positions, by their interfaces' clocks; NaN for those that have none."""
    big, ifaces = section.big, section.ifaces
    packet, old = np.isin(kinds, (BLOCK_EPB, BLOCK_PB)) & (at + 24 <= len(data)), kinds == BLOCK_PB
    seconds = np.full(len(at), np.nan)
    timed = np.flatnonzero(packet)
    place = at[timed]
    interface = _words(data, place + 8, big)
    interface = np.where(old[timed], interface >> 16 if big else interface & 0xFFFF, interface)
    known = interface < len(ifaces)
    timed, place, clocks = timed[known], place[known], ifaces[interface[known]]
    ticks = _words(data, place + 12, big) * 2.0**32 + _words(data, place + 16, big)
    factor = clocks["factor"].astype(float)
    by_unit = [ticks * factor / 1e9, ticks / np.maximum(factor, 1) / 1e9, ticks / 2.0 ** np.minimum(factor, 127)]
    seconds[timed] = np.choose(clocks["unit"], by_unit) + clocks["offset_s"]
    return seconds
