"""The report as JSON text: the document's own order of fields, two spaces, UTF-8, one newline at the end.

The same report gives the same bytes. Fields keep the order of the document instead of the alphabet's: the answer
comes first for whoever opens the file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from flowmap.document.listing import Listing
from flowmap.report.formats.files import open_output, write_text

if TYPE_CHECKING:
    from pydantic import TypeAdapter

    from flowmap.document.base import Model
    from flowmap.document.model import Report

__all__ = ["json_pieces", "json_text", "plain_json", "write_json"]


def json_text(report: Report) -> str:
    """Return the report as JSON."""
    return b"".join(json_pieces(report)).decode("utf-8")


def json_pieces(report: Report) -> Iterator[bytes]:
    """Return the same in pieces, so that the streams of a large report are never all there at once."""
    parts = {name: getattr(report, name) for name in ("streams", "migrations", "hosts")}
    listings = {name: part for name, part in parts.items() if isinstance(part, Listing) and len(part)}
    emptied = report.model_copy(update={name: [] for name in listings}) if listings else report
    rest = emptied.model_dump_json(indent=2, by_alias=True).encode("utf-8")
    for name, listing in listings.items():
        opening = f'\n  "{name}": ['.encode()
        before, _, rest = rest.partition(opening + b"]")  # texts hold no line break: nothing else looks like it
        yield before + opening
        between = b"\n"
        for chunk in listing.written():
            yield between + _items(name, chunk)
            between = b",\n"
        yield b"\n  ]"
    yield rest + b"\n"


def _items(name: str, chunk: Sequence[Any]) -> bytes:
    """Return parts of a report, or the text of them, as the items of its list `name`."""
    if isinstance(chunk[0], str):
        return ("    " + ",\n    ".join(chunk)).encode()
    kind: Any = type(chunk[0])
    whole = _writer(kind).dump_json({name: list(chunk)}, indent=2, by_alias=True)
    return whole[len(f'{{\n  "{name}": [\n') : -len("\n  ]\n}")]


@cache
def _writer(kind: type[Model]) -> TypeAdapter[dict[str, list[Model]]]:
    from pydantic import TypeAdapter

    return TypeAdapter(dict[str, list[kind]])  # type: ignore[valid-type]


def write_json(path: str, report: Report) -> None:
    """Write the report to a file, whole or not at all; `-` is standard output."""
    with open_output(path) as out:
        for piece in json_pieces(report):
            out.write(piece)


def plain_json(path: str, value: Any) -> None:
    """Write any plain value in the same style."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")
