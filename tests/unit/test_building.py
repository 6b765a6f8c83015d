"""flowmap is installed where its kernels cannot be built, and where Python was built with options that only gcc knows."""

from __future__ import annotations

import importlib.util
import os
import runpy
import shutil
import sysconfig
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent
pytestmark = pytest.mark.skipif(not (ROOT / "setup.py").exists(), reason="tests of an installed flowmap")


def test_no_kernel_has_to_be_built(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With a small kernel in place of those that are, which take long to translate."""
    pytest.importorskip("Cython")
    setuptools = pytest.importorskip("setuptools")
    given: dict[str, Any] = {}
    monkeypatch.setattr(setuptools, "setup", lambda **words: given.update(words))
    shutil.copy(ROOT / "setup.py", tmp_path)
    (tmp_path / "flowmap").mkdir()
    (tmp_path / "flowmap" / "kernel.pyx").write_text("def first(const unsigned char[:] data):\n    return data[0]\n")
    monkeypatch.chdir(tmp_path)
    runpy.run_path("setup.py")
    assert [one.name for one in given["ext_modules"]] == ["flowmap.kernel"]
    assert [one.name for one in given["ext_modules"] if not one.optional] == []
    assert [one.name for one in given["ext_modules"] if not one.py_limited_api] == []


def test_the_source_archive_has_what_builds_it() -> None:
    """setuptools puts in what it knows of; the module of `backend-path` it does not."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    backend = f"{project['build-system']['build-backend']}.py"
    assert (ROOT / backend).is_file()
    assert f"include {backend}" in (ROOT / "MANIFEST.in").read_text(encoding="utf-8").splitlines()


def test_the_compiler_of_a_wheel_gets_no_options_of_gcc(monkeypatch: pytest.MonkeyPatch) -> None:
    """Debian's Python links with -Bsymbolic-functions, Fedora's compiles with -specs: clang knows neither."""
    pytest.importorskip("setuptools")
    spec = importlib.util.spec_from_file_location("build_backend", ROOT / "build_backend.py")
    assert spec is not None
    assert spec.loader is not None
    backend = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(backend)
    variables = {
        "LDSHARED": "x86_64-linux-gnu-gcc -shared -Wl,-Bsymbolic-functions",
        "LDFLAGS": "-Wl,-Bsymbolic-functions",
        "CFLAGS": "-O2 -specs=/usr/lib/rpm/hardened",
        "OPT": "-O2",
    }
    monkeypatch.setattr(sysconfig, "get_config_vars", lambda *_names: variables)
    monkeypatch.setattr(backend, "_compiler_is_here", lambda: False)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec if name == "ziglang" else None)
    monkeypatch.setenv("CC", "")
    monkeypatch.setenv("LDSHARED", "")
    backend._use_zig()
    told = " ".join(
        [os.environ["CC"], os.environ["LDSHARED"], *(variables[name] for name in ("CFLAGS", "OPT", "LDFLAGS"))]
    )
    assert "ziglang cc -mcpu=baseline" in told
    assert "-Bsymbolic-functions" not in told
    assert "-specs" not in told
