"""What the reader says of broken and odd captures, in words."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from flowmap.capture import layout
from flowmap.dataclass import dataclass
from flowmap.message import Message, glue, msg, nmsg
from flowmap.notice import Notice

__all__ = ["DamageLog", "count_notices", "describe_damage"]


def describe_damage(reason: int, found: int) -> tuple[Message, Message]:
    """Return what was needed and what was found where a walker met damage (R_*)."""
    in_record = msg("{length} in the record header", length=found)
    in_block = msg("{length} in the block header", length=found)
    return {
        layout.R_FRAME_LARGE: (msg("a captured length of at most {most}", most=layout.MAX_FRAME), in_record),
        layout.R_WIRE_LARGE: (msg("an original length of at most {most}", most=layout.MAX_WIRE), in_record),
        layout.R_SWALLOWED: (msg("a captured length that ends where the next record begins"), in_record),
        layout.R_EMPTY: (msg("a record header"), msg("zeros")),
        layout.R_FRACTION: (msg("a fraction of a second"), in_record),
        layout.R_TIME: (msg("a time near that of the record before"), msg("{number} seconds since 1970", number=found)),
        layout.R_BLOCK_SHORT: (msg("a block length that its type can have"), in_block),
        layout.R_BLOCK_LARGE: (msg("a block of at most {most} bytes", most=layout.MAX_BLOCK), in_block),
        layout.R_TRAILER: (msg("the block length again"), msg("{length} at the block's end", length=found)),
        layout.R_BEYOND_BLOCK: (
            msg("a captured length that fits its block"),
            msg("{length} in the packet block", length=found),
        ),
    }[reason]


@dataclass
class DamageLog:
    """The damaged places of one capture, in ascending order."""

    path: str
    strict: bool = False
    """Reading stops at the first."""
    places: int = 0
    skipped: int = 0
    """Bytes of them in all."""
    unbounded: bool = False
    """And what else the capture had, however much that is."""
    _first: tuple[int, int | None, str, str] | None = None
    _end: int | None = None

    def begin(self, place: int, packet_number: int | None, needed: str, found: str) -> None:
        """Note where a damaged place begins, and what was needed and found there."""
        self.places += 1
        self._first = self._first or (place, packet_number, needed, found)

    def end(self, count: int | None, *, at: int | None = None) -> None:
        """Note how many bytes are damaged (None: not known); `at`: nothing usable comes after that offset."""
        self.skipped += count or 0
        self.unbounded |= count is None
        self._end = at

    def notice(self) -> Notice | None:
        """Return what was skipped, exactly."""
        if self._first is None:
            return None
        place, number, needed, found = self._first
        said = nmsg(
            "damaged: needed {needed}, found {found}",
            "damaged at {count} places: at the first, needed {needed}, found {found}",
            self.places,
            needed=needed,
            found=found,
        )
        return Notice(
            "capture_damaged",
            glue(said, self._lost(), between="; "),
            None,
            self.path,
            place,
            number,
            count=self.places,
        )

    def _lost(self) -> Message:
        """Return what is missing."""
        if self.strict:
            return msg("reading stopped there because of --strict, and all packets before that are used")
        if self.unbounded:
            lost = msg("what the capture had after byte {end} is lost", end=self._end)
            skipped = nmsg("{count} byte before that is skipped", "{count} bytes before that are skipped", self.skipped)
            return glue(lost, skipped, between=", ") if self.skipped else lost
        skipped = nmsg(
            "{count} byte is skipped, how many packets were in it is unknown",
            "{count} bytes are skipped, how many packets were in them is unknown",
            self.skipped,
        )
        if self._end is None:
            return skipped
        return glue(skipped, msg("nothing usable comes after byte {end}", end=self._end), between=", ")


def count_notices(path: str, state: npt.NDArray[np.int64], first_unknown: int | None) -> list[Notice]:
    """Return notices for what the walkers counted along the way."""
    notices = []
    if unknown := int(state[layout.S_UNKNOWN]):
        detail = msg(
            "packets of interfaces that the capture does not describe (or beyond the first {most}): not used",
            most=layout.MAX_INTERFACES,
        )
        notices.append(Notice("interface_unknown", detail, None, path, first_unknown, count=unknown))
    if untimed := int(state[layout.S_UNTIMED]):
        detail = msg("packets in records that carry no time: used, without a time")
        notices.append(Notice("time_missing", detail, None, path, count=untimed))
    if wrong := int(state[layout.S_OUT_OF_RANGE]):
        detail = msg("packets whose time does not fit 64-bit nanoseconds (years 1678 to 2262): used, without a time")
        notices.append(Notice("time_out_of_range", detail, None, path, count=wrong))
    return notices
