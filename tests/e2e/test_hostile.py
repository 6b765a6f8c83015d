"""The installed command on captures that somebody made to hurt: an answer, in bounded memory, in time that grows as they do."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import struct
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import builders as b
import hostile
import lz4.frame
import pytest
import zstandard

MOST_MEMORY = 3 << 30
"""Of address space, so that running away ends at once; what is really used is in the measurement of memory."""
MOST_RESIDENT = 450 << 20
"""The bound of 350 MB of anonymous memory, and the mapped libraries."""
LAUNCHER = f"""
import resource, subprocess, sys
resource.setrlimit(resource.RLIMIT_AS, ({MOST_MEMORY}, {MOST_MEMORY}))
code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(code, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)
"""
"""What starts the command is small: a process is charged with the memory of the one that made it."""
WITHOUT_KERNEL = "import sys; sys.modules['flowmap.flow.kernel'] = None; from flowmap.cli import main; sys.exit(main())"
LEAST_S = 0.4
"""Below this, what a run costs beyond starting is noise."""


def run(paths: list[Path], *more: str, twin: bool = False) -> tuple[int, float, int, str]:
    """Exit code, processor seconds, peak resident bytes, standard error."""
    program = ["-c", WITHOUT_KERNEL] if twin else ["-m", "flowmap"]
    command = [sys.executable, *program, "analyze", *map(str, paths), "--jobs", "1", *more]
    done = subprocess.run([sys.executable, "-c", LAUNCHER, *command], capture_output=True, text=True, check=True)
    code, seconds, resident = done.stdout.split()
    return int(code), float(seconds), int(resident), done.stderr


def analyzed(path: Path, folder: Path) -> dict[str, Any]:
    code, _, resident, said = run([path], "-q", "--json", str(folder / "report.json"))
    assert code in (0, 1, 3), said
    assert resident < MOST_RESIDENT
    report: dict[str, Any] = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    return report


def codes(report: dict[str, Any]) -> set[str]:
    return {notice["code"] for notice in report["notices"]}


def test_an_answer_comes_and_no_packet_is_lost_or_invented(tmp_path: Path) -> None:
    paths = []
    for make, (size, _) in hostile.ONCE.items():
        paths.append(tmp_path / make.__name__)
        make(paths[-1], size)
    code, _, resident, said = run(paths, "-q", "--json", str(tmp_path / "report.json"))
    assert code in (1, 3), said
    assert resident < MOST_RESIDENT
    packets: Counter[str] = Counter()
    for member in json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["members"]:
        packets[Path(member["captures"][0]["path"]).name] += member["packets"]
    assert packets == {make.__name__: expected for make, (_, expected) in hostile.ONCE.items()}


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> float:
    """Processor seconds of a run with nothing to do."""
    path = tmp_path_factory.mktemp("start") / "one"
    hostile.tiny_packets(path, 1)
    return run([path], "-q")[1]


@pytest.mark.parametrize("make", hostile.GROWING, ids=lambda make: make.__name__)
def test_time_grows_with_the_capture(make: Callable[[Path, int], None], start: float, tmp_path: Path) -> None:
    """Four times the capture costs no more than eight times: with the square it would be sixteen."""
    costs = []
    for factor in (1, 4):
        make(tmp_path / "hostile", hostile.GROWING[make] * factor)
        code, seconds, resident, said = run([tmp_path / "hostile"], "-q", twin=make in hostile.FOR_THE_TWIN)
        assert code in (0, 1, 3), said
        assert resident < MOST_RESIDENT
        costs.append(seconds - start)
    assert costs[1] <= 8 * max(costs[0], LEAST_S)


COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "zstd": zstandard.compress,
    "lz4": lz4.frame.compress,
    "xz": lzma.compress,
    "bzip2": bz2.compress,
}


@pytest.mark.parametrize("form", COMPRESS)
def test_a_bomb_of_a_packet_without_end(form: str, tmp_path: Path) -> None:
    """A packet block of four GB, of which 64 MB are there."""
    block = struct.pack("<II", b.EPB, 0xFFFFFFFC) + bytes(64 << 20)
    (tmp_path / "bomb").write_bytes(COMPRESS[form](hostile.SECTION + hostile.ONE + b.epb(hostile.T0, b"first") + block))
    report = analyzed(tmp_path / "bomb", tmp_path)
    assert report["totals"]["packets"] == 1
    assert codes(report) & {"capture_damaged", "record_truncated"}


@pytest.mark.parametrize("outer", ["gzip", "zstd"])
def test_a_nested_bomb_of_empty_packets_ends_with_a_notice(outer: str, tmp_path: Path) -> None:
    """25 million packets of which nothing was kept, in little, were it not for a limit."""
    packed, record = zstandard.ZstdCompressor().compressobj(), struct.pack("<4I", 1, 0, 0, 60)
    inner = packed.compress(b.pcap_header())
    inner += b"".join(packed.compress(record * (1 << 20)) for _ in range(24)) + packed.flush()
    (tmp_path / "bomb").write_bytes(COMPRESS[outer](inner))
    limit = "import flowmap.capture.source.packed as p; p.FREE_OUTPUT = 1 << 26; from flowmap.cli import main; main()"
    command = [sys.executable, "-c", limit, "analyze", str(tmp_path / "bomb"), "-q", "--json", str(tmp_path / "r.json")]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 3
    report = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert report["totals"]["packets"] == ((1 << 26) - 24) // 16
    assert "capture_damaged" in codes(report)


def test_a_capture_in_three_wrappings_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bomb").write_bytes(gzip.compress(gzip.compress(gzip.compress(b.pcap([(1, b"frame")])))))
    code, _, _, said = run([tmp_path / "bomb"])
    assert (code, "more than twice" in said) == (4, True)


def test_names_cannot_steer_the_terminal(tmp_path: Path) -> None:
    name = "\x1b]0;owned\x07\x1b[31mnic\u202e\r\n"
    path = tmp_path / "x\x1b[31m.pcapng"
    frame = hostile.frame4(1, 2, hostile.tcp(3))
    described = b.idb(resolution=9, name=name, description=name)
    path.write_bytes(hostile.SECTION + described + b.epb(hostile.T0, frame) + b"\xff" * 20)
    for command in ("analyze", "inspect"):
        done = subprocess.run(
            [sys.executable, "-m", "flowmap", command, str(path), "-v"], capture_output=True, check=False
        )
        assert done.returncode == 3, done.stderr
        for output in (done.stdout.decode(), done.stderr.decode()):
            assert all(c.isprintable() or c == "\n" for c in output), ascii(output)
