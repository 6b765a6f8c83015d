"""Where the kernel cache goes, and that kernels work where it can go nowhere."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

import flowmap
from flowmap import jit

NOWHERE = "/proc/none"  # not even root can make a folder there
needs_root = pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can give files away")
needs_proc = pytest.mark.skipif(not Path("/proc/self").exists(), reason="no /proc, where nobody can make folders")


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files is one of the test's own."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_the_folder_asked_for_is_the_only_one_tried(tmp_path: Path, temporary: Path) -> None:
    environ = {"FLOWMAP_CACHE_DIR": str(tmp_path / "mine"), "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    chosen = jit._choose(environ)
    assert chosen is not None
    assert chosen.parent == tmp_path / "mine" / "kernels"


@needs_proc
def test_an_unusable_folder_asked_for_is_not_replaced_by_another(tmp_path: Path, temporary: Path) -> None:
    assert jit._choose({"FLOWMAP_CACHE_DIR": NOWHERE, "HOME": str(tmp_path)}) is None


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("XDG_CACHE_HOME", "HOME"), "XDG_CACHE_HOME/flowmap"),
        (("LOCALAPPDATA",), "LOCALAPPDATA/flowmap"),
        (("HOME",), "HOME/.cache/flowmap"),
    ],
)
def test_the_usual_places_in_their_order(names: tuple[str, ...], expected: str, tmp_path: Path, temporary: Path) -> None:
    chosen = jit._choose({name: str(tmp_path / name) for name in names})
    assert chosen is not None
    assert chosen.parent == tmp_path / expected / "kernels"


def test_without_a_home_it_is_beside_the_temporary_files(temporary: Path) -> None:
    chosen = jit._choose({})
    assert chosen is not None
    assert chosen.parents[2] == temporary


@needs_proc
def test_a_home_that_cannot_be_written_is_passed_over(temporary: Path) -> None:
    chosen = jit._choose({"HOME": NOWHERE, "XDG_CACHE_HOME": NOWHERE})
    assert chosen is not None
    assert chosen.is_relative_to(temporary)


def test_relative_folders_are_passed_over(temporary: Path) -> None:
    chosen = jit._choose({"HOME": "home", "XDG_CACHE_HOME": "."})
    assert chosen is not None
    assert chosen.is_relative_to(temporary)


def test_it_is_never_in_the_package(tmp_path: Path, temporary: Path) -> None:
    """So that site-packages may be read-only."""
    chosen = jit._choose({"HOME": str(tmp_path)})
    assert chosen is not None
    assert not chosen.is_relative_to(Path(flowmap.__file__).parent)


def test_no_folder_for_temporary_files_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> str:
        raise FileNotFoundError("No usable temporary directory found")

    monkeypatch.setattr(tempfile, "gettempdir", fail)
    assert jit._choose({}) is None
    assert jit._choose({"HOME": str(tmp_path)}) is not None


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX systems")
@pytest.mark.parametrize("mask", [0o002, 0o000])
def test_new_folders_are_private_whatever_the_umask(mask: int, tmp_path: Path, temporary: Path) -> None:
    before = os.umask(mask)
    try:
        chosen = jit._choose({"HOME": str(tmp_path / "home")})
    finally:
        os.umask(before)
    assert chosen is not None
    assert chosen.is_relative_to(tmp_path / "home")
    for folder in (chosen, chosen.parent, chosen.parents[1]):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX systems")
@pytest.mark.parametrize("depth", [0, 1, 2])
@pytest.mark.parametrize("mode", [0o770, 0o707])
def test_a_folder_that_others_may_write_is_refused(depth: int, mode: int, tmp_path: Path, temporary: Path) -> None:
    environ = {"FLOWMAP_CACHE_DIR": str(tmp_path / "cache")}
    chosen = jit._choose(environ)
    assert chosen is not None
    (chosen, *chosen.parents)[depth].chmod(mode)
    assert jit._choose(environ) is None


@needs_root
@pytest.mark.parametrize("depth", [0, 1, 2])
def test_a_folder_of_another_user_is_refused(depth: int, tmp_path: Path, temporary: Path) -> None:
    environ = {"FLOWMAP_CACHE_DIR": str(tmp_path / "cache")}
    chosen = jit._choose(environ)
    assert chosen is not None
    os.chown((chosen, *chosen.parents)[depth], 65534, 65534)
    assert jit._choose(environ) is None


@pytest.mark.skipif(os.name != "posix", reason="links are of POSIX systems")
def test_a_link_to_a_private_folder_will_do(tmp_path: Path, temporary: Path) -> None:
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert jit._choose({"FLOWMAP_CACHE_DIR": str(tmp_path / "link")}) is not None
    (tmp_path / "real").chmod(0o777)
    assert jit._choose({"FLOWMAP_CACHE_DIR": str(tmp_path / "link")}) is None


def test_the_folder_changes_with_a_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = jit._source_digest()
    source = tmp_path / "stage" / "kernels.py"
    source.parent.mkdir()
    for name in ("jit.py", "types.py"):
        (tmp_path / name).write_bytes((Path(flowmap.__file__).parent / name).read_bytes())
    source.write_text("one = 1\n")
    monkeypatch.setattr(jit, "__file__", str(tmp_path / "jit.py"))
    with_one = jit._source_digest()
    source.write_text("one = 2\n")
    assert len({before, with_one, jit._source_digest()}) == 3


@needs_proc
def test_without_any_cache_kernels_are_compiled_all_the_same() -> None:
    program = (
        "from flowmap import jit\n"
        "assert jit.cache_folder() is None and not jit.is_warm()\n"
        "jit.mark_warm()\n"
        "twice = jit.njit(lambda x: x * 2)\n"
        "assert twice(21) == 42 and twice.signatures\n"
    )
    environ = dict(os.environ) | {"FLOWMAP_CACHE_DIR": NOWHERE}
    environ.pop("NUMBA_CACHE_DIR", None)
    done = subprocess.run([sys.executable, "-c", program], env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
