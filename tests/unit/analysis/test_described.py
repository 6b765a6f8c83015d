"""A description is of the team that was captured, or of none."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowmap.analysis.described import describe
from flowmap.analysis.gather import Found, choose_streams, read_lacp
from flowmap.capture.inputs import plan_inputs
from flowmap.passes.joined import join_members
from flowmap.passes.names import name_links
from flowmap.passes.read import read_all
from flowmap.settings.config import Settings
from flowmap.team.description.model import Adapter, TeamDescription
from flowmap.team.members import assemble

CAPTURES = Path(__file__).parents[3] / "captures"


@pytest.fixture(scope="module")
def found() -> Found:
    read = read_all(plan_inputs([str(CAPTURES / "different-sources")]).captures, Settings())
    members = assemble(read.scans, name_links([one.planned for one in read.inputs], read.scans))
    _, counted, streams, _ = join_members(members)
    return Found(members, counted, streams, choose_streams(streams, Settings()), read_lacp(members))


def test_without_a_description_nothing_is_described(found: Found) -> None:
    told = describe(found, [], ([], None))
    assert told.described is None
    assert told.counters == ({}, None)
    assert told.members is found.members


def test_a_member_is_found_by_its_name(found: Found) -> None:
    names = [member.name for member in found.members.members]
    team = TeamDescription("team.toml", "flowmap", members=tuple(Adapter(name) for name in names))
    told = describe(found, [team], ([], None)).described
    assert told is not None
    assert {number: adapter.name for number, adapter in told.members.items()} == dict(enumerate(names))
