"""Every row is worked on once, whatever the number of processors."""

from __future__ import annotations

import os
import subprocess
import sys
from threading import Barrier

import pytest

from flowmap.kernels import parts as parts_module
from flowmap.kernels.parts import in_parts
from flowmap.kernels.parts import processors as allowed


@pytest.mark.parametrize(("processors", "count", "parts"), [(1, 90, 1), (2, 19, 1), (2, 20, 2), (4, 99, 4), (8, 0, 1)])
def test_parts_are_all_rows_in_their_order(
    processors: int, count: int, parts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts_module, "processors", lambda: processors)
    done: list[tuple[int, int]] = []
    in_parts(lambda begin, end: done.append((begin, end)), count, 10)
    assert len(done) == parts
    assert [row for part in sorted(done) for row in range(*part)] == list(range(count))


def test_parts_are_worked_on_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts_module, "processors", lambda: 3)
    together = Barrier(3, timeout=60)
    in_parts(lambda begin, end: together.wait() and None, 30, 10)


def test_what_fails_in_a_part_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts_module, "processors", lambda: 2)

    def work(begin: int, end: int) -> None:
        if begin:
            raise ValueError(begin)

    with pytest.raises(ValueError, match="15"):
        in_parts(work, 30, 10)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="processes are not bound to processors here")
def test_processors_are_those_that_the_process_is_bound_to() -> None:
    bind = "import os; os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])"
    code = f"{bind}; from flowmap.kernels.parts import processors; print(processors())"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "1\n"
    assert allowed() == len(os.sched_getaffinity(0))
