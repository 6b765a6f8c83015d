"""Outputs are written whole or not at all, and every failure names the file."""

from __future__ import annotations

import os
import stat
import sys
import threading
from pathlib import Path

import pytest

from flowmap.errors import ReportError
from flowmap.report.formats.files import open_output, write_bytes, write_text

posix = pytest.mark.skipif(os.name != "posix", reason="POSIX file types and permissions")


def test_a_file_is_written_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    write_text(str(tmp_path / "r.json"), "π\n")
    assert (tmp_path / "r.json").read_bytes() == "π\n".encode()
    assert [path.name for path in tmp_path.iterdir()] == ["r.json"]


def test_what_fails_midway_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "r.json"
    target.write_text("old")

    def write_half() -> None:
        with open_output(str(target)) as out:
            out.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half()
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["r.json"]


def test_a_reader_never_sees_half_a_file(tmp_path: Path) -> None:
    target = tmp_path / "r.json"
    target.write_text("old")
    with open_output(str(target)) as out:
        out.write(b"new" * 100_000)
        out.flush()
        assert target.read_text() == "old"
    assert target.read_bytes() == b"new" * 100_000


@posix
def test_new_files_have_usual_permissions_and_old_ones_keep_theirs(tmp_path: Path) -> None:
    target = tmp_path / "r.json"
    before = os.umask(0o027)
    try:
        write_text(str(target), "1")
        assert stat.S_IMODE(target.stat().st_mode) == 0o640
        target.chmod(0o604)
        write_text(str(target), "2")
        assert stat.S_IMODE(target.stat().st_mode) == 0o604
    finally:
        os.umask(before)


@posix
def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link.json").symlink_to(tmp_path / "real" / "r.json")
    write_text(str(tmp_path / "link.json"), "1")
    assert (tmp_path / "link.json").is_symlink()
    assert (tmp_path / "real" / "r.json").read_text() == "1"


@posix
def test_devices_and_pipes_are_written_straight_through(tmp_path: Path) -> None:
    write_text("/dev/null", "x")
    assert not Path("/dev/null").is_file()
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    write_text(str(pipe), "through")
    reader.join()
    assert got == [b"through"]


def test_failures_name_the_file(tmp_path: Path) -> None:
    for path in (tmp_path / "none" / "r.json", tmp_path):
        with pytest.raises(ReportError) as caught:
            write_text(str(path), "x")
        assert str(caught.value).startswith(f"{path}: cannot be written")


@posix
def test_a_full_disk_is_reported() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with pytest.raises(ReportError, match="/dev/full: cannot be written: No space left"):
        write_bytes("/dev/full", b"x" * 100_000)


def test_a_dash_is_standard_output(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    write_text("-", "π\n")
    assert capfdbinary.readouterr().out == "π\n".encode()


@posix
def test_a_closed_standard_output_stays_a_broken_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    read, write = os.pipe()
    os.close(read)
    monkeypatch.setattr(sys, "stdout", os.fdopen(write, "w", closefd=False))
    with pytest.raises(BrokenPipeError):
        write_bytes("-", b"x" * 100_000)
    os.dup2(os.open(os.devnull, os.O_WRONLY), write)
    sys.stdout.close()
    os.close(write)
