"""Runs fuzz targets under atheris. See docs/fuzzing.md.

    python tests/fuzz/run.py --seconds 1800               # all targets, one after the other, 30 minutes in all
    python tests/fuzz/run.py --seconds 60 capture frame   # these
    python tests/fuzz/run.py --replay FILE capture        # one input, with its traceback

Ends with 1 where something was found; the inputs are then in the folder named.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
_NO_HANG_S = 10
_MOST_MEGABYTES = 1500
_LONGEST = 4096


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", help="default: all")
    parser.add_argument("--seconds", type=int, default=60, help="in all, shared out evenly")
    parser.add_argument("--seed", type=int, default=1, help="of the random numbers; 0: another one each time")
    parser.add_argument("--folder", help="where finds and new inputs go; default: a temporary one")
    parser.add_argument("--replay", metavar="FILE", help="run one input instead")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        run_inside(given.targets[0], given.targets[1:])
    names = given.targets or list(load().TARGETS)
    if given.replay:
        load().TARGETS[names[0]](Path(given.replay).read_bytes())
        return 0
    folder = Path(given.folder or tempfile.mkdtemp(prefix="flowmap-fuzz-"))
    failed = [name for name in names if not fuzz(name, max(1, given.seconds // len(names)), given.seed, folder)]
    print(f"found something: {', '.join(failed)}; the inputs are in {folder}" if failed else "nothing found")
    return 1 if failed else 0


def fuzz(name: str, seconds: int, seed: int, folder: Path) -> bool:
    """Fuzz one target in a process of its own. What it learns goes to `folder`, not into the kept corpus."""
    learned, finds = folder / name, folder / "finds"
    for one in (learned, finds):
        one.mkdir(parents=True, exist_ok=True)
    flags = [f"-max_total_time={seconds}", f"-timeout={_NO_HANG_S}", f"-rss_limit_mb={_MOST_MEGABYTES}", f"-max_len={_LONGEST}"]
    flags += [f"-seed={seed}", f"-artifact_prefix={finds}{os.sep}{name}-", "-print_final_stats=1", "-verbosity=0"]
    command = [sys.executable, __file__, "--inside", "--", name, *flags, str(learned), str(HERE / "corpus" / name)]
    print(f"{name}: {seconds} s", flush=True)
    done = subprocess.run(command, check=False, env={**os.environ, "PYTHONWARNINGS": "ignore"})
    return done.returncode == 0


def load() -> object:
    sys.path[0] = str(HERE.parent)
    from fuzz import targets

    return targets


def run_inside(name: str, flags: list[str]) -> None:
    """This process is the fuzzer. Kernels are not instrumented: what is compiled cannot call back."""
    import atheris

    (package,) = importlib.util.find_spec("flowmap").submodule_search_locations
    files = [file.relative_to(package).with_suffix("").parts for file in sorted(Path(package).rglob("*.py"))]
    modules = [".".join(("flowmap", *parts)).removesuffix(".__init__") for parts in files if parts[-1] != "__main__"]
    compiled = [module for module in modules if module.endswith((".kernels", ".jit"))]
    with atheris.instrument_imports(include=["flowmap"], exclude=compiled):
        for module in modules:
            importlib.import_module(module)
    from flowmap.pipeline.warm import compile_all

    compile_all()  # neither a slow input nor a leak
    target = load().TARGETS[name]
    atheris.Setup([sys.argv[0], *flags], target)
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
