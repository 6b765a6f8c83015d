"""Lists of header fields: JSON lines and CSV of any separator give the same rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from flowmap.errors import ConfigError
from flowmap.tools.predict.listed import List, read_list

ROWS: list[dict[str, Any]] = [
    {"src_ip": "10.0.0.1", "dst_ip": "10.0.0.9", "src_port": 50000, "dst_port": 443, "vlan": None, "note": "a"},
    {"src_ip": "10.0.0.2", "dst_ip": "10.0.0.9", "src_port": 50001, "dst_port": 443, "vlan": 7, "note": "b;c"},
]


def read(text: str, tmp_path: Path, name: str = "list.csv") -> List:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    found = read_list(str(path))
    assert found is not None
    return found


def as_csv(mark: str) -> str:
    quoted = [
        [f'"{value}"' if value == "b;c" else "" if value is None else str(value) for value in row.values()]
        for row in ROWS
    ]
    return "\n".join(mark.join(cells) for cells in [list(ROWS[0]), *quoted]) + "\n"


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_csv_is_separated_as_its_heading_is(mark: str, tmp_path: Path) -> None:
    assert [row for row, _ in read(as_csv(mark), tmp_path).rows] == ROWS


def test_json_lines_give_the_same(tmp_path: Path) -> None:
    listed = read("\n".join(map(json.dumps, ROWS)) + "\n\n", tmp_path, "list.jsonl")
    assert [row for row, _ in listed.rows] == ROWS
    (_, first), (_, second) = listed.rows
    assert (first.fields.proto, first.fields.src_port, first.fields.vlan) == (
        6,
        50000,
        None,
    )  # ports without proto: TCP
    assert second.fields.vlan == 7


def test_a_byte_order_mark_and_short_rows_are_taken(tmp_path: Path) -> None:
    listed = read("\ufeffsrc_ip,dst_ip,src_port\n10.0.0.1,10.0.0.9\n", tmp_path)
    ((row, load),) = listed.rows
    assert row == {"src_ip": "10.0.0.1", "dst_ip": "10.0.0.9", "src_port": None}
    assert load.fields.proto is None


def test_the_host_of_a_load_is_at_the_end_that_differs(tmp_path: Path) -> None:
    from_many = read(as_csv(","), tmp_path)
    assert [load.host for _, load in from_many.rows] == ["10.0.0.1", "10.0.0.2"]
    to_many = read("src_ip,dst_ip\n10.0.0.9,10.0.0.1\n10.0.0.9,10.0.0.2\n", tmp_path)
    assert [load.host for _, load in to_many.rows] == ["10.0.0.1", "10.0.0.2"]


def test_of_a_table_of_flows_the_heavier_direction_counts(tmp_path: Path) -> None:
    heading = "member,src,dst,src_port,dst_port,vlan,encapsulation,wire_bytes\n"
    rows = "nic1,10.0.0.1,10.0.0.9,50000,443,100.7,,900\nnic2,10.0.0.9,10.0.0.1,443,50000,,vxlan,100\n"
    listed = read(heading + rows, tmp_path)
    assert [load.wire_bytes for load in listed.counted] == [900]
    first, second = (load for _, load in listed.rows)
    assert first.fields.vlan == 100  # the outermost of a stack
    assert (first.hashed, second.hashed) == (True, False)  # in a tunnel the outer header is hashed, which is not there


@pytest.mark.parametrize(
    ("row", "hashed"),
    [
        ({}, True),
        ({"mode": "802.3ad"}, True),
        ({"mode": "4"}, True),
        ({"mode": "active-backup"}, False),
        ({"mode": "balance-tlb"}, False),
        ({"mode": "balance-tlb", "tlb_dynamic_lb": 0}, True),
        ({"mode": "balance-tlb", "tlb_dynamic_lb": 0, "dst_mac": "ff:ff:ff:ff:ff:ff"}, False),
        ({"mode": "5", "tlb_dynamic_lb": "0", "dst_mac": "02:00:00:00:00:01"}, True),
    ],
)
def test_which_modes_of_bonding_place_by_the_policy(row: dict[str, Any], hashed: bool, tmp_path: Path) -> None:
    """Documentation/networking/bonding.rst of the Linux kernel: xmit_hash_policy, tlb_dynamic_lb."""
    base = {"src_ip": "10.0.0.1", "dst_ip": "10.0.0.9", "dst_mac": "02:00:00:00:00:09"}
    ((_, load),) = read(json.dumps({**base, **row}), tmp_path, "list.jsonl").rows
    assert load.hashed == hashed


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("src_ip,dst_port\n10.0.0.1,70000\n", "line 2: a header field is not valid: 70000 is not from 0 to 65535"),
        ("src_ip,dst_port\n10.0.0.1,http\n", "line 2: a header field is not valid"),
        ("src_ip\n", "the list has no rows"),
        ('{"src_ip": "10.0.0.1"}\n{"src_ip"\n', "line 2: is no JSON"),
        ('{"src_ip": "10.0.0.1"}\n[1]\n', "line 2: is no object of header fields"),
        ("a,b\n1,2\n", "no column of its heading is an address.*it is: a,b"),
    ],
)
def test_errors_name_the_line(text: str, complaint: str, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=complaint):
        read_list(str(path))


def test_what_is_no_list_is_left_to_others(tmp_path: Path) -> None:
    path = tmp_path / "a.pcap"
    path.write_bytes(b"\xd4\xc3\xb2\xa1" + bytes(20))
    assert read_list(str(path)) is None
    assert read_list(str(tmp_path / "none")) is None
