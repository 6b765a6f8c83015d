"""The reader that a source wants, by its first bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from flowmap.capture.etl.log.header import is_log
from flowmap.capture.mirror.detect import mirrored_kinds
from flowmap.capture.reader import CaptureReader
from flowmap.capture.source.files import FileSource, Source, unreadable
from flowmap.capture.source.sniff import HEAD_BYTES

if TYPE_CHECKING:
    from flowmap.capture.etl.reader import EtlReader
    from flowmap.capture.mirror.reader import MirrorReader

__all__ = ["AnyReader", "reader_of"]

AnyReader: TypeAlias = "CaptureReader | EtlReader | MirrorReader"
_SAMPLE_BYTES = 1 << 16


def reader_of(source: Source, *, compiled: bool = True, strict: bool = False, block_bytes: int = 1 << 20) -> AnyReader:
    """Return a reader of what `source` holds, from its beginning.

    Raises NotACapture, UnsupportedFormat, UnreadableCapture.
    """
    if isinstance(source, FileSource):
        try:
            head = bytearray(HEAD_BYTES)
            head = head[: source.read_at(0, memoryview(head))]
            source.rewind()
        except OSError as error:
            raise unreadable(source.path, error) from error
        if is_log(bytes(head)):
            from flowmap.capture.etl.reader import EtlReader

            return EtlReader(source, compiled=compiled, strict=strict, block_bytes=block_bytes)
    kinds = _mirrors(source, compiled)
    reader = CaptureReader(source, compiled=compiled, strict=strict, block_bytes=block_bytes)
    if not kinds:
        return reader
    from flowmap.capture.mirror.reader import MirrorReader

    return MirrorReader(reader, kinds)


def _mirrors(source: Source, compiled: bool) -> frozenset[int]:
    """Return what a first reading of the first packets finds of mirrored frames; the source is at its beginning afterwards."""
    reader = CaptureReader(source, compiled=compiled, block_bytes=_SAMPLE_BYTES)
    block = next((block for block in reader.blocks() if len(block.index)), None)
    kinds = frozenset[int]() if block is None else mirrored_kinds(block, reader.ifaces)
    source.rewind()
    return kinds
