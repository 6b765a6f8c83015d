"""What tells whether a capture is the one that was read before: size, time and both ends."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from flowmap.batch.captures.fingerprint import digest, fingerprint, is_gone
from flowmap.batch.model import Capture

END = 65536


def written(path: Path, data: bytes, mtime: int = 1_700_000_000) -> str:
    path.write_bytes(data)
    os.utime(path, (mtime, mtime))
    return str(path)


@pytest.mark.parametrize(("at", "seen"), [(0, True), (END - 1, True), (END, False), (-END, True), (-END - 1, False)])
def test_a_change_shows_at_either_end_and_else_by_size_or_time(at: int, seen: bool, tmp_path: Path) -> None:
    data = bytearray(3 * END)
    before = fingerprint(written(tmp_path / "a.pcap", data))
    data[at] ^= 1
    assert (fingerprint(written(tmp_path / "a.pcap", data)) != before) == seen
    assert fingerprint(written(tmp_path / "a.pcap", data, 1_700_000_001)) != before
    assert fingerprint(written(tmp_path / "a.pcap", data + b"x")) != before


def test_a_small_file_has_one_end_twice(tmp_path: Path) -> None:
    found = fingerprint(written(tmp_path / "a.pcap", b"abc"))
    assert (found.size, found.mtime_ns, found.head) == (3, 1_700_000_000 * 10**9, found.tail)
    # sha256 of "abc", FIPS 180-2 appendix B.1
    assert found.head == "ba7816bf8f01cfea414140de5dae2223"


def test_what_is_gone_is_gone_and_a_link_to_nowhere_is_there(tmp_path: Path) -> None:
    assert is_gone(str(tmp_path / "a.pcap"))
    with pytest.raises(FileNotFoundError):
        fingerprint(str(tmp_path / "a.pcap"))
    (tmp_path / "link").symlink_to("nowhere")
    assert not is_gone(str(tmp_path / "link"))


def test_a_digest_is_of_captures_members_prints_and_settings_in_any_order(tmp_path: Path) -> None:
    paths = [written(tmp_path / f"{name}.pcap", name.encode()) for name in "ab"]
    prints = [fingerprint(path) for path in paths]
    captures = [Capture(path, "nic1") for path in paths]
    whole = digest(captures, prints, "mode")
    assert digest(captures[::-1], prints[::-1], "mode") == whole
    assert digest(captures, prints, "other") != whole
    assert digest([captures[0], Capture(paths[1], "nic2")], prints, "mode") != whole
    assert digest(captures, [prints[0], prints[0]], "mode") != whole
