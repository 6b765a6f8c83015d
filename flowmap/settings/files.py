"""Where flowmap.toml is looked for. Imports next to nothing: the command line asks before anything else is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

__all__ = ["config_files"]


def config_files(environ: Mapping[str, str], folder: Path) -> list[Path]:
    """Return where flowmap.toml is looked for, strongest first, whether or not it is there.

    Parameters: the environment, and the folder that the program runs in.
    """
    user = environ.get("XDG_CONFIG_HOME") or environ.get("APPDATA")
    home = environ.get("HOME")
    places = [folder / "flowmap.toml"]
    if user:
        places.append(Path(user) / "flowmap" / "flowmap.toml")
    elif home:
        places.append(Path(home) / ".config" / "flowmap" / "flowmap.toml")
    places.append(Path("/etc/flowmap/flowmap.toml"))
    return places
