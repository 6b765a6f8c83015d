"""What hosts exchanged is the sum over their streams, whichever end they are at; rows are the same however they are made."""

from __future__ import annotations

import json
from dataclasses import replace

from flowmap.document.build.hosts import host_rows
from flowmap.document.model import Host
from flowmap.facts.model import MemberShare, TeamFacts
from flowmap.team.host import TeamHost
from tests.small_teams import direction, stream, team

TEAMED, NEAR, FAR = (4, 0x0A000001), (4, 0x0A000002), (4, 0x0A000003)


def three_streams() -> TeamFacts:
    """NEAR sends 1000 bytes on nic1 and 200 on nic0 and is answered with 60 on nic0; FAR is answered only, and not judged."""
    there, back = direction("rx", 1, 0, 1), direction("tx", 0, 0, 1)
    shares = [MemberShare(1, 10, 1000, 900, 1, 2), MemberShare(0, 2, 200, 100, 1, 2)]
    there = replace(there, src=(NEAR, 40000), dst=(TEAMED, 6600), shares=shares)
    back = replace(back, src=(TEAMED, 6600), dst=(NEAR, 40000), shares=[MemberShare(0, 1, 60, 0, 1, 2)])
    alone = replace(direction("tx", 1, 0, 1), src=(TEAMED, 50000), dst=(FAR, 80), bulk=True)
    alone = replace(alone, shares=[MemberShare(1, 1, 70, 10, 1, 2)])
    other = replace(stream(2, alone), judged=False)
    found = team(stream(1, there, back), other)
    return replace(found, host=replace(TeamHost(), addresses=frozenset({TEAMED})))


def test_bytes_by_member_and_direction_and_roles() -> None:
    """Worked out by hand; members in the order in which they come."""
    assert list(host_rows(three_streams())) == [
        Host(
            host="10.0.0.1",
            role="teamed",
            members={"nic1": 1070, "nic0": 260},
            tx={"nic0": 60, "nic1": 70},
            rx={"nic1": 1000, "nic0": 200},
        ),
        Host(
            host="10.0.0.2",
            role="source",
            members={"nic1": 1000, "nic0": 260},
            tx={"nic0": 60},
            rx={"nic1": 1000, "nic0": 200},
        ),
        Host(host="10.0.0.3", role="other", members={"nic1": 70}, tx={"nic1": 70}),
    ]


def test_rows_are_written_as_they_are_made() -> None:
    rows = host_rows(three_streams())
    (written,) = rows.written()  # type: ignore[attr-defined]
    read = [json.loads(one) for one in written]
    assert read == [row.model_dump() for row in rows]
    assert [list(one["members"]) for one in read] == [["nic1", "nic0"], ["nic1", "nic0"], ["nic1"]]


def test_a_team_without_streams_has_no_hosts() -> None:
    assert not host_rows(team())
