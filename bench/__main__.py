"""`python -m bench`: makes the sets, runs every tool that is installed, and writes the figures into docs/performance.md."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from pathlib import Path

from bench import growth, tables
from bench.peers import PEERS, Peer, installed
from bench.sets import SETS, make
from bench.speed import installed_size, measure, startup

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "performance.md"
PLOTS = PAGE.parent / "performance"


def say(text: str) -> None:
    """Progress; results go to standard output."""
    print(text, file=sys.stderr, flush=True)


def make_sets(given: argparse.Namespace) -> None:
    """Only make them, for other uses."""
    for name in given.sets:
        for path in make(name, given.data, given.scale):
            print(path)


def run_sets(given: argparse.Namespace) -> None:
    """Every set, every tool, in turn."""
    peers = _peers(given)
    measured = [measure(name, given.data, given.scale, peers, given.runs, say) for name in given.sets]
    lines = tables.held_to(measured, startup(max(5, given.runs)), installed_size() if given.size else None)
    lines += [f"Medians of {given.runs} runs. {_machine()}", ""]
    for one in measured:
        lines += tables.table(one)
    _out(given, "sets", lines)


def run_growth(given: argparse.Namespace) -> None:
    """From few packets and flows to many."""
    packets = [size for size in growth.PACKETS if size <= given.most_packets]
    flows = [size for size in growth.FLOWS if size <= given.most_flows]
    points = growth.grow(given.data, packets, flows, _peers(given), growth.Budget(given.seconds), say)
    lines = ["Seconds are those of the processors, but where they are by the clock.", "", *growth.table(points)]
    for along, title in (
        ("packets", "16 flows, more and more packets"),
        ("flows", "5 packets to a flow, more and more flows"),
    ):
        if any(point.along == along for point in points):
            growth.draw(points, along, title, (PLOTS if given.write else given.data) / f"{along}.svg")
            lines += [f"![{title}](performance/{along}.svg)", ""]
    _out(given, "growth", [*lines, _machine()])


def _peers(given: argparse.Namespace) -> list[Peer]:
    found = installed(given.peers)
    missing = [name for name in given.peers if name not in [one.name for one in found]]
    if missing:
        say(f"not installed, left out: {', '.join(missing)}")
    return found


def _machine() -> str:
    """What this was measured on, as far as Linux tells it."""
    models = [line.partition(":")[2].strip() for line in _read("/proc/cpuinfo") if line.startswith("model name")]
    return f"{os.cpu_count()} processors ({models[0] if models else platform.machine()}), Python {platform.python_version()}."


def _read(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []


def _out(given: argparse.Namespace, name: str, lines: list[str]) -> None:
    if given.write:
        tables.into(PAGE, name, lines)
        say(f"written into {PAGE}")
    print("\n".join(lines))


def main() -> None:
    """Read the arguments and do it."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--data", type=Path, default=HERE / "data", help="where captures are made; 15 GB at full size")
    parser.add_argument(
        "--peers",
        type=lambda text: text.split(","),
        default=[one.name for one in PEERS],
        help="tools beside flowmap, comma-separated; default: all that are installed",
    )
    parser.add_argument("--write", action="store_true", help="write tables and plots into docs/performance.md")
    commands = parser.add_subparsers(required=True)
    for name, function in (("make", make_sets), ("run", run_sets)):
        command = commands.add_parser(name, help=function.__doc__)
        command.add_argument("sets", nargs="*", default=list(SETS), help=f"of {', '.join(SETS)}; default: all")
        command.add_argument("--scale", type=float, default=1, help="of the packets; 1 is 2 x 20 million for snap")
        command.set_defaults(function=function)
    command.add_argument("--runs", type=int, default=3)
    command.add_argument(
        "--size", action="store_true", help="also install into a fresh environment and see what it takes"
    )
    command = commands.add_parser("growth", help=run_growth.__doc__)
    command.add_argument("--most-packets", type=float, default=1e7, help="up to 1e8, which takes 8 GB")
    command.add_argument("--most-flows", type=float, default=1e6, help="up to 1e7, which takes 6 GB")
    command.add_argument(
        "--seconds", type=float, default=1800, help="how long all of it may take, about; what takes longer is left out"
    )
    command.set_defaults(function=run_growth)
    given = parser.parse_args()
    unknown = [name for name in getattr(given, "sets", []) if name not in SETS]
    if unknown:
        parser.error(f"no such set: {', '.join(unknown)}")
    given.function(given)


if __name__ == "__main__":
    main()
