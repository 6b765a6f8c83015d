"""The log that speed is measured with holds the frames that the pcapng beside it holds."""

from __future__ import annotations

from pathlib import Path

from etl_read import read

from bench.event_log import made
from flowmap.capture.reader import CaptureReader
from flowmap.capture.source.layers import open_source


def test_the_log_holds_the_frames_of_the_pcapng(tmp_path: Path) -> None:
    pcapng, log = made(tmp_path, 2000)
    wanted, source = [], open_source(str(pcapng))
    for block in CaptureReader(source, compiled=False).blocks():
        for ts_ns, offset, size, wire, interface, _ in block.index.tolist():
            wanted.append((ts_ns, block.data[offset : offset + size].tobytes(), wire, f"eth:{12 + interface}:0"))
    source.close()
    found = read(log.read_bytes())
    assert sorted(row[:4] for row in found.rows) == sorted(wanted)
    assert found.notices == {}
