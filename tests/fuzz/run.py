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
import sys
import tempfile
import traceback
import warnings
from pathlib import Path
from typing import NoReturn

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
    parser.add_argument("--list", action="store_true", help="print the targets' names instead")
    parser.add_argument(
        "--inside", action="store_true", help="hand what follows `--` to the fuzzer: a target, its flags"
    )
    parser.add_argument("--replay", metavar="FILE", help="run one input instead")
    given = parser.parse_args()
    if given.inside:
        instrument()
        be_the_fuzzer(given.targets[0], given.targets[1:])
    names = given.targets or list(load().TARGETS)
    if given.list:
        print("\n".join(names))
        return 0
    if given.replay:
        load().TARGETS[names[0]](Path(given.replay).read_bytes())
        return 0
    folder = Path(given.folder or tempfile.mkdtemp(prefix="flowmap-fuzz-"))
    instrument()
    failed = [name for name in names if not fuzz(name, max(1, given.seconds // len(names)), given.seed, folder)]
    print(f"found something: {', '.join(failed)}; the inputs are in {folder}" if failed else "nothing found")
    return 1 if failed else 0


def fuzz(name: str, seconds: int, seed: int, folder: Path) -> bool:
    """Fuzz one target in a child, which the fuzzer ends. What it learns goes to `folder`, not into the kept corpus."""
    learned, finds = folder / name, folder / "finds"
    for one in (learned, finds):
        one.mkdir(parents=True, exist_ok=True)
    flags = [
        f"-max_total_time={seconds}",
        f"-timeout={_NO_HANG_S}",
        f"-rss_limit_mb={_MOST_MEGABYTES}",
        f"-max_len={_LONGEST}",
    ]
    flags += [f"-seed={seed}", f"-artifact_prefix={finds}{os.sep}{name}-", "-print_final_stats=1", "-verbosity=0"]
    print(f"{name}: {seconds} s", flush=True)
    if not (child := os.fork()):
        be_the_fuzzer(name, [*flags, str(learned), str(HERE / "corpus" / name)])
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def load() -> object:
    sys.path[0] = str(HERE.parent)
    from fuzz import targets

    return targets


def instrument() -> None:
    """Load the whole package so that the fuzzer sees which lines run; that takes longer than a short run does. Kernels are not
    instrumented."""
    import atheris

    (package,) = importlib.util.find_spec("flowmap").submodule_search_locations
    files = [file.relative_to(package).with_suffix("").parts for file in sorted(Path(package).rglob("*.py"))]
    modules = [".".join(("flowmap", *parts)).removesuffix(".__init__") for parts in files if parts[-1] != "__main__"]
    with atheris.instrument_imports(include=["flowmap"]):
        for module in modules:
            importlib.import_module(module)


def be_the_fuzzer(name: str, flags: list[str]) -> NoReturn:
    """Hand this process to the fuzzer; whatever goes wrong before ends it with 1."""
    import atheris

    try:
        warnings.simplefilter("ignore")
        atheris.Setup([sys.argv[0], *flags], load().TARGETS[name])
        atheris.Fuzz()
    except SystemExit as ended:
        os._exit(1 if ended.code else 0)
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
