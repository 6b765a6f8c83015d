"""The rows of `flowmap predict --rows`: every input row once per policy and number of members, with the member's index.

A row keeps its columns and gets `policy`, `n_members` and `member_index`, in the place of what it had under these names, else
behind. The index counts the chooser's members from 0 in its own order; null (in CSV empty): headers do not tell.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import BinaryIO

from flowmap.errors import ConfigError
from flowmap.message import msg
from flowmap.report.files import open_output
from flowmap.report.flows import csv_cell
from flowmap.report.prediction import Row
from flowmap.team.chooser import Chooser
from flowmap.verdict.forecast import Load, load_member

__all__ = ["rows_format", "write_rows"]

_BATCH = 4096


def rows_format(path: str) -> str:
    """`csv` or `jsonl` by the suffix of the file's name; standard output gets CSV. Raises ConfigError for another one."""
    suffix = PurePath(path).suffix.lower()
    if path == "-" or suffix == ".csv":
        return "csv"
    if suffix == ".jsonl":
        return "jsonl"
    raise ConfigError(msg("--rows {path}: the name must end in .csv or .jsonl", path=path))


def write_rows(
    path: str, rows: Sequence[tuple[Row, Load]], choosers: Sequence[Chooser], counts: Sequence[int]
) -> None:  # fmt: skip
    """All rows for the first policy and number of members, then for the next."""
    form = rows_format(path)
    names = list(dict.fromkeys([*(name for row, _ in rows for name in row), "policy", "n_members", "member_index"]))
    with open_output(path) as out:
        if form == "csv":
            out.write((",".join(map(csv_cell, names)) + "\n").encode())
        batch: list[str] = []
        for row in _predicted(rows, choosers, counts):
            batch.append(_csv_line(row, names) if form == "csv" else json.dumps(row, ensure_ascii=False) + "\n")
            if len(batch) == _BATCH:
                _flush(out, batch)
        _flush(out, batch)


def _predicted(rows: Sequence[tuple[Row, Load]], choosers: Sequence[Chooser], counts: Sequence[int]) -> Iterator[Row]:
    for chooser in choosers:
        for n in counts:
            for row, load in rows:
                index = load_member(chooser, n, load)
                yield {**row, "policy": chooser.name, "n_members": n, "member_index": index}


def _csv_line(row: Row, names: Sequence[str]) -> str:
    return ",".join(_cell(row.get(name)) for name in names) + "\n"


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return csv_cell(value if isinstance(value, str) else json.dumps(value))


def _flush(out: BinaryIO, batch: list[str]) -> None:
    out.write("".join(batch).encode("utf-8", "backslashreplace"))
    batch.clear()
