"""Where bytes come from, and what is refused with which advice."""

from __future__ import annotations

import lzma
import os
import socket
import sys
import tarfile
import tempfile
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import etl_files
import pytest
from builders import pcap, pcapng, shb

from flowmap.capture.reader import CaptureReader
from flowmap.capture.source.files import spool
from flowmap.capture.source.layers import open_source
from flowmap.capture.source.sniff import refusal, sniff
from flowmap.errors import NotACapture, UnreadableCapture, UnsupportedFormat

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


@pytest.mark.parametrize(
    ("head", "error", "words"),
    [
        (b"\x1f\x8b\x08\x00", UnsupportedFormat, "more than twice (gzip)"),
        (b"\x02\x21\x4c\x18", UnsupportedFormat, "lz4 -d 'a b.cap'"),
        (b"PK\x03\x04", UnsupportedFormat, "unzip"),
        (tarfile.TarInfo("nic1.pcap").tobuf(), UnsupportedFormat, "tar -xf 'a b.cap'"),
        (b"%PDF-1.4\n%text\n", NotACapture, "is a PDF document"),
        (lzma.compress(bytes(99), lzma.FORMAT_ALONE), UnsupportedFormat, "--format=lzma 'a b.cap'"),
        (b"12:00:01.5 IP 10.0.0.1.80 > 10.0.0.2.4: Flags [S]\n", NotACapture, "text"),
        ("Datei".encode("utf-16"), NotACapture, "text"),
        (b"\x7fELF\x02\x01\x01" + bytes(9), NotACapture, "is a program"),
        (b"\x00\x01\x02\x03" + bytes(9), NotACapture, "not a capture that flowmap knows"),
        (b"\x0a\x0d\x0d\x0a" + bytes(20), NotACapture, "byte-order magic"),
        (b"", NotACapture, "empty"),
    ],
)
def test_refusals_say_what_to_do(head: bytes, error: type[Exception], words: str) -> None:
    assert sniff(head) is None
    found = refusal("a b.cap", head)
    assert type(found) is error
    assert words in str(found)
    assert found.offset == 0


@pytest.mark.parametrize("first", [b"\x02\x00\x02\xc0", b"\x58\x00\x13\xc0", b"\x58\x00\x00\x90"])
def test_an_event_trace_without_its_header_is_refused(first: bytes) -> None:
    """A buffer of 64 KiB, 0x400 used, then an event of any kind, but not the log's header: nothing in it has a time."""
    size, used = (0x10000).to_bytes(4, "little"), (0x400).to_bytes(4, "little")
    head = size + used + bytes(40) + used + bytes(20) + first + bytes(50)
    assert sniff(head) is None
    assert "Windows event trace log (.etl) whose header is broken" in str(refusal("my trace.etl", head))


def test_sniffing_known_formats() -> None:
    assert sniff(pcap([])) == "pcap"
    assert sniff(pcap([], big=True)) == "pcap"
    assert sniff(shb(True)) == "pcapng"
    assert sniff(etl_files.log([])[:512]) == "etl"
    assert sniff(b"\xd4\xc3") is None
