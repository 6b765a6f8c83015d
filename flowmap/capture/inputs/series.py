"""Pieces of one capture: which files a capture program wrote one after the other.

A name proposes, times decide. A name proposes a piece by what programs add to it:

- `ring`: dumpcap's `_00001_20260101095500` (or the two turned round), whatever the times;
- `behind`: a number behind the extension (tcpdump -C and -W: `eth1.pcap07`; log rotation: `eth1.pcap.7`); the file without
  one is the first of them;
- `time`: a date, a time of day, both, or seconds since 1970, set apart from the rest by punctuation (tcpdump -G);
- `counter`: a number of two digits or more, zero-padded, behind a separator at the end (`eth1-00`, `eth1_0007`).

A number that belongs to an interface's name (eth1, NIC2, vmnic3) is none of these: it has no separator or is not padded.
Pieces follow each other: the window of each begins where that of the one before ended, give or take `_OVERLAP`. Captures
whose windows overlap are captures of several interfaces, whatever their names (eth-100000, eth-200000). Where some follow and
some overlap, it is not known which is whose: that is a `Doubt`. A counter proves less than a time does, so its pieces must
follow closely. Rejected: to compare the time in the name with that of the packets; time zones and rotated rings break it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from itertools import pairwise, takewhile
from typing import Literal, NamedTuple

__all__ = ["NO_PIECE", "PACKED", "Piece", "Span", "common_start", "following", "is_extension", "piece_of"]

Kind = Literal["none", "ring", "behind", "time", "counter"]
Span = tuple[int, int]
"""First and last nanosecond of a capture's packets."""

PACKED = re.compile(r"(?:\.(?:gz|zst|lz4|xz|bz2))+$", re.IGNORECASE)
_EXTENSION = r"\.(?:pcap|pcapng|cap|dmp|ntar|etl|pcap-?ns|erf|snoop)"
_RINGS = (
    re.compile(r"(?P<stem>.+)_(?P<number>\d{5,})_(?P<time>\d{14})(?P<suffix>\.\w+)?"),
    re.compile(r"(?P<stem>.+)_(?P<time>\d{14})_(?P<number>\d{5,})(?P<suffix>\.\w+)?"),
)
_BEHIND = re.compile(rf"(?P<stem>.+?)(?P<suffix>{_EXTENSION})[._-]?(?P<number>\d{{1,6}})", re.IGNORECASE)
_SUFFIX = re.compile(r"\.[A-Za-z][\w-]{0,7}$")
_YEAR, _MONTH, _DAY = r"(?:19|20)\d\d", r"(?:0[1-9]|1[0-2])", r"(?:0[1-9]|[12]\d|3[01])"
_HOUR, _SIXTY = r"(?:[01]\d|2[0-3])", r"[0-5]\d"
_NAMED_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
_WEEKDAY = r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}"
_MARK = r"[-_.:, ]?"
_DATES = (
    rf"{_YEAR}{_MARK}{_MONTH}{_MARK}{_DAY}",
    rf"{_DAY}[-_.]{_MONTH}[-_.]{_YEAR}",
    rf"{_MONTH}[-_.]{_DAY}[-_.]{_YEAR}",
    rf"{_DAY}{_MARK}{_NAMED_MONTH}(?:{_MARK}{_YEAR})?",
    rf"{_NAMED_MONTH}{_MARK}{_DAY}(?:{_MARK}{_YEAR})?",
    rf"\d\d{_MONTH}{_DAY}",
)
_CLOCK = rf"{_HOUR}[-_.:h]?{_SIXTY}(?:[-_.:m]?{_SIXTY}s?)?(?:[.,]\d{{1,9}})?(?:z|utc|[+-]\d\d:?\d\d)?"
_MAY_HAVE_A_TIME = re.compile(r"\d\d|mon|tue|wed|thu|fri|sat|sun", re.IGNORECASE)
"""Every pattern of `_times` needs one of these."""
_COUNTER = re.compile(r"(?P<stem>.*?[-_. #(])(?P<number>\d{2,})\)?$")
_EDGES = " -_.,:#(["
_OVERLAP_SHARE, _OVERLAP_NS = 0.05, 1_000_000_000
"""Pieces of a capture with several queues overlap a little: this share of the shorter one, and no more than this."""


class Piece(NamedTuple):
    """What a file's name proposes.

    Pieces of one capture have one `key` (besides their folder); `stem` is what they have in common as a person would
    say it, possibly nothing; `number` orders those without packets.
    """

    kind: Kind
    key: str
    stem: str
    number: tuple[str, int] = ("", 0)


NO_PIECE = Piece("none", "", "")


def piece_of(base: str) -> Piece:
    """Of which capture a file of this name may be a piece.

    >>> piece_of("eth1.pcap07").stem, piece_of("eth1-095500.pcap.gz").stem, piece_of("20260101_0955_eth1.pcap").stem
    ('eth1', 'eth1', 'eth1')
    >>> piece_of("eth1.pcap").kind, piece_of("vmnic3.pcap").kind, piece_of("eth-01.pcap").kind
    ('none', 'none', 'counter')
    """
    base = PACKED.sub("", base)
    if ring := next((found for found in (pattern.fullmatch(base) for pattern in _RINGS) if found), None):
        suffix = ring["suffix"] or ""
        return Piece("ring", f"{ring['stem']}{suffix}", ring["stem"], (ring["time"], int(ring["number"])))
    number = -1
    if behind := _BEHIND.fullmatch(base):
        base, number = behind["stem"] + behind["suffix"], int(behind["number"])
    suffix = found[0] if (found := _SUFFIX.search(base)) else ""
    stem = base.removesuffix(suffix)
    for pattern in _times() if _MAY_HAVE_A_TIME.search(stem) else ():
        if places := list(pattern.finditer(stem)):
            at = places[-1]
            before, after = stem[: at.start()].rstrip(_EDGES), stem[at.end() :].lstrip(_EDGES)
            bare = "-".join(part for part in (before, after) if part)
            return Piece("time", f"{stem[: at.start()]}\0{stem[at.end() :]}{suffix}", bare, (at[0], number))
    if number >= 0:
        return Piece("behind", f"{stem}{suffix}", stem, ("", number))
    if counter := _COUNTER.fullmatch(stem):
        return Piece("counter", f"{counter['stem']}\0{suffix}", counter["stem"].rstrip(_EDGES), (counter["number"], -1))
    return NO_PIECE._replace(key=f"{stem}{suffix}", stem=stem)


@cache
def _times() -> tuple[re.Pattern[str], ...]:
    """Return patterns of dates with a clock, epoch seconds, dates, clocks and weekdays.

    They are made where a name may have one: 15 patterns take 10 ms.
    """
    patterns = (
        *(rf"(?:{_WEEKDAY}{_MARK})?{date}[-_.:,tT ]*{_CLOCK}" for date in _DATES),
        r"1\d{9}(?:[.,]\d{1,9})?",
        *_DATES,
        _CLOCK,
        _WEEKDAY,
    )
    return tuple(re.compile(rf"(?<![0-9A-Za-z])(?:{pattern})(?![0-9A-Za-z])", re.IGNORECASE) for pattern in patterns)


def is_extension(suffix: str) -> bool:
    """Tell whether this is what names of captures end in, with or without the number of a piece.

    >>> is_extension(".pcap"), is_extension(".cap003"), is_extension(".eth0")
    (True, True, False)
    """
    return re.fullmatch(rf"{_EXTENSION}[._-]?\d*", suffix, re.IGNORECASE) is not None


def common_start(names: Sequence[str]) -> str:
    """Return the characters that all names begin with.

    >>> common_start(["eth1-a", "eth1-b"])
    'eth1-'
    """
    shared = [letters[0] for letters in takewhile(lambda letters: len(set(letters)) == 1, zip(*names, strict=False))]
    return "".join(shared)


def following(spans: Sequence[Span], closely: bool = False) -> bool | None:
    """Return whether captures of these windows, in order of their starts, follow each other.

    True where all do, False where none does (all overlap, or no time passes in any), None where some do. `closely`:
    False too where a pause is longer than the pieces before and after it.
    """
    if len(spans) < 2:
        return True
    ordered = sorted(spans)
    if ordered[0] == ordered[-1]:
        return False
    steps = []
    ended = ordered[0][1]
    for (start, end), (next_start, next_end) in pairwise(ordered):
        shorter, longer = sorted((end - start, next_end - next_start))
        pause = next_start - ended
        if closely and pause > max(_OVERLAP_NS, longer):
            return False
        steps.append(pause >= -min(_OVERLAP_NS, int(_OVERLAP_SHARE * shorter)))
        ended = max(ended, next_end)
    return True if all(steps) else None if any(steps) else False
