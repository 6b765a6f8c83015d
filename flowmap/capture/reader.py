"""A capture as blocks: a buffer of its bytes and the index of the packets in it.

In: a `Source`. Out: `Block`s, and along the way the interfaces, recorded drops and notices. Guarantees: none straddles two
blocks, memory does not grow with the capture. A cut last record is a notice. Where the chain of records breaks, reading
goes on with the next proven chain (see `resync.py`), and an error notice says what was skipped; strict mode stops there.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from importlib import import_module
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from flowmap.capture import layout
from flowmap.capture.blocks import pcapng
from flowmap.capture.blocks.interfaces import Interface, InterfaceTable
from flowmap.capture.blocks.pcap import HEADER_BYTES, fraction_limit, parse_header, record_size
from flowmap.capture.damage.complaints import DamageLog, count_notices, describe_damage
from flowmap.capture.damage.resync import Resync
from flowmap.capture.layout import DAMAGE, FULL, HANDLE, MAX_BLOCK, MORE
from flowmap.capture.source.files import Source, unreadable
from flowmap.capture.source.sniff import HEAD_BYTES, refusal, sniff
from flowmap.capture.source.window import CountStraight, Stretch, Window
from flowmap.dataclass import dataclass
from flowmap.errors import NotACapture, UnsupportedFormat
from flowmap.message import Message, glue, msg, nmsg
from flowmap.notice import Notice, NoticeLog
from flowmap.types import INDEX

__all__ = ["Block", "CaptureReader", "Interface"]

_MIN_BUFFER = 1 << 16
_TRIAL_BYTES = 1 << 16
"""Of the first records, which tell what pcap's header does not; however the bytes come, the same ones are looked at."""
_MOST_PLACES = 20_000
"""Damaged places after which a capture is given up: each takes time, and so much damage leaves nothing to trust."""
_MOST_LEAPS = 1000
"""Sound leaps in time after which times prove nothing."""

ByteOrder = Literal["little", "big"]


@dataclass
class Block:
    """Packets that are in memory together. The buffer is used again for the next block."""

    data: npt.NDArray[np.uint8]
    index: npt.NDArray[np.void]
    file_offset: int
    """Offset in the capture of data[0]."""
    first_packet: int
    """Number of index[0]; packets count from 1."""


class CaptureReader:
    """Reads one capture forward, once.

    Raises NotACapture, UnsupportedFormat if the bytes do not start as a capture. In strict mode what comes before the
    first damage is all there is, and a cut last record is damage too.
    """

    def __init__(
        self, source: Source, *, compiled: bool = True, strict: bool = False, block_bytes: int = 1 << 20
    ) -> None:
        self.path = source.path
        self.wrapping = source.wrapping
        self.compiled = compiled
        self.strict = strict
        self.notices = NoticeLog()
        self.notices.extend(source.notices)
        self.truncated = False
        self.damaged = False
        self.packets = 0
        self.byte_order: ByteOrder = "little"
        self._window = Window(source, max(block_bytes, _MIN_BUFFER))
        self._table = InterfaceTable()
        self._index = np.zeros(max(block_bytes, _MIN_BUFFER) // 64, INDEX)
        self._first_unknown: int | None = None
        self._done = False
        self._damages = DamageLog(self.path, strict)
        self._leaps = 0
        self._carried = 0
        self._first_carried: int | None = None
        self._lost_from: int | None = None
        """Where the damaged place began that is being passed."""
        self._resync = Resync(self._window, self._table)
        self.format = self._begin()

    @property
    def position(self) -> int:
        """Bytes of the capture used so far (progress)."""
        return self._window.offset + self._window.start

    @property
    def progress(self) -> int:
        """Bytes of the file itself read so far: fewer than `position` where it is compressed."""
        return self._window.source.stored() if self.wrapping else self.position

    @property
    def described_format(self) -> str:
        """The format with what it was wrapped in, innermost first: "pcap (gzip)"."""
        return f"{self.format} ({', '.join(reversed(self.wrapping))})" if self.wrapping else self.format

    @property
    def interfaces(self) -> list[Interface]:
        """The interfaces described so far."""
        return self._table.interfaces

    @property
    def ifaces(self) -> npt.NDArray[np.void]:
        """(>= interfaces,) IFACE by ordinal."""
        return self._table.ifaces

    @property
    def drops(self) -> dict[int, int]:
        """Recorded drops by interface ordinal."""
        return self._table.drops

    @property
    def windows(self) -> dict[int, tuple[int, int]]:
        """First and last nanosecond of capturing by interface ordinal, where statistics say it."""
        return self._table.windows

    def blocks(self, count_straight: CountStraight | None = None) -> Iterator[Block]:
        """Yield the packets of the capture, at times none.

        A block is valid until the next one is asked for. `count_straight` is offered what there is first, and what it
        takes is in no block.
        """
        while not self._done:
            if self._lost_from is not None:
                self._pass_damage(self._lost_from)
                yield self._nothing()  # a long way may lie ahead, on which others want to be heard
                continue
            if count_straight is not None and self._counted(count_straight):
                yield self._nothing()
            count, consumed, status = self._walk()
            window = self._window
            if count and self.format != "pcapng" and self._in_doubt(consumed, status):
                if count > 1:  # the last one comes again, by itself
                    count -= 1
                    consumed, status = int(self._index["offset"][count]) - self._record_bytes, FULL
                else:
                    count, consumed, status = self._weigh_record(consumed, status)
            window.start = consumed
            self._note_skipped_packets()
            if count:
                first = self.packets + 1
                self.packets += count
                index = self._index[:count]
                self._resync.note(index)
                yield Block(window.data, index, window.offset, first)
            self._go_on(status)

    def _counted(self, count_straight: CountStraight) -> bool:
        """Return whether any packets were counted straight; they are used then."""
        window, state = self._window, self._table.state
        done = count_straight(
            Stretch(window.data, window.start, window.end, state, self.ifaces, self.format == "pcapng", *window.file)
        )
        window.have(done.start, done.end, done.taken)
        if done.packets:
            self.packets += done.packets
            self._resync.note_some(done.packets, done.largest, done.last_ns)
        return done.packets > 0

    def _nothing(self) -> Block:
        return Block(self._window.data, self._index[:0], self._window.offset, self.packets + 1)

    @property
    def in_file(self) -> bool:
        """Whether a kernel can read the bytes of the capture from a file itself."""
        return self._window.file[0] >= 0

    def read_ahead(self, pool: Executor) -> None:
        """Have a thread of `pool` read what comes next while the blocks before are used."""
        self._window.read_ahead(pool)

    def _begin(self) -> str:
        """Find out the format and read the file header."""
        window = self._window
        window.ensure(HEAD_BYTES)
        if window.failure is not None and not window.available:
            raise unreadable(self.path, window.failure)
        head = window.bytes_at_start(HEAD_BYTES)
        name = sniff(head)
        if name is None or name == "etl":
            raise refusal(self.path, head)
        if name == "pcapng":
            if not self._section_header():
                found = msg(
                    "a block length of {length} and {available} bytes",
                    length=head[4:8].hex(" "),
                    available=window.available,
                )
                raise NotACapture(
                    self.path,
                    msg("the section header is cut short or broken"),
                    offset=0,
                    found=found,
                    length_source=msg("the block header"),
                )
            return name
        header = parse_header(head, self.path)
        window.start = HEADER_BYTES
        self.byte_order = "big" if header.big_endian else "little"
        state = self._table.state
        window.ensure(_TRIAL_BYTES)
        data = head[:HEADER_BYTES] + window.bytes_at_start(_TRIAL_BYTES)
        record_bytes = record_size(header, data)
        state[layout.S_BIG], state[layout.S_RECORD] = header.big_endian, record_bytes
        state[layout.S_FRACTION], state[layout.S_LENGTHS] = header.fraction_ns, header.lengths
        state[layout.S_FRACTIONS] = fraction_limit(header, data, record_bytes)
        state[layout.S_LAST], state[layout.S_JUMP] = layout.NO_SECOND, layout.MAX_JUMP
        self._table.add_pcap(header.link_type, header.snaplen, header.fcs_len)
        self._resync.look_for_records()
        return header.format if record_bytes == header.record_bytes else "pcap-modified"

    def _walk(self) -> tuple[int, int, int]:
        window = self._window
        walkers: Any = import_module("flowmap.capture.kernel" if self.compiled else "flowmap.capture.reference")
        arguments = (self._index, window.data, window.start, window.end, self._table.state)
        if self.format == "pcapng":
            count, consumed, status = walkers.walk_pcapng(*arguments, self.ifaces)
        else:
            count, consumed, status = walkers.walk_pcap(*arguments)
        if count:
            self._table.state[layout.S_TRUST] = 0
        return int(count), int(consumed), int(status)

    @property
    def _record_bytes(self) -> int:
        return int(self._table.state[layout.S_RECORD])

    def _in_doubt(self, consumed: int, status: int) -> bool:
        """Return whether no header follows the last record that was indexed: then its length may be wrong."""
        if status == MORE:
            return bool(self._table.state[layout.S_FINAL]) and 0 < self._window.end - consumed < self._record_bytes
        return status == DAMAGE

    def _weigh_record(self, consumed: int, status: int) -> tuple[int, int, int]:
        """Walk again for a single record in doubt at the window's start: it does not count if it has swallowed others."""
        window = self._window
        place, size = self.position, consumed - window.start
        end = place + size
        self._resync.note(self._index[:1])
        survey = self._resync  # may move what is in the window
        goal = None if survey.expected(end) is not None else survey.swallowed(place, end)
        if goal is None:
            self._index["offset"][0] = window.start + self._record_bytes
            return 1, window.start + size, status
        captured = size - self._record_bytes
        state = self._table.state
        state[layout.S_REASON], state[layout.S_FOUND] = layout.R_SWALLOWED, captured
        return 0, window.start, DAMAGE

    def _go_on(self, status: int) -> None:
        """Do what the walker stopped for."""
        state, window = self._table.state, self._window
        need = int(state[layout.S_NEED])
        if status == FULL:
            return
        if status == DAMAGE:
            self._meet_damage(*describe_damage(int(state[layout.S_REASON]), int(state[layout.S_FOUND])))
        elif status == HANDLE:
            self._handle_block()
        elif status == MORE and not window.ensure(need):
            if state[layout.S_FINAL]:
                self._end(need)
            state[layout.S_FINAL] = 1  # once more: nothing comes after the last record

    def _end(self, need: int) -> None:
        """End the capture, at a record's end or inside one."""
        window = self._window
        place, found, ending = self.position, window.available, window.source.ending
        if window.failure is not None:
            reason = window.failure.strerror or str(window.failure)
            self._lose_rest(
                nmsg("{count} byte", "{count} bytes", need), msg("an error of the file system: {reason}", reason=reason)
            )
        elif ending is not None and ending.kind == "broken":
            self._lose_rest(msg("more of the capture"), ending.detail)
        elif ending is not None:
            self._cut(need, found, place, msg("{ending}; all packets before that are used", ending=ending.detail))
        elif window.source.size is not None and window.source.tell() < window.source.size:
            self._lose_rest(
                msg("the {size} bytes that it had", size=window.source.size),
                msg("a file shortened while being read"),
            )
        elif found and (goal := self._resync.behind(place)) is not None:
            self._begin_damage(
                nmsg("{count} byte", "{count} bytes", need), msg("{found} bytes, and records within them", found=found)
            )
            if goal != place:
                self._end_damage(place, goal)
        elif found:
            self._cut(need, found, place)
        else:
            self._close()

    def _cut(self, need: int, found: int, place: int, detail: Message | None = None) -> None:
        """Note that the capture is cut, as a rule inside the last record."""
        self.truncated = True
        self._close()
        if detail is None:
            detail = msg(
                "the last record is cut: it needs {need} bytes, {found} are there; all packets before it are used",
                need=need,
                found=found,
            )
        if self.strict:
            self.damaged = True
            detail = glue(detail, msg("with --strict that is damage"), between="; ")
        number = self.packets + 1
        self.notices.add(Notice("record_truncated", detail, None, self.path, place, number, undermines=self.strict))

    def _meet_damage(self, needed: Message, found: Message) -> None:
        """Handle a break in the chain of records, unless what follows proves that it continues there."""
        place = self.position
        reason = int(self._table.state[layout.S_REASON])
        if reason == layout.R_FRACTION and self._resync.carries(place):
            self._carried += 1  # the chain is unbroken: the seconds too much are carried over
            self._first_carried = self._first_carried or place
            self._trust()
            return
        goal = self._resync.expected(place)
        if goal == place and reason in layout.ODD:
            self._trust()
            self._leaps += 1
            if self._leaps == _MOST_LEAPS:
                self._table.state[layout.S_JUMP] = layout.ANY_JUMP
            return
        if self._damages.places == _MOST_PLACES:
            self._lose_rest(needed, found)
            return
        self._begin_damage(needed, found)
        if goal is not None and goal != place:
            self._end_damage(place, goal)

    def _lose_rest(self, needed: Message, found: Message) -> None:
        """Give up the rest of the capture."""
        self._begin_damage(needed, found)
        self._give_up()

    def _begin_damage(self, needed: Message, found: Message) -> None:
        self.damaged = True
        self._lost_from = place = self.position
        self._damages.begin(place, self.packets + 1, needed, found)
        if self.strict:
            self._give_up()

    def _give_up(self) -> None:
        """Read nothing from the damaged place on."""
        if self._lost_from is None:
            return
        place, size = self._lost_from, self._window.source.size
        self._damages.end(None if size is None else max(size - place, 0), at=place)
        self._lost_from = None
        self._close()

    def _pass_damage(self, place: int) -> None:
        """Look for the record to go on with, from the byte after `place` on, one stretch of the capture at a time."""
        window = self._window
        if self.position == place:
            self._resync.survey()
            window.start += 1
        goal = self._resync.search()
        if goal is not None:
            self._end_damage(place, goal)
        elif window.finished and not window.available:
            self._lost_from = None
            self._damages.end(self.position - place, at=place)
            self._end(0)

    def _end_damage(self, place: int, goal: int) -> None:
        """Continue at `goal`, unless reading has stopped."""
        window = self._window
        if self._done:
            return
        if self.format == "pcapng":
            self._lose_blocks(place, goal)
        window.start += goal - self.position
        self._damages.end(goal - place)
        self._lost_from = None
        self._trust()

    def _lose_blocks(self, place: int, goal: int) -> None:
        """Drop what the bytes from `place` to `goal` may have described: a block with one good length is still read."""
        at = place - self._window.offset
        block = self._window.data[max(at, 0) : at + goal - place].tobytes() if at >= 0 else b""
        big = pcapng.section_order(block[:12]) if block[:4] == b"\x0a\x0d\x0d\x0a" else self.byte_order == "big"
        order: ByteOrder = "big" if big else "little"
        kind = int.from_bytes(block[:4], order)
        lengths = (int.from_bytes(block[4:8], order), int.from_bytes(block[-4:], order))
        whole = len(block) in lengths and len(block) >= 12
        if kind == layout.BLOCK_SHB and whole and big is not None:
            self._begin_section(big)
        elif kind == layout.BLOCK_IDB and whole and len(block) >= 20:
            self._table.add(pcapng.parse_interface(block, big is True))
        elif not whole or kind in (layout.BLOCK_IDB, layout.BLOCK_SHB):
            self._table.seal(section=kind == layout.BLOCK_SHB)

    def _trust(self) -> None:
        """Accept the next record whatever is odd in its header: those after it prove it."""
        self._table.state[layout.S_TRUST] = 1

    def _close(self) -> None:
        """Turn the running counts into notices: nothing more is read."""
        if not self._done:
            self._done = True
            if damage := self._damages.notice():
                self.notices.add(damage)
            if self._carried:
                detail = msg(
                    "records state a fraction of a second that is a second or more: they are kept, the seconds in it "
                    "are carried over"
                )
                self.notices.add(
                    Notice("time_carried", detail, None, self.path, self._first_carried, count=self._carried)
                )
            self.notices.extend(count_notices(self.path, self._table.state, self._first_unknown))

    def _handle_block(self) -> None:
        """Read a section header, interface description or statistics block."""
        window = self._window
        head = window.bytes_at_start(8)
        if head[:4] == b"\x0a\x0d\x0d\x0a":
            if not self._section_header() and not self._done and self._lost_from is None:
                found = msg("bytes {hexadecimal}", hexadecimal=window.bytes_at_start(12).hex(" "))
                self._meet_damage(msg("a section header"), found)
            return
        order = self.byte_order
        kind, length = int.from_bytes(head[:4], order), int.from_bytes(head[4:], order)
        length = length + 3 & ~3
        block = window.bytes_at_start(length)
        if kind == layout.BLOCK_IDB:
            self._table.add(pcapng.parse_interface(block, order == "big"))
        else:
            self._table.add_statistics(pcapng.parse_statistics(block, order == "big"))
        window.start += length

    def _section_header(self) -> bool:
        """Begin a section; False where there is no sound section header. A cut one ends the capture."""
        window = self._window
        if not window.ensure(28):
            if self._table.section:
                self._end(28)
            return False
        head = window.bytes_at_start(16)
        big = pcapng.section_order(head)
        order: ByteOrder = "big" if big else "little"
        length, major = int.from_bytes(head[4:8], order), int.from_bytes(head[12:14], order)
        if big is None or not 28 <= length <= MAX_BLOCK:
            return False
        if major != 1:
            if not self._table.section:
                raise UnsupportedFormat(
                    self.path, msg("pcapng version {major} is unknown", major=major), offset=12, needed=msg("version 1")
                )
            return False
        if not window.ensure(length):
            if self._table.section:
                self._end(length)
            return False
        if window.bytes_at_start(length)[-4:] != head[4:8]:
            return False
        self._begin_section(bool(big))
        window.start += length
        return True

    def _begin_section(self, big: bool) -> None:
        self.byte_order = "big" if big else "little"
        self._table.begin_section(big)
        self._resync.begin_section()

    def _note_skipped_packets(self) -> None:
        """Keep the place of the first packet of an interface that is not described."""
        state = self._table.state
        if state[layout.S_FIRST_UNKNOWN] >= 0 and state[layout.S_UNKNOWN]:
            self._first_unknown = self._window.offset + int(state[layout.S_FIRST_UNKNOWN])
            state[layout.S_FIRST_UNKNOWN] = -1
