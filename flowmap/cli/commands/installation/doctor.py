"""`flowmap doctor`: what flowmap has to work with on this machine, for the person who is to help."""

from __future__ import annotations

from typing import Annotated, NamedTuple

import typer

from flowmap.cli.boundary import CONFIG, INCONCLUSIVE, guarded
from flowmap.cli.language import language, said, tell
from flowmap.message import Message, glue, msg

__all__ = ["doctor"]

_EXTRAS = (("pyarrow", "arrow"), ("distributed", "cluster"), ("fsspec", "cluster"))
_PROGRAMS = ("tshark", "dumpcap", "tcpdump", "ethtool")
_LIBRARIES = (
    "numpy",
    "dpkt",
    "scapy",
    "pyshark",
    "typer",
    "rich",
    "pydantic",
    "jinja2",
    "vl-convert-python",
    "zstandard",
    "lz4",
)


class _Row(NamedTuple):
    """`good`: None where it is neither; `why`: what is missing without it."""

    name: str
    value: str
    good: bool | None = None
    why: Message | None = None


def doctor(
    json: Annotated[str | None, typer.Option(metavar="FILE|-", help=tell("Write it as JSON instead."))] = None,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help=tell("Say more on standard error."))] = False,
) -> None:
    """Show the compiled kernel, programs, extras, folders and versions that flowmap finds here.

    Exit codes: 0; 2 the settings cannot be used; 3 the compiled kernel is missing, so that reading is slow.
    """
    guarded(lambda: _run(json), verbose=verbose)


def _run(json: str | None) -> int:
    from flowmap.report.formats.files import write_for_terminal
    from flowmap.report.formats.json_ import plain_json

    rows = [*_of_itself(), *_programs(), *_libraries(), *_extras(), *_places()]
    if json is not None:
        plain_json(
            json,
            {
                "schema": "flowmap.doctor/1",
                "found": {row.name: row.value for row in rows},
                "missing": [row.name for row in rows if row.good is False],
                "problems": {row.name: row.why for row in rows if row.good is False and row.why},
            },
        )
    else:
        width = max(len(row.name) for row in rows)
        lines = [f"{row.name:<{width}}  {said(_shown(row))}".rstrip() for row in rows]
        write_for_terminal("-", "\n".join(lines) + "\n")
    bad = {row.name for row in rows if row.good is False}
    return CONFIG if "settings" in bad else INCONCLUSIVE if "kernel" in bad else 0


def _shown(row: _Row) -> Message:
    return glue(row.value) if row.why is None or row.good else msg("{value}: {why}", value=row.value, why=row.why)


def _of_itself() -> list[_Row]:
    import platform

    from flowmap.kernels import available
    from flowmap.version import __version__

    compiled = available()
    why = msg(
        "captures are read some hundred times more slowly; `pip install .` builds it, with ziglang where no compiler is; "
        "it needs Python's headers (Debian, Ubuntu: python3-dev)"
    )
    return [
        _Row("flowmap", __version__),
        _Row("python", f"{platform.python_version()} ({platform.python_implementation()}, {platform.platform()})"),
        _Row("kernel", msg("compiled") if compiled else msg("missing"), compiled, why),
    ]


def _programs() -> list[_Row]:
    import shutil

    from flowmap.tools.capture.programs import where

    whys = {
        "tshark": msg("other programs' formats and `flowmap verify` need it"),
        "dumpcap": msg("`flowmap capture` records best with it"),
        "tcpdump": msg("`flowmap capture` records with it where dumpcap is missing"),
        "ethtool": msg("`flowmap capture` reads the counters of NICs with it"),
    }
    found = {name: where(name) for name in _PROGRAMS} | {"tshark": shutil.which("tshark")}  # which alone starts it
    return [_Row(name, path or msg("not installed"), path is not None, whys[name]) for name, path in found.items()]


def _libraries() -> list[_Row]:
    return [_Row(name, _version(name) or msg("missing"), _version(name) is not None) for name in _LIBRARIES]


def _extras() -> list[_Row]:
    return [
        _Row(
            name,
            _version(name) or msg("not installed"),
            _version(name) is not None,
            msg("`pip install '.[{extra}]'` adds it", extra=extra),
        )
        for name, extra in _EXTRAS
    ]


def _version(distribution: str) -> str | None:
    from importlib import metadata

    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def _places() -> list[_Row]:
    import os
    import tempfile
    from pathlib import Path

    from flowmap.settings.layers import config_files

    files = [str(path) for path in config_files(os.environ, Path.cwd()) if path.exists()]
    try:
        temporary = tempfile.gettempdir()
    except OSError:
        temporary = ""
    why = msg("standard input and packed captures are copied there first")
    wrong = _wrong_settings()
    used = ", ".join(files) or msg("none; `flowmap config show` lists the defaults")
    return [
        _Row("language", language()),
        _Row("settings", msg("not in order") if wrong else used, not wrong, wrong),
        _Row("temporary", temporary or msg("none can be written"), bool(temporary), why),
    ]


def _wrong_settings() -> Message:
    """Return what is wrong with files and variables of settings, which every command would refuse; empty if nothing is."""
    from flowmap.cli.values import doubts, load
    from flowmap.errors import ConfigError

    try:
        return glue(*doubts(load()), between="; ")
    except ConfigError as error:
        return error.message
