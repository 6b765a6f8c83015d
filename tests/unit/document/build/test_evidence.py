"""What pictures are drawn from: LACP over time by its LACPDUs, and points of streams that did not stay."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from judged_teams import at, lacp, stream, team, way
from lacp_frames import FAST, HOST, OTHER_HOST, SWITCH, S, healthy, lacpdu, talk

from flowmap.document.build.evidence import evidence_of
from flowmap.document.evidence import LacpSpan
from flowmap.team.lacp.bundle import HostSystem
from flowmap.trace.watching.sample import Sample

LIFE = 3 * S  # three intervals of a second (802.1AX, Current_While_Timer with Short_Timeout_Time)


def sides(facts: Any, member: int = 0) -> dict[str, tuple[str, tuple[LacpSpan, ...]]]:
    (history, *_) = [one for one in evidence_of(facts).lacp if one.member == f"nic{member + 1}"]
    return {side.system: (side.party, side.spans) for side in history.sides}


def known(facts: Any) -> Any:
    return replace(facts, lacp_host=HostSystem(HOST, False, "so it was made"))


def test_equal_states_are_one_span_that_lives_three_intervals_longer() -> None:
    found = sides(known(team(frames=healthy(0, range(5)))))
    assert found["02:00:00:00:00:aa"] == ("host", (LacpSpan(at(0), at(4) + LIFE, FAST),))
    assert found["02:00:00:00:00:cc"][0] == "switch"


def test_a_new_state_ends_the_one_before_it_and_silence_ends_both() -> None:
    good, bad = lacpdu(HOST, FAST, SWITCH, FAST), lacpdu(HOST, FAST | 0x80, SWITCH, FAST)
    frames = talk(0, [0, 1], good) + talk(0, [2], bad) + talk(0, [9], good)
    (_, spans) = sides(known(team(frames=frames)))["02:00:00:00:00:aa"]
    assert spans == (
        LacpSpan(at(0), at(2), FAST),
        LacpSpan(at(2), at(2) + LIFE, FAST | 0x80),
        LacpSpan(at(9), at(9) + LIFE, FAST),
    )


def test_a_side_is_unknown_where_the_host_is_and_the_host_comes_first() -> None:
    frames = healthy(0, range(3), host=OTHER_HOST)
    assert {party for party, _ in sides(team(frames=frames)).values()} == {"unknown"}
    facts = replace(team(frames=lacp(0)), lacp_host=HostSystem(SWITCH, False, ""))
    (history,) = evidence_of(facts).lacp
    assert [side.party for side in history.sides] == ["host", "switch"]
    assert history.sides[0].system == "02:00:00:00:00:cc"


def sample(*members: int) -> Sample:
    places = np.arange(len(members))
    values = {
        "ts_ns": at(1) + places,
        "position": places * 1000,
        "member": np.array(members),
        "closeup": places > 0,
        "packets": 40,
    }
    return Sample(**values)


def test_points_are_kept_of_directions_with_payload_that_are_not_on_one_member() -> None:
    sprayed = replace(way("rx", 1, 0, 2), sample=sample(2, 0, 2))
    facts = team(stream(3, sprayed, way("tx", 1, 0)), stream(4, way("rx", 2, 1, 2)), count=3)
    found = evidence_of(facts)
    (points,) = found.sequences
    assert (points.stream, points.source, points.members) == (3, ("10.0.0.1", 50000), ("nic1", "nic3"))
    assert points.member.tolist() == [1, 0, 1]  # places in `members`
    assert (points.position.tolist(), points.packets) == ([0, 1000, 2000], 40)
    assert found.sequences_cut == 1  # stream 4 has no sample
