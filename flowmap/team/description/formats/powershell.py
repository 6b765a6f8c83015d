"""Objects as PowerShell prints them for people: lists (`Name : value`) and tables (a line of dashes under the names).

In: text as it is pasted, commands and prompts included. Out: objects as dicts of text; arrays, {a, b}, as lists. What a table
cuts short ("Microsoft Network Adapter Multiplexo...") is left out, but in arrays, where it cannot be left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

__all__ = ["is_printed", "printed"]

_PAIR = re.compile(r"^([A-Za-z][\w.()]*) *: ?(.*?)\s*$")
_LISTED = re.compile(r"^(?:TeamingMode|LoadBalancingAlgorithm|InterfaceDescription) *:", re.MULTILINE)
_DASHES = re.compile(r"^ *-+(?: +-+)+ *$")
_KNOWN = frozenset({"InterfaceDescription", "MacAddress", "TeamingMode", "LoadBalancingAlgorithm"})
_CUT = ("...", "\N{HORIZONTAL ELLIPSIS}")


def is_printed(text: str) -> bool:
    """Return whether a text has such objects, of a team or its adapters."""
    return _LISTED.search(text) is not None or any(_tables(text))


def printed(text: str) -> Iterator[Mapping[str, Any]]:
    """Yield all objects of lists, then those of tables."""
    yield from _lists(text)
    yield from _tables(text)


def _lists(text: str) -> Iterator[Mapping[str, Any]]:
    """Yield the objects of lists: they are separated by an empty line, or by a name that comes again."""
    item: dict[str, str] = {}
    last = None
    for line in [*text.splitlines(), ""]:
        if not line.strip():
            if item:
                yield {key: _unbraced(value) for key, value in item.items()}
            item, last = {}, None
        elif pair := _PAIR.match(line):
            last = pair[1]
            if last in item:
                yield {key: _unbraced(value) for key, value in item.items()}
                item = {}
            item[last] = pair[2]
        elif last is not None and line[:1].isspace():
            item[last] += f" {line.strip()}"


def _tables(text: str) -> Iterator[Mapping[str, Any]]:
    """Yield the objects of tables: a column reaches from its dashes to the next ones."""
    lines = text.splitlines()
    for at in range(1, len(lines)):
        if not _DASHES.match(lines[at]):
            continue
        starts = [match.start() for match in re.finditer("-+", lines[at])]
        spans = list(pairwise([*starts, None]))
        names = [lines[at - 1][start:end].strip() for start, end in spans]
        if not _KNOWN & set(names):
            continue
        for line in lines[at + 1 :]:
            if not line.strip():
                break
            cells = {name: line[start:end].strip() for name, (start, end) in zip(names, spans, strict=True) if name}
            yield {
                name: _unbraced(cell) for name, cell in cells.items() if cell.startswith("{") or not cell.endswith(_CUT)
            }


def _unbraced(value: str) -> Any:
    return [part.strip() for part in value[1:-1].split(",")] if value.startswith("{") and value.endswith("}") else value
