"""What pictures are drawn from, of captures whose making is known: it agrees with the report and with LACP in them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from flowmap.analysis import analyze
from flowmap.analysis.answer import Analysis
from flowmap.settings.config import Settings

CAPTURES = Path(__file__).parents[2] / "captures"


@pytest.fixture(scope="module")
def failover() -> Analysis:
    return analyze([str(CAPTURES / "failover")], Settings())


def test_points_lie_on_the_old_member_until_the_move_and_then_on_the_new(failover: Analysis) -> None:
    (points,) = failover.evidence.sequences
    (direction,) = [d for s in failover.report.streams for d in s.directions if d.placement == "moved"]
    (move,) = direction.moves
    assert points.source == (direction.src.ip, direction.src.port)
    names = np.array(points.members)[points.member]
    assert set(names[points.ts_ns < move.ts_ns]) == {move.from_}
    assert set(names[points.ts_ns >= move.ts_ns]) == {move.to}
    assert {False, True} == set((points.ts_ns[points.closeup] < move.ts_ns).tolist())


def test_points_go_up_to_the_payload(failover: Analysis) -> None:
    (points,) = failover.evidence.sequences
    (stream,) = [s for s in failover.report.streams if s.id == points.stream]
    drawn = points.position[~points.closeup]
    assert 0 <= drawn.min() <= drawn.max() <= stream.payload_bytes
    assert drawn.max() > 0.99 * stream.payload_bytes
    assert (np.diff(drawn) >= 0).mean() > 0.99


def test_a_sprayed_stream_has_points_of_both_members_alternating() -> None:
    analysis = analyze([str(CAPTURES / "04b-round-robin-receiver")], Settings())
    points = analysis.evidence.sequences[0]
    near = points.member[points.closeup]
    assert (near[1:] != near[:-1]).mean() > 0.3
    assert 0.4 < points.member[~points.closeup].mean() < 0.6


def test_lacp_of_a_member_that_was_pulled_has_a_gap_and_the_other_has_none(failover: Analysis) -> None:
    """The switch port of hvT_nic2 was taken down in the middle and came back."""
    history = {one.member: one for one in failover.evidence.lacp}
    whole = {m.name: (m.first_ns or 0, m.last_ns or 0) for m in failover.report.members}
    assert len(history["hvT_nic1"].bundled) == 1
    assert len(history["hvT_nic2"].bundled) == 2
    for name, one in history.items():
        assert one.bundled[0][0] <= whole[name][0] + 3 * 10**9
        assert len(one.sides) == 2
        for side in one.sides:
            starts = [span.start_ns for span in side.spans]
            assert starts == sorted(starts)
            assert all(a.end_ns <= b.start_ns for a, b in zip(side.spans, side.spans[1:], strict=False))


def test_a_member_that_never_joined_is_never_in_the_bundle() -> None:
    analysis = analyze([str(CAPTURES / "lacp-down")], Settings())
    history = {one.member: one for one in analysis.evidence.lacp}
    assert history["hvT_nic2"].bundled == ()
    assert history["hvT_nic1"].bundled != ()
    assert [side.party for side in history["hvT_nic2"].sides] == ["host"]


def test_where_nothing_moved_there_are_no_points() -> None:
    assert analyze([str(CAPTURES / "different-sources")], Settings()).evidence.sequences == ()
