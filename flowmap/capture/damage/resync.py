"""Where a broken chain of records goes on: the search for a proven chain after damage.

In: the window of a capture and the walkers' state. Out: the offset of the record to go on with, or None. A header that may
be one proves nothing; what proves it is that the record ends where another begins, and that one where the next does, up to
some number of records, the end of the capture, or the end of what is looked at. Captures travel over networks, so there
are sound chains *within* frames too: a chain that could lie in one frame gives way to a longer one that begins before its
end.

Every stretch of the capture is surveyed about once, whatever its bytes are: all headers in it at once, then for each how
far its chain goes, by doubling. So the search takes time in proportion to the bytes (times the logarithm of a chain's
length) and bounded memory, on hostile captures too.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from flowmap.capture import layout
from flowmap.capture.blocks.interfaces import InterfaceTable
from flowmap.capture.damage.headers import KINDS, Found, Section, block_headers, block_seconds, record_headers
from flowmap.capture.source.window import Window
from flowmap.dataclass import dataclass
from flowmap.types import TS_NONE

__all__ = ["Chains", "Resync"]

Array = np.ndarray[Any, Any]

_REACH = layout.MAX_FRAME + 64
"""Bytes of the largest record looked for."""
_SURVEY = 4 * _REACH
_TURNS = 32
"""How often a longer chain takes the place of another at one damaged place."""
_ERA = 20 * 365 * 86400
"""Seconds that any chain may be away from the last packet ahead of it: arrays of small numbers look like old records."""
_FIRST_SECOND = 10**8
_MOST_OPTIONS = 1 << 16
"""Bytes of options and padding of a packet block that are believed where the block is not all there."""
_BY_LENGTHS = 4
"""Headers in a row, each where the one before says, that prove each other without a look at their times."""
_REGULAR = 3
"""Packets after which a capture is known to be a regular one."""
_MANY = 50
"""Packets after which no larger ones are expected."""
_CARRIED = 256
"""Records in a row whose fractions of a second are too large: no damage hits just these words so often."""
_LATE = 2
"""Seconds that the first record after damage may be before the last one ahead of it, unless its chain is beyond doubt."""


@dataclass(frozen=True)
class Chains:
    """Possible records between `low` and `high` (offsets in the capture) and how far the chain from each goes."""

    low: int
    high: int
    final: bool
    """The capture ends at `high`."""
    starts: Array
    counts: Array
    """Records in the chain from each."""
    lasts: Array
    """Start of the last one."""
    reach: Array
    """End of the last one."""
    seconds: Array
    """Time of the first one that has any."""
    exact: Array
    """The chain ends where the capture does."""
    open: Array
    """The chain goes on beyond `high`."""

    def at(self, place: int) -> int | None:
        """Return number of the record that would begin at `place`."""
        number = int(np.searchsorted(self.starts, place))
        return number if number < len(self.starts) and self.starts[number] == place else None


def link(found: Found, low: int, high: int, final: bool, header: int) -> Chains:
    """Return the chains of the headers `found` in the bytes from `low` to `high`; offsets in `found` are relative to `low`."""
    starts, ends, seconds = found
    number = np.arange(len(starts))
    following = np.minimum(np.searchsorted(starts, ends), max(len(starts) - 1, 0))
    linked = (starts[following] == ends) if len(starts) else np.zeros(0, bool)
    linked &= ~(np.abs(seconds[following] - seconds) > layout.MAX_JUMP)
    following = np.where(linked, following, number)
    links = linked.astype(np.int32)
    while (more := links[following]).any():
        links += more
        seconds = np.where(np.isnan(seconds), seconds[following], seconds)
        following = following[following]
    seconds = np.where(np.isnan(seconds), seconds[following], seconds)
    reach = ends[following]
    size = high - low
    return Chains(
        low,
        high,
        final,
        starts + low,
        links + 1,
        starts[following] + low,
        reach + low,
        seconds,
        exact=(reach == size) if final else np.zeros(len(starts), bool),
        open=np.zeros(len(starts), bool) if final else reach > size - header,
    )


class _Strong(NamedTuple):
    """The chains that are long enough to be believed."""

    chains: Chains
    starts: Array
    reach: Array
    lasts: Array
    compared: bool
    """Whether their times were compared with any."""


class Resync:
    """Finds the record to go on with. The window's `start` may be moved between calls, forward only."""

    def __init__(self, window: Window, table: InterfaceTable) -> None:
        self._window = window
        self._table = table
        self._blocks, self._header, self._least = True, 12, 1
        self._enough = 2
        """Records of a chain that is believed; blocks state their length twice."""
        self._snaplen = layout.MAX_FRAME
        self._last_second: int | None = None
        self._largest = self._seen = 0
        self._irregular = False
        """Odd from its first records on, with nothing better after them: what is odd is no sign of damage then."""
        self._known: dict[bool, _Strong] = {}
        self._carried_to = 0

    def look_for_records(self) -> None:
        """Look for pcap records from now on: the file header has been read."""
        (interface,) = self._table.interfaces
        self._blocks, self._enough, self._header = False, 3, int(self._table.state[layout.S_RECORD])
        self._least = 14 if interface.link_type == 1 and not 0 < interface.snaplen < 14 else 1
        self._snaplen = min(interface.snaplen or layout.MAX_FRAME, layout.MAX_FRAME)

    def note(self, index: Array) -> None:
        """Note packets read (INDEX, at least one): what comes after damage is compared with them."""
        ts_ns = index["ts_ns"][-1:]
        if ts_ns[0] == TS_NONE:
            ts_ns = index["ts_ns"][index["ts_ns"] != TS_NONE]
        self.note_some(len(index), int(index["cap_len"].max()), int(ts_ns[-1]) if len(ts_ns) else TS_NONE)

    def note_some(self, packets: int, largest: int, last_ns: int) -> None:
        """Note how many packets were read, their largest captured length, and the last time that any has, or TS_NONE."""
        self._seen += packets
        self._largest = max(self._largest, largest)
        if last_ns != TS_NONE:
            self._last_second = last_ns // 10**9

    def begin_section(self) -> None:
        """Forget the times seen so far: packets of a new section may be of another time."""
        self._last_second = None

    @property
    def _frame(self) -> int:
        """Bytes of the largest record there may be, as far as is known; a longer chain is not one within a frame."""
        return min(self._snaplen, self._largest if self._seen >= _MANY else max(self._largest, 65535)) + 64

    @property
    def _big(self) -> bool:
        return bool(self._table.state[layout.S_BIG])

    def survey(self) -> Chains:
        """Return what there is from the window's start on."""
        return self._strong().chains

    def expected(self, place: int) -> int | None:
        """Return where to continue: at `place`, where its header is no more than odd, or where the lengths in it lead."""
        chains = self._strong().chains
        number = chains.at(place)
        if not self._blocks and number is not None:
            some = chains.counts[number] > 1 and chains.seconds[number] >= _FIRST_SECOND
            if some or chains.reach[number] >= chains.high:
                return place
        window = self._window
        at = place - window.offset
        if not self._blocks and (self._leads_on(place) or self._odd_from_the_start(place)):
            return place
        if at + self._header > window.end:
            return None
        for end in self._ends(at):
            goal = place + end - at
            if chains.final and goal == chains.high:
                return goal
            strong = self._strong()
            number = int(np.searchsorted(strong.starts, goal))
            if number < len(strong.starts) and strong.starts[number] == goal:
                return goal
        return None

    def carries(self, place: int) -> bool:
        """Return whether only the fraction of a second is odd in the record at `place`, as libpcap's carry leaves it.

        That is so if it and the records after it that are odd in the same way, some hundreds at the most, end where
        sound records begin.
        """
        if place < self._carried_to:  # one of a run that was looked through before
            return True
        carried, end = self._run_of_odd(place)
        if carried:
            self._carried_to = end
        return carried

    def _run_of_odd(self, place: int) -> tuple[bool, int]:
        """Return whether a run of such records begins here that ends well, and where it does; 0 where it does not."""
        state, chains = self._table.state, self._strong().chains
        window = self._window
        for step in range(_CARRIED + 1):
            at = place - window.offset
            if at == window.end and window.finished:
                return step > 0, place
            if at + self._header > window.end:
                return step >= self._enough and not window.finished, place
            if self._word(at + 4) < int(state[layout.S_FRACTIONS]):
                return step > 0 and chains.at(place) is not None, place
            first, second = self._word(at + 8), self._word(at + 12)
            if int(state[layout.S_LENGTHS]) != layout.LENGTHS_NORMAL:
                first, second = min(first, second), max(first, second)
            near = self._last_second is None or abs(self._word(at) - self._last_second) <= layout.MAX_JUMP
            if not near or not self._least <= first <= min(second, layout.MAX_FRAME) or second > layout.MAX_WIRE:
                return False, 0
            place += self._header + first
        return False, 0

    def _leads_on(self, place: int) -> bool:
        """Return whether the lengths from `place` on lead from header to header, whatever the times: some, or up to the end.

        Headers that end exactly where the capture does need not make sense otherwise: fuzzers write such captures.
        """
        window, state = self._window, self._table.state
        at = place - window.offset
        sound = True
        for step in range(_BY_LENGTHS):
            if at == window.end:
                return step > 0 and window.finished
            if at + self._header > window.end:
                return False
            first, second = self._word(at + 8), self._word(at + 12)
            if int(state[layout.S_LENGTHS]) != layout.LENGTHS_NORMAL:
                first, second = min(first, second), max(first, second)
            if first > layout.MAX_FRAME or not any(self._window.data[at : at + self._header]):
                return False
            sound &= self._least <= first <= second
            usual = second <= layout.MAX_WIRE and self._word(at + 4) < int(state[layout.S_FRACTIONS])
            if step == 0 and not usual:  # more than its time is odd
                return False
            sound &= usual
            at += self._header + first
        return sound or (at == window.end and window.finished)

    def _odd_from_the_start(self, place: int) -> bool:
        """Return whether the capture's first records are odd already, and no chain after `place` is better than this record."""
        at = place - self._window.offset
        if (self._seen >= _REGULAR and not self._irregular) or at + self._header > self._window.end:
            return False
        strong = self._strong()
        if (strong.starts > place).any():
            return False
        hole = not any(self._window.data[at : at + self._header])
        last = strong.chains.final and strong.chains.high - place < 2 * self._header
        self._irregular = not hole or last
        return self._irregular

    def swallowed(self, place: int, end: int) -> int | None:
        """Return where a chain begins within the record from `place` to `end` and goes on beyond it.

        The record's length is wrong then.
        """
        strong = self._strong()
        first, stop = np.searchsorted(strong.starts, [place + 1, end])
        chains = strong.chains
        beyond = strong.lasts[first:stop] >= end
        if chains.final:
            beyond |= (strong.reach[first:stop] == chains.high) & (end != chains.high)
        numbers = np.flatnonzero(beyond)
        return int(strong.starts[first + numbers[0]]) if len(numbers) else None

    def behind(self, place: int) -> int | None:
        """Return the same as `swallowed` for the record at `place` that goes beyond the capture's end.

        It may as well be cut.
        """
        goal = self.expected(place)
        strong = self._strong()
        if goal is not None and goal not in (place, strong.chains.high):
            return goal
        first = int(np.searchsorted(strong.starts, place + 1))
        if not self._credible(place):
            if not strong.chains.final:
                return place
            number = self._longest(strong, first)
            return None if number is None else int(strong.starts[number])
        exact = strong.reach[first:] == strong.chains.high
        before = self._seconds(place)
        later = [int(goal) for goal in strong.starts[first:][exact][:1] if not before > self._seconds(int(goal))]
        return later[0] if later else None

    def _credible(self, place: int) -> bool:
        """Return whether what the header at `place` says of itself can be so."""
        at = place - self._window.offset
        if not self._blocks:
            captured, wire = self._word(at + 8), self._word(at + 12)
            if int(self._table.state[layout.S_LENGTHS]) != layout.LENGTHS_NORMAL:
                captured, wire = sorted((captured, wire))
            return captured <= wire and captured <= max(self._snaplen, self._largest)
        kind, length = self._word(at), self._word(at + 4)
        if kind not in KINDS or length > _REACH:
            return False
        if kind not in (layout.BLOCK_EPB, layout.BLOCK_PB) or at + 28 > self._window.end:
            return True
        if self._last_second is not None and abs(self._seconds(place) - self._last_second) > layout.MAX_JUMP:
            return False
        return 0 <= length - 32 - self._word(at + 20) <= _MOST_OPTIONS and self._word(at + 20) <= self._word(at + 24)

    def search(self) -> int | None:
        """Return the record to go on with; None where there is none up to the window's start, which is moved on."""
        window = self._window
        place = window.offset + window.start
        strong = self._strong()
        chains = strong.chains
        number = self._longest(strong, int(np.searchsorted(strong.starts, place)))
        if number is not None:
            goal = int(strong.starts[number])
            if chains.final or goal <= chains.high - 2 * _REACH:
                return goal
            window.start += goal - place  # what follows it has to be seen
            return goal if goal == place else None
        goal = chains.high if chains.final else max(place + 1, chains.high - _REACH)
        window.start += goal - place
        return None

    def _longest(self, strong: _Strong, number: int) -> int | None:
        """Return the longest of the chains that begin within the chain `number`, and so on.

        Without any time to compare with, all that could be in the same frame as its first record count.
        """
        if number >= len(strong.starts):
            return None
        for _ in range(_TURNS):
            if strong.reach[number] - strong.starts[number] > self._frame:
                break
            near = strong.starts[number] + (0 if self._seen else _REACH)
            stop = int(np.searchsorted(strong.starts, max(strong.reach[number], near), side="right"))
            longer = number + int((strong.reach[number:stop] - strong.starts[number:stop]).argmax())
            if longer == number:
                break
            number = longer
        return number

    def _ends(self, at: int) -> list[int]:
        """Return where the record whose header is at this position of the window ends, by each of its lengths."""
        if self._blocks:
            ends = [at + self._word(at + 4)]
            if at + 28 <= self._window.end:
                ends.append(at + 32 + (self._word(at + 20) + 3 & ~3))
            return ends
        first, second = self._word(at + 8), self._word(at + 12)
        snapped = min(first, second, self._snaplen)
        return [at + self._header + length for length in (first, second, snapped)]

    def _word(self, at: int) -> int:
        data = self._window.data[at : at + 4].tobytes()
        return int.from_bytes(data, "big" if self._big else "little")

    def _seconds(self, place: int) -> float:
        """Return the time in the header at `place`."""
        at = place - self._window.offset
        if not self._blocks:
            return self._word(at) + self._word(at + 4) * int(self._table.state[layout.S_FRACTION]) / 1e9
        data, kind = self._window.data[: self._window.end], np.array([self._word(at)])
        return float(block_seconds(data, np.array([at]), kind, self._section(self._big))[0])

    def _section(self, big: bool) -> Section:
        return Section(big, _REACH, self._table.current)

    def _strong(self) -> _Strong:
        window, big = self._window, self._big
        place = window.offset + window.start
        known = self._known.get(big)
        if known is not None and known.chains.low <= place:
            chains = known.chains
            if chains.final or chains.high - place >= 2 * _REACH:
                if known.compared != (self._last_second is not None):
                    known = self._known[big] = self._select(chains)
                return known
        window.ensure(_SURVEY)
        data = window.data[window.start : min(window.end, window.start + _SURVEY)]
        place = window.offset + window.start
        final = window.finished and len(data) == window.available
        if self._blocks:
            found = block_headers(data, self._section(big), final)
        else:
            found = record_headers(data, self._table.state, self._least)
        chains = link(found, place, place + len(data), final, self._header)
        known = self._known[big] = self._select(chains)
        return known

    def _select(self, chains: Chains) -> _Strong:
        counts, sure = chains.counts, chains.exact | chains.open
        if self._last_second is None:
            old = chains.seconds < _FIRST_SECOND  # as most numbers that are no times
            good = ((counts >= 4) | (sure & (counts >= 2))) & ~old
        else:
            ahead = chains.seconds - self._last_second
            near = np.isnan(ahead) | ((ahead >= -_LATE) & (ahead <= layout.MAX_JUMP))
            beyond_doubt = (counts >= 8) & (chains.reach - chains.starts > self._frame) & (np.abs(ahead) <= _ERA)
            good = (near & ((counts >= self._enough) | sure)) | beyond_doubt
        starts, reach, lasts = (column[good] for column in (chains.starts, chains.reach, chains.lasts))
        return _Strong(chains, starts, reach, lasts, compared=self._last_second is not None)
