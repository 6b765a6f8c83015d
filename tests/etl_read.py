"""Reads logs made by `etl_files` as tests want them: rows of plain values."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from typing import Any

from flowmap.capture.etl.reader import EtlReader
from flowmap.capture.source.files import FileSource

Row = tuple[int, bytes, int, str, int]
"""Time, bytes, original length, interface's name, direction."""


def source_of(data: bytes) -> FileSource:
    """A file without a name that holds `data`."""
    file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - the source closes it
    file.write(data)
    file.seek(0)
    return FileSource("team.etl", file)  # type: ignore[arg-type]


@dataclass
class Read:
    """What a reader gave."""

    reader: EtlReader
    rows: list[Row]
    ordinals: list[int]
    """The interface of each row by number: layers may have one name."""

    @property
    def frames(self) -> list[bytes]:
        return [row[1] for row in self.rows]

    @property
    def notices(self) -> dict[str, Any]:
        return {notice.code: notice for notice in self.reader.notices}


def read(data: bytes, *, compiled: bool = False, **options: Any) -> Read:
    """Read a whole log; blocks follow each other and packets are numbered on."""
    source = source_of(data)
    try:
        reader = EtlReader(source, compiled=compiled, **options)
        found: list[tuple[int, bytes, int, int, int]] = []
        for block in reader.blocks():
            assert block.first_packet == len(found) + 1
            for ts_ns, offset, cap_len, wire_len, interface, flags in block.index.tolist():
                assert offset + cap_len <= len(block.data)
                found.append((ts_ns, block.data[offset : offset + cap_len].tobytes(), wire_len, interface, flags))
        assert reader.packets == len(found)
        names = [one.name or "" for one in reader.interfaces]
        rows = [(ts, frame, wire, names[interface], flags) for ts, frame, wire, interface, flags in found]
        return Read(reader, rows, [row[3] for row in found])
    finally:
        source.close()
