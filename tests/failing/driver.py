"""Runs a command of flowmap again and again in a forked child, each time with another call on its files failing.

    LD_PRELOAD=shim.so python driver.py SCENARIO FOLDER NUMBERS

Prints a line of JSON for each run: the number of the call that failed, its name, the exit code, what was said, and what is
wrong with what it left. NUMBERS is "all", or numbers with commas. Every child is forked from a process that has run the command
once, so that a run costs what the command does with a team of a few packets.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import gc
import json
import os
import shutil
import signal
import sqlite3
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

CAPTURES = Path(__file__).parents[2] / "captures" / "01-data-and-acks-apart"
PACKETS = 20
"""Of each capture: enough for a stream that is judged."""
OUTPUTS = (".json", ".html", ".md", ".csv", ".prom", ".pcapng")
ERRORS = (errno.EIO, errno.ENOSPC)
CODES = {
    "analyze": {0, 2, 3, 4, 74},
    "batch": {0, 2, 3, 74, 75},
    "prune": {0, 2, 74},
    "extract": {0, 2, 3, 4, 74},
    "capture": {0, 2, 3, 74},
}
"""What each command may end with: 70 is a bug, above 128 a signal."""
FAKE = """#!/bin/sh
while [ $# -gt 0 ]; do
    case $1 in -L) exit 0;; -w) cp "{capture}" "$2";; esac
    shift
done
trap 'kill $!; exit 0' INT TERM
echo "Packets received/dropped on interface 'lo': 10/0" >&2
sleep 5 & wait
"""


def here(tasks: Iterable[Any], *_: Any) -> Iterator[Any]:
    """The workers' work in this process: what is raised ends as it does there."""
    from flowmap.batch.work import Done, _guarded

    for task in tasks:
        answer = _guarded(task, lambda _: None)
        yield Done(task, answer.outcome, 1, 2, answer.unwritten, trace=answer.trace)


def page(material: Any, *_: Any, **__: Any) -> str:
    return f"<html>{material.report.verdict}</html>\n"


shown = {"undisturbed": False}
"""Whether the next run in this process reads what the run that warmed it has read, without a call that fails."""


def judged_once(judge: Callable[..., Any]) -> Callable[..., Any]:
    """Return what judges captures, but gives the first judgement again in undisturbed runs that read them whole."""
    kept: list[Any] = []

    def judged(read: Any, settings: Any, given: Any) -> Any:
        if shown["undisturbed"] and kept and not given.notices and not given.messages:
            return kept[0]
        found = judge(read, settings, given)
        kept[:] = kept or [found]
        return found

    return judged


def prepare(scenario: str, place: Path) -> list[str]:
    """Fill the folder and return the command."""
    folder = place / "in" / "host"
    folder.mkdir(parents=True)
    captures = [str(shortened(path, folder)) for path in sorted(CAPTURES.glob("*.pcap"))]
    out = str(place / "out")
    batch = [
        "batch",
        str(place / "in"),
        "--out",
        out,
        "--settle",
        "0",
        "--jobs",
        "1",
        "--textfile",
        str(place / "m.prom"),
    ]
    if scenario == "analyze":
        outputs = [
            (f"--{kind}", str(place / f"r.{suffix}"))
            for kind, suffix in (("json", "json"), ("markdown", "md"), ("flows", "csv"), ("html", "html"))
        ]
        return ["analyze", *captures, *(word for pair in outputs for word in pair)]
    if scenario == "prune":
        ended(batch, place)
        shutil.rmtree(place / "in")
        return ["prune", "--keep", "0min", "--out", out]
    if scenario == "extract":
        return ["extract", *captures, "--stream", "0", "-o", str(place / "s.pcapng")]
    if scenario == "capture":
        program = place.parent / "bin" / "dumpcap"
        program.parent.mkdir(exist_ok=True)
        program.write_text(FAKE.format(capture=captures[0]))
        program.chmod(0o755)
        os.environ["PATH"] = f"{program.parent}:{os.environ['PATH']}"
        return ["capture", "lo", "-o", out, "--duration", "1s", "--ring", "16M", "-q"]
    return batch


def shortened(path: Path, folder: Path) -> Path:
    """Write the first packets of a capture, as old as they are, into a folder."""
    data, end = path.read_bytes(), 24
    for _ in range(PACKETS):
        end += 16 + int.from_bytes(data[end + 8 : end + 12], "little")
    written = folder / path.name
    written.write_bytes(data[:end])
    os.utime(written, (1_000_000_000, 1_000_000_000))
    return written


STUCK_S = 40
"""Seconds after which a child is ended. It is tried once more then; who is stuck twice is wrong."""


def run(command: list[str], place: Path, nth: int, clean: dict[str, bytes] | None, scenario: str) -> dict[str, Any]:
    """Run it in a child, with call number `nth` failing (0: none), and say what is wrong with what that left."""
    result = place.parent / "result"
    child = os.fork()
    if not child:
        signal.alarm(STUCK_S)
        found: dict[str, Any] = {}
        try:
            shim = ctypes.CDLL(None)
            shim.failing_what.restype = ctypes.c_char_p
            error = ERRORS[nth % len(ERRORS)]
            found["code"], found["said"] = ended(
                command, place, lambda: shim.failing_arm(f"{place}/".encode(), nth, error)
            )
            found["count"], found["what"] = shim.failing_count(), shim.failing_what().decode()
            shim.failing_arm(b"", 0, 0)
            found["wrong"] = [] if clean is None else wrong(scenario, place, clean, found, command)
        finally:
            result.write_text(json.dumps(found))
            os._exit(0)
    _, status = os.waitpid(child, 0)
    told: dict[str, Any] = json.loads(result.read_text()) if result.exists() else {}
    result.unlink(missing_ok=True)
    return {
        "nth": nth,
        **({"code": f"ended {status}", "what": "", "count": 0, "said": "", "wrong": ["no result"]} | told),
    }


def ended(command: list[str], place: Path, begin: Callable[[], None] = lambda: None) -> tuple[Any, str]:
    """Run a command in this process; return its exit code and what it says on standard error. `begin` is called before."""
    from flowmap.cli import main

    said, kept, code = place.parent / "said", (os.dup(1), os.dup(2)), 71
    with said.open("w") as errors, (place / "stdout").open("w") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(errors.fileno(), 2)
    sys.argv = ["flowmap", *command]
    begin()
    try:
        main()
    except SystemExit as end:
        code = end.code or 0  # type: ignore[assignment]
    finally:
        for number, one in enumerate(kept, start=1):
            os.dup2(one, number)
            os.close(one)
    return code, said.read_text(errors="replace")


def wrong(scenario: str, place: Path, clean: dict[str, bytes], done: dict[str, Any], command: list[str]) -> list[str]:
    """What is not as it has to be after a call has failed."""
    told = []
    if done["code"] not in CODES[scenario]:
        told.append(f"exit code {done['code']}")
    if "Traceback" in done["said"] or "bug in flowmap" in done["said"]:
        told.append("a bug is told")
    left = outputs(place)
    for name, data in left.items():
        recorded = scenario == "capture" and name.endswith(".pcapng")  # the stand-in's, a copy
        if not name.startswith("in/") and not recorded and not whole(name, data):
            told.append(f"{name} is not whole")
    if done["code"] == 0 and scenario in ("analyze", "extract") and left != clean:
        told.append(
            f"0, though outputs differ: {sorted(set(clean) ^ set(left)) or [n for n in clean if clean[n] != left[n]]}"
        )
    if scenario in ("batch", "prune"):
        told += ledger_wrong(place)
        shown["undisturbed"] = True
        code, said = ended(command, place)
        if code not in CODES[scenario] or (scenario == "batch" and code):
            told.append(f"the next run ends with {code}: {said}")
        after, meant = (
            {name: data for name, data in one.items() if "report" in name} for one in (outputs(place), clean)
        )
        for name in list(after):  # told that it stays
            if scenario == "prune" and done["code"] == 74 and f"{place / name}: cannot be removed" in done["said"]:
                del after[name]
        if after != meant:
            told.append(f"the next run leaves {sorted(after)}")
        told += ledger_wrong(place)
    return told


def whole(name: str, data: bytes) -> bool:
    """Whether a file ends where it has to; what is in it may be less, where a capture could not be read."""
    if name.endswith(".json"):
        with contextlib.suppress(ValueError):
            return isinstance(json.loads(data), dict | list)
        return False
    if name.endswith(".html"):
        return data.rstrip().endswith(b"</html>")
    if not name.endswith(".pcapng"):
        return data.endswith(b"\n")
    at = 0
    while at + 8 <= len(data):
        at += max(8, int.from_bytes(data[at + 4 : at + 8], "little"))
    return at == len(data)


def outputs(place: Path) -> dict[str, bytes]:
    """What is there for others: no names of their own begin with a dot."""
    return {
        str(path.relative_to(place)): path.read_bytes()
        for path in sorted(place.rglob("*"))
        if path.is_file() and not path.name.startswith(".") and path.suffix in OUTPUTS
    }


def ledger_wrong(place: Path) -> list[str]:
    """Entries without their reports, and a ledger that is damaged."""
    file = place / "out" / "ledger.sqlite"
    if not file.exists():
        return []
    with contextlib.closing(sqlite3.connect(file)) as database:
        if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'analysis'").fetchone():
            return []
        told = [] if database.execute("PRAGMA integrity_check").fetchone() == ("ok",) else ["the ledger is damaged"]
        for folder, outcome in database.execute("SELECT folder, outcome FROM analysis WHERE current"):
            if json.loads(outcome)["error"] is None and not (place / "out" / folder / "report.json").exists():
                told.append(f"an entry without its report: {folder}")
    return told


def preload() -> None:
    """Import what the commands need, so that a child does not have to."""
    import typer.main

    import flowmap.analysis.answer as analysis
    import flowmap.batch.run as batch_run
    import flowmap.cli.commands.analyze.command
    import flowmap.cli.commands.batch.command
    import flowmap.cli.commands.batch.events
    import flowmap.report.formats.html
    import flowmap.report.formats.markdown.page
    import flowmap.report.pictures.engine
    import flowmap.tools.capture.programs as programs
    import flowmap.tools.extract.extract

    typer.main.get_command = cache(typer.main.get_command)
    ask = cache(programs.output_of)
    programs.output_of = lambda command: ask(tuple(command))  # what the host says is asked once
    analysis.answer = judged_once(analysis.answer)
    batch_run.run_tasks = here  # type: ignore[assignment]
    flowmap.report.formats.html.render = page  # type: ignore[assignment]
    flowmap.report.pictures.engine.start_engine = lambda: None  # type: ignore[assignment,return-value]


def main() -> None:
    scenario, scratch, numbers = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    os.environ["SOURCE_DATE_EPOCH"] = "1800000000"
    preload()
    if scenario == "capture":
        sleep: Callable[[float], None] = time.sleep
        time.sleep = lambda seconds: sleep(seconds / 50)  # type: ignore[assignment]
    place, before = scratch / "place", scratch / "before"
    place.mkdir()
    command = prepare(scenario, place)
    shutil.copytree(place, before)
    ended(command, place)  # so that each child finds what is made once already there
    gc.collect()
    gc.freeze()  # else a child would copy every page for the collector's sake

    def anew(nth: int, clean: dict[str, bytes] | None, again: bool = True) -> dict[str, Any]:
        shutil.rmtree(place)
        shutil.copytree(before, place)
        done = run(command, place, nth, clean, scenario)
        if again and done["code"] == f"ended {signal.SIGALRM.value}":  # a fork may catch a lock that a thread held
            return anew(nth, clean, again=False)
        return done

    done = anew(0, None)
    clean = outputs(place)
    print(json.dumps({**done, "wrong": [] if done["code"] in (0, 3) else ["the clean run fails"]}), flush=True)
    for nth in range(1, done["count"] + 1) if numbers == "all" else map(int, numbers.split(",")):
        print(json.dumps(anew(nth, clean)), flush=True)


if __name__ == "__main__":
    main()
