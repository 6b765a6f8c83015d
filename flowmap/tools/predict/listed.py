"""Lists of header fields: JSON lines, or CSV with a heading, as rows and as loads.

Names are those of `Fields.of`; the tables that `--flows` writes are taken too (src, dst; all TCP). Columns that are none of
these are kept as they are. Where a list has ports and no `proto`, it is of TCP.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TextIO

from flowmap.dataclass import dataclass
from flowmap.errors import ConfigError
from flowmap.message import msg
from flowmap.team.hashes.fields import Fields
from flowmap.team.hashes.policy import Variant, variant
from flowmap.tools.predict.text import Row
from flowmap.verdict.mode.forecast import Load

__all__ = ["List", "read_list"]

_NUMBERS = (
    "ethertype",
    "vlan",
    "proto",
    "src_port",
    "dst_port",
    "icmp_type",
    "icmp_code",
    "icmp_id",
    "frag_offset",
    "wire_bytes",
    "n_members",
    "member_index",
)
_TRUTHS = ("tag_in_frame", "more_fragments")
_ADDRESSED = frozenset({"src_ip", "src", "src_mac", "dst_ip", "dst", "dst_mac"})
_HEAD = 4096
_BY_HASH = frozenset({"2", "4", "balance-xor", "802.3ad"})
"""Modes of Linux bonding that place packets by the policy; balance-tlb does so where it is told not to look at the load."""
_TLB = frozenset({"5", "balance-tlb"})
_ND = (58, (133, 134, 135, 136, 137))


@dataclass(frozen=True)
class List:
    """The rows of a list with their loads, and the loads that its summary is about."""

    rows: list[tuple[Row, Load]]
    counted: list[Load]


def read_list(path: str) -> List | None:
    """Read a list of header fields; None where the file is none. Raises ConfigError with the line of a bad value."""
    form = _form(path)
    if form is None:
        _refuse_other_columns(path)
        return None
    rows: list[tuple[Row, Load]] = []
    with open(path, encoding="utf-8-sig", newline="") as file:
        try:
            for line, row in _json_lines(file, path) if form == "json" else _csv(file):
                rows.append((row, _load(row, path, line)))
        except (UnicodeDecodeError, csv.Error) as error:
            raise ConfigError(msg("{path}: is no list of header fields: {error}", path=path, error=error)) from error
    if not rows:
        raise ConfigError(msg("{path}: the list has no rows", path=path))
    counted = [place for place, (row, _) in enumerate(rows) if "encapsulation" not in row]
    if len(counted) < len(rows):
        counted = _heavier_directions([load for _, load in rows])
    fields = [rows[place][1].fields for place in counted]
    if len({one.dst_ip for one in fields}) > len({one.src_ip for one in fields}):
        rows = [(row, replace(load, host=_text(row, "dst_ip", "dst"))) for row, load in rows]
    return List(rows, [rows[place][1] for place in counted])


def _heavier_directions(loads: Sequence[Load]) -> list[int]:
    """Return the places of one row of each connection in a table of flows: of its rows (directions, members) the heaviest."""
    best: dict[Any, int] = {}
    for place, load in enumerate(loads):
        fields = load.fields
        ends = frozenset({(fields.src_ip, fields.src_port), (fields.dst_ip, fields.dst_port)})
        known = best.setdefault(ends, place)
        if (load.wire_bytes or 0) > (loads[known].wire_bytes or 0):
            best[ends] = place
    return sorted(best.values())


def _form(path: str) -> str | None:
    try:
        with open(path, "rb") as file:
            head = file.read(_HEAD).removeprefix(b"\xef\xbb\xbf")
    except (OSError, ValueError):
        return None
    if head.lstrip(b" \t\r\n").startswith(b"{"):
        return "json"
    first = head.partition(b"\n")[0].decode("utf-8", "replace").strip()
    names = {name.strip().strip('"') for name in first.replace(";", ",").replace("\t", ",").split(",")}
    return "csv" if names & _ADDRESSED else None


def _refuse_other_columns(path: str) -> None:
    """Raise ConfigError for a file that its name calls a list, and whose heading names no address."""
    if not path.lower().endswith((".csv", ".tsv")):
        return
    try:
        with open(path, encoding="utf-8-sig") as file:
            heading = file.readline(_HEAD).strip()
    except (OSError, ValueError):
        return
    raise ConfigError(
        msg(
            "{path}: no column of its heading is an address (src_ip, dst_ip, src_mac, dst_mac); it is: {heading}",
            path=path,
            heading=heading,
        )
    )


def _json_lines(file: TextIO, path: str) -> Iterator[tuple[int, Row]]:
    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise ConfigError(msg("{path}, line {number}: is no JSON", path=path, number=number)) from error
        if not isinstance(row, dict):
            raise ConfigError(msg("{path}, line {number}: is no object of header fields", path=path, number=number))
        yield number, row


def _csv(file: TextIO) -> Iterator[tuple[int, Row]]:
    """Yield the rows of a CSV, separated as its heading is.

    Numbers and truths become what JSON lines have, empty cells null.
    """
    heading = file.readline()
    mark = max(",;\t", key=heading.count)
    names = [name.strip() for name in next(csv.reader([heading], delimiter=mark))]
    reader = csv.reader(file, delimiter=mark)
    for cells in reader:
        if cells:
            padded = [*cells, *[""] * (len(names) - len(cells))]
            yield (
                reader.line_num + 1,
                {name: _value(name, cell.strip()) for name, cell in zip(names, padded, strict=False)},
            )


def _value(name: str, cell: str) -> Any:
    if not cell:
        return None
    if name in _TRUTHS:
        return cell.lower() in ("1", "true", "yes")
    if name in _NUMBERS:
        try:
            return int(cell, 0)
        except ValueError:
            return cell  # told as a bad value where it matters
    return cell


def _load(row: Row, path: str, line: int) -> Load:
    told = dict(row)
    for name in ("src", "dst"):
        told.setdefault(f"{name}_ip", row.get(name))
    if isinstance(row.get("vlan"), str) and "encapsulation" in row:
        told["vlan"] = row["vlan"].partition(".")[0]  # the table of flows has the stack, outermost first
    if "proto" not in row and (row.get("src_port") is not None or row.get("dst_port") is not None):
        told["proto"] = 6
    try:
        fields = Fields.of(told)
    except (ValueError, TypeError, AttributeError) as error:
        raise ConfigError(
            msg("{path}, line {number}: a header field is not valid: {error}", path=path, number=line, error=error)
        ) from error
    wire = row.get("wire_bytes")
    hidden = bool(row.get("encapsulation"))
    return Load(
        fields,
        _text(told, "src_ip"),
        wire if isinstance(wire, int) else None,
        _hashed(row, fields) and not hidden,
        _kernel(row.get("kernel")),
    )


def _kernel(name: Any) -> Variant | None:
    try:
        return variant(name) if isinstance(name, str) else None
    except KeyError:
        return None


def _hashed(row: Mapping[str, Any], fields: Fields) -> bool:
    """Return whether the mode that the row tells, if it does, places this packet by a hash of its headers."""
    mode = str(row.get("mode") or "balance-xor").strip().lower()
    if mode in _TLB and str(row.get("tlb_dynamic_lb")) == "0":  # all else goes to the active member
        to_many = fields.dst_mac is None or bool(fields.dst_mac >> 40 & 1)
        discovery = fields.proto == _ND[0] and fields.icmp_type in _ND[1]
        return fields.src_ip is not None and not fields.tag_in_frame and not to_many and not discovery
    return mode in _BY_HASH


def _text(row: Mapping[str, Any], *names: str) -> str | None:
    return next((str(row[name]) for name in names if row.get(name)), None)
