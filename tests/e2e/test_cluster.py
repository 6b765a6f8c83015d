"""A cluster of real processes on loopback: the same bytes as on one machine, whoever dies, joins, dawdles or is not there."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from warm import Started, start
from web import serving

pytest.importorskip("distributed", reason="the extra cluster is not installed")

ROOT = Path(__file__).parents[2]
CAPTURES = ROOT / "captures"
TEAMS = ("06-failover", "different-sources", "lacp-down")
PATIENCE_S = 240
Process = Started | subprocess.Popen[str]
ENVIRONMENT = {**os.environ, "SOURCE_DATE_EPOCH": "1700000000"}
SLOW = """
import os, time
from pathlib import Path
from flowmap.cluster import tasks
from flowmap.passes.read import scan_input
def slow(one, *rest):
    if os.environ["SLOW_FOR"] in one.path:
        Path(os.environ["MARK"]).touch()
        time.sleep(float(os.environ["SLOW_S"]))
    return scan_input(one, *rest)
tasks.scan_input = slow
"""
HUNGRY = """
from flowmap.cluster import tasks
from flowmap.passes.read import scan_input
hoard = []
def hungry(one, *rest):
    if "lacp-down" in one.path:
        hoard.append(b"x" * (700 << 20))
    return scan_input(one, *rest)
tasks.scan_input = hungry
"""
DEADLY = """
import os, signal
from flowmap.cluster import tasks
from flowmap.passes.read import scan_input
def deadly(one, *rest):
    if "different-sources" in one.path:
        os.kill(os.getpid(), signal.SIGKILL)
    return scan_input(one, *rest)
tasks.scan_input = deadly
"""
OTHER_VERSION = "from flowmap.cluster import tasks\ntasks.version = lambda: '0.0.1 (another)'\n"
BLIND = """
from flowmap.errors import UnreadableCapture
from flowmap.message import msg
from flowmap.passes import input as reading
def open_source(path, **_):
    raise UnreadableCapture(path, msg("no such file"))
reading.open_source = open_source
"""
"""What workers are started with: flowmap as it is in a cluster that is not as it should be."""


class Cluster:
    """A scheduler with workers, each a process of its own."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        told = folder / "scheduler.json"
        self.scheduler = self._start(
            "scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", told, **environment
        )
        until(lambda: told.is_file() and told.read_text().strip().endswith("}"))
        self.address: str = json.loads(told.read_text())["address"]
        self.workers: list[Process] = []

    def worker(self, preload: str = "", **environment: str) -> Process:
        options: list[str | Path] = ["--nthreads", "1", "--no-nanny", "--local-directory", self.folder]
        if preload:
            script = self.folder / f"preload{len(self.workers)}.py"
            script.write_text(preload)
            options += ["--preload", script]
        self.workers.append(self._start("worker", self.address, *options, **environment))
        return self.workers[-1]

    def _start(self, *command: str | Path, **environment: str) -> Process:
        words = [sys.executable, "-m", "dask", *map(str, command), "--no-dashboard"]
        return start(words, cwd=self.folder, env={**ENVIRONMENT, **environment}, heard=False)

    def dismiss(self) -> None:
        """No workers any more."""
        for worker in self.workers:
            end(worker)
        self.workers.clear()

    def end(self) -> None:
        self.dismiss()
        end(self.scheduler)


def end(process: Process) -> None:
    process.kill()
    process.wait(PATIENCE_S)


def until(so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def flowmap(*arguments: str | Path, **environment: str) -> Process:
    return start([sys.executable, "-m", "flowmap", *map(str, arguments)], cwd=ROOT, env={**ENVIRONMENT, **environment})


def ended(process: Process) -> tuple[int, str, str]:
    said, complained = process.communicate(timeout=PATIENCE_S)
    return process.wait(), said, complained


def batch(data: str | Path, out: Path, *more: str | Path, **environment: str) -> Process:
    return flowmap("batch", data, "--out", out, "--settle", "0", "--jobs", "1", *more, **environment)


def reports(out: Path) -> dict[str, bytes]:
    return {str(file.relative_to(out)): file.read_bytes() for file in (out / "reports").rglob("report.*")}


def analyzed(out: Path) -> list[str]:
    with closing(sqlite3.connect(out / "ledger.sqlite")) as ledger:
        return [team for (team,) in ledger.execute("SELECT team FROM analysis ORDER BY id")]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("captures")
    for name in TEAMS:
        shutil.copytree(CAPTURES / name, root / name)
    return root


@pytest.fixture(scope="module")
def alone(data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The reports that one machine makes."""
    out = tmp_path_factory.mktemp("alone")
    assert ended(batch(data, out))[0] == 1
    found = reports(out)
    assert len(found) == 2 * len(TEAMS)
    return found


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    yield cluster
    cluster.end()


@pytest.fixture
def cluster(shared: Cluster) -> Iterator[Cluster]:
    """The scheduler of all tests, without workers yet."""
    yield shared
    shared.dismiss()


def test_the_same_bytes_from_one_two_and_four_workers(
    cluster: Cluster, data: Path, alone: dict[str, bytes], tmp_path: Path
) -> None:
    """Two of the four dawdle, and are elsewhere: pages tell local time. From two only with `FLOWMAP_EXHAUSTIVE`."""
    dawdling = {"SLOW_FOR": "", "SLOW_S": "0.3", "MARK": str(tmp_path / "mark"), "TZ": "XYZ-5:30"}
    for number, joining in ((1, [("", {})]), (2, [("", {})]), (4, [(SLOW, dawdling)] * 2)):
        for preload, environment in joining:
            cluster.worker(preload, **environment)
        if number == 2 and not os.environ.get("FLOWMAP_EXHAUSTIVE"):
            continue
        code, _, complaints = ended(batch(data, tmp_path / str(number), "--scheduler", cluster.address))
        assert (code, complaints) == (1, "")
        assert reports(tmp_path / str(number)) == alone


def test_a_worker_is_killed_and_another_one_joins(
    cluster: Cluster, data: Path, alone: dict[str, bytes], tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    doomed = cluster.worker(SLOW, SLOW_FOR="different-sources", SLOW_S="3600", MARK=str(mark))
    run = batch(data, tmp_path / "out", "--scheduler", cluster.address)
    until(mark.exists)
    end(doomed)
    cluster.worker()
    code, said, complaints = ended(run)
    assert (code, complaints) == (1, "")
    assert said.startswith("3 teams analyzed of 3")
    assert reports(tmp_path / "out") == alone


def test_the_scheduler_is_gone(data: Path, alone: dict[str, bytes], tmp_path: Path) -> None:
    """What was done stays done, the next run does the rest."""
    out, mark = tmp_path / "out", tmp_path / "mark"
    with ExitStack() as stack:
        own = Cluster(tmp_path)
        stack.callback(own.end)
        own.worker(SLOW, SLOW_FOR="lacp-down", SLOW_S="3600", MARK=str(mark))
        run = batch(data, out, "--scheduler", own.address)
        until(mark.exists)
        os.kill(own.scheduler.pid, signal.SIGKILL)
        code, said, complaints = ended(run)
    assert code == 75
    assert said.startswith("2 teams analyzed of 3")
    assert complaints.count("\n") == 1
    assert f"the connection to the scheduler at {own.address} was lost" in complaints
    assert analyzed(out) == ["06-failover", "different-sources"]
    assert ended(batch(data, out))[1].startswith("1 team analyzed of 3")
    assert reports(out) == alone
    assert analyzed(out) == list(TEAMS)


def test_a_capture_that_kills_each_worker(data: Path, alone: dict[str, bytes], tmp_path: Path) -> None:
    """Costs its team the answer, no other one; then there are no workers for longer than one waits; then there are."""
    out, more = tmp_path / "out", {"DASK_FLOWMAP__WAIT_FOR_WORKERS": "1"}
    with ExitStack() as stack:
        own = Cluster(tmp_path, DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="0")
        stack.callback(own.end)
        for _ in range(3):  # each of the team's two captures may kill one
            own.worker(DEADLY)
        code, said, complaints = ended(batch(data, out, "--scheduler", own.address))
        assert code == 1
        assert said.startswith("3 teams analyzed of 3; 1 pass; 1 fail (lacp-down); 1 error (different-sources)")
        assert complaints.count("\n") == 1
        assert "every worker that read it died, the last one tcp://127.0.0.1:" in complaints
        own.dismiss()
        code, said, complaints = ended(batch(data, out, "--scheduler", own.address, **more))
        assert (code, said) == (75, "")
        assert (
            f"the scheduler at {own.address} has no workers: start some with `dask worker {own.address}`" in complaints
        )
        own.worker()
        assert ended(batch(data, out, "--scheduler", own.address))[1].startswith("1 team analyzed of 3; 1 pass")
    assert reports(out) == alone


def test_a_team_beyond_the_memory_limit_on_a_worker(cluster: Cluster, data: Path, tmp_path: Path) -> None:
    """It is not tried again but under another limit."""
    cluster.worker(HUNGRY)
    run = batch(data, tmp_path, "--scheduler", cluster.address, "--memory-limit", "600M", "--fail-on", "never")
    code, said, complaints = ended(run)
    assert (code, "1 error (lacp-down)" in said) == (0, True)
    problem = "lacp-down: needs more memory than it may have (--memory-limit) on the worker tcp://127.0.0.1:"
    assert complaints.startswith(f"flowmap: {problem}")
    again = ended(batch(data, tmp_path, "--scheduler", cluster.address, "--memory-limit", "600M"))
    assert again == (0, "", "")


def test_no_scheduler_answers(data: Path, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    runs = [
        batch(data, tmp_path, "--scheduler", address),
        flowmap("analyze", data / "lacp-down", "--scheduler", address),
    ]
    for run in runs:
        code, said, complaints = ended(run)
        assert (code, said) == (75, "")
        assert complaints.startswith(
            f"flowmap: no scheduler answers at {address}. Check that `dask scheduler` runs there"
        )
    assert analyzed(tmp_path) == []


def test_a_worker_with_another_flowmap(cluster: Cluster, data: Path, tmp_path: Path) -> None:
    cluster.worker(OTHER_VERSION)
    code, _, complaints = ended(batch(data, tmp_path, "--scheduler", cluster.address))
    assert code == 75
    assert "has flowmap 0.0.1 (another), and this is " in complaints
    assert "install the same" in complaints
    assert analyzed(tmp_path) == []


def test_a_worker_that_does_not_see_the_files(cluster: Cluster, tmp_path: Path) -> None:
    """Costs the team its answer this time only."""
    shutil.copytree(CAPTURES / "lacp-down", tmp_path / "in" / "lacp-down")
    cluster.worker(BLIND)
    code, said, complaints = ended(batch(tmp_path / "in", tmp_path / "out", "--scheduler", cluster.address))
    assert code == 3
    assert "1 error" in said
    assert "the worker tcp://127.0.0.1:" in complaints
    assert f"{tmp_path}/in/lacp-down/hvT_nic" in complaints
    assert "shared file system" in complaints
    cluster.dismiss()
    cluster.worker()
    assert ended(batch(tmp_path / "in", tmp_path / "out", "--scheduler", cluster.address))[0] == 1


def test_workers_read_urls(cluster: Cluster, data: Path, alone: dict[str, bytes], tmp_path: Path) -> None:
    cluster.worker()
    with serving(data, token="hunter2") as (address, asked):
        run = batch(f"{address}/?token=hunter2", tmp_path, "--scheduler", cluster.address)
        code, _, complaints = ended(run)
    assert (code, complaints) == (1, "")
    assert len({path for path, _ in asked if ".pcap" in path}) == len(list(data.rglob("*.pcap")))
    found = {name: text.replace(address.encode(), str(data).encode()) for name, text in reports(tmp_path).items()}
    assert len(found) == len(alone)
    assert [name for name in alone if name.endswith(".json") and found[name] != alone[name]] == []
