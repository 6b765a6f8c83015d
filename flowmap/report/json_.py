"""The report as JSON text: the document's own order of fields, two spaces, UTF-8, one newline at the end.

The same report gives the same bytes. Fields keep the order of the document instead of the alphabet's: the answer
comes first for whoever opens the file.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from flowmap.report.files import write_bytes, write_text

if TYPE_CHECKING:
    from flowmap.report.document import Report

__all__ = ["json_text", "plain_json", "write_json"]


def json_text(report: Report) -> str:
    """The report as JSON."""
    return report.model_dump_json(indent=2, by_alias=True) + "\n"


def write_json(path: str, report: Report) -> None:
    """Write the report to a file, whole or not at all; `-` is standard output."""
    write_bytes(path, json_text(report).encode("utf-8"))


def plain_json(path: str, value: Any) -> None:
    """Write any plain value in the same style."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")
