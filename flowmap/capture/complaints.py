"""What the reader says of broken and odd captures, in words."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from flowmap.capture import layout
from flowmap.notice import Notice

__all__ = ["count_notices", "describe_damage"]


def describe_damage(reason: int, found: int) -> tuple[str, str]:
    """What was needed and what was found where a walker met damage (R_*)."""
    return {
        layout.R_FRAME_LARGE: (f"a captured length of at most {layout.MAX_FRAME}", f"{found} in the record header"),
        layout.R_BLOCK_SHORT: ("a block length that its type can have", f"{found} in the block header"),
        layout.R_BLOCK_LARGE: (f"a block of at most {layout.MAX_BLOCK} bytes", f"{found} in the block header"),
        layout.R_TRAILER: ("the block length again at the block's end", f"{found}"),
        layout.R_BEYOND_BLOCK: ("a captured length that fits its block", f"{found} in the packet block"),
    }[reason]


def count_notices(path: str, state: npt.NDArray[np.int64], first_unknown: int | None) -> list[Notice]:
    """Notices for what the walkers counted along the way."""
    notices = []
    if unknown := int(state[layout.S_UNKNOWN]):
        detail = (
            "packets of interfaces that the capture does not describe "
            f"(or beyond the first {layout.MAX_INTERFACES}): not used"
        )
        notices.append(
            Notice("interface_unknown", "error", detail, None, path, first_unknown, count=unknown, undermines=True)
        )
    if untimed := int(state[layout.S_UNTIMED]):
        detail = "packets in records that carry no time: used, without a time"
        notices.append(Notice("time_missing", "warning", detail, None, path, count=untimed))
    if wrong := int(state[layout.S_OUT_OF_RANGE]):
        detail = "packets whose time does not fit 64-bit nanoseconds (years 1678 to 2262): used, without a time"
        notices.append(Notice("time_out_of_range", "warning", detail, None, path, count=wrong))
    return notices
