"""Settings files are small regular files: a pipe or a device could keep a nightly run waiting for ever."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from flowmap.errors import ConfigError
from flowmap.settings.regular import MOST_BYTES, check_regular, read_small


def test_a_file_of_a_mebibyte_is_read_and_a_larger_one_refused(tmp_path: Path) -> None:
    path = tmp_path / "flowmap.toml"
    path.write_bytes(b"#" * MOST_BYTES)
    assert len(read_small(path)) == 1 << 20
    path.write_bytes(b"#" * (MOST_BYTES + 1))
    with pytest.raises(ConfigError, match="larger than 1048576 bytes"):
        read_small(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in files here")
def test_a_pipe_is_refused_without_opening_it(tmp_path: Path) -> None:
    """Opening one that nobody writes to would never end."""
    pipe = tmp_path / "flowmap.toml"
    os.mkfifo(pipe)
    for reads in (check_regular, read_small):
        with pytest.raises(ConfigError, match="is a pipe or a device"):
            reads(pipe)


def test_a_missing_file_is_no_fault_of_its_kind(tmp_path: Path) -> None:
    check_regular(tmp_path / "none.toml")
    check_regular("not\0a name")
    check_regular(tmp_path)  # a folder: what reads it says so
    with pytest.raises(FileNotFoundError):
        read_small(tmp_path / "none.toml")
