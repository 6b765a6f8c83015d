"""`flowmap config show`: every setting, its value and where it comes from."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from flowmap.cli.boundary import guarded

__all__ = ["show"]


def show(
    json: Annotated[str | None, typer.Option(metavar="FILE|-", help="Write it as JSON instead.")] = None,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="Say more on standard error.")] = False,
) -> None:
    """Show every setting with its value and origin: environment variable, file or default."""
    guarded(lambda: _run(json), verbose=verbose)


def _run(json: str | None) -> int:
    import os
    from pathlib import Path

    from flowmap.cli.values import load
    from flowmap.config_layers import config_files
    from flowmap.report.files import write_for_terminal
    from flowmap.report.json_ import plain_json

    loaded = load()
    rows = _rows(loaded.settings)
    values = {name: {"value": value, "origin": loaded.origins[name], "meaning": text} for name, value, text in rows}
    files = {str(path): path.exists() for path in config_files(os.environ, Path.cwd())}
    if json is not None:
        plain_json(json, {"schema": "flowmap.config/1", "settings": values, "files": files})
        return 0
    lines = ["Settings, as flag > FLOWMAP_* variable > ./flowmap.toml > user's file > /etc/flowmap decide.", ""]
    for name, value in values.items():
        lines += [f"{name} = {_shown(value['value'])}", f"    {value['meaning']}", f"    from: {value['origin']}"]
    lines += ["", "Files, strongest first:"]
    lines += [f"    {path}{'' if there else ' (not there)'}" for path, there in files.items()]
    write_for_terminal("-", "\n".join(lines) + "\n")
    return 0


def _rows(settings: Any) -> list[tuple[str, Any, str]]:
    """(name, value, meaning) of every setting, thresholds last."""
    plain = settings.model_dump(mode="json")
    thresholds = plain.pop("thresholds")
    fields = type(settings).model_fields
    rows = [(name, value, fields[name].description or "") for name, value in plain.items()]
    meanings = type(settings.thresholds).model_fields
    rows += [(f"thresholds.{name}", value, meanings[name].description or "") for name, value in thresholds.items()]
    return rows


def _shown(value: Any) -> str:
    import json

    return "not set" if value is None else json.dumps(value, ensure_ascii=False)
