"""Lost links by the moves away from them: how often, since when, for how long, and whether streams came back."""

from __future__ import annotations

from judged_teams import at, case, lacp, move, moved, stream, team

from flowmap.verdict.answer.losses import find_losses, lost_sentences


def said(*ways: object, **changes: object) -> list[str]:
    judged = case(team(*[stream(k, one) for k, one in enumerate(ways)], **changes))
    return [str(one) for one in lost_sentences(judged, find_losses(judged))]


def test_moves_within_three_seconds_are_of_one_loss() -> None:
    ways = [moved("rx", k + 1, move(when, 0, 1, "failover")) for k, when in enumerate((3, 5.9, 8.9))]
    assert [len(one.moves) for one in find_losses(case(team(*[stream(k, w) for k, w in enumerate(ways)])))] == [3]
    late = moved("rx", 4, move(12, 0, 1, "failover"))
    losses = find_losses(case(team(*[stream(k, w) for k, w in enumerate([*ways, late])])))
    assert [len(one.moves) for one in losses] == [3, 1]


def test_moves_for_another_reason_are_no_loss() -> None:
    assert find_losses(case(team(stream(0, moved("rx", 1, move(3, 0, 1, "rebalance")))))) == []


def test_a_stream_that_waited_to_send_again_dates_the_loss_by_its_last_packet() -> None:
    """A gap of more than half a second has a retransmission timeout in it."""
    losses = find_losses(
        case(
            team(
                stream(0, moved("rx", 1, move(3, 0, 1, "failover", 0.5))),
                stream(1, moved("rx", 2, move(9, 1, 0, "failover", 0.6))),
            )
        )
    )
    assert [(one.member, one.ts_ns) for one in losses] == [(0, at(3)), (1, at(8.4))]


def test_streams_stay_or_move_back() -> None:
    assert said(moved("rx", 1, move(4, 0, 1, "failover", 0.1))) == [
        "nic1 lost its link at 22:13:24.0 UTC; its stream went on over nic2 within 100 ms and stayed there."
    ]
    back = moved("rx", 1, move(4, 0, 1, "failover", 0.1), move(6, 1, 0, "member-set-change"))
    assert said(back, moved("rx", 2, move(4, 0, 2, "failover", 0.2)), count=3) == [
        "nic1 lost its link at 22:13:24.0 UTC; its two streams went on over nic2 and nic3 within 200 ms; some moved back "
        "later."
    ]


def test_several_losses_of_one_member_are_told_in_one_sentence() -> None:
    again = moved("rx", 1, move(1, 0, 1, "failover"), move(3, 1, 0, "member-set-change"), move(6, 0, 1, "failover"))
    (told,) = said(again)
    assert told.startswith(
        "nic1 lost its link again and again, twice between 22:13:21.0 UTC and 22:13:26.0 UTC; its stream"
    )


def test_lacp_tells_for_how_long_nothing_came() -> None:
    """LACPDUs of each second but 4 to 6; the stream's last packet there is of 3.9 s."""
    frames = [one for one in lacp(0, 1) if one.member == 1 or not at(3.5) < one.ts_ns < at(6.5)]
    (told,) = said(moved("rx", 1, move(4, 0, 1, "failover", 0.1)), frames=frames)
    assert told.startswith("nic1 lost its link at 22:13:24.0 UTC and came back after 3.1 s; its stream")
    (steady,) = said(moved("rx", 1, move(4, 0, 1, "failover", 0.1)), frames=lacp(0, 1))
    assert "came back" not in steady


def test_a_member_that_stays_silent_to_the_end_did_not_come_back() -> None:
    """LACPDUs to second 3, the captures to second 10: silence of three intervals counts, and that from second 8 on does not."""
    for last, told in ((3.5, " and did not come back in the 6.0 s to the end of the captures; its"), (7.5, "; its")):
        frames = [one for one in lacp(0, 1) if one.member == 1 or one.ts_ns < at(last)]
        (found,) = said(moved("rx", 1, move(last + 0.5, 0, 1, "failover", 0.1)), frames=frames)
        assert found.startswith(f"nic1 lost its link at 22:13:2{int(last + 0.5)}.0 UTC{told} stream went on")
