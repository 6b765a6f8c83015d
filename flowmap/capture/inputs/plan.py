"""What the command line's paths mean: which captures to read, and for which members.

In: arguments as typed. Out: an `InputPlan`: captures in order, notices about what was left out, and one error for each
input that cannot be used, so that the others go on. Nothing is decoded here; files are judged by their first bytes.
"""

from __future__ import annotations

import glob
import os
import re
import stat
from collections.abc import Sequence
from dataclasses import field, replace
from typing import Literal

from flowmap.capture.inputs.duplicates import Candidate, drop_duplicates
from flowmap.capture.inputs.series import NO_PIECE, PACKED, Piece, piece_of
from flowmap.capture.source.files import unreadable
from flowmap.capture.source.layers import probe
from flowmap.capture.source.manifest import MANIFEST, only_member
from flowmap.capture.source.opening import read_head
from flowmap.capture.source.sniff import HEAD_BYTES
from flowmap.capture.source.url import Remote, expand_url, is_url, shown, url_name
from flowmap.dataclass import dataclass
from flowmap.errors import CaptureError, ConfigError, NotACapture, UnreadableCapture
from flowmap.message import glue, msg, nmsg
from flowmap.notice import Notice

__all__ = ["InputPlan", "PlannedCapture", "in_natural_order", "plan_inputs"]

NameFrom = Literal["name", "stem", "series", "folder"]
_LISTED = 5
_CAPTURE_NAME = re.compile(r"\.(?:pcap|pcapng|cap|dmp|ntar|etl)(?:[._-]?\d{1,6})?$", re.IGNORECASE)


@dataclass(frozen=True)
class PlannedCapture:
    """One capture to read.

    `member` is the name that the user gave (name_from "name") or what the pieces of a capture have in common ("series");
    None where the file's stem or its interfaces name the member ("stem": a path, "folder": found in a folder). `order`
    is the place in the member's series, else that in the plan. `series` tells series apart. `piece` is what the name
    proposes; `settle` decides when the times are known.
    """

    path: str
    member: str | None
    name_from: NameFrom
    order: int
    series: str = ""
    location: str = field(default="", repr=False)
    """Where it is read from, if `path` is not that: a URL with what it holds of secrets, an absolute path for workers."""
    size: int = 0
    """Bytes of the file as far as they are known."""
    piece: Piece = NO_PIECE
    folder: str = field(default="", repr=False)
    """Where the file lies, absolute."""


@dataclass
class InputPlan:
    """What `plan_inputs` found."""

    captures: list[PlannedCapture] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    failures: list[CaptureError] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    """Files in folders that are no captures."""


@dataclass(frozen=True)
class _Found:
    """A path that an argument stands for."""

    path: str
    name: str | None
    in_folder: bool = False

    @property
    def folder(self) -> str:
        """What it was found in."""
        return shown(self.path).rpartition("/")[0] if is_url(self.path) else os.path.dirname(self.path)

    @property
    def base(self) -> str:
        """Its name in there."""
        return url_name(self.path) if is_url(self.path) else os.path.basename(self.path)


def in_natural_order(arguments: Sequence[str]) -> list[str]:
    """Return the arguments sorted, numbers in them by their size: the order in which they are given changes no report.

    >>> in_natural_order(["NIC10=c.pcap", "nic2=b.pcap", "NIC1=a.pcap"])
    ['NIC1=a.pcap', 'nic2=b.pcap', 'NIC10=c.pcap']
    """

    def key(argument: str) -> tuple[list[tuple[int, str]], str]:
        parts = re.split(r"([0-9]+)", argument.casefold())  # texts and numbers in turn
        return [
            (len(part.lstrip("0")) if number % 2 else 0, part.lstrip("0") if number % 2 else part)
            for number, part in enumerate(parts)
        ], argument

    return sorted(arguments, key=key)


def plan_inputs(arguments: Sequence[str]) -> InputPlan:
    """Turn [NAME=]PATH arguments into the captures to read. Raises ConfigError for "-" twice and an empty name."""
    plan = InputPlan()
    found: list[_Found] = []
    for argument in arguments:
        found += _expand(argument, plan)
    if sum(one.path == "-" for one in found) > 1:
        raise ConfigError(msg("standard input (-) can be given once only"))
    kept: list[_Found] = []
    candidates: list[Candidate] = []
    left_out: dict[str, list[str]] = {}
    for one in found:
        if one.path == "-":
            kept.append(one)
            candidates.append(Candidate("-"))
            continue
        if one.in_folder and one.base == MANIFEST:
            continue
        if one.in_folder and os.path.exists(one.path) and not os.path.isfile(one.path):  # a pipe would block
            left_out.setdefault(one.folder, []).append(one.base)
            continue
        try:
            candidate = _examine(one.path, thoroughly=not one.in_folder)
        except NotACapture as error:
            if one.in_folder and not _is_failed_capture(one.path):
                left_out.setdefault(one.folder, []).append(one.base)
            else:
                plan.failures.append(error)
            continue
        except CaptureError as error:
            plan.failures.append(error)
            continue
        kept.append(one)
        candidates.append(candidate)
    _report_left_out(plan, left_out, kept)
    numbers, notices = drop_duplicates(candidates)
    plan.notices += notices
    plan.captures = _in_order(
        [_name(kept[number], place, candidates[number].size or 0) for place, number in enumerate(numbers)]
    )
    return plan


def _expand(argument: str, plan: InputPlan) -> list[_Found]:
    """Return the files that one argument stands for. An existing path wins over NAME=PATH, both over a pattern."""
    if argument == "-":
        return [_Found("-", None)]
    if is_url(argument) and not _exists(argument):
        return _expand_url(argument, None, plan)
    name, equals, path = argument.partition("=")
    if not equals or _exists(argument):
        return _expand_path(argument, None, plan)
    if (
        not _exists(path)
        and path != "-"
        and not is_url(path)
        and not _matches(path)
        and (os.sep in name or _matches(argument))
    ):
        return _expand_path(argument, None, plan)
    if not name.strip():
        raise ConfigError(msg("{argument}: the name before = is empty; write NAME=PATH", argument=argument))
    if not path:
        raise ConfigError(msg("{argument}: the path after = is empty; write NAME=PATH", argument=argument))
    return [_Found("-", name)] if path == "-" else _expand_path(path, name, plan)


def _expand_url(url: str, name: str | None, plan: InputPlan) -> list[_Found]:
    try:
        found = [_Found(one, name, in_folder) for one, in_folder in expand_url(url)]
    except CaptureError as error:
        plan.failures.append(error)
        return []
    if not found:
        plan.failures.append(_missing(shown(url)) if "*" in shown(url) else _no_captures(shown(url)))
    return found


def _expand_path(path: str, name: str | None, plan: InputPlan) -> list[_Found]:
    if is_url(path) and not _exists(path):
        return _expand_url(path, name, plan)
    if not _exists(path):
        matches = _matches(path)
        if not matches:
            plan.failures.append(_missing(path))
        return [found for match in matches for found in _expand_path(match, name, plan)]
    if not os.path.isdir(path):
        return [_Found(path, name)]
    try:
        with os.scandir(path) as entries:
            files = sorted(entry.path for entry in entries if not entry.is_dir())
    except OSError as error:
        plan.failures.append(unreadable(path, error))
        return []
    if not files:
        plan.failures.append(_no_captures(path))
    return [_Found(file, name or only_member(path), True) for file in files]


def _exists(path: str) -> bool:
    """Return whether something of that name is there, be it a broken link; False for names that cannot be."""
    try:
        return os.path.lexists(path)
    except ValueError:
        return False


def _matches(pattern: str) -> list[str]:
    return sorted(glob.glob(pattern, recursive=True)) if glob.has_magic(pattern) else []


def _missing(path: str) -> UnreadableCapture:
    if glob.has_magic(path):
        return UnreadableCapture(path, msg("no file matches this pattern"), hint=msg("Check the path"))
    return UnreadableCapture(path, msg("no such file"), hint=msg("Check the path"))


def _no_captures(folder: str) -> UnreadableCapture:
    hint = msg("Folders below it are not searched: give the one that holds the captures")
    return UnreadableCapture(folder, msg("no capture is in this folder"), hint=hint)


def _is_failed_capture(path: str) -> bool:
    """Return an empty file with the name of a capture: most likely a member whose capture failed, not just another file."""
    name = PACKED.sub("", os.path.basename(path))
    return not is_url(path) and os.path.getsize(path) == 0 and bool(_CAPTURE_NAME.search(name))


def _examine(path: str, *, thoroughly: bool) -> Candidate:
    """Return the identity and size of a capture. Raises CaptureError for any other file.

    A file that no magic tells is put to tshark only where it was named, not where it merely lies in a folder.
    """
    if is_url(path):
        return _examine_url(path, thoroughly=thoroughly)
    try:
        status = os.stat(path)
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    if stat.S_ISFIFO(status.st_mode):
        return Candidate(path)
    if not stat.S_ISREG(status.st_mode):
        raise UnreadableCapture(path, msg("is not a file"), hint=msg("Give a capture file"))
    packed = probe(path, read_head(path, HEAD_BYTES), thoroughly=thoroughly)
    return Candidate(path, (status.st_dev, status.st_ino), status.st_size, packed)


def _examine_url(url: str, *, thoroughly: bool) -> Candidate:
    found = Remote(url)
    packed = probe(url, found.head(HEAD_BYTES), thoroughly=thoroughly)
    return Candidate(url, url, found.size, packed)


def _report_left_out(plan: InputPlan, left_out: dict[str, list[str]], kept: list[_Found]) -> None:
    """Add one notice per folder for the files in it that are no captures; an error where nothing else is in it."""
    used = {one.folder for one in kept if one.in_folder}
    failed = {os.path.dirname(error.path) for error in plan.failures}
    for folder, names in left_out.items():
        plan.left_out += [os.path.join(folder, name) for name in names]
        shown = glue(*names[:_LISTED], between=", ")
        if len(names) > _LISTED:
            more = len(names) - _LISTED
            shown = nmsg("{names} and {count} more", "{names} and {count} more", more, names=shown)
        detail = msg("files that are no captures were left out: {names}", names=shown)
        plan.notices.append(Notice("not_a_capture", detail, path=folder, count=len(names)))
        if folder not in used and folder not in failed:
            plan.failures.append(_no_captures(folder))


def _name(one: _Found, place: int, size: int) -> PlannedCapture:
    seen, piece = shown(one.path), piece_of(one.base)
    folder = one.folder if is_url(one.path) else os.path.abspath(one.folder)
    member: str | None = None
    name_from: NameFrom = "folder" if one.in_folder else "stem"
    series = ""
    if one.name is not None:
        member, name_from = one.name, "name"
    elif piece.kind == "ring":
        member, name_from, series = piece.stem, "series", os.path.join(folder, piece.key)
    location = one.path if seen != one.path else ""
    return PlannedCapture(seen, member, name_from, place, series, location, size, piece, folder)


def _in_order(captures: list[PlannedCapture]) -> list[PlannedCapture]:
    """Return members in the order in which they were first given, and each series by the times and numbers in its names."""
    groups: dict[tuple[str, str], list[PlannedCapture]] = {}
    for capture in captures:
        key = {"name": ("name", capture.member or ""), "series": ("series", capture.series)}
        groups.setdefault(key.get(capture.name_from, ("path", capture.path)), []).append(capture)
    ordered: list[PlannedCapture] = []
    for group in groups.values():
        if len(group) == 1 and group[0].name_from in ("stem", "folder"):
            ordered.append(replace(group[0], order=len(ordered)))
        else:
            ordered += [replace(one, order=n) for n, one in enumerate(sorted(group, key=_series_key))]
    return ordered


def _series_key(capture: PlannedCapture) -> tuple[str, int, str]:
    """Return what orders ring-buffer files by time, then number; others keep their place before them."""
    if capture.piece.kind == "ring":
        return *capture.piece.number, os.path.basename(capture.path)
    return "", capture.order, os.path.basename(capture.path)
