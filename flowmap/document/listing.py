"""Streams and migrations of a report where they are many: made when they are asked for, never all at once.

Forty thousand streams are a gigabyte of objects, and a tenth of that as the facts they are made from. A listing knows how
many there are, and one of streams which of them a person wants to see first, without making any of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import nsmallest
from typing import Any, Generic, TypeVar, overload

from flowmap.document.streams import Migration, Stream

__all__ = ["TROUBLE", "Listing", "MigrationListing", "StreamListing", "Urgency", "urgency"]

T = TypeVar("T")
_CHUNK = 512
Urgency = tuple[bool, int, int]
"""What streams are sorted by for a person, see `urgency`."""
TROUBLE = ("sprayed", "moved", "undecided", "mirrored", "absent", "single")
"""Placements, what a person wants to know of first."""
_RANK = {placement: rank for rank, placement in enumerate(TROUBLE)}


class Listing(Sequence[T], Generic[T]):
    """Parts of a report, in its order.

    `make` makes those at the places given, `write` the JSON text that these are written as (`build.written`).
    """

    __slots__ = ("_length", "_make", "_write")

    def __init__(
        self,
        length: int,
        make: Callable[[Sequence[int]], list[T]],
        write: Callable[[Sequence[int]], list[str]] | None = None,
    ) -> None:
        self._length, self._make, self._write = length, make, write

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> list[T]: ...
    def __getitem__(self, place: int | slice) -> T | list[T]:
        wanted = range(self._length)[place]
        return self._make([wanted])[0] if isinstance(wanted, int) else self._make(wanted)

    def __iter__(self) -> Iterator[T]:
        for chunk in self.chunks():
            yield from chunk

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or isinstance(other, str):
            return NotImplemented
        return len(self) == len(other) and all(one == another for one, another in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<{self._length} parts, made when they are asked for>"

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy and send the parts themselves: what they are made of stays here."""
        return list, (list(self),)

    def chunks(self) -> Iterator[list[T]]:
        """Return all of them, some hundreds at a time."""
        return map(self._make, self._places())

    def written(self) -> Iterator[Sequence[Any]]:
        """Return all of them as they are best written, some hundreds at a time: as text, or the parts where there is none."""
        return self.chunks() if self._write is None else map(self._write, self._places())

    def _places(self) -> Iterator[range]:
        return (range(begin, min(begin + _CHUNK, self._length)) for begin in range(0, self._length, _CHUNK))

    def mapped(self, change: Callable[[T], T]) -> Listing[T]:
        """Return the same, each changed when it is made."""
        return Listing(self._length, self._changing(change))

    def _changing(self, change: Callable[[T], T]) -> Callable[[Sequence[int]], list[T]]:
        return lambda places: [change(one) for one in self._make(places)]


class StreamListing(Listing[Stream]):
    """Streams in order of id. `urgency` tells the urgency of each, in their order; `judged`: how many of them are."""

    __slots__ = ("_urgency", "judged")

    def __init__(
        self,
        length: int,
        make: Callable[[Sequence[int]], list[Stream]],
        urgency: Callable[[], Sequence[Urgency]],
        judged: int,
        write: Callable[[Sequence[int]], list[str]] | None = None,
    ) -> None:
        super().__init__(length, make, write)
        self._urgency, self.judged = urgency, judged

    def most_urgent(self, most: int) -> list[Stream]:
        """Return at most so many streams, those that a person wants to see first."""
        urgency = self._urgency()
        return self._make(nsmallest(most, range(self._length), key=urgency.__getitem__))

    def mapped(self, change: Callable[[Stream], Stream]) -> StreamListing:
        """Return the same streams, each changed when it is made; their order for a person stays."""
        return StreamListing(self._length, self._changing(change), self._urgency, self.judged)


class MigrationListing(Listing[Migration]):
    """Migrations in order of id. `limits` tells what limited each, in their order."""

    __slots__ = ("limits",)

    def __init__(
        self,
        length: int,
        make: Callable[[Sequence[int]], list[Migration]],
        limits: Callable[[], Iterable[str | None]],
        write: Callable[[Sequence[int]], list[str]] | None = None,
    ) -> None:
        super().__init__(length, make, write)
        self.limits = limits

    def mapped(self, change: Callable[[Migration], Migration]) -> MigrationListing:
        """Return the same migrations, each changed when it is made; what limited them stays."""
        return MigrationListing(self._length, self._changing(change), self.limits)


def urgency(number: int, judged: bool, wire_bytes: int, placements: Iterable[str]) -> Urgency:
    """Return what streams are sorted by for a person."""
    if not judged:
        return True, 0, -wire_bytes
    return False, min(map(_RANK.__getitem__, placements), default=len(TROUBLE)), number
