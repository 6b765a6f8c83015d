"""Opening by name: files, pipes and standard input give the same bytes, all else is refused with what it is."""

from __future__ import annotations

import io
import os
import socket
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from flowmap.capture.source.files import Source
from flowmap.capture.source.opening import open_raw, read_head
from flowmap.errors import UnreadableCapture

DATA = bytes(range(256)) * 40


def whole(source: Source) -> bytes:
    taken, piece = b"", bytearray(1000)
    try:
        while got := source.readinto(memoryview(piece)):
            taken += piece[:got]
    finally:
        source.close()
    return taken


def test_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.pcap"
    path.write_bytes(DATA)
    assert whole(open_raw(str(path))) == DATA
    assert read_head(str(path), 300) == DATA[:300]
    assert whole(open_raw("shown.pcap", location=str(path))) == DATA  # it may be called another than where it is


def test_a_pipe(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(DATA,))
    writer.start()
    assert whole(open_raw(str(path))) == DATA
    writer.join()


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(DATA)))
    assert whole(open_raw("-")) == DATA


def test_standard_input_that_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(UnreadableCapture, match="standard input is closed"):
        open_raw("-")


def test_what_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(UnreadableCapture, match="is a folder, not a file") as folder:
        open_raw(str(tmp_path))
    assert folder.value.hint == "Give its captures, or the folder to analyze"
    with pytest.raises(UnreadableCapture, match="is a device, not a file") as device:
        open_raw("/dev/null")
    assert device.value.hint == "Give a capture file"
    with socket.socket(socket.AF_UNIX) as one:
        place = os.path.relpath(tmp_path / "s")  # an address has room for 108 bytes
        one.bind(place)
        with pytest.raises(UnreadableCapture, match="is a socket, not a file"):
            open_raw(place)


def test_what_is_not_there(tmp_path: Path) -> None:
    for opened in (open_raw, lambda path: read_head(path, 4)):
        with pytest.raises(UnreadableCapture, match="no such file"):
            opened(str(tmp_path / "gone.pcap"))
    with pytest.raises(UnreadableCapture):
        open_raw("a\0b")
