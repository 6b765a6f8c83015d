"""Captures in other programs' formats: read through tshark where it is, refused with advice where it is not."""

from __future__ import annotations

import gzip
import json
import shutil
import struct
from pathlib import Path

import pytest
from builders import pcap

from flowmap.capture.inputs import plan_inputs
from flowmap.capture.reader import CaptureReader
from flowmap.capture.source.formats import foreign_format
from flowmap.capture.source.layers import open_source
from flowmap.errors import CaptureError, NotACapture, UnsupportedFormat

CORPUS = Path(__file__).parents[5] / "shared" / "corpus"
FILES = sorted((CORPUS / "other-formats").glob("*")) if CORPUS.is_dir() else []
needs_tshark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")


def snoop(count: int) -> bytes:
    """A snoop file, version 2, of Ethernet (RFC 1761)."""
    head = b"snoop\0\0\0" + struct.pack(">II", 2, 4)
    frame = bytes(12) + b"\x08\x00" + bytes(46)
    record = struct.pack(">IIIIII", 60, 60, 24 + 60, 0, 1_700_000_000, 5) + frame
    return head + record * count


def count(path: str, strict: bool = False) -> tuple[int, CaptureReader]:
    source = open_source(path)
    try:
        reader = CaptureReader(source, compiled=False, strict=strict)
        return sum(len(part.index) for part in reader.blocks()), reader
    finally:
        source.close()


@needs_tshark
@pytest.mark.skipif(not FILES, reason=f"no real captures at {CORPUS}")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_real_files(path: Path) -> None:
    expected = json.loads((CORPUS / "expected" / f"other-formats__{path.name}.json").read_text())
    source = open_source(str(path))
    reader = CaptureReader(source, compiled=False)
    rows = [(int(row["ts_ns"]), int(row["wire_len"])) for part in reader.blocks() for row in part.index]
    source.close()
    assert len(rows) == expected["packets"]
    assert [str(min(rows)[0]), str(max(rows)[0])] == [expected["first_ns"], expected["last_ns"]]
    assert sum(wire for _, wire in rows) == expected["wire_bytes"]
    assert not list(reader.notices)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_real_files_are_known_by_their_begin(path: Path) -> None:
    assert foreign_format(path.read_bytes()[:128])


@needs_tshark
def test_converted_twice_and_from_any_wrapping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "-r x.snoop").write_bytes(snoop(5000))
    (tmp_path / "y").write_bytes(gzip.compress(snoop(5000)))
    for path in ("-r x.snoop", "y"):
        packets, reader = count(path)
        assert (packets, list(reader.notices)) == (5000, [])
        assert reader.wrapping[-1] == "tshark"
    source = open_source("-r x.snoop")
    for _ in range(2):
        source.rewind()
        assert sum(len(part.index) for part in CaptureReader(source, compiled=False).blocks()) == 5000
    source.close()


@needs_tshark
def test_stopping_early_ends_tshark(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(snoop(50_000))
    source = open_source(str(path))
    next(CaptureReader(source, compiled=False, block_bytes=1 << 16).blocks())
    source.close()
    assert source._process.returncode is not None  # type: ignore[attr-defined]


@needs_tshark
def test_cut_file_ends_with_a_notice(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(snoop(1000)[:-30])
    packets, reader = count(str(path))
    assert packets == 999
    assert [notice.code for notice in reader.notices] == ["record_truncated"]
    assert "cut short" in next(iter(reader.notices)).detail


@needs_tshark
@pytest.mark.parametrize("data", [bytes(range(200)), b"\x89PNG\r\n\x1a\n" + bytes(99), b'{"a": 1}', b"<html></html>"])
def test_what_is_no_capture(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(data)
    with pytest.raises(NotACapture):
        count(str(path))


def test_without_tshark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "a b.snoop").write_bytes(snoop(3))
    (tmp_path / "c.pcap").write_bytes(pcap([(1, bytes(60))]))
    with pytest.raises(UnsupportedFormat) as raised:
        count(str(tmp_path / "a b.snoop"))
    assert "Install tshark" in str(raised.value)
    assert f"editcap -F pcapng '{tmp_path}/a b.snoop' OUT.pcapng" in str(raised.value)
    plan = plan_inputs([str(tmp_path)])
    assert [Path(one.path).name for one in plan.captures] == ["c.pcap"]
    assert [type(failure) for failure in plan.failures] == [UnsupportedFormat]


def test_tshark_that_fails_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = tmp_path / "tshark"
    fake.write_text("#!/bin/sh\necho 'tshark: out of luck' >&2\nexit 3\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    (tmp_path / "x").write_bytes(snoop(3))
    with pytest.raises(CaptureError, match="out of luck"):
        count(str(tmp_path / "x"))
