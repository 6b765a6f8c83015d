"""What each command may load: start-up is most of what a small analysis takes."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
_COMMANDS = frozenset(
    {
        "analyze.command",
        "batch.command",
        "batch.history",
        "capture",
        "config_",
        "diff",
        "doctor",
        "explain",
        "extract",
        "inspect_",
        "predict",
        "schema",
        "verify",
    }
)
HEAVY = frozenset(
    {
        "altair",
        "cryptography",
        "dask",
        "distributed",
        "dpkt",
        "fsspec",
        "http.client",
        "jinja2",
        "jsonschema",
        "llvmlite",
        "lz4",
        "multiprocessing",
        "numpy",
        "numpy.ma",
        "pandas",
        "polars",
        "prometheus_client",
        "pyarrow",
        "pydantic",
        "pyshark",
        "rich",
        "scapy",
        "scipy",
        "sqlite3",
        "ssl",
        "vl_convert",
        "zstandard",
        "flowmap.privacy.anonymizer",
        "flowmap.report.anonymized",
        "flowmap.capture.etl.reader",
        "flowmap.capture.mirror.reader",
        "flowmap.team.read",
        *(f"flowmap.cli.commands.{name}" for name in _COMMANDS),
    }
)
"""Modules that take 10 ms or more, or that only one option or one command needs."""
READING = frozenset({"numpy", "pydantic"}) | ({"numpy.ma"} if version("numpy") < "2" else set())
"""numpy 1 loads all of itself."""
WITH_LACPDUS = "captures/different-sources"
PLAIN = "captures/18a-idle-member"


def loaded(*arguments: str, folder: Path) -> set[str]:
    """Which of HEAVY a command loads that runs with these arguments, in a process of its own."""
    code = (
        f"import sys\nsys.argv = {['flowmap', *arguments]!r}\nfrom flowmap.cli import main\ntry:\n    main()\nfinally:\n"
        f"    print(*[name for name in {sorted(HEAVY)!r} if name in sys.modules], file=sys.stderr)"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FLOWMAP_")}
    environment |= {"HOME": str(folder), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, env=environment, check=False
    )
    assert done.returncode in (0, 1, 3), done.stderr
    return set(done.stderr.splitlines()[-1].split())


@pytest.mark.parametrize(
    ("arguments", "allowed"),
    [
        (["--help"], frozenset()),
        (["analyze", "--help"], {"pydantic"}),  # of typer
        (["--version"], frozenset()),
        (["schema"], {"pydantic"}),
        (["config", "show"], {"pydantic"}),
        (["explain", "FM101"], READING),
        (["analyze", WITH_LACPDUS, "-q"], READING),
        (["analyze", WITH_LACPDUS], READING | {"rich"}),
        (["analyze", PLAIN, "-q", "--json", "{folder}/report.json"], READING),
        (["analyze", PLAIN, "-q", "--markdown", "{folder}/report.md"], READING),
        (["analyze", PLAIN, "-q", "--flows", "{folder}/flows.csv"], READING),
        (["analyze", WITH_LACPDUS, "-q", "--html", "{folder}/report.html"], READING | {"jinja2", "vl_convert"}),
        (["inspect", PLAIN], READING | {"rich"}),
        (
            ["extract", PLAIN, "--stream", "0", "-o", "{folder}/stream.pcapng"],
            READING | {"flowmap.privacy.anonymizer", "flowmap.report.anonymized"},
        ),
    ],
)
def test_a_command_loads_no_more_than_it_needs(arguments: list[str], allowed: frozenset[str], tmp_path: Path) -> None:
    named = {name: (name.partition(".")[0].rstrip("_"), "--help") for name in _COMMANDS}
    own = {f"flowmap.cli.commands.{name}" for name, called in named.items() if arguments[0] in called}
    assert loaded(*[text.format(folder=tmp_path) for text in arguments], folder=tmp_path) <= allowed | own


def test_the_collector_does_not_go_through_everything_again_and_again(tmp_path: Path) -> None:
    code = (
        f"import gc, sys\nsys.argv = {['flowmap', 'analyze', PLAIN, '-q']!r}\nfrom flowmap.cli import main\n"
        "before = [one['collections'] for one in gc.get_stats()]\ntry:\n    main()\nfinally:\n"
        "    print(*[one['collections'] - old for one, old in zip(gc.get_stats(), before)], gc.get_freeze_count() > 0)"
    )
    environment = {**os.environ, "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, env=environment, check=False
    )
    *collections, frozen = done.stdout.split()
    assert max(map(int, collections)) <= 2, done.stderr  # hundreds, as Python is set by itself
    assert frozen == "True"


def test_plugins_of_others_are_not_looked_for(tmp_path: Path) -> None:
    """pydantic would read the metadata of every package that is installed, and run what calls itself a plugin of it."""
    package = tmp_path / "odd-1.0.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: odd\nVersion: 1.0\n")
    (package / "entry_points.txt").write_text("[pydantic]\nodd = odd:plugin\n")
    (tmp_path / "odd.py").write_text("raise SystemExit('a plugin was run')\n")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(tmp_path)])}
    done = subprocess.run(
        [sys.executable, "-m", "flowmap", "config", "show"],
        capture_output=True,
        text=True,
        env=environment,
        cwd=tmp_path,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_collector_is_rarely_called(tmp_path: Path) -> None:
    code = (
        "import gc, sys\nsys.argv = ['flowmap', '--version']\nfrom flowmap.cli import main\n"
        "try:\n    main()\nfinally:\n    print(gc.get_threshold()[0])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert int(done.stdout.splitlines()[-1]) > 10_000


def test_reading_begins_before_what_judges_is_loaded(tmp_path: Path) -> None:
    code = (
        f"import sys\nsys.argv = {['flowmap', 'analyze', PLAIN, '-q']!r}\nimport flowmap.passes.read as read\n"
        "begin = read.in_threads\n"
        "def watched(*arguments):\n"
        "    print(*[name for name in ('flowmap.verdict', 'flowmap.document') if name in sys.modules], 'at the start')\n"
        "    return begin(*arguments)\n"
        "read.in_threads = watched\nfrom flowmap.cli import main\nmain()"
    )
    environment = {**os.environ, "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, env=environment, check=False
    )
    assert done.stdout == "at the start\n", done.stderr


def test_nothing_is_loaded_before_main_can_catch_an_interrupt() -> None:
    """Of what an interpreter has not loaded by itself; `python -m flowmap` and the command of the package import no more."""
    code = "import sys; had = set(sys.modules); import flowmap.cli; print(*sorted(set(sys.modules) - had))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert {*ended.stdout.split()} - {"__future__"} == {"flowmap", "flowmap.cli", "flowmap.version"}


def test_an_interrupt_while_modules_are_loaded_ends_quietly() -> None:
    code = """if True:
        import sys
        from flowmap.cli import main
        class Interrupted:
            def find_spec(self, name, path=None, target=None):
                if name == "flowmap.cli.language":
                    raise KeyboardInterrupt
        sys.meta_path.insert(0, Interrupted())
        main()
    """
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")
