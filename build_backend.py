"""How `pip` builds flowmap: as setuptools does, with a C compiler from a wheel where the machine has none.

`ziglang` is asked for only then; its first run compiles a C library, which takes a minute.
"""

from __future__ import annotations

import importlib.util
import os
import shlex
import shutil
import sys
import sysconfig

from setuptools import build_meta
from setuptools.build_meta import (
    build_sdist,
    get_requires_for_build_sdist,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "prepare_metadata_for_build_wheel",
]


def _compiler_is_here() -> bool:
    """Whether setuptools would find a C compiler: the one that is named, else that of Python's own build, or MSVC."""
    named = os.environ.get("CC") or sysconfig.get_config_var("CC")
    return named is None or shutil.which(shlex.split(named)[0]) is not None


def _use_zig() -> None:
    """Have setuptools compile and link with ziglang, for any processor of the kind, not for this one alone.

    What Python itself was built with is left out: the linker's options of Debian and the specifications of Fedora are gcc's.
    """
    if _compiler_is_here() or importlib.util.find_spec("ziglang") is None:
        return
    compiler = f"{shlex.quote(sys.executable)} -m ziglang cc -mcpu=baseline"
    shared = "-bundle -undefined dynamic_lookup" if sys.platform == "darwin" else "-shared"
    variables = sysconfig.get_config_vars()  # what setuptools takes its copy of
    variables |= {"CFLAGS": "-DNDEBUG -fwrapv", "OPT": "", "LDFLAGS": ""}
    os.environ |= {"CC": compiler, "LDSHARED": f"{compiler} {shared}"}


def _more() -> list[str]:
    return [] if _compiler_is_here() else ["ziglang>=0.13"]


def get_requires_for_build_wheel(config_settings=None):
    """Return what setuptools needs, and a compiler if there is none."""
    return [*build_meta.get_requires_for_build_wheel(config_settings), *_more()]


def get_requires_for_build_editable(config_settings=None):
    """Return what setuptools needs, and a compiler if there is none."""
    return [*build_meta.get_requires_for_build_editable(config_settings), *_more()]


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    """Build the wheel; returns its name."""
    _use_zig()
    return build_meta.build_wheel(wheel_directory, config_settings, metadata_directory)


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    """Build the kernels in the tree and the wheel that leads there; returns its name."""
    _use_zig()
    return build_meta.build_editable(wheel_directory, config_settings, metadata_directory)
