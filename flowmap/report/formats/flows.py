"""The flow table as CSV, JSON lines or Parquet: one row per member, VLAN stack, encapsulation and direction of a 5-tuple.

Comes in as columns, goes out in chunks: a million rows cost neither a million objects nor a second copy in memory.
Names of members are text of captures. JSON lines and Parquet have them as they are; in CSV, which is opened in
spreadsheets and shown in terminals, what does not print is shown as its escape, and what would be a formula gets a "'".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Any, BinaryIO

from flowmap.document.base import encodable
from flowmap.document.quantities import plain
from flowmap.errors import ConfigError
from flowmap.message import msg
from flowmap.report.formats.files import open_output
from flowmap.types import TS_NONE

__all__ = ["FLOW_COLUMNS", "csv_cell", "flow_format", "write_flows"]

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
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""What spreadsheets take for the beginning of a formula, also in full width."""
_BARE = re.compile(r"[\\\w.:#/' +=@-]*")
"""What needs no quotes, whatever a spreadsheet takes for the separator."""


def flow_format(path: str) -> str:
    """Return `csv`, `jsonl` or `parquet` by the suffix of the file's name; standard output gets CSV.

    Raises ConfigError for another one, and for Parquet where pyarrow is missing.
    """
    suffix = PurePath(path).suffix.lower()
    if path == "-" or suffix == ".csv":
        return "csv"
    if suffix == ".jsonl":
        return "jsonl"
    if suffix == ".parquet":
        from flowmap.report.formats.tables.arrow import require_pyarrow

        require_pyarrow("--flows")
        return "parquet"
    raise ConfigError(msg("--flows {path}: the name must end in .csv, .jsonl or .parquet", path=path))


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
    if form == "parquet":
        from flowmap.report.formats.tables.arrow import write_flows_parquet

        write_flows_parquet(path, columns)
        return lengths.pop()
    with open_output(path) as out:
        (_write_csv if form == "csv" else _write_lines)(out, columns, lengths.pop())
    return len(columns["member"])


def _write_csv(out: BinaryIO, columns: Mapping[str, Any], rows: int) -> None:
    out.write((",".join(FLOW_COLUMNS) + "\n").encode())
    template = ",".join(["%s"] * len(FLOW_COLUMNS)) + "\n"
    for chunk in _chunks(columns, rows):
        cells = {name: csv_cell(name) for name in set(chunk["member"])}
        chunk["member"] = [cells[name] for name in chunk["member"]]
        for name in _TIMES:
            chunk[name] = ["" if value is None else value for value in chunk[name]]
        records = zip(*(chunk[name] for name in FLOW_COLUMNS), strict=True)
        out.write("".join([template % record for record in records]).encode("utf-8"))


def csv_cell(name: str) -> str:
    r"""Return a name as a cell of CSV that is text wherever it is opened.

    >>> csv_cell("eth0"), csv_cell('=HYPERLINK("x")'), csv_cell("a;b"), csv_cell("-1")
    ('eth0', '"\'=HYPERLINK(""x"")"', '"a;b"', "'-1")
    """
    shown = plain(name)
    if shown.startswith(_FORMULA):
        shown = f"'{shown}"
    return shown if _BARE.fullmatch(shown) else '"{}"'.format(shown.replace('"', '""'))


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
    """Return the columns in pieces, as lists of plain Python values; no time is None."""
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
