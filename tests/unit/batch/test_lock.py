"""One run at a time: the lock is the system's, so it is free again when its owner is gone."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from flowmap.batch.lock import locked
from flowmap.errors import LedgerError, LockHeld

HOLDER = """
import sys
from flowmap.batch.lock import locked
with locked(sys.argv[1], wait=False):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_another_process_that_holds_it_is_named_and_its_death_frees_it(tmp_path: Path) -> None:
    path = str(tmp_path / "lock")
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(LockHeld, match=f"process {holder.pid}"), locked(path, wait=False):
            pytest.fail("two hold it")
        holder.kill()
        holder.wait()
        with locked(path, wait=False):
            assert Path(path).read_text(encoding="ascii") == str(os.getpid())
    with locked(path, wait=False):  # and once more, after this process let go of it
        pass


def test_a_run_that_waits_gets_it_when_it_is_free(tmp_path: Path) -> None:
    path, order = str(tmp_path / "lock"), []

    def second() -> None:
        with locked(path, wait=True):
            order.append("second")

    waiting = threading.Thread(target=second)
    with locked(path, wait=False):
        waiting.start()
        waiting.join(0.3)
        order.append("first")
    waiting.join(10)
    assert order == ["first", "second"]


def test_a_place_that_cannot_hold_a_lock_is_an_error_of_the_ledger(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="cannot be locked"), locked(str(tmp_path / "none" / "lock"), wait=False):
        pass
