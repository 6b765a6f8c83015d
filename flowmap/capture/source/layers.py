"""From a file's bytes to those of the pcap or pcapng in it: what is compressed is unpacked, foreign formats converted.

In: a file. Out: a source that begins as `sniff` knows it, or one that the reader refuses by its first bytes. A capture
may be compressed twice; what is compressed more often is a bomb more likely than a capture.
"""

from __future__ import annotations

from flowmap.capture.source.files import SPOOL_LIMIT, FileSource, Source, peek, spool
from flowmap.capture.source.foreign import ConvertedSource, missing_tshark, tshark
from flowmap.capture.source.formats import foreign_format
from flowmap.capture.source.opening import open_raw
from flowmap.capture.source.packed import PackedSource
from flowmap.capture.source.sniff import HEAD_BYTES, compression, is_known_otherwise, refusal, sniff
from flowmap.capture.source.url import shown
from flowmap.errors import UnreadableCapture
from flowmap.message import msg

__all__ = ["MAX_LAYERS", "open_source", "probe", "unwrap"]

MAX_LAYERS = 2


def open_source(path: str, *, location: str = "", spool_limit: int = SPOOL_LIMIT) -> Source:
    """Open a capture: what is compressed or of a foreign format comes out as pcap or pcapng.

    `location` is where it is, if that is not what it is called.
    Raises UnreadableCapture, NotACapture, UnsupportedFormat with what to do.
    """
    return unwrap(open_raw(path, location=location, spool_limit=spool_limit))


def unwrap(raw: Source) -> Source:
    """Return the capture in a file just opened. Raises CaptureError, and closes the file then."""
    try:
        source, head = _unpack(raw)
        if (form := sniff(head)) is not None:
            return _as_file(source) if form == "etl" else source
        name = foreign_format(head)
        if name is None and is_known_otherwise(head):
            return source
        if tshark() is None:
            raise missing_tshark(raw.path, name) if name else refusal(raw.path, head)
        return ConvertedSource(_as_file(source), name, head)
    except BaseException:
        raw.close()
        raise


def probe(path: str, head: bytes, *, thoroughly: bool) -> bool:
    """Return whether a file that begins with `head` is compressed.

    Raises CaptureError where no capture can be in it.

    Nothing is converted yet. What no magic tells is left to tshark where `thoroughly`, else it is no capture.
    """
    packed = compression(head) is not None
    if packed:
        raw = open_raw(path)
        try:
            _, head = _unpack(raw)
        finally:
            raw.close()
    if sniff(head) is not None:
        return packed
    path, name = shown(path), foreign_format(head)
    if name and tshark() is None:
        raise missing_tshark(path, name)
    if not name and (not thoroughly or tshark() is None or is_known_otherwise(head)):
        raise refusal(path, head)
    return packed


def _unpack(raw: Source) -> tuple[Source, bytes]:
    """Return the innermost source and its first bytes.

    Raises UnreadableCapture where the compressed data gives none, and UnsupportedFormat where it is compressed once
    more (tshark would unpack it, however large).
    """
    source: Source = raw
    head = peek(source, HEAD_BYTES)
    while (form := compression(head)) and len(source.wrapping) < MAX_LAYERS:
        source = PackedSource(source, form)
        head = peek(source, HEAD_BYTES)
        if not head and (ending := _ending(source)):
            raise UnreadableCapture(raw.path, msg("nothing can be unpacked: {ending}", ending=ending))
    if form:
        raise refusal(raw.path, head)
    return source, head


def _ending(source: Source) -> str | None:
    """Return why a source has no bytes."""
    source.readinto(memoryview(bytearray(1)))
    detail = source.ending.detail if source.ending else None
    source.rewind()
    return detail


def _as_file(source: Source) -> FileSource:
    """Return a file with the bytes of a source: what is converted is read by another program."""
    if isinstance(source, FileSource):
        return source

    def read(count: int) -> bytes:
        piece = bytearray(count)
        return bytes(piece[: source.readinto(memoryview(piece))])

    try:
        file = spool(source.path, read, SPOOL_LIMIT)
    finally:
        source.close()
    file.wrapping, file.ending, file.stored_size = source.wrapping, source.ending, source.stored_size
    return file
