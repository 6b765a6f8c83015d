"""`flowmap schema`: the JSON schema of the report."""

from __future__ import annotations

from flowmap.cli.boundary import guarded

__all__ = ["schema"]


def schema() -> None:
    """Print the JSON schema (draft 2020-12) that every report fulfils."""
    guarded(_run)


def _run() -> int:
    from flowmap.document.model import json_schema
    from flowmap.report.formats.json_ import plain_json

    plain_json("-", json_schema())
    return 0
