"""A Windows event trace log as blocks of packets, in order of time.

In: a `FileSource`. Out: `Block`s, and along the way the interfaces, losses and notices, as `CaptureReader` gives them for pcap.
The log is read buffer by buffer in the order of their first stamps; frames wait in `Pending` until no buffer left begins before
them. Damage ends with the buffer that it is in. Packets are numbered in order of time. A log without packets is refused, with
what is in it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from flowmap.capture.blocks.interfaces import Interface
from flowmap.capture.damage.complaints import DamageLog
from flowmap.capture.etl import layout
from flowmap.capture.etl.complaints import Tally, cut_notice, describe, empty_log, undated
from flowmap.capture.etl.finder import Finder
from flowmap.capture.etl.log.clock import clock_words
from flowmap.capture.etl.log.header import is_log, parse_header
from flowmap.capture.etl.log.survey import next_of_processor, survey
from flowmap.capture.etl.pending import Pending
from flowmap.capture.reader import Block, ByteOrder
from flowmap.capture.source.files import FileSource, unreadable
from flowmap.message import Message, msg
from flowmap.notice import NoticeLog
from flowmap.types import INDEX

__all__ = ["EtlReader"]

Rows = npt.NDArray[np.void]
Bytes = npt.NDArray[np.uint8]

_MOST_WAITING = 1 << 20
"""Frames that wait for earlier ones: more, and their order is given up for bounded memory."""
_SHARED_SLACK = 10
"""Where all processors fill the same buffers, events of up to this part of a second later may stand before earlier ones."""
_BATCH = 4
"""Blocks that are read together: of each processor's last buffer among them some frames have to wait, and are read again. With
one block half of all buffers are read twice, which takes a third longer."""
_ROWS = 8192


class EtlReader:
    """Reads one log, once. `compiled` may be switched between blocks. Raises NotACapture where it holds no packets."""

    byte_order: ByteOrder = "little"
    format = "etl"

    def __init__(
        self, source: FileSource, *, compiled: bool = True, strict: bool = False, block_bytes: int = 1 << 20
    ) -> None:
        self.path = source.path
        self.wrapping = source.wrapping
        self.compiled = compiled
        self.strict = strict
        self.notices = NoticeLog()
        self.notices.extend(source.notices)
        self.truncated = self.damaged = False
        self.packets = 0
        self.position = 0
        self._source = source
        self._length = source.size or 0
        self._failure: OSError | None = None
        self._damages = DamageLog(self.path, strict)
        self._index = np.zeros(_ROWS, INDEX)
        self._untimed = 0
        self._stopped = False
        self._broken_off = False
        """Whether reading stopped at damage, in strict mode."""
        head = bytearray(1 << 16)
        del head[self._read_at(0, memoryview(head)) :]
        header = parse_header(bytes(head)) if is_log(bytes(head)) else None
        if header is None or not header.frequency:
            raise undated(self.path)
        self.header = header
        self._clock = clock_words(header.frequency, header.start_stamp, header.start_ns)
        self._finder = Finder(header.frequency, compiled)
        self._survey = survey(self._read_at, self._length, header.buffer_bytes)
        if self._failure is not None:
            raise unreadable(self.path, self._failure)
        self._batch_bytes = max(_BATCH * block_bytes, header.buffer_bytes)
        self._pending = Pending(self._read_at)
        self._order, self._at = np.arange(len(self._survey.buffers)), 0
        self._next_first = next_of_processor(self._survey.buffers)

    @property
    def progress(self) -> int:
        """Bytes of the file itself read so far: fewer than `position` where it is compressed."""
        return self.position * self._source.stored_size // max(self._length, 1) if self.wrapping else self.position

    @property
    def described_format(self) -> str:
        """The format with what it was wrapped in, innermost first: "etl (gzip)"."""
        return f"{self.format} ({', '.join(reversed(self.wrapping))})" if self.wrapping else self.format

    @property
    def interfaces(self) -> list[Interface]:
        """The interfaces with frames so far; pktmon's have their names when all has been read."""
        return self._finder.ports.interfaces()

    @property
    def ifaces(self) -> Rows:
        """(>= interfaces,) IFACE by ordinal."""
        return self._finder.ports.ifaces

    @property
    def drops(self) -> dict[int, int]:
        """None by interface: what a log lost may be of any (see the notices)."""
        return {}

    @property
    def windows(self) -> dict[int, tuple[int, int]]:
        """First and last nanosecond of the session by interface ordinal, where the log was closed and has all of it."""
        header, oldest = self.header, self._survey.oldest
        if header.end_ns is None or header.end_ns < header.start_ns or (header.circular and (oldest or 0) > 1):
            return {}
        return dict.fromkeys(range(len(self._finder.ports)), (header.start_ns, header.end_ns))

    def blocks(self) -> Iterator[Block]:
        """Yield the packets of the log, at times none. A block is valid until the next one is asked for."""
        self._survey_damages()
        while self._at < len(self._order) and not self._stopped:
            following = self._load(self._at)
            yield from self._due(self._horizon(following))
            self._at = following
            left = self._order[following:]
            self.position = int(left[0]) * self.header.buffer_bytes if len(left) else self._length
        if self._stopped:
            return
        self._finder.end()
        yield from self._due(None)
        self._close()

    def _survey_damages(self) -> None:
        """Tell of what is no buffer."""
        for place, size, head in self._survey.damages:
            self.damaged = True
            seen = msg("bytes {hexadecimal}", hexadecimal=head.hex(" ")) if head else msg("zeros")
            self._damages.begin(place, None, msg("the header of a buffer"), seen)
            self._damages.end(size)
            if self.strict:
                before = self._survey.buffers["number"] < place // self.header.buffer_bytes
                self._order = np.flatnonzero(before)
                return

    def _read_at(self, place: int, view: memoryview) -> int:
        """Return bytes of the log; fewer, or none, where it ends or cannot be read."""
        try:
            return self._source.read_at(place, view[: max(self._length - place, 0)])
        except OSError as error:
            self._failure = self._failure or error
            return 0

    def _load(self, at: int) -> int:
        """Read some buffers from number `at` in order on; returns the number to go on with."""
        size = self.header.buffer_bytes
        numbers = self._order[at : at + max(1, self._batch_bytes // size)]
        self._finder.compiled = self.compiled
        self._finder.begin_batch(len(numbers) * size)
        self._pending.begin_batch(len(numbers) * size)
        following = self._next_first[numbers].tolist()
        for (_, _, number, used, processor), next_first in zip(
            self._survey.buffers[numbers].tolist(), following, strict=True
        ):
            self._read_buffer(number * size, used, processor, next_first)
            if self._broken_off:
                return len(self._order)
        return at + len(numbers)

    def _read_buffer(self, place: int, used: int, processor: int, next_first: int) -> None:
        at, got = self._pending.load(place, used)
        if got < used:
            self._damage(
                place + got, place + self.header.buffer_bytes, msg("the bytes that the log had"), self._why_short()
            )
        rows, damage = self._finder.find(self._pending.memory, at, at + got, place)
        if damage is not None:
            position, reason, number = damage
            self._meet_damage(place + position - at, place + used, reason, number)
        self._pending.add(self._finder.frames(rows, processor, next_first), place, used, at)

    def _meet_damage(self, place: int, end: int, reason: int, number: int) -> None:
        """Drop the rest of the buffer: no event can be at `place`, and where the next one begins is not known."""
        if reason == layout.R_BEYOND and self._survey.cut is not None and place >= self._survey.cut:
            return  # the log ends there, which is told as such
        self._damage(place, end, *describe(reason, number))

    def _damage(self, place: int, end: int, needed: Message, found: Message) -> None:
        self.damaged = True
        self._broken_off = self.strict
        self._damages.begin(place, None, needed, found)
        self._damages.end(end - place)

    def _horizon(self, at: int) -> int | None:
        """Return the stamp that no frame can be before that comes later; None at the end."""
        if at >= len(self._order):
            return None
        if self._pending.waiting > _MOST_WAITING:
            return self._pending.middle()
        first = int(self._survey.buffers["first"][self._order[at]])
        if self.header.shares_buffers:
            first = max(first - self.header.frequency // _SHARED_SLACK, -(2**63))
        return min([first, *self._finder.earliest_open])

    def _due(self, horizon: int | None) -> Iterator[Block]:
        """Yield blocks of the frames before the horizon; an empty one where there are none, so that others get their turn."""
        self._pending.walkers = self._finder.walkers
        due = self._pending.take(horizon)
        if due is None:
            yield Block(np.zeros(0, np.uint8), self._index[:0], 0, self.packets + 1)
        while due is not None and not self._stopped:
            yield self._block(*due)
            due = self._pending.take(horizon)

    def _block(self, rows: Rows, order: npt.NDArray[np.int64]) -> Block:
        count, memory = len(rows), self._pending.memory
        if count > len(self._index):
            self._index = np.zeros(count, INDEX)
        index, links = self._index[:count], self._finder.ports.ifaces["link_type"].copy()
        self._untimed += count - self._finder.walkers.index_rows(index, rows, order, memory, links, self._clock)
        _unprotect(index, memory, links)
        first = self.packets + 1
        self.packets += count
        return Block(memory, index, 0, first)

    def _close(self) -> None:
        """Turn what was counted into notices, for all has been read. Raises NotACapture where no frame was logged."""
        self._stopped = True
        if self._failure is not None and not self.damaged:
            raise unreadable(self.path, self._failure)
        ending = self._source.ending
        self.truncated = self._survey.cut is not None or (ending is not None and ending.kind == "cut")
        if self.truncated:
            self.damaged |= self.strict
            self.notices.add(
                cut_notice(self.path, self._survey.cut, self._length, self.header.buffer_bytes, self.strict)
            )
        if ending is not None and ending.kind == "broken":
            self._damage(self._length, self._length, msg("more of the capture"), ending.detail)
        if damage := self._damages.notice():
            self.notices.add(damage)
        finder = self._finder
        tally = Tally(self.path, self.header, self._survey, finder.state, finder.ports, finder.orphans, self._untimed)
        self.notices.extend(tally.notices())
        if not finder.state[layout.S_FRAMES]:
            raise empty_log(self.path, self.header, self._survey, self._read_at)

    def _why_short(self) -> Message:
        if self._failure is not None:
            return msg("an error of the file system: {reason}", reason=self._failure.strerror or str(self._failure))
        return msg("a file shortened while being read")


def _unprotect(index: Rows, data: Bytes, links: npt.NDArray[np.uint16]) -> None:
    """Clear the flag that says that an 802.11 frame is encrypted: Windows logs what it has decrypted."""
    if not (links == layout.LINK_WIFI).any():
        return
    wifi = index[(links[index["interface"]] == layout.LINK_WIFI) & (index["cap_len"] >= 2)]
    data[wifi["offset"] + 1] &= 0xBF
