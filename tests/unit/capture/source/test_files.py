"""Where bytes come from, and what is refused with which advice."""

from __future__ import annotations

import os
import socket
import sys
import tempfile
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from builders import pcap, pcapng

from flowmap.capture.reader import CaptureReader
from flowmap.capture.source.files import spool
from flowmap.capture.source.layers import open_source
from flowmap.errors import NotACapture, UnreadableCapture

PACKETS = [(10**18 + n, bytes(60)) for n in range(100)]


def count(source: object) -> tuple[int, list[str]]:
    reader = CaptureReader(source, compiled=False)  # type: ignore[arg-type]
    packets = sum(len(part.index) for part in reader.blocks())
    return packets, [notice.code for notice in reader.notices]


def test_file_is_read_to_its_size_at_opening(tmp_path: Path) -> None:
    path = tmp_path / "growing.pcap"
    path.write_bytes(pcap(PACKETS))
    source = open_source(str(path))
    with path.open("ab") as more:
        more.write(bytes(1000))
    assert count(source) == (100, [])
    source.close()


def test_file_cut_while_open_ends_with_a_notice(tmp_path: Path) -> None:
    path = tmp_path / "shrinking.pcap"
    path.write_bytes(pcap([(10**18, bytes(1000))] * 5000))
    source = open_source(str(path))
    reader = CaptureReader(source, compiled=False, block_bytes=1 << 16)
    blocks = reader.blocks()
    next(blocks)
    os.truncate(path, 100_000)
    list(blocks)
    assert reader.damaged
    source.close()


def test_standard_input_and_pipes_are_spooled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (tmp_path / "x.pcap").open("w+b") as file:
        file.write(pcap(PACKETS))
        file.seek(0)
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=file))
        source = open_source("-")
    assert (source.path, source.size) == ("-", len(pcap(PACKETS)))
    assert count(source) == (100, [])
    source.close()

    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(pcapng(PACKETS),))
    writer.start()
    source = open_source(str(pipe))
    writer.join()
    assert count(source) == (100, [])
    source.close()


def test_spool_keeps_what_fits_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (tmp_path / "x.pcap").open("w+b") as file:
        file.write(pcap(PACKETS))
        file.seek(0)
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=file))
        source = open_source("-", spool_limit=24 + 76 * 10 + 5)
    assert count(source) == (10, ["input_shortened", "record_truncated"])
    assert source.notices[0].undermines
    source.close()


def test_spool_leaves_no_file_behind_when_reading_ends_in_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []

    def temporary_file(**options: Any) -> Any:
        made.append(real(**options))
        return made[-1]

    real = tempfile.TemporaryFile
    monkeypatch.setattr(tempfile, "TemporaryFile", temporary_file)

    def read(_count: int) -> bytes:
        raise NotACapture("x.etl.gz", "broken")

    with pytest.raises(NotACapture):
        spool("x.etl.gz", read, 100)
    assert [file.closed for file in made] == [True]


def test_standard_input_that_is_closed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(UnreadableCapture, match="standard input is closed"):
        open_source("-")


def test_what_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(UnreadableCapture, match="no such file"):
        open_source(str(tmp_path / "missing.pcap"))
    with pytest.raises(UnreadableCapture, match="is a folder"):
        open_source(str(tmp_path))
    with pytest.raises(UnreadableCapture, match="is a device"):
        open_source("/dev/zero")
    with pytest.raises(UnreadableCapture):
        open_source("a\0b")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "s"))
        with pytest.raises(UnreadableCapture, match="is a socket"):
            open_source(str(tmp_path / "s"))


def test_permission(tmp_path: Path) -> None:
    path = tmp_path / "secret.pcap"
    path.write_bytes(pcap(PACKETS))
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")
    with pytest.raises(UnreadableCapture, match="no permission"):
        open_source(str(path))
