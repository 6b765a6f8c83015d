"""The flow table: columns in their order, round trips, odd names, missing times."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flowmap.errors import ConfigError
from flowmap.report.formats.flows import FLOW_COLUMNS, flow_format, write_flows
from flowmap.types import TS_NONE

HEADER = (
    "member,src,dst,src_port,dst_port,vlan,encapsulation,packets,wire_bytes,payload_bytes,first_ns,last_ns,syn,fin,rst"
)
ODD = ['a,"b"', "line\nbreak\r", "tab\t;'", "π漢", "", "=1+1"]


def table(rows: int) -> dict[str, Any]:
    """Columns as the flow stage gives them: text in lists or object arrays, numbers in their own widths."""
    index = np.arange(rows)
    return {
        "member": [ODD[number % len(ODD)] for number in range(rows)],
        "src": np.array([f"2001:db8::{number:x}" for number in range(rows)], dtype=object),
        "dst": ["10.0.0.1"] * rows,
        "src_port": (index % 65536).astype("u2"),
        "dst_port": np.full(rows, 6600, "u2"),
        "vlan": ["10.20" if number % 2 else "" for number in range(rows)],
        "encapsulation": ["vxlan.gre" if number % 3 else "" for number in range(rows)],
        "packets": np.full(rows, 2**64 - 1, "u8"),
        "wire_bytes": index.astype("u8"),
        "payload_bytes": index.astype("u8"),
        "first_ns": np.where(index == 1, TS_NONE, 1_767_323_045_000_000_001 + index),
        "last_ns": np.where(index == 1, TS_NONE, 1_767_323_046_000_000_001 + index),
        "syn": index.astype("u8"),
        "fin": index.astype("u8"),
        "rst": index.astype("u8"),
    }


def expected(columns: dict[str, Any], row: int, name: str) -> Any:
    value = columns[name][row]
    value = value.item() if isinstance(value, np.generic) else value
    return None if value == TS_NONE else value


@pytest.mark.parametrize("rows", [0, 1, 3, 16_384, 16_390])
def test_csv_round_trip(tmp_path: Path, rows: int) -> None:
    columns = table(rows)
    assert write_flows(str(tmp_path / "f.csv"), columns) == rows
    with open(tmp_path / "f.csv", newline="", encoding="utf-8") as file:
        read = list(csv.DictReader(file))
    assert len(read) == rows
    for number in {0, 1, 2, rows - 1} & set(range(rows)):
        want = {name: expected(columns, number, name) for name in FLOW_COLUMNS}
        want["member"] = want["member"].replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
        want["member"] = "'=1+1" if want["member"] == "=1+1" else want["member"]
        assert read[number] == {name: "" if value is None else str(value) for name, value in want.items()}


HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", 'x";=1', "x;=1+1", "a\n=1", "\x1b[2J", "\u202e=1"]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_no_name_begins_a_formula_or_steers_a_terminal(tmp_path: Path, separator: str) -> None:
    """However a spreadsheet splits the lines: which separator it takes depends on its user's country."""
    rows = len(HOSTILE)
    write_flows(
        str(tmp_path / "f.csv"), {name: column[:rows] for name, column in table(rows).items()} | {"member": HOSTILE}
    )
    text = (tmp_path / "f.csv").read_text(encoding="utf-8")
    assert all(character.isprintable() or character == "\n" for character in text)
    assert len(text.splitlines()) == rows + 1
    for line in csv.reader(text.splitlines(), delimiter=separator):
        for cell in line:
            assert not cell.lstrip().startswith(("=", "+", "-", "@", "＝", "\t", "\r"))


@pytest.mark.parametrize("rows", [0, 1, 3, 16_390])
def test_json_lines_round_trip(tmp_path: Path, rows: int) -> None:
    columns = table(rows)
    write_flows(str(tmp_path / "f.jsonl"), columns)
    read = [json.loads(line) for line in (tmp_path / "f.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(read) == rows
    for number in {0, 1, 2, rows - 1} & set(range(rows)):
        assert read[number] == {name: expected(columns, number, name) for name in FLOW_COLUMNS}
        assert list(read[number]) == list(FLOW_COLUMNS)


def test_the_header_has_the_columns_of_the_contract(tmp_path: Path) -> None:
    write_flows(str(tmp_path / "f.csv"), table(0))
    assert (tmp_path / "f.csv").read_text() == HEADER + "\n"


def test_times_may_be_none(tmp_path: Path) -> None:
    columns = table(2) | {"first_ns": [None, 3], "last_ns": [None, 4]}
    write_flows(str(tmp_path / "f.csv"), columns)
    write_flows(str(tmp_path / "f.jsonl"), columns)
    first = json.loads((tmp_path / "f.jsonl").read_text().splitlines()[0])
    assert (first["first_ns"], first["last_ns"]) == (None, None)
    with open(tmp_path / "f.csv", newline="", encoding="utf-8") as file:
        assert [row["first_ns"] for row in csv.DictReader(file)] == ["", "3"]


def test_standard_output_gets_csv(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    write_flows("-", table(1))
    assert capfdbinary.readouterr().out.decode().startswith(HEADER)


def test_a_member_name_of_any_bytes_can_be_written(tmp_path: Path) -> None:
    columns = table(1) | {"member": [b"nic\xff".decode("utf-8", "surrogateescape")]}
    write_flows(str(tmp_path / "f.csv"), columns)
    write_flows(str(tmp_path / "f.jsonl"), columns)
    assert (tmp_path / "f.csv").read_text().splitlines()[1].startswith(r"nic\xff,")
    assert json.loads((tmp_path / "f.jsonl").read_text())["member"] == r"nic\xff"


@pytest.mark.parametrize("name", ["f.txt", "f", "f.parquet.gz", "csv", "f.csv.gz"])
def test_other_suffixes_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"\.csv, \.jsonl or \.parquet"):
        write_flows(str(tmp_path / name), table(0))
    assert flow_format("F.CSV") == "csv"


def test_columns_must_be_complete_and_equally_long(tmp_path: Path) -> None:
    columns = table(2)
    for broken in ({**columns, "rst": [1]}, {name: columns[name] for name in FLOW_COLUMNS[1:]}):
        with pytest.raises(ValueError, match="flow columns"):
            write_flows(str(tmp_path / "f.csv"), broken)
    assert list(tmp_path.iterdir()) == []
