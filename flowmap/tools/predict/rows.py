"""The rows of `flowmap predict --rows`: every input row once per policy and number of members, with the member's index.

A row keeps its columns and gets `policy`, `n_members` and `member_index`, in the place of what it had under these names, else
behind. The index counts the chooser's members from 0 in its own order; null (in CSV empty): headers do not tell.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import PurePath

from flowmap.errors import ConfigError
from flowmap.message import msg
from flowmap.report.formats.files import open_output
from flowmap.report.formats.flows import csv_cell
from flowmap.team.hashes.chooser import Chooser
from flowmap.tools.predict.text import Row
from flowmap.verdict.mode.forecast import Load, load_value

__all__ = ["rows_format", "write_rows"]

_ADDED = ("policy", "n_members", "member_index")
_BATCH = 4096


def rows_format(path: str) -> str:
    """Return `csv` or `jsonl` by the suffix of the file's name; standard output gets CSV.

    Raises ConfigError for another.
    """
    suffix = PurePath(path).suffix.lower()
    if path == "-" or suffix == ".csv":
        return "csv"
    if suffix == ".jsonl":
        return "jsonl"
    raise ConfigError(msg("--rows {path}: the name must end in .csv or .jsonl", path=path))


def write_rows(path: str, rows: Sequence[tuple[Row, Load]], choosers: Sequence[Chooser], counts: Sequence[int]) -> None:
    """Write all rows for the first policy and number of members, then for the next."""
    form = rows_format(path)
    names = list(dict.fromkeys([*(name for row, _ in rows for name in row), *_ADDED]))
    templates = [_csv_line(row, names) if form == "csv" else _json_line(row) for row, _ in rows]
    none = "" if form == "csv" else "null"
    with open_output(path) as out:
        if form == "csv":
            out.write((",".join(map(csv_cell, names)) + "\n").encode())
        for chooser in choosers:
            name = csv_cell(chooser.name) if form == "csv" else json.dumps(chooser.name, ensure_ascii=False)
            values = [load_value(chooser, load) for _, load in rows]
            for n in counts:
                for start in range(0, len(rows), _BATCH):
                    batch = zip(templates[start : start + _BATCH], values[start : start + _BATCH], strict=True)
                    lines = [
                        line % {"policy": name, "n_members": n, "member_index": none if value is None else value % n}
                        for line, value in batch
                    ]
                    out.write("".join(lines).encode("utf-8", "backslashreplace"))


def _csv_line(row: Row, names: Sequence[str]) -> str:
    """Return the row as a template that takes what is added."""
    return ",".join(f"%({name})s" if name in _ADDED else _cell(row.get(name)) for name in names) + "\n"


def _json_line(row: Row) -> str:
    added = dict.fromkeys(_ADDED, 0)
    told = (
        f"{_json(name)}: %({name})s" if name in _ADDED else f"{_json(name)}: {_json(value)}"
        for name, value in {**row, **added}.items()
    )
    return "{" + ", ".join(told) + "}\n"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False).replace("%", "%%")


def _cell(value: object) -> str:
    if value is None:
        return ""
    if type(value) is int:
        return str(value)
    if isinstance(value, bool):
        return str(value).lower()
    return csv_cell(value if isinstance(value, str) else json.dumps(value)).replace("%", "%%")
