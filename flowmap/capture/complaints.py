"""What the reader says of broken and odd captures, in words."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from flowmap.capture import layout
from flowmap.message import Message, glue, msg
from flowmap.notice import Notice

__all__ = ["count_notices", "describe_damage"]


def describe_damage(reason: int, found: int) -> tuple[Message, Message]:
    """What was needed and what was found where a walker met damage (R_*)."""
    in_record = msg("{length} in the record header", length=found)
    in_block = msg("{length} in the block header", length=found)
    return {
        layout.R_FRAME_LARGE: (msg("a captured length of at most {most}", most=layout.MAX_FRAME), in_record),
        layout.R_BLOCK_SHORT: (msg("a block length that its type can have"), in_block),
        layout.R_BLOCK_LARGE: (msg("a block of at most {most} bytes", most=layout.MAX_BLOCK), in_block),
        layout.R_TRAILER: (msg("the block length again at the block's end"), glue(str(found))),
        layout.R_BEYOND_BLOCK: (
            msg("a captured length that fits its block"), msg("{length} in the packet block", length=found),
        ),
    }[reason]  # fmt: skip


def count_notices(path: str, state: npt.NDArray[np.int64], first_unknown: int | None) -> list[Notice]:
    """Notices for what the walkers counted along the way."""
    notices = []
    if unknown := int(state[layout.S_UNKNOWN]):
        detail = msg("packets of interfaces that the capture does not describe (or beyond the first {most}): not used",
                     most=layout.MAX_INTERFACES)  # fmt: skip
        notices.append(
            Notice("interface_unknown", "error", detail, None, path, first_unknown, count=unknown, undermines=True)
        )
    if untimed := int(state[layout.S_UNTIMED]):
        detail = msg("packets in records that carry no time: used, without a time")
        notices.append(Notice("time_missing", "warning", detail, None, path, count=untimed))
    if wrong := int(state[layout.S_OUT_OF_RANGE]):
        detail = msg(
            "packets whose time does not fit 64-bit nanoseconds (years 1678 to 2262): used, without a time"
        )
        notices.append(Notice("time_out_of_range", "warning", detail, None, path, count=wrong))
    return notices
