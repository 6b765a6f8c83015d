"""Growth is measured as far as time and disk allow, and what it has to say of each size is in the table."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from bench import growth
from bench.growth import Budget, Point, grow, table
from bench.measure import Taken
from bench.peers import Peer
from bench.sets import Set


class Slow(Peer):
    """Reads nothing, and says that it took long."""

    def read(self, files: Sequence[Path], packets: int | None = None, flows: int = 1 << 20) -> Taken:
        assert all(path.exists() for path in files)
        return Taken(3, 2)


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """flowmap takes 50 MB at any size, and the sets are empty files."""

    def made(name: str, folder: Path, scale: float = 1, one: Set | None = None) -> list[Path]:
        (folder / name).touch()
        return [folder / name]

    monkeypatch.setattr(growth, "make", made)
    monkeypatch.setattr(growth, "peak_anonymous", lambda command: 50_000_000)


def test_a_tool_that_took_long_is_left_out_at_the_next_size() -> None:
    budget = Budget(100)
    assert budget.allows("flows", "argus", 10)
    budget.took["flows", "argus"] = 1.5
    assert not budget.allows("flows", "argus", 10)
    assert budget.allows("flows", "argus", 20)
    assert budget.allows("packets", "argus", 10)


@pytest.mark.usefixtures("measured")
def test_sizes_that_do_not_fit_are_left_out_and_files_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10**9, 0, 10**8))
    said: list[str] = []
    points = grow(tmp_path, [10**4, 10**6], [10**3], [Slow("argus", lambda *_: [])], Budget(1000), said.append)
    assert [(one.along, one.size, one.tool) for one in points] == [
        ("packets", 10**4, "flowmap"),
        ("packets", 10**4, "argus"),
        ("flows", 10**3, "flowmap"),
        ("flows", 10**3, "argus"),
    ]
    assert "packets 1000000: left out, too large for the time or the disk" in said
    assert not list(tmp_path.iterdir())


def test_the_table_has_both_kinds_of_seconds() -> None:
    points = [
        Point("flows", 1000, "flowmap", 0.5, 0.3, 50_000_000),
        Point("flows", 1000, "argus", 2, 3),
        Point("flows", 10000, "flowmap", 0.75, 0.5, 60_000_000),
    ]
    assert table(points)[2:4] == ["| 1 000 | 0.30 | 0.50 | 2.00 | 50 |", "| 10 000 | 0.50 | 0.75 |  | 60 |"]
