"""`flowmap config show`: every setting, its value and where it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from flowmap.cli.boundary import CONFIG, guarded, say
from flowmap.cli.language import said, tell
from flowmap.message import Message, glue, msg

if TYPE_CHECKING:
    from flowmap.settings.config import Loaded

__all__ = ["show"]


def show(
    changed: Annotated[bool, typer.Option("--changed", help=tell("Only settings that are not the defaults."))] = False,
    json: Annotated[str | None, typer.Option(metavar="FILE|-", help=tell("Write it as JSON instead."))] = None,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help=tell("Say more on standard error."))] = False,
) -> None:
    """Show every setting with its value and origin: environment variable, file or default.

    Exit codes: 0; 2 a setting cannot be used.
    """
    guarded(lambda: _run(json, changed, verbose), verbose=verbose)


def _run(json: str | None, changed: bool, verbose: bool) -> int:
    import os
    from pathlib import Path

    from flowmap.cli.values import doubts, load
    from flowmap.report.formats.files import write_for_terminal
    from flowmap.report.formats.json_ import plain_json
    from flowmap.settings.layers import config_files

    loaded = load()
    rows = [row for row in _rows(loaded) if not changed or row[2] != "default"]
    values = {name: {"value": value, "origin": origin, "meaning": meaning} for name, value, origin, meaning in rows}
    files = {str(path): path.exists() for path in config_files(os.environ, Path.cwd())}
    wrong = doubts(loaded)
    for doubt in wrong:
        say(doubt)
    code = CONFIG if wrong else 0
    if json is not None:
        plain_json(json, {"schema": "flowmap.config/1", "settings": values, "files": files})
        return code
    lines = [msg("Settings, as flag > FLOWMAP_* variable > ./flowmap.toml > user's file > /etc/flowmap decide."), ""]
    for name, value, origin, meaning in rows:
        lines.append(f"{name} = {_shown(value)}" + ("" if origin == "default" else f"  ({said(origin)})"))
        if verbose:
            lines.append(f"    {said(meaning)}")
    if not rows:
        lines.append(msg("All settings are the defaults."))
    lines += ["", msg("Files, strongest first:")]
    lines += [f"    {path}" if there else f"    {path} {said(msg('(not there)'))}" for path, there in files.items()]
    write_for_terminal("-", "\n".join(map(said, lines)) + "\n")
    return code


def _rows(loaded: Loaded) -> list[tuple[str, Any, Message, str]]:
    """Return (name, value, origin, meaning) of every setting, by the names that files and variables use; thresholds last."""
    settings, origins = loaded.settings, loaded.origins
    plain = settings.model_dump(mode="json", exclude={"from_ns", "to_ns", "default_speed"})
    thresholds = plain.pop("thresholds")
    fields = type(settings).model_fields
    rows: list[tuple[str, Any, Message, str]] = []
    for name, value in plain.items():
        origin, meaning = origins[name], fields[name].description or ""
        if name == "speeds":
            default = {} if settings.default_speed is None else {"default": settings.default_speed}
            found = dict.fromkeys([origins["default_speed"], origin])
            origin = glue(*(part for part in found if part != "default"), between=", ") or origin
            rows.append(("speed", default | value, origin, fields[name].description or ""))
        elif name == "migration_ports":
            ports = None if value is None else [f"{first}-{last}" for first, last in value]
            rows.append(("migration_port", ports, origin, meaning))
        else:
            rows.append((name, value, origin, meaning))
    meanings = type(settings.thresholds).model_fields
    for name, value in thresholds.items():
        key = f"thresholds.{name}"
        rows.append((key, value, origins[key], meanings[name].description or ""))
    return rows


def _shown(value: Any) -> str:
    import json

    return said(msg("not set")) if value is None else json.dumps(value, ensure_ascii=False)
