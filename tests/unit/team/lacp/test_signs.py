"""Signs that show over time, at their limits: frames octet by octet, what is expected follows from how they were made."""

from __future__ import annotations

import pytest
from lacp_frames import FAST, HOST, IN, OTHER_SWITCH, OUT, SLOW, SWITCH, T0, S, healthy, lacpdu, talk

from flowmap.decode.control import ControlFrame
from flowmap.team.lacp.bundle import HostSystem, LacpFinding, read_lacpdus
from flowmap.team.lacp.lacpdu import Marker

KNOWN = HostSystem(HOST, False, "given")
EXPIRED, DEFAULTED = 0x87, 0x47


def signs(frames: list[ControlFrame], host: HostSystem = KNOWN) -> dict[str, LacpFinding]:
    return {finding.kind: finding for finding in read_lacpdus(frames).findings(host)}


def states(system: int, other: int, told: list[int], step: float = 1.0, other_state: int = FAST) -> list[ControlFrame]:
    """One LACPDU each `step` seconds, with these states."""
    return [
        frame
        for at, state in enumerate(told)
        for frame in talk(0, [at * step], lacpdu(system, state, other, other_state))
    ]


def answered(step: float = 1.0, count: int = 12, state: int = FAST) -> list[ControlFrame]:
    return talk(0, [0.1 + step * at for at in range(count)], lacpdu(SWITCH, state, HOST, FAST))


@pytest.mark.parametrize(
    ("told", "times"),
    [
        ([FAST, EXPIRED, FAST, DEFAULTED, FAST], 2),
        ([FAST, EXPIRED, DEFAULTED, FAST, EXPIRED, DEFAULTED, FAST], 2),
        ([EXPIRED, FAST, DEFAULTED, DEFAULTED, FAST], 0),  # every port begins so, and then lost it once
        ([FAST, EXPIRED, DEFAULTED, DEFAULTED], 0),
        ([FAST] * 9, 0),
    ],
)
def test_flapping_is_to_lose_the_partner_at_least_twice(told: list[int], times: int) -> None:
    found = signs(states(HOST, SWITCH, told) + answered(count=len(told)))
    assert ("flapping" in found) is bool(times)
    if times:
        assert (found["flapping"].evidence["times"], found["flapping"].evidence["of_host"]) == (times, True)
        assert "expired" not in found
        assert "defaulted" not in found


@pytest.mark.parametrize(("step", "slow"), [(1, False), (3, False), (3.5, True), (30, True)])
def test_a_side_may_be_three_times_as_slow_as_it_is_asked_to_be(step: float, slow: bool) -> None:
    asks = states(HOST, SWITCH, [FAST] * round(4 * step))
    assert ("too_slow" in signs(asks + answered(step, 4))) is slow
    assert "too_slow" not in signs(asks + answered(step, 2))  # one gap may be any
    leisurely = states(HOST, SWITCH, [SLOW] * round(4 * step))
    assert "too_slow" not in signs(leisurely + answered(step, 4))


def heard_by(times: list[float], sender: int, receiver: int, end: int) -> list[ControlFrame]:
    """LACPDUs of the sender at these times, and the receiver's each second: Expired where 3 s went by without one."""
    frames = talk(0, times, lacpdu(sender, FAST, receiver, FAST))
    for second in range(end):
        now = second + 0.15
        expired = min((now - t for t in times if t <= now), default=0.0) > 3
        frames += talk(0, [now], lacpdu(receiver, EXPIRED if expired else FAST, sender, FAST))
    return sorted(frames, key=lambda frame: frame.ts_ns)


def rhythm(*gaps: float, count: int = 40) -> list[float]:
    return [sum(gaps[k % len(gaps)] for k in range(number)) for number in range(count)]


@pytest.mark.parametrize("slow_side", [HOST, SWITCH])
def test_the_side_that_sends_too_seldom_is_named_whoever_suffers(slow_side: int) -> None:
    other = HOST + SWITCH - slow_side
    found = signs(heard_by(rhythm(2.0, 2.4, 2.9, 3.4), slow_side, other, 100))
    assert found["too_slow"].evidence["system"] == slow_side
    assert found["too_slow"].evidence["gap_ns"] == pytest.approx(2.4 * S, abs=1)
    assert found["too_slow"].evidence["pause_ns"] == pytest.approx(3.4 * S, abs=1)
    assert found["flapping"].evidence["system"] == other
    assert found["flapping"].evidence["peer_pause_ns"] == pytest.approx(3.4 * S, abs=1)


def test_a_sender_whose_frames_get_lost_is_not_too_slow() -> None:
    found = signs(heard_by([float(k) for k in range(100) if k % 30 not in (10, 11, 12)], SWITCH, HOST, 100))
    assert "too_slow" not in found
    assert found["flapping"].evidence["peer_gap_ns"] == S
    assert found["flapping"].evidence["peer_pause_ns"] == 4 * S


def test_a_slower_rhythm_that_nobody_suffered_from_is_allowed() -> None:
    assert "too_slow" not in signs(heard_by(rhythm(2.0, 2.4, 2.9), SWITCH, HOST, 90))


def test_what_is_asked_for_without_a_partner_is_no_other_rate() -> None:
    asks = states(HOST, SWITCH, [SLOW, SLOW, EXPIRED, SLOW, SLOW] * 40)
    assert "too_slow" not in signs(asks + answered(30, 7))
    assert "too_slow" in signs(asks + answered(95, 4))


@pytest.mark.parametrize(
    ("count", "step", "asked", "found"),
    [(3, 1, FAST, False), (4, 1, FAST, True), (3, 30, SLOW, True), (2, 30, SLOW, False), (3, 25, SLOW, False)],
)
def test_collecting_alone_counts_where_it_lasts_two_intervals(count: int, step: float, asked: int, found: bool) -> None:
    waits = states(SWITCH, HOST, [FAST & ~0x20] * count, step, asked)
    heard = talk(0, [0.1, 0.2], lacpdu(HOST, asked, SWITCH, FAST))
    assert ("collecting_only" in signs(waits + heard)) is found


def test_collecting_alone_as_only_the_other_side_tells_it() -> None:
    """The switch's own LACPDUs are not captured."""
    frames = [frame for at in range(9) for frame in talk(0, [at], lacpdu(HOST, FAST, SWITCH, FAST & ~0x20))]
    (found,) = (f for f in read_lacpdus(frames).findings(KNOWN) if f.kind == "collecting_only")
    assert found.evidence == {
        "system": SWITCH,
        "of_host": False,
        "count": 9,
        "total": 9,
        "span_ns": 8 * S,
        "state": 0x1F,
        "peer_state": FAST,
    }


@pytest.mark.parametrize(("within", "many"), [(10, False), (11, True)])
def test_ten_frames_in_a_second_are_allowed(within: int, many: bool) -> None:
    burst = talk(0, [5 + at / 20 for at in range(within)], lacpdu(SWITCH, FAST, HOST, FAST))
    assert ("too_many" in signs(states(HOST, SWITCH, [FAST] * 9) + burst)) is many


def test_who_asks_for_what_is_told_where_it_stays_so() -> None:
    fast_host = states(HOST, SWITCH, [FAST] * 5) + answered(count=5, state=SLOW)
    found = signs(fast_host)["timeouts_differ"].evidence
    assert (found["fast"], found["slow"], found["fast_of_host"]) == (HOST, SWITCH, True)
    assert "timeouts_differ" not in signs(
        states(HOST, SWITCH, [FAST, SLOW, FAST, SLOW]) + answered(count=4, state=SLOW)
    )


def test_another_partner_after_the_first_is_a_change_and_no_two_switches() -> None:
    later = talk(0, [6, 7, 8], lacpdu(OTHER_SWITCH, FAST, HOST, FAST)) + talk(
        0, [6.1], lacpdu(HOST, FAST, OTHER_SWITCH, FAST)
    )
    found = signs(healthy(0, range(5)) + later + healthy(1, range(9), switch=OTHER_SWITCH))
    assert found["partner_changed"].evidence == {"systems": [SWITCH, OTHER_SWITCH], "at_ns": T0 + 6 * S}
    assert not {"several_systems", "different_systems"} & set(found)


def test_the_two_ends_of_a_link_are_no_partners_that_follow_each_other() -> None:
    """One LACPDU of each side is all that a second of a capture holds; whose the host is need not be known by it."""
    one, other = lacpdu(OTHER_SWITCH, FAST, SWITCH, FAST), lacpdu(SWITCH, FAST, OTHER_SWITCH, FAST)
    assert "partner_changed" not in signs(talk(0, [0.64], one) + talk(0, [0.65], other))


def test_markers_and_responses() -> None:
    def frame(kind: int, transaction: int, source: int = SWITCH) -> bytes:
        body = bytes([2, 1, kind, 22, 0, 5]) + SWITCH.to_bytes(6, "big") + transaction.to_bytes(4, "big") + bytes(94)
        return bytes.fromhex("0180c2000002") + source.to_bytes(6, "big") + b"\x88\x09" + body

    asked = talk(0, [1], frame(1, 7), IN) + talk(0, [2], frame(1, 8), IN)
    answer = talk(0, [1.01], frame(2, 7, HOST), OUT)
    timeline = read_lacpdus(healthy(0, range(9)) + asked + answer)
    assert timeline.markers[:2] == (
        Marker(T0 + S, 0, False, SWITCH, 5, 7),
        Marker(T0 + S + S // 100, 0, True, SWITCH, 5, 7),
    )
    found = signs(healthy(0, range(9)) + asked + answer)
    assert (found["markers_unanswered"].evidence["count"], found["markers_unanswered"].evidence["unanswered"]) == (2, 1)
    everything = signs(healthy(0, range(9)) + asked + answer + talk(0, [2.01], frame(2, 8, HOST), OUT))
    assert "markers_unanswered" not in everything
    assert everything["markers_answered"].evidence["count"] == 2
    assert "markers_unanswered" not in signs(healthy(0, range(3)) + asked)  # the capture ends too soon
    alone = talk(0, range(9), lacpdu(SWITCH, FAST, HOST, FAST))
    assert "markers_unanswered" not in signs(alone + asked)  # what the host sends is not captured
