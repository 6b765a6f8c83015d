"""A window over a capture: whatever its size and however it is read, the same bytes come in the same order."""

from __future__ import annotations

import io
import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import pytest

from flowmap.capture.source.files import FileSource, Source, spool
from flowmap.capture.source.window import Window

DATA = random.Random(7).randbytes(300_000)


@pytest.fixture(params=["file", "spool"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Source:
    if request.param == "spool":
        return spool("-", io.BytesIO(DATA).read, 1 << 30)
    path = tmp_path / "a"
    path.write_bytes(DATA)
    return FileSource("a", path.open("rb", buffering=0))


def used(window: Window, sizes: list[int]) -> bytes:
    """Take pieces of these sizes in turn until there is no more; each is at the offset that the window says."""
    taken, number = b"", 0
    while True:
        count = sizes[number % len(sizes)]
        whole = window.ensure(count)
        piece = window.bytes_at_start(count)
        assert whole == (len(piece) == count)
        assert window.offset + window.start == len(taken)
        taken += piece
        window.start += len(piece)
        if not whole:
            assert window.finished
            return taken
        number += 1


@pytest.mark.parametrize("capacity", [16, 1000, 70_000, 1 << 20])
@pytest.mark.parametrize("sizes", [[1, 16, 999], [24, 65_000, 5], [299_999]])
def test_all_bytes_once_and_in_order(source: Source, capacity: int, sizes: list[int]) -> None:
    with closing(source):
        assert used(Window(source, capacity), sizes if capacity > 16 else [7, *sizes[1:]]) == DATA


@pytest.mark.parametrize("capacity", [1000, 70_000, 1 << 20])
@pytest.mark.parametrize("sizes", [[100, 16, 999], [24, 65_600, 5], [299_999]])
def test_reading_ahead_changes_nothing(source: Source, capacity: int, sizes: list[int]) -> None:
    with closing(source), ThreadPoolExecutor(1) as pool:
        window = Window(source, capacity)
        window.read_ahead(pool)
        assert used(window, sizes) == DATA


def test_a_kernel_reads_the_file_where_nobody_else_does(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(DATA)
    source = FileSource("a", (tmp_path / "a").open("rb", buffering=0))
    with closing(source), ThreadPoolExecutor(1) as pool:
        window = Window(source, 4000)
        window.ensure(1000)
        assert window.file == (source.fileno(), len(DATA) - 4000)
        window.have(0, 10, 500)  # a kernel took 500 more and left 10
        assert (window.available, window.offset) == (10, 4490)
        window.read_ahead(pool)
        assert window.file == (-1, 0)


class Failing:
    """A source whose disk fails behind 500 bytes."""

    def __init__(self) -> None:
        self.at = 0

    def readinto(self, view: memoryview) -> int:
        if self.at:
            raise OSError(5, "Input/output error")
        self.at = 500
        view[:500] = DATA[:500]
        return 500

    def tell(self) -> int:
        return self.at


def test_a_read_that_fails_ends_it_and_is_kept() -> None:
    window = Window(cast("Any", Failing()), 1000)
    assert not window.ensure(501)
    assert (window.available, window.finished) == (500, True)
    assert isinstance(window.failure, OSError)
    assert window.bytes_at_start(501) == DATA[:500]
