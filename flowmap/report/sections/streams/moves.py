"""Changes of member over time: those alike in one line, not once for each stream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import TYPE_CHECKING

from flowmap.dataclass import dataclass
from flowmap.document.quantities import duration, moment
from flowmap.message import Message, glue, msg, nmsg
from flowmap.words import HOLDING_CAUSES, word

if TYPE_CHECKING:
    from flowmap.document.model import Direction, Move, Stream

__all__ = ["moves_of"]

_TOGETHER_NS = 1_000_000_000
_MOST = 6


@dataclass
class _Alike:
    """Moves of one moment, by one way, for one cause and by one chooser (sent: the host, received: the switch)."""

    first: Move
    last_ns: int
    against: bool
    """The host made them, and its mode makes no such moves."""
    longest_ns: int | None = None
    directions: list[tuple[int, str]] = field(default_factory=list)

    def holds(self, move: Move, against: bool, side: str) -> bool:
        way = (move.from_, move.to, move.cause) == (self.first.from_, self.first.to, self.first.cause)
        return (
            way
            and against == self.against
            and side == self.directions[0][1]
            and move.ts_ns - self.last_ns <= _TOGETHER_NS
        )

    def like(self, other: _Alike) -> bool:
        """Return whether it says the same of the other direction."""
        sides = {side for _, side in self.directions} | {side for _, side in other.directions}
        return sides == {"tx", "rx"} and _text(self, "") == _text(other, "") and self._shown() == other._shown()

    def _shown(self) -> tuple[str, int]:
        return moment(self.first.ts_ns, date=False), len(self.directions)

    def add(self, move: Move, stream: Stream, direction: Direction) -> None:
        self.last_ns = max(self.last_ns, move.ts_ns)
        self.directions.append((stream.id, direction.direction))
        if move.gap_ns is not None:
            self.longest_ns = max(self.longest_ns or 0, move.gap_ns)


def moves_of(streams: Sequence[Stream]) -> tuple[Message, ...]:
    """Return a line for the moves of these streams that are alike, by time; for what both sides did alike one."""
    alike: list[tuple[_Alike, str]] = []
    for one in _grouped(streams):
        if alike and alike[-1][0].like(one):
            alike[-1] = alike[-1][0], msg("each way")
        else:
            side = one.directions[0][1]
            alike.append((one, side if side != "unknown" else ""))
    lines = [glue(moment(one.first.ts_ns, date=False), _text(one, side), between="  ") for one, side in alike[:_MOST]]
    if len(alike) > _MOST:
        lines.append(nmsg("... and {count} more move", "... and {count} more moves", len(alike) - _MOST))
    return tuple(lines)


def _grouped(streams: Sequence[Stream]) -> list[_Alike]:
    moves = [
        (move, stream, direction) for stream in streams for direction in stream.directions for move in direction.moves
    ]
    found: list[_Alike] = []
    for move, stream, direction in sorted(moves, key=lambda one: one[0].ts_ns):
        against = direction.expected is False and direction.direction == "tx" and move.cause not in HOLDING_CAUSES
        own = next((one for one in reversed(found) if one.holds(move, against, direction.direction)), None)
        if own is None:
            own = _Alike(move, move.ts_ns, against)
            found.append(own)
        own.add(move, stream, direction)
    return found


def _text(alike: _Alike, side: str) -> Message:
    """Return "nic1 -> nic2 within 6.8 s: 16 x failover, rx"; `side` is that of the streams that moved."""
    move, count = alike.first, len(alike.directions)
    said = glue(move.from_, "->", move.to)
    if alike.longest_ns is not None:
        pause = duration(alike.longest_ns)
        said = (
            msg("{move} after {pause}", move=said, pause=pause)
            if count == 1
            else msg("{move} within {pause}", move=said, pause=pause)
        )
    cause: str = word(move.cause) if move.cause else glue()
    said = glue(said, glue(f"{count} x", cause) if count > 1 else cause, between=": ")
    if alike.against:
        said = msg("{placement}, not as configured", placement=said)
    stream = alike.directions[0][0]
    return glue(said, side if count > 1 else glue(f"#{stream}", side), between=", ")
