"""Where the captures of a batch lie: a folder of this machine, or one at a URL.

A tree is walked folder by folder, in order of path; each folder is visited once, so loops of links end. What cannot be
listed is a message, never with what is secret in a URL.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

from flowmap.capture.source.url import is_url, list_url, shown, url_name
from flowmap.errors import CaptureError, ConfigError, UnreadableCapture
from flowmap.message import Message, msg

__all__ = ["Complain", "Tree", "patiently", "tree_at"]

Complain = Callable[[Message], None]
_T = TypeVar("_T")
_PATIENCE_S = 120.0
"""For one answer of a server: a run holds its ledger's lock meanwhile."""
_DEEPEST = 32
"""Levels of folders at a URL: nothing else ends a server's loops."""


class Tree(Protocol):
    """A folder with all below it."""

    root: str
    name: str
    """Of the root, for a team whose captures lie right in it."""

    def walk(self, complain: Complain, skip: str | None = None) -> Iterator[tuple[str, list[str]]]:
        """Return the root and the folders below it, each with its files, both sorted; `skip` is not entered."""

    def inside(self, path: str) -> str:
        """Return the way from the root to `path`, with `/` between its parts; empty for the root."""

    def settings_folders(self, folder: str) -> tuple[str, ...]:
        """Return the folders from the root down to `folder` in which a flowmap.toml is looked for."""


def tree_at(root: str) -> Tree:
    """Return the tree below a folder or URL."""
    return _UrlTree(root) if is_url(root) and not os.path.isdir(root) else _LocalTree(root)


class _LocalTree:
    """A folder of this machine. Links to folders are followed."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.name = os.path.basename(os.path.abspath(root))

    def walk(self, complain: Complain, skip: str | None = None) -> Iterator[tuple[str, list[str]]]:
        seen: set[tuple[int, int]] = set()
        pending = [self.root]
        while pending:
            folder = pending.pop()
            try:
                status = os.stat(folder)
                if (status.st_dev, status.st_ino) in seen or (skip is not None and os.path.realpath(folder) == skip):
                    continue
                seen.add((status.st_dev, status.st_ino))
                with os.scandir(folder) as listing:
                    entries = sorted(listing, key=lambda entry: entry.name)
            except OSError as error:
                if isinstance(error, FileNotFoundError) and folder != self.root:
                    continue  # it was removed meanwhile
                complain(msg("{path}: cannot be read: {reason}", path=folder, reason=error.strerror or error))
                continue
            kinds = [(entry.path, _kind(entry)) for entry in entries if not entry.name.startswith(".")]
            pending += reversed([path for path, kind in kinds if kind == "folder"])
            yield folder, [path for path, kind in kinds if kind == "file"]

    def inside(self, path: str) -> str:
        way = os.path.relpath(path, self.root).replace(os.sep, "/")
        return "" if way == "." else way

    def settings_folders(self, folder: str) -> tuple[str, ...]:
        chain = [folder]
        while os.path.abspath(chain[-1]) != os.path.abspath(self.root):
            chain.append(os.path.dirname(chain[-1]))
        return tuple(reversed(chain))


def _kind(entry: os.DirEntry[str]) -> str:
    """Return what it is, or leads to; a link that leads nowhere, to itself or into a closed folder is neither."""
    try:
        return "folder" if entry.is_dir() else "file" if entry.is_file() else ""
    except OSError:
        return ""


class _UrlTree:
    """A folder at a URL. It holds no settings: those come from a layout."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.name = url_name(root)

    def walk(self, complain: Complain, skip: str | None = None) -> Iterator[tuple[str, list[str]]]:
        pending = [(self.root, 0)]
        while pending:
            folder, depth = pending.pop()
            try:
                entries = patiently(folder, lambda folder=folder: list_url(folder))  # type: ignore[misc]
            except CaptureError as error:
                complain(error.message)
                continue
            if folder == self.root and not entries and folder.startswith(("http://", "https://")):
                complain(
                    msg(
                        "{url}: the answer names no files. A web server has to list its folders, as Apache, nginx (autoindex) "
                        "and `python3 -m http.server` do; else give the captures to `flowmap analyze`",
                        url=shown(folder),
                    )
                )
            kept = [(url, is_folder) for url, is_folder in entries if not url_name(url).startswith(".")]
            if depth < _DEEPEST:
                pending += reversed([(url, depth + 1) for url, is_folder in kept if is_folder])
            yield folder, [url for url, is_folder in kept if not is_folder]

    def inside(self, path: str) -> str:
        root, seen = shown(self.root).rstrip("/"), shown(path).rstrip("/")
        return "/".join(url_name(part) for part in seen.removeprefix(root).strip("/").split("/"))

    def settings_folders(self, folder: str) -> tuple[str, ...]:
        return ()


def patiently(url: str, do: Callable[[], _T]) -> _T:
    """Return what `do` gives, but for a URL not for ever: no library behind one keeps to a time by itself."""
    if not is_url(url):
        return do()
    heard: list[_T | CaptureError | ConfigError] = []

    def work() -> None:
        try:
            heard.append(do())
        except (CaptureError, ConfigError) as error:
            heard.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(_PATIENCE_S)
    if not heard:
        raise UnreadableCapture(shown(url), msg("no answer within {seconds:g} seconds", seconds=_PATIENCE_S))
    if isinstance(heard[0], CaptureError | ConfigError):
        raise heard[0]
    return heard[0]
