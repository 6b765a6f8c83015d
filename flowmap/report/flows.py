"""The flow table as CSV or JSON lines: one row per member, VLAN stack, encapsulation and direction of a 5-tuple.

Comes in as columns, goes out in chunks: a million rows cost neither a million objects nor a second copy in memory.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Any, BinaryIO

from flowmap.errors import ConfigError
from flowmap.message import msg
from flowmap.report.base import encodable
from flowmap.report.files import open_output
from flowmap.types import TS_NONE

__all__ = ["FLOW_COLUMNS", "flow_format", "write_flows"]

FLOW_COLUMNS = (
    "member",
    "src",
    "dst",
    "src_port",
    "dst_port",
    "vlan",
    "encapsulation",
    "packets",
    "wire_bytes",
    "payload_bytes",
    "first_ns",
    "last_ns",
    "syn",
    "fin",
    "rst",
)
_TEXT = frozenset({"member", "src", "dst", "vlan", "encapsulation"})
_TIMES = frozenset({"first_ns", "last_ns"})
_CHUNK = 16_384


def flow_format(path: str) -> str:
    """`csv` or `jsonl` by the suffix of the file's name; standard output gets CSV."""
    suffix = PurePath(path).suffix.lower()
    if path == "-" or suffix == ".csv":
        return "csv"
    if suffix == ".jsonl":
        return "jsonl"
    raise ConfigError(msg("--flows {path}: the name must end in .csv or .jsonl", path=path))


def write_flows(path: str, columns: Mapping[str, Any]) -> int:
    """Write the flow table; returns the number of rows.

    `columns` holds a 1-D numpy array or a list for each of FLOW_COLUMNS, all of one length: texts (addresses as
    RFC 5952 writes them, `vlan` and `encapsulation` joined by "."), and integers. A time of TS_NONE or None is left
    empty (CSV) or null (JSON lines).
    """
    form = flow_format(path)
    missing = [name for name in FLOW_COLUMNS if name not in columns]
    lengths = {len(columns[name]) for name in FLOW_COLUMNS if name in columns}
    if missing or len(lengths) != 1:
        raise ValueError(f"flow columns missing or of different lengths: {missing} {sorted(lengths)}")
    with open_output(path) as out:
        (_write_csv if form == "csv" else _write_lines)(out, columns, lengths.pop())
    return len(columns["member"])


def _write_csv(out: BinaryIO, columns: Mapping[str, Any], rows: int) -> None:
    out.write((",".join(FLOW_COLUMNS) + "\n").encode())
    for chunk in _chunks(columns, rows):
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(zip(*(chunk[name] for name in FLOW_COLUMNS), strict=True))
        out.write(text.getvalue().encode("utf-8", "backslashreplace"))


def _write_lines(out: BinaryIO, columns: Mapping[str, Any], rows: int) -> None:
    template = "{" + ", ".join(f'"{name}": %s' for name in FLOW_COLUMNS) + "}\n"
    for chunk in _chunks(columns, rows):
        for name in _TEXT:
            quoted = {value: json.dumps(value) for value in set(chunk[name])}
            chunk[name] = [quoted[value] for value in chunk[name]]
        for name in _TIMES:
            chunk[name] = ["null" if value is None else value for value in chunk[name]]
        records = zip(*(chunk[name] for name in FLOW_COLUMNS), strict=True)
        out.write("".join([template % record for record in records]).encode("ascii"))


def _chunks(columns: Mapping[str, Any], rows: int) -> Iterator[dict[str, Sequence[Any]]]:
    """The columns in pieces, as lists of plain Python values; no time is None."""
    for start in range(0, rows, _CHUNK):
        chunk = {}
        for name in FLOW_COLUMNS:
            piece = columns[name][start : start + _CHUNK]
            chunk[name] = piece.tolist() if hasattr(piece, "tolist") else list(piece)
        shown = {member: encodable(member) for member in set(chunk["member"])}
        chunk["member"] = [shown[member] for member in chunk["member"]]
        for name in _TIMES:
            if TS_NONE in chunk[name]:
                chunk[name] = [None if value == TS_NONE else value for value in chunk[name]]
        yield chunk
