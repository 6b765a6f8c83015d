"""Rows with the member that each policy chooses: what was in a row stays, in its place."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from flowmap.errors import ConfigError
from flowmap.team.hashes.chooser import find_chooser
from flowmap.team.hashes.fields import Fields
from flowmap.tools.predict.rows import rows_format, write_rows
from flowmap.verdict.mode.forecast import Load, load_member

POLICIES = [find_chooser("layer3+4"), find_chooser("layer2")]


def loads(*rows: dict[str, Any]) -> list[tuple[dict[str, Any], Load]]:
    return [(row, Load(Fields.of(row))) for row in rows]


ROW = {"src_ip": "10.0.0.1", "dst_ip": "10.0.0.9", "proto": 6, "src_port": 50000, "dst_port": 443}


def test_each_row_comes_once_for_each_policy_and_number_of_members(tmp_path: Path) -> None:
    rows = loads(ROW, {**ROW, "src_port": 50001})
    path = tmp_path / "out.jsonl"
    write_rows(str(path), rows, POLICIES, [2, 3])
    found = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [(one["policy"], one["n_members"]) for one in found] == [
        (chooser.name, n) for chooser in POLICIES for n in (2, 3) for _ in rows
    ]
    expected = [load_member(chooser, n, load) for chooser in POLICIES for n in (2, 3) for _, load in rows]
    assert [one["member_index"] for one in found] == expected
    assert {one["src_port"] for one in found} == {50000, 50001}


def test_what_headers_do_not_tell_is_null(tmp_path: Path) -> None:
    rows = [({"note": "100 %"}, Load(Fields(), hashed=False))]
    for name, none in (("out.jsonl", None), ("out.csv", "")):
        path = tmp_path / name
        write_rows(str(path), rows, POLICIES[:1], [2])
        text = path.read_text(encoding="utf-8")
        found = json.loads(text) if name.endswith("jsonl") else next(csv.DictReader(text.splitlines()))
        assert (found["note"], found["member_index"]) == ("100 %", none)


def test_columns_that_were_there_stay_where_they_were(tmp_path: Path) -> None:
    row = {"member_index": 9, "note": 'a, "b"', "flag": True, "deep": [1], "none": None, **ROW, "policy": "old"}
    path = tmp_path / "out.csv"
    write_rows(str(path), loads(row), POLICIES[:1], [2])
    (heading, cells) = csv.reader(path.read_text(encoding="utf-8").splitlines())
    assert heading == [*row, "n_members"]
    found = dict(zip(heading, cells, strict=True))
    assert (found["policy"], found["n_members"], found["member_index"] in ("0", "1")) == (POLICIES[0].name, "2", True)
    assert (found["note"], found["flag"], found["deep"], found["none"]) == ('a, "b"', "true", "[1]", "")


@pytest.mark.parametrize(("path", "form"), [("-", "csv"), ("a.CSV", "csv"), ("a.b.jsonl", "jsonl")])
def test_the_suffix_says_the_format(path: str, form: str) -> None:
    assert rows_format(path) == form


@pytest.mark.parametrize("path", ["a.json", "a", "csv"])
def test_another_suffix_is_refused(path: str) -> None:
    with pytest.raises(ConfigError, match=r"must end in \.csv or \.jsonl"):
        rows_format(path)
