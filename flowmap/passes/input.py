"""One capture of a run, as both passes open it."""

from __future__ import annotations

import os
import weakref

from flowmap.capture.inputs import PlannedCapture
from flowmap.capture.opened import AnyReader, reader_of
from flowmap.capture.source.files import Source
from flowmap.capture.source.layers import open_source
from flowmap.kernels import available
from flowmap.settings.config import Settings

__all__ = ["Input"]


class Input:
    """One capture that can be read twice, both times to the size it had first. A spooled one is kept open while this lives."""

    def __init__(self, planned: PlannedCapture, settings: Settings) -> None:
        self.planned = planned
        self._strict = settings.strict
        self.size: int | None = None
        self._kept: Source | None = None

    @property
    def path(self) -> str:
        return self.planned.path

    @property
    def location(self) -> str:
        """Where it is read from."""
        return self.planned.location or self.planned.path

    def open(self) -> Source:
        """Return the capture's bytes from the beginning."""
        if self._kept is not None:
            self._kept.rewind()
            return self._kept
        source = open_source(self.path, location=self.location)
        if self.size is None:
            self.size = source.stored_size
        else:
            source.end_at(self.size)
        if not os.path.isfile(self.location):
            self._kept = source
            weakref.finalize(self, source.close)
        return source

    def reader(self, source: Source, compiled: bool) -> AnyReader:
        """Return a reader of what `open` gave, in every pass the same."""
        size = self.size if source.size is None else source.size
        return reader_of(source, compiled=compiled and available(), strict=self._strict, block_bytes=_block_bytes(size))

    def close(self, source: Source) -> None:
        """Close what one pass has opened."""
        if source is not self._kept:
            source.close()


def _block_bytes(size: int | None) -> int:
    """Return the buffer size for a capture of this size: thousands of small captures do not get a megabyte each."""
    return 1 << 20 if size is None else min(1 << 20, max(1 << 16, size))
