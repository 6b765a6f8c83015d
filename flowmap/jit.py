"""Where compiled kernels come from and where their cache goes.

numba's own cache sees neither edits in other files nor other globals, and refuses to work where it cannot write. So the
cache folder is chosen here, carries a digest of every kernel source in its name, and may be absent altogether.
Importing this module does not import numba; importing a `kernels` module does.
"""

from __future__ import annotations

import hashlib
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar, cast

from flowmap.version import __version__

__all__ = ["cache_folder", "inlined", "is_warm", "mark_warm", "njit"]

F = TypeVar("F", bound=Callable[..., Any])
_WARM = "warm"
_chosen: list[Path | None] = []


def cache_folder() -> Path | None:
    """The folder the kernels are cached in, or None where no folder can be written (then every process compiles).

    Tried in order: FLOWMAP_CACHE_DIR, XDG_CACHE_HOME, LOCALAPPDATA (Windows), ~/.cache, and a private folder beside the
    temporary files. A folder of another user is never used: numba's cache holds pickles.
    """
    if not _chosen:
        _chosen.append(_choose(os.environ))
    return _chosen[0]


def _choose(environ: Mapping[str, str]) -> Path | None:
    tag = _source_digest()
    for base in _candidates(environ):
        folder = base / "kernels" / tag
        try:
            base.parent.mkdir(parents=True, exist_ok=True)
            for part in (base, folder.parent, folder):
                part.mkdir(exist_ok=True, mode=0o700)  # parents=True would create them as the umask has it: refused below
            if all(_is_ours(part) for part in (base, folder.parent, folder)):
                with tempfile.TemporaryFile(dir=folder):
                    return folder
        except OSError:
            continue
    return None


def _candidates(environ: Mapping[str, str]) -> list[Path]:
    if given := environ.get("FLOWMAP_CACHE_DIR"):
        return [Path(given)]
    bases = [Path(environ[name]) / "flowmap" for name in ("XDG_CACHE_HOME", "LOCALAPPDATA") if environ.get(name)]
    if environ.get("HOME"):
        bases.append(Path(environ["HOME"]) / ".cache" / "flowmap")
    user = os.getuid() if hasattr(os, "getuid") else environ.get("USERNAME", "user")
    with suppress(OSError):  # no temporary folder at all
        bases.append(Path(tempfile.gettempdir()) / f"flowmap-{user}")
    return [base for base in bases if base.is_absolute()]


def _is_ours(folder: Path) -> bool:
    if not hasattr(os, "getuid"):
        return True
    owners = {folder.lstat().st_uid, folder.stat().st_uid}  # of a link and of what it leads to
    return owners == {os.getuid()} and not folder.stat().st_mode & 0o022


def _source_digest() -> str:
    """Digest of what the compiled code depends on: kernel sources, versions, interpreter, processor."""
    digest = hashlib.sha256()
    root = Path(__file__).parent
    for source in sorted([*root.glob("**/kernels.py"), *root.glob("*/layout.py"), root / "types.py", Path(__file__)]):
        digest.update(source.read_bytes())
    digest.update(f"{__version__} {sys.version} {platform.machine()} {platform.processor()}".encode())
    return digest.hexdigest()[:16]


def is_warm() -> bool:
    """Whether an earlier process left all kernels compiled in the cache folder."""
    folder = cache_folder()
    return folder is not None and (folder / _WARM).exists()


def mark_warm() -> None:
    """Remember that all kernels are in the cache."""
    folder = cache_folder()
    if folder is not None:
        (folder / _WARM).touch()


def njit(function: F) -> F:
    """Compile without the interpreter lock; cached where a cache folder can be had."""
    return _compiled(function, False)


def inlined(function: F) -> F:
    """As njit, but for a helper on the hottest path: its code goes into the caller. Each array handed to a call that stays one
    is seven words to store (measured: a third of a packet's time)."""
    return _compiled(function, True)


def _compiled(function: F, inline: bool) -> F:
    folder = cache_folder()
    if folder is not None:
        os.environ["NUMBA_CACHE_DIR"] = str(folder)
    import numba

    if folder is not None:
        numba.config.CACHE_DIR = str(folder)  # type: ignore[attr-defined]  # set by its own reload, not declared
    compile_ = numba.njit(nogil=True, cache=folder is not None, error_model="numpy", forceinline=inline)
    return cast(F, compile_(function))
