"""The columns of --flows, of rows written by hand: RFC 5952 addresses, VLANs and tunnels from the outside in."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from flowmap.facts.flows import ENCAPSULATIONS, encapsulation_text, flow_columns, join_connections, vlan_ids
from flowmap.team.members import TeamMember
from flowmap.types import FLOW, TS_NONE

MEMBERS = [TeamMember(0, "nic1"), TeamMember(1, "nic2")]
VXLAN, GRE = ENCAPSULATIONS.index("vxlan"), ENCAPSULATIONS.index("gre")


def rows(*own: dict[str, Any]) -> Any:
    table = np.zeros(len(own), FLOW)
    for row, values in zip(table, own, strict=True):
        for name, value in {"version": 4, "sport": 50000, "dport": 443, "packets": 1, **values}.items():
            row[name] = value
    return table


@pytest.mark.parametrize(
    ("stack", "ids"), [(0, []), (1 << 60 | 7, [7]), (2 << 60 | 100 << 12 | 7, [100, 7]), (1 << 60, [0])]
)
def test_vlan_ids_are_outermost_first(stack: int, ids: list[int]) -> None:
    assert vlan_ids(stack) == ids


def test_tunnels_are_outermost_first() -> None:
    assert encapsulation_text(0) == ""
    assert encapsulation_text(VXLAN) == "vxlan"
    assert encapsulation_text(GRE << 4 | VXLAN) == "gre.vxlan"


def test_columns_are_by_member_then_by_time() -> None:
    table = rows(
        {"link": 1, "first_ns": 1, "src_lo": 0x0A000001, "dst_lo": 0x0A000002},
        {"link": 0, "first_ns": 9, "version": 6, "src_hi": 0x20010DB8 << 32, "src_lo": 1, "dst_lo": 1},
        {"link": 0, "first_ns": 5, "src_lo": 0x0A000003, "vlan": 2 << 60 | 100 << 12 | 7, "encap": VXLAN},
    )
    columns = flow_columns(table, MEMBERS)
    assert columns["member"].tolist() == ["nic1", "nic1", "nic2"]
    assert columns["first_ns"].tolist() == [5, 9, 1]
    assert columns["src"].tolist() == ["10.0.0.3", "2001:db8::1", "10.0.0.1"]
    assert columns["dst"].tolist() == ["0.0.0.0", "::1", "10.0.0.2"]
    assert columns["vlan"].tolist() == ["100.7", "", ""]
    assert columns["encapsulation"].tolist() == ["vxlan", "", ""]


def test_a_mirror_session_is_told_before_the_tunnels_in_it() -> None:
    mirrored = [TeamMember(0, "nic1", mirror="erspan"), MEMBERS[1]]
    columns = flow_columns(rows({"link": 0, "encap": VXLAN}, {"link": 0, "sport": 9}, {"link": 1}), mirrored)
    assert sorted(columns["encapsulation"].tolist()) == ["", "erspan", "erspan.vxlan"]


def test_connections_one_after_another_are_one_row() -> None:
    first = {"packets": 3, "wire_bytes": 300, "syn": 1, "first_ns": 10, "last_ns": 20}
    later = {"packets": 4, "wire_bytes": 400, "syn": 1, "first_ns": 30, "last_ns": 90}
    joined = join_connections(rows(later, {"dport": 80}, first))
    (one,) = joined[joined["dport"] == 443]
    assert len(joined) == 2
    assert [int(one[name]) for name in ("packets", "wire_bytes", "syn", "first_ns", "last_ns")] == [7, 700, 2, 10, 90]


@pytest.mark.parametrize("name", ["link", "vlan", "encap", "version", "sport"])
def test_rows_that_differ_in_what_a_flow_is_found_by_stay_apart(name: str) -> None:
    assert len(join_connections(rows({}, {name: 1}))) == 2


def test_a_row_without_a_time_takes_none_from_the_others() -> None:
    (one,) = join_connections(rows({"first_ns": TS_NONE, "last_ns": TS_NONE}, {"first_ns": 7, "last_ns": 8}))
    assert (int(one["first_ns"]), int(one["last_ns"])) == (7, 8)
