"""Time flowmap beside other flow tools on the same captures, in one run.

    python bench/compare.py bench/data/headers
    python bench/compare.py bench/data/headers --runs 7 --tools flowmap,nfpcapd

The files are read once first, so that all comes from the page cache. Then each tool runs, in turn, `--runs` times; the
table shows medians, of elapsed and of processor time (the latter bears a busy machine better). What each is asked to do:

flowmap      the whole process: analyze, both passes, the text report. Kernels compiled before (warm).
flowmap net  that less the start-up: the same process, kernels loaded, on captures of one packet.
nfpcapd, softflowd, argus   flow records of the same files: a process per file, all at once, as flowmap has a thread per
             file. softflowd keeps all flows in memory (-m) and exports none; the others write to a scratch folder.
cat          all files to /dev/null.

Every tool must say that it saw each packet, or the run is refused. A tool that is not installed is left out.
"""

from __future__ import annotations

import argparse
import mmap
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

FLOWMAP = [sys.executable, "-m", "flowmap", "analyze"]
TOOLS = ("flowmap", "flowmap start-up", "nfpcapd", "softflowd", "argus", "cat")
RECORD = 16
FILE_HEADER = 24


class Bench:
    """The captures, the packets in each, and a folder for what the tools write."""

    def __init__(self, files: list[Path], scratch: Path, flows: int) -> None:
        self.files, self.scratch, self.flows = files, scratch, flows
        self.packets = [packet_count(file) for file in files]
        self.tiny = [scratch / f"tiny{number}.pcap" for number in range(len(files))]
        for whole, tiny in zip(files, self.tiny, strict=True):
            with whole.open("rb") as source:
                head = source.read(FILE_HEADER + RECORD)
                tiny.write_bytes(head + source.read(int.from_bytes(head[32:36], "little")))

    def command(self, tool: str, number: int) -> list[str]:
        """What one process is; `number` is that of its file, 0 where one process reads all."""
        file = str(self.files[number])
        private = self.scratch / f"{tool}{number}"
        private.mkdir(exist_ok=True)
        return {
            "flowmap": [*FLOWMAP, *map(str, self.files)],
            "flowmap start-up": [*FLOWMAP, *map(str, self.tiny)],
            "nfpcapd": ["nfpcapd", "-r", file, "-w", str(private)],
            "softflowd": ["softflowd", "-d", "-r", file, "-m", str(self.flows), "-p", f"{private}/pid", "-c", "none"],
            "argus": ["argus", "-r", file, "-w", f"{private}/out"],
            "cat": ["cat", *map(str, self.files)],
        }[tool]

    def run(self, tool: str) -> tuple[float, float]:
        """Seconds from the start of the first process to the end of the last, and processor seconds of all."""
        whole = tool.startswith("flowmap") or tool == "cat"
        commands = [self.command(tool, number) for number in range(1 if whole else len(self.files))]
        environment = {**os.environ, "FLOWMAP_TWIN_LIMIT": "0", "PATH": f"{os.environ['PATH']}:/usr/sbin"}
        outputs = [self.scratch / f"{tool}{number}.txt" for number in range(len(commands))]
        with_output = [Path(os.devnull) if tool == "cat" else output for output in outputs]
        started = time.perf_counter()
        running = []
        for command, output in zip(commands, with_output, strict=True):
            with output.open("wb") as file:
                running.append(subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT, env=environment))
        codes, processor = [], 0.0
        for process in running:
            _pid, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            codes.append(process.returncode)
            processor += usage.ru_utime + usage.ru_stime
        seconds = time.perf_counter() - started
        texts = [output.read_text(errors="replace") for output in with_output if tool != "cat"]
        if not set(codes) <= ({0, 1, 3} if tool.startswith("flowmap") else {0}):
            raise SystemExit(f"{tool}: exit codes {codes}:\n{texts}")
        check(tool, self.packets, texts)
        for number in range(len(commands)):
            shutil.rmtree(self.scratch / f"{tool}{number}")
        return seconds, processor


def check(tool: str, packets: list[int], texts: list[str]) -> None:
    """Whether the tool says that it read all packets."""
    patterns = {"nfpcapd": r"Processed: (\d+), skipped: (\d+)", "softflowd": r"Packets processed: (\d+)"}
    if tool == "flowmap":
        said = [int(found.replace(" ", "")) for found in re.findall(r"([\d ]+) packets, [\d ]+ flows", texts[0])]
        if said != [sum(packets)]:
            raise SystemExit(f"flowmap counted {said} packets of {sum(packets)}:\n{texts[0]}")
    elif tool in patterns:
        for expected, text in zip(packets, texts, strict=True):
            found = re.search(patterns[tool], text)
            if not found or sum(map(int, found.groups())) != expected:
                raise SystemExit(f"{tool} did not read {expected} packets:\n{text}")


def packet_count(path: Path) -> int:
    """Records of a little-endian pcap file."""
    packets, position = 0, FILE_HEADER
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as buffer:
        while position < len(buffer):
            position += RECORD + int.from_bytes(buffer[position + 8 : position + 12], "little")
            packets += 1
    return packets


def table(bench: Bench, times: dict[str, list[tuple[float, float]]]) -> list[str]:
    """Lines to print: medians, spread, rates, and how many times as long as flowmap each tool takes."""
    total, size = sum(bench.packets), sum(file.stat().st_size for file in bench.files)
    wall = {tool: statistics.median(seconds for seconds, _ in taken) for tool, taken in times.items()}
    cpu = {tool: statistics.median(seconds for _, seconds in taken) for tool, taken in times.items()}
    if {"flowmap", "flowmap start-up"} <= wall.keys():
        for median in (wall, cpu):
            median["flowmap net"] = median["flowmap"] - median["flowmap start-up"]
    runs = min(len(taken) for taken in times.values())
    lines = [f"{len(bench.files)} files, {total:,} packets, {size / 1e9:.2f} GB, medians of {runs} runs"]
    lines.append(
        f"{'':17}{'seconds':>8}{'min':>7}{'max':>7}{'cpu s':>8}{'Mpkt/s':>8}{'GB/s':>7}{'whole x':>9}{'net x':>7}"
    )
    for tool, seconds in wall.items():
        spread = [f"{f(taken[0] for taken in times[tool]):7.2f}" if tool in times else " " * 7 for f in (min, max)]
        line = f"{tool:17}{seconds:8.2f}{''.join(spread)}{cpu[tool]:8.2f}"
        if tool != "flowmap start-up":
            line += f"{total / seconds / 1e6:8.2f}{size / seconds / 1e9:7.2f}"
        if not tool.startswith("flowmap"):
            line += "".join(
                f"{seconds / wall[own]:{w}.2f}" for own, w in (("flowmap", 9), ("flowmap net", 7)) if own in wall
            )
        lines.append(line)
    lines.append("x: how many times as long as flowmap, whole or net of start-up, that tool takes")
    return lines


def installed(tool: str) -> bool:
    path = f"{os.environ['PATH']}:/usr/sbin"
    return tool.startswith("flowmap") or shutil.which(tool, path=path) is not None


def main(say: Callable[[str], None] = print) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+", type=Path, help="pcap files, or folders of them")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--tools", default=",".join(TOOLS), help="comma-separated; default: all that are installed")
    parser.add_argument("--flows", type=int, default=4_000_000, help="flows that softflowd keeps room for")
    given = parser.parse_args()
    files = [file for path in given.paths for file in (sorted(path.glob("*.pcap")) if path.is_dir() else [path])]
    tools = [tool for tool in given.tools.split(",") if installed(tool)]
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(files, Path(folder), given.flows)
        bench.run("cat")
        bench.run("flowmap start-up")
        times: dict[str, list[tuple[float, float]]] = {tool: [] for tool in tools}
        for _round in range(given.runs):
            for tool in tools:
                times[tool].append(bench.run(tool))
        for line in table(bench, times):
            say(line)


if __name__ == "__main__":
    main()
