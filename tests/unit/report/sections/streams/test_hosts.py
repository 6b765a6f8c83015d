"""Hosts by member: each direction by itself, or both together where directions are not known."""

from __future__ import annotations

from factories import make_report

from flowmap.report.blocks import Line, Matrix
from flowmap.report.sections.streams.hosts import hosts_section


def matrix(**changes: object) -> Matrix:
    hosts = [host.model_copy(update=changes) for host in make_report().hosts]
    (block,) = [one for one in hosts_section(make_report(hosts=hosts)).blocks if isinstance(one, Matrix)]
    return block


def test_directions_have_a_group_each_where_they_are_known() -> None:
    assert [group for group, _ in matrix().groups] == ["rx", "tx"]
    block = matrix(rx={}, tx={}, members={"nic1": 5, "nic2": 7})
    assert [title for _, title in block.groups] == ["both directions"]
    assert {way.total for row in block.rows for way in row.ways} == {12}


def test_the_teamed_host_is_none_of_them_and_many_are_cut() -> None:
    base = make_report()
    named = [host.host for host in base.hosts if host.role == "teamed"]
    assert named
    assert not any(row.label.startswith(f"{named[0]} ") for row in matrix().rows)
    cut = [block.text for block in hosts_section(base, 1).blocks if isinstance(block, Line)]
    assert cut == ["1 more is in the JSON report."]
