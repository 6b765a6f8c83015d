"""TCP options of the twin."""

from __future__ import annotations

from flowmap.decode.reference import Header

__all__ = ["MAX_SHIFT", "option"]

MAX_SHIFT = 14
"""Of a window scale option (RFC 7323, section 2.3)."""


def option(h: Header, frame: bytes, wanted: int, size: int) -> bytes:
    """Return the value of the TCP option of kind `wanted` and `size` bytes, empty where it is not there."""
    position, end = h.l4_offset + 20, min(len(frame), h.l4_offset + h.data_offset)
    while position < end:
        kind = frame[position]
        if kind == 0:
            break
        if kind == 1:
            position += 1
            continue
        if position + 2 > end or frame[position + 1] < 2:
            break
        if kind == wanted and frame[position + 1] == size and position + size <= end:
            return frame[position + 2 : position + size]
        position += frame[position + 1]
    return b""
