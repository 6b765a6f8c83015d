"""A capture as blocks: a buffer of its bytes and the index of the packets in it.

In: a `Source`. Out: `Block`s, and along the way the interfaces, recorded drops and notices. Guarantees: every packet
before a damaged place is delivered, none straddles two blocks, memory does not grow with the capture. A cut last record
is a notice; a broken chain of records ends the reading with an error notice (an exception in strict mode).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from flowmap.capture import layout, pcapng
from flowmap.capture.complaints import count_notices, describe_damage
from flowmap.capture.interfaces import Interface, InterfaceTable
from flowmap.capture.layout import DAMAGE, FULL, HANDLE, MAX_BLOCK, MORE, SKIP
from flowmap.capture.pcap import HEADER_BYTES, parse_header, record_size
from flowmap.capture.sniff import HEAD_BYTES, refusal, sniff
from flowmap.capture.source import Source, unreadable
from flowmap.capture.window import Window
from flowmap.errors import CorruptCapture, NotACapture, UnsupportedFormat
from flowmap.message import Message, msg, nmsg
from flowmap.notice import Notice, NoticeLog
from flowmap.types import INDEX

__all__ = ["Block", "CaptureReader", "Interface"]

_MIN_BUFFER = 1 << 16

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

    Raises NotACapture, UnsupportedFormat where the begin of the bytes is no capture, CorruptCapture in strict mode.
    `compiled` may be switched between blocks: both walkers continue from the same state.
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

    def blocks(self) -> Iterator[Block]:
        """The packets of the capture. A block is valid until the next one is asked for."""
        while not self._done:
            count, consumed, status = self._walk()
            window = self._window
            window.start = consumed
            self._note_skipped_packets()
            if count:
                first = self.packets + 1
                self.packets += count
                yield Block(window.data, self._index[:count], window.offset, first)
            self._go_on(status)

    def _begin(self) -> str:
        """Find out the format and read the file header."""
        window = self._window
        window.ensure(HEAD_BYTES)
        if window.failure is not None and not window.available:
            raise unreadable(self.path, window.failure)
        head = window.bytes_at_start(HEAD_BYTES)
        name = sniff(head)
        if name is None:
            raise refusal(self.path, head)
        if name == "pcapng":
            if not self._section_header():
                found = msg("a block length of {length} and {available} bytes", length=head[4:8].hex(" "),
                            available=window.available)  # fmt: skip
                raise NotACapture(self.path, msg("the section header is cut short or broken"), offset=0, found=found)
            return name
        header = parse_header(head, self.path)
        window.start = HEADER_BYTES
        self.byte_order = "big" if header.big_endian else "little"
        state = self._table.state
        record_bytes = record_size(header, window.data[: window.end].tobytes())
        state[layout.S_BIG], state[layout.S_RECORD] = header.big_endian, record_bytes
        state[layout.S_FRACTION], state[layout.S_LENGTHS] = header.fraction_ns, header.lengths
        self._table.add_pcap(header.link_type, header.snaplen, header.fcs_len)
        return header.format if record_bytes == header.record_bytes else "pcap-modified"

    def _walk(self) -> tuple[int, int, int]:
        window = self._window
        walkers: Any
        if self.compiled:
            from flowmap.capture import kernels as walkers
        else:
            from flowmap.capture import reference as walkers
        arguments = (self._index, window.data, window.start, window.end, self._table.state)
        if self.format == "pcapng":
            count, consumed, status = walkers.walk_pcapng(*arguments, self.ifaces)
        else:
            count, consumed, status = walkers.walk_pcap(*arguments)
        return int(count), int(consumed), int(status)

    def _go_on(self, status: int) -> None:
        """Do what the walker stopped for."""
        state, window = self._table.state, self._window
        need = int(state[layout.S_NEED])
        if status == FULL:
            return
        if status == DAMAGE:
            self._damage(*describe_damage(int(state[layout.S_REASON]), int(state[layout.S_FOUND])))
        elif status == HANDLE:
            self._handle_block()
        elif status == MORE:
            if not window.ensure(need):
                self._end(need)
        elif status == SKIP:
            self._skip_block(need)

    def _end(self, need: int, place: int | None = None, found: int | None = None) -> None:
        """The capture ends, at a record's end or `found` bytes after the begin of one at `place`."""
        window = self._window
        place = self.position if place is None else place
        found = window.available if found is None else found
        ending = window.source.ending
        if window.failure is not None:
            reason = window.failure.strerror or str(window.failure)
            self._damage(
                nmsg("{count} byte", "{count} bytes", need), msg("an error of the file system: {reason}", reason=reason), place
            )
        elif ending is not None and ending.kind == "broken":
            self._damage(msg("more of the capture"), ending.detail, place)
        elif ending is not None:
            self._cut(need, found, place, msg("{ending}; all packets before that are used", ending=ending.detail))
        elif window.source.size is not None and window.source.tell() < window.source.size:
            had = msg("the {size} bytes that it had", size=window.source.size)
            self._damage(had, msg("a file shortened while being read"), place)
        elif found:
            self._cut(need, found, place)
        else:
            self._close()

    def _cut(self, need: int, found: int, place: int, detail: Message | None = None) -> None:
        """The capture is cut, as a rule inside the last record."""
        self.truncated = True
        self._close()
        number = self.packets + 1
        if self.strict:
            raise CorruptCapture(
                self.path,
                detail or msg("the last record is cut"),
                offset=place,
                packet_number=number,
                needed=nmsg("{count} byte", "{count} bytes", need),
                found=nmsg("{count} byte", "{count} bytes", found),
            )
        if detail is None:
            detail = msg("the last record is cut: it needs {need} bytes, {found} are there; all packets before it are used",
                         need=need, found=found)  # fmt: skip
        self.notices.add(Notice("record_truncated", "info", detail, None, self.path, place, number))

    def _damage(self, needed: Message, found: Message, place: int | None = None) -> None:
        """The chain of records breaks."""
        self.damaged = True
        self._close()
        place = self.position if place is None else place
        number = self.packets + 1
        if self.strict:
            raise CorruptCapture(
                self.path, msg("the capture is damaged"), offset=place, packet_number=number, needed=needed, found=found
            )
        size = self._window.source.size
        detail = msg("damaged: needed {needed}, found {found}", needed=needed, found=found)
        if size is not None:
            rest = max(size - place, 0)
            detail = msg("{damage}; {rest} bytes from there on are not used", damage=detail, rest=rest)
        self.notices.add(Notice("capture_damaged", "error", detail, None, self.path, place, number, undermines=True))

    def _close(self) -> None:
        """Nothing more is read: turn the running counts into notices."""
        if not self._done:
            self._done = True
            self.notices.extend(count_notices(self.path, self._table.state, self._first_unknown))

    def _handle_block(self) -> None:
        """A section header, interface description or statistics block."""
        window = self._window
        head = window.bytes_at_start(8)
        if head[:4] == b"\x0a\x0d\x0d\x0a":
            if not self._section_header() and not self._done:
                found = msg("bytes {hexadecimal}", hexadecimal=window.bytes_at_start(12).hex(" "))
                self._damage(msg("a section header"), found)
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
        self.byte_order = order
        self._table.begin_section(big)
        window.start += length
        return True

    def _skip_block(self, length: int) -> None:
        """Pass a block that goes beyond the buffer; its trailing length is checked still."""
        window = self._window
        stated = int.from_bytes(window.bytes_at_start(8)[4:], self.byte_order)
        place, size = self.position, window.source.size
        if size is not None and size - place < length:
            if length > MAX_BLOCK:  # nobody writes these: a broken length rather than a cut block
                most = msg("a block of at most the {left} bytes left", left=size - place)
                self._damage(most, msg("a block length of {length}", length=length), place)
            else:
                self._cut(length, size - place, place)
        elif not (window.skip(length - 4) and window.ensure(4)):
            self._end(length, place, self.position + window.available - place)
        elif (trailer := int.from_bytes(window.bytes_at_start(4), self.byte_order)) != stated:
            self._damage(*describe_damage(layout.R_TRAILER, trailer), place)
        else:
            window.start += 4

    def _note_skipped_packets(self) -> None:
        """Keep the place of the first packet of an interface that is not described."""
        state = self._table.state
        if state[layout.S_FIRST_UNKNOWN] >= 0 and state[layout.S_UNKNOWN]:
            self._first_unknown = self._window.offset + int(state[layout.S_FIRST_UNKNOWN])
            state[layout.S_FIRST_UNKNOWN] = -1
