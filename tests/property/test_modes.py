"""The kernels mean the same with the compiler off (plain Python integers) and with every array access checked for bounds.

The modules that hold them to their twins run again, in a process and a kernel cache of their own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
MODULES = ("test_bins.py", "test_decode.py", "test_table.py", "test_trace.py")


@pytest.mark.parametrize(("variable", "examples"), [("NUMBA_DISABLE_JIT", "15"), ("NUMBA_BOUNDSCHECK", "40")])
def test_same_with_compiler_off_and_bounds_checked(variable: str, examples: str, tmp_path: Path) -> None:
    environment = dict(os.environ)
    environment |= {variable: "1", "FLOWMAP_CACHE_DIR": str(tmp_path), "FLOWMAP_TEST_EXAMPLES": examples}
    wraps = [
        "-W",
        "ignore:overflow encountered:RuntimeWarning",
    ]  # hashes are taken modulo 2^64, which plain numpy warns of
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *wraps]
    command += [str(HERE / name) for name in MODULES]
    outcome = subprocess.run(
        command, env=environment, cwd=HERE.parents[1], capture_output=True, text=True, check=False, timeout=400
    )
    assert outcome.returncode == 0, outcome.stdout[-4000:]
