"""Captures that are compressed, unpacked as they are read.

In: a source of compressed bytes and the name of the format. Out: a source of what is in them, in bounded memory: pieces
of input are small, output is asked for as it is used, windows over a limit are refused. Members, frames and streams that
follow each other are one. A stream that is cut or broken ends after the last byte that could be had, and says so.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any, Protocol

from flowmap.capture.source.files import Ending, Source, read_past
from flowmap.capture.source.sniff import compression
from flowmap.message import msg

__all__ = ["FORMATS", "MEMORY_LIMIT", "OUTPUT_LIMIT", "PackedSource"]

MEMORY_LIMIT = 128 << 20
"""Bytes a decompressor may want for its window: what `xz -9` and `zstd --long=27` need, and no more."""
OUTPUT_LIMIT = 1 << 40
FREE_OUTPUT, MOST_RATIO = 1 << 30, 5000
"""Bytes that a compressed capture may become: 1 TB, and beyond 1 GB not more than this many times its file. gzip can do 1000;
frames of 64 kB without content, of segmentation offload, are about 1500 in any format."""
_PIECE = 16 << 10
_MARK = 10  # bytes that tell what follows a stream
_SHORTEST_MARK = 6


class _Codec(Protocol):
    """One stream (member, frame) of a compressed file."""

    @property
    def eof(self) -> bool: ...

    @property
    def needs_input(self) -> bool: ...

    @property
    def unused_data(self) -> bytes | None: ...

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Give more input (or none, where it needs none) and take up to `max_length` bytes of output."""


class _Gzip:
    """zlib's decompressor under the interface of the others. It may hold output back that had no room, without input left."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(31)  # 31: a gzip header and checksum around it
        self._holds_back = False

    def decompress(self, data: bytes, max_length: int) -> bytes:
        output = self._inner.decompress(self._inner.unconsumed_tail + data, max_length)
        self._holds_back = len(output) == max_length
        return output

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not (self._inner.unconsumed_tail or self._holds_back)

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data


class _Bzip2:
    """bz2's decompressor under the interface of the others. It asks for input while it may hold output back."""

    def __init__(self, decompressor: Any) -> None:
        self._inner = decompressor
        self._holds_back = False

    def decompress(self, data: bytes, max_length: int) -> bytes:
        output: bytes = self._inner.decompress(data, max_length)
        self._holds_back = bool(output)
        return output

    @property
    def eof(self) -> bool:
        return bool(self._inner.eof)

    @property
    def needs_input(self) -> bool:
        return bool(self._inner.needs_input) and not self._holds_back

    @property
    def unused_data(self) -> bytes:
        return bytes(self._inner.unused_data)


class _Zstd:
    """A frame of Zstandard.

    Its decompressor has no limit of output: four bytes of input can be a block of 128 KiB, so it gets a kilobyte at a
    time, which is 32 MiB at the worst.
    """

    needs_input = True
    piece = 1 << 10

    def __init__(self, decompressor: Any) -> None:
        self._inner = decompressor.decompressobj()

    def decompress(self, data: bytes, max_length: int) -> bytes:
        output: bytes = self._inner.decompress(data)
        return output

    @property
    def eof(self) -> bool:
        return bool(self._inner.eof)

    @property
    def unused_data(self) -> bytes:
        return bytes(self._inner.unused_data)


_Errors = tuple[type[Exception], ...]


def _gzip() -> tuple[_Codec, _Errors]:
    return _Gzip(), (zlib.error, MemoryError)


def _zstd() -> tuple[_Codec, _Errors]:
    import zstandard

    return _Zstd(zstandard.ZstdDecompressor(max_window_size=MEMORY_LIMIT)), (zstandard.ZstdError, MemoryError)


def _lz4() -> tuple[_Codec, _Errors]:
    import lz4.frame

    return lz4.frame.LZ4FrameDecompressor(), (RuntimeError, EOFError, MemoryError)


def _xz() -> tuple[_Codec, _Errors]:
    import lzma

    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MEMORY_LIMIT), (lzma.LZMAError, EOFError, MemoryError)


def _bzip2() -> tuple[_Codec, _Errors]:
    import bz2

    return _Bzip2(bz2.BZ2Decompressor()), (OSError, ValueError, EOFError, MemoryError)


FORMATS: dict[str, Callable[[], tuple[_Codec, _Errors]]] = {
    "gzip": _gzip,
    "zstd": _zstd,
    "lz4": _lz4,
    "xz": _xz,
    "bzip2": _bzip2,
}
"""By format: begins a stream; gives its decompressor and what that raises for bytes that make no sense."""
_PADDED = ("gzip", "xz")
"""Formats whose files may have zeros between and after streams."""
_SKIPPABLE = ("zstd", "lz4")
"""Formats that share frames of user data, to be passed over."""


class _Broken(Exception):
    """The compressed bytes make no sense."""


class PackedSource:
    """What is in a compressed source."""

    def __init__(self, raw: Source, form: str) -> None:
        self.path = raw.path
        self.notices = raw.notices
        self.wrapping = (*raw.wrapping, form)
        self.size: int | None = None
        self.stored_size = raw.stored_size
        self._limit = min(OUTPUT_LIMIT, max(FREE_OUTPUT, MOST_RATIO * raw.stored_size))
        self._raw = raw
        self._form = form
        self._careful: int | None = None
        self._errors: _Errors = ()
        self._start()

    def _start(self) -> None:
        self.ending: Ending | None = None
        self._position = 0
        self._pending = memoryview(b"")
        self._input = b""
        self._input_at = 0
        self._codec: _Codec | None = None
        self._finished = False

    def readinto(self, view: memoryview) -> int:
        while not self._pending and not self._finished:
            self._pending = memoryview(self._advance(len(view)))
        count = min(len(view), len(self._pending))
        view[:count] = self._pending[:count]
        self._pending = self._pending[count:]
        self._position += count
        return count

    def skip(self, count: int) -> int:
        return read_past(self.readinto, count)

    def tell(self) -> int:
        return self._position

    def stored(self) -> int:
        return self._raw.stored()

    def rewind(self) -> None:
        self._raw.rewind()
        self._start()

    def end_at(self, stored_size: int) -> None:
        self._raw.end_at(stored_size)
        self.stored_size = self._raw.stored_size

    def close(self) -> None:
        self._raw.close()

    def _advance(self, room: int) -> bytes:
        """Return some more output, at times none; end the stream where it is over, cut, broken or endless."""
        if self._position >= self._limit:
            self._end(Ending("broken", msg("unpacking stops at the limit of {limit} bytes", limit=self._limit)))
            return b""
        try:
            if self._codec is None and not self._next_stream():
                return b""
            assert self._codec is not None
            if self._codec.needs_input and not self._fill(1):
                self._end(Ending("cut", msg("the {form} data ends inside a stream", form=self._form)))
                return b""
            return self._decompress(self._codec, room)
        except _Broken as error:
            if self._careful is None:
                self._repeat()
            else:
                detail = msg(
                    "the {form} data is broken near byte {place} of the file: {error}",
                    form=self._form,
                    place=self._raw.tell(),
                    error=error.args[0],
                )
                self._end(Ending("broken", detail))
            return b""

    def _decompress(self, codec: _Codec, room: int) -> bytes:
        piece = min(getattr(codec, "piece", _PIECE), len(self._input))
        data, self._input = self._input[:piece], self._input[piece:]
        if not codec.needs_input:
            data, self._input = b"", data + self._input
        try:
            output = codec.decompress(data, room)
        except self._errors as error:
            raise _Broken(str(error) or type(error).__name__) from error
        if codec.eof:
            self._input = (codec.unused_data or b"") + self._input  # None of LZ4's where nothing is left
            self._codec = None
        left = self._limit - self._position
        return output if len(output) <= left else output[:left]

    def _repeat(self) -> None:
        """Repeat the last piece, byte by byte at the end: a codec that fails keeps its output."""
        goal, self._careful = self._position, self._input_at
        self._raw.rewind()
        self._start()
        self.skip(goal)

    def _next_stream(self) -> bool:
        """Begin the stream that follows, if one does."""
        self._fill(_MARK)
        if self._form in _PADDED:
            while self._input and not self._input.strip(b"\0"):
                self._input = b""
                self._fill(_MARK)
            self._input = self._input.lstrip(b"\0")
            self._fill(_MARK)
        if not self._input:
            self._end(None)
        elif self._form in _SKIPPABLE and self._input[1:4] == b"\x2a\x4d\x18" and self._input[0] >> 4 == 5:
            self._skip_frame()
        elif compression(self._input) == self._form:
            self._codec, self._errors = FORMATS[self._form]()
        elif len(self._input) < _SHORTEST_MARK:
            self._end(Ending("cut", msg("the {form} data ends inside a stream", form=self._form)))
        else:
            raise _Broken(msg("bytes {hexadecimal} follow that begin no stream", hexadecimal=self._input[:4].hex(" ")))
        return self._codec is not None

    def _skip_frame(self) -> None:
        self._fill(8)
        length = 8 + int.from_bytes(self._input[4:8], "little")
        inside = min(length, len(self._input))
        self._input = self._input[inside:]
        if self._raw.skip(length - inside) < length - inside:
            self._end(Ending("cut", msg("the {form} data ends inside a frame", form=self._form)))

    def _fill(self, count: int) -> bool:
        """Have at least `count` bytes of input; False where there are fewer."""
        while len(self._input) < count:
            place = self._raw.tell()
            size = _PIECE if self._careful is None else min(_PIECE, max(self._careful - place, 1))
            piece = bytearray(size)
            got = self._raw.readinto(memoryview(piece))
            if not got:
                return False
            if not self._input:
                self._input_at = place
            self._input += piece[:got]
        return True

    def _end(self, ending: Ending | None) -> None:
        self._finished = True
        self.ending = self._raw.ending or ending
