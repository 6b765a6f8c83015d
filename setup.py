"""Builds the packet kernels, `flowmap/**/*.pyx`, for every Python from 3.11 on (the stable ABI).

They are optional: where they cannot be compiled flowmap is installed without them, and says so when it is run.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup

ROOT = Path(__file__).parent
MACROS = [("Py_LIMITED_API", "0x030B0000"), ("CYTHON_LIMITED_API", "1"), ("CYTHON_CLINE_IN_TRACEBACK", "0")]
FLAGS = ["/O2"] if sys.platform == "win32" and "CC" not in os.environ else ["-O3", "-fno-semantic-interposition", "-g0"]
EXTRA = os.environ.get("FLOWMAP_KERNEL_FLAGS", "").split()  # of a build for tests, such as -fsanitize=address


def extension(source: Path) -> Extension:
    name = ".".join(source.relative_to(ROOT).with_suffix("").parts)
    return Extension(
        name,
        [str(source.relative_to(ROOT))],
        define_macros=MACROS,
        extra_compile_args=FLAGS + EXTRA,
        extra_link_args=EXTRA,
        py_limited_api=True,
    )


def kernels() -> list[Extension]:
    """Translate all kernels to C. That they are optional is set afterwards: Cython makes extensions of its own of what it is
    given, and forgets that."""
    made: list[Extension] = cythonize(
        [extension(source) for source in sorted(ROOT.glob("flowmap/**/*.pyx"))],
        build_dir="build",
        compiler_directives={
            "language_level": 3,
            "boundscheck": False,
            "wraparound": False,
            "cdivision": True,
            "initializedcheck": False,
        },
    )
    for one in made:
        one.optional = True
    return made


setup(ext_modules=kernels(), options={"bdist_wheel": {"py_limited_api": "cp311"}})
