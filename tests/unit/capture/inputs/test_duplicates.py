"""A capture that is given twice is used once: one file by two names, equal bytes, or equal contents in other packings."""

from __future__ import annotations

import gzip
from pathlib import Path

from builders import pcap

from flowmap.capture.inputs.duplicates import Candidate, drop_duplicates

FRAME = bytes(12) + b"\x08\x00" + bytes(46)


def capture(count: int = 300, changed: int | None = None) -> bytes:
    """A capture of `count` frames; one byte of frame `changed` is another."""
    frames = [FRAME[:-1] + bytes([number == changed]) for number in range(count)]
    return pcap([(number * 10**9, frame) for number, frame in enumerate(frames)])


def candidate(folder: Path, name: str, data: bytes, **more: object) -> Candidate:
    path = folder / name
    path.write_bytes(data)
    return Candidate(str(path), identity=(1, hash(name)), size=len(data), **more)  # type: ignore[arg-type]


def used(*candidates: Candidate) -> list[int]:
    return drop_duplicates(candidates)[0]


def test_equal_bytes(tmp_path: Path) -> None:
    one, other = candidate(tmp_path, "a.pcap", capture()), candidate(tmp_path, "b.pcap", capture())
    kept, notices = drop_duplicates([one, other])
    assert kept == [0]
    assert [(notice.code, notice.path, str(notice.detail)) for notice in notices] == [
        ("duplicate_input", other.path, f"is the same capture as {one.path}: used once")
    ]


def test_a_byte_anywhere_makes_another_capture(tmp_path: Path) -> None:
    assert len(capture()) > 2 * 4096  # ends, and a middle
    for changed in (0, 150, 299):
        assert used(candidate(tmp_path, "a", capture()), candidate(tmp_path, "b", capture(changed=changed))) == [0, 1]
    assert used(candidate(tmp_path, "a", capture(3)), candidate(tmp_path, "b", capture(3, changed=1))) == [0, 1]


def test_one_file_by_two_names(tmp_path: Path) -> None:
    path = tmp_path / "a.pcap"
    path.write_bytes(capture(1))
    link = Candidate(str(tmp_path / "link.pcap"), identity=(1, 2))
    kept, notices = drop_duplicates([Candidate(str(path), identity=(1, 2)), link, link])
    assert kept == [0]
    assert [str(notice.detail) for notice in notices] == [f"is the same capture as {path}: used once"] * 2
    again = drop_duplicates([link, link])[1]
    assert [str(notice.detail) for notice in again] == ["was given twice: used once"]


def test_standard_input_is_nobody_s_copy() -> None:
    assert used(Candidate("-"), Candidate("/dev/fd/3")) == [0, 1]


def test_packed_and_not(tmp_path: Path) -> None:
    plain = candidate(tmp_path, "a.pcap", capture())
    packed = candidate(tmp_path, "b.pcap.gz", gzip.compress(capture(), 1), packed=True)
    again = candidate(tmp_path, "c.pcap.gz", gzip.compress(capture(), 9), packed=True)
    other = candidate(tmp_path, "d.pcap.gz", gzip.compress(capture(changed=150)), packed=True)
    assert used(plain, packed, again, other) == [0, 3]
    cut = candidate(tmp_path, "e.pcap.gz", gzip.compress(capture())[:-20], packed=True)
    assert used(plain, cut) == [0, 1]  # what it held is not known


def test_empty_captures_are_all_used(tmp_path: Path) -> None:
    assert used(candidate(tmp_path, "a", pcap([])), candidate(tmp_path, "b", pcap([]))) == [0, 1]


def test_a_file_that_cannot_be_read_is_nobody_s_copy(tmp_path: Path) -> None:
    gone = [Candidate(str(tmp_path / name), identity=name, size=100) for name in "ab"]
    assert used(*gone) == [0, 1]
