"""802.11 and the headers that capturing programs put in front of it.

Sources: IEEE 802.11 (section 9.3.2, data frames), radiotap.org, CACE PPI 1.0.10, tcpdump.org (prism, AVS). Only data frames
that are not encrypted have something inside; of an aggregate (A-MSDU) the first frame is read. A cut header raises IndexError.
"""

from __future__ import annotations

from flowmap.decode.layers.link import Link
from flowmap.decode.numbers import GOES_ON, MACS, NON_IP
from flowmap.decode.rare.shims import u32

__all__ = ["avs", "ieee80211", "ppi", "prism", "radiotap"]

_AVS_MAGIC = (0x80211001, 0x80211002)
_PRISM_SIZE = 144
_DATA_PAD = 0x20  # radiotap flags: zeros between header and body


def _u16_little(frame: bytes, at: int) -> int:
    return frame[at] | frame[at + 1] << 8


def ieee80211(frame: bytes, at: int, padded: bool = False) -> Link:
    """Return the frame's addresses, and where its LLC header is."""
    control, flags = frame[at], frame[at + 1]
    if control & 0x0C != 0x08:
        return Link(at, 0, NON_IP)
    to_ds, from_ds = flags & 1, flags & 2
    first, second, third = (int.from_bytes(frame[at + n : at + n + 6], "big") for n in (4, 10, 16))
    position = at + 24 + (6 if to_ds and from_ds else 0)
    aggregate = False
    if control & 0x80:
        aggregate = bool(frame[position] & 0x80)
        position += 6 if flags & 0x80 else 2
    if padded:
        position += -(position - at) % 4
    if aggregate:
        position += 14
    frame[position - 1]
    dst = third if to_ds else first
    src = int.from_bytes(frame[at + 24 : at + 30], "big") if to_ds and from_ds else third if from_ds else second
    nothing = control & 0x40 or flags & 0x40
    return Link(position, 0, NON_IP if nothing else GOES_ON, src, dst, MACS)


def radiotap(frame: bytes, at: int) -> Link:
    """Return the link behind radiotap, whose flags, the only field that matters, show padding.

    A field stands at a multiple of its size.
    """
    size = _u16_little(frame, at + 2)
    present = frame[at + 4]
    place = at + 8
    while frame[place - 1] & 0x80:
        place += 4
    if present & 1:
        place += -(place - at) % 8 + 8
    padded = bool(present & 2 and frame[place] & _DATA_PAD)
    return ieee80211(frame, at + max(8, size), padded)


def ppi(frame: bytes, at: int) -> tuple[int, int]:
    """Return where the frame begins behind a PPI header, and the link type that it names."""
    return at + max(8, _u16_little(frame, at + 2)), int.from_bytes(frame[at + 4 : at + 8], "little")


def prism(frame: bytes, at: int) -> Link:
    """Return the link behind a Prism header, which may be an AVS header."""
    if u32(frame, at) in _AVS_MAGIC:
        return avs(frame, at)
    return ieee80211(frame, at + _PRISM_SIZE)


def avs(frame: bytes, at: int) -> Link:
    """Return the link behind an AVS header, which states its own length."""
    return ieee80211(frame, at + max(8, u32(frame, at + 4)))
