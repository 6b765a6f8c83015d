"""The command line. Only here is anything printed, is the environment read, and does the process end."""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """Run the command that sys.argv names, and exit with its code."""
    import sys

    try:
        from flowmap.cli.app import app

        app(prog_name="flowmap")
    except KeyboardInterrupt:
        sys.exit(130)
