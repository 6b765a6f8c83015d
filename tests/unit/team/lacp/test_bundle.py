"""Frames built octet by octet from the layout of IEEE 802.1AX; expectations follow from how they were made."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lacp_frames import FAST, HOST, IN, OTHER_HOST, OTHER_SWITCH, OUT, SLOW, SWITCH, T0, S, healthy, lacpdu, talk

from flowmap.decode.control import ControlFrame
from flowmap.team.lacp.bundle import HostSystem, LacpTimeline, SetChange, read_lacpdus


def during(
    timeline: LacpTimeline, member: int, start: float, end: float, host: HostSystem | None = None
) -> bool | None:
    return timeline.bundled_during(member, T0 + round(start * S), T0 + round(end * S), host)


def windows(*seconds: tuple[float, float]) -> dict[int, tuple[int, int]]:
    return {m: (T0 + round(a * S), T0 + round(b * S)) for m, (a, b) in enumerate(seconds)}


def test_fields() -> None:
    (pdu,) = read_lacpdus(
        talk(3, [1], lacpdu(HOST, 0x3D, SWITCH, 0x0F, ports=(5, 258), key=4660, partner_key=9), OUT)
    ).pdus
    assert (pdu.ts_ns, pdu.member, pdu.direction, pdu.source_mac) == (T0 + S, 3, OUT, HOST | 0x500)
    actor, partner = pdu.actor, pdu.partner
    assert (actor.system, actor.system_priority, actor.key, actor.port, actor.port_priority, actor.state) == (
        HOST,
        0x8000,
        4660,
        5,
        255,
        0x3D,
    )
    assert partner is not None
    assert (partner.system, partner.key, partner.port, partner.state) == (SWITCH, 9, 258, 0x0F)


def test_vlan_tags_are_stepped_over() -> None:
    frame = lacpdu(HOST, FAST, SWITCH, FAST)
    tagged = frame[:12] + bytes.fromhex("88a8006481000005") + frame[12:]
    (plain,), (found,) = read_lacpdus(talk(0, [1], frame)).pdus, read_lacpdus(talk(0, [1], tagged)).pdus
    assert plain == found


@pytest.mark.parametrize("length", range(125))
def test_a_cut_lacpdu_is_used_as_far_as_its_parties_go(length: int) -> None:
    whole = read_lacpdus(talk(0, [1], lacpdu(HOST, FAST, SWITCH, FAST))).pdus[0]
    cut = read_lacpdus(talk(0, [1], lacpdu(HOST, FAST, SWITCH, FAST)[:length]))
    if length < 14:
        assert (cut.pdus, cut.skipped) == ((), {"not_slow_protocol": 1})
    elif length < 33:  # the actor's state is octet 32
        assert (cut.pdus, cut.skipped) == ((), {"truncated": 1})
    else:
        assert cut.pdus[0].actor == whole.actor
        assert cut.pdus[0].partner == (whole.partner if length >= 53 else None)


def test_other_slow_protocols_are_counted() -> None:
    frame = lacpdu(HOST, FAST)
    with_subtype = {n: frame[:14] + bytes([n]) + frame[15:] for n in (2, 3, 10, 77)}
    bad = frame[:16] + b"\x09" + frame[17:]
    frames = [*(f for n in with_subtype for f in talk(1, [n], with_subtype[n])), *talk(1, [5], bad)]
    found = read_lacpdus([*frames, *talk(1, [6], frame[:12] + b"\x88\xcc" + frame[14:])])
    assert found.pdus == ()
    assert found.skipped == {
        "marker": 1,
        "oam": 1,
        "ossp": 1,
        "other_subtype": 1,
        "malformed": 1,
        "not_slow_protocol": 1,
    }
    assert found.markers == ()  # it says neither marker nor response


def test_no_lacpdus_is_no_word() -> None:
    silent = read_lacpdus([], windows((0, 1000), (0, 1000)))
    assert during(silent, 0, 0, 1000) is None
    assert silent.interval_ns(0) is None
    assert silent.lacpdu_times(0) == []
    assert silent.set_changes() == []
    assert silent.host_system() == HostSystem(None, False, "fewer than two members have LACPDUs")


@pytest.mark.parametrize(("state", "interval"), [(FAST, S), (SLOW, 30 * S)])
def test_interval_is_what_the_receiver_asks_for(state: int, interval: int) -> None:
    timeline = read_lacpdus(healthy(0, [0, 0.1], state))
    assert timeline.interval_ns(0) == interval
    assert timeline.interval_ns(1) == interval  # has none of its own: that of the others


def test_interval_follows_a_sender_that_is_slower_than_asked() -> None:
    assert read_lacpdus(healthy(0, [0, 5, 10, 15, 20, 25])).interval_ns(0) == 5 * S


def test_one_lacpdu_that_names_both_sides_is_enough() -> None:
    timeline = read_lacpdus(talk(0, [10], lacpdu(HOST, SLOW, SWITCH, SLOW)))
    assert timeline.bundled_spans(0) == [(T0 + 10 * S, T0 + 100 * S)]
    assert during(timeline, 0, 50, 60) is True
    assert during(timeline, 0, 0, 10) is True
    assert during(timeline, 0, 101, 200) is False
    assert during(timeline, 0, 0, 9) is None  # before the first word


def test_a_fast_lacpdu_lives_three_seconds() -> None:
    assert read_lacpdus(talk(0, [10], lacpdu(HOST, FAST, SWITCH, FAST))).bundled_spans(0) == [
        (T0 + 10 * S, T0 + 13 * S)
    ]


def test_cut_lacpdus_of_both_sides_together_are_enough() -> None:
    host, switch = lacpdu(HOST, FAST)[:40], lacpdu(SWITCH, FAST)[:40]
    timeline = read_lacpdus(talk(0, [0], host) + talk(0, [1], switch))
    assert timeline.bundled_spans(0) == [(T0 + S, T0 + 3 * S)]
    assert read_lacpdus(talk(0, [0, 1], host)).bundled_spans(0) == []


@pytest.mark.parametrize("state", [0x3F & ~0x08, 0x3F & ~0x10, 0x3F & ~0x20])
def test_one_bit_missing_on_one_side_is_not_in_the_bundle(state: int) -> None:
    for host, switch in ((state, FAST), (FAST, state)):
        timeline = read_lacpdus(talk(0, [0, 1, 2], lacpdu(HOST, host, SWITCH, switch)))
        assert during(timeline, 0, 0, 2) is False


def test_a_port_that_only_begins_is_not_in_the_bundle() -> None:
    # both sides begin as 0xbf, with a partner of zeros
    begins = talk(0, [0], lacpdu(HOST, 0xBF, 0, 2)) + talk(0, [0.01], lacpdu(SWITCH, 0xBF, 0, 2))
    assert read_lacpdus(begins).bundled_spans(0) == []


def test_a_made_up_partner_does_not_count() -> None:
    assert read_lacpdus(talk(0, [0], lacpdu(HOST, 0x7D, SWITCH, 0x3D))).bundled_spans(0) == []


def test_member_that_nobody_answers() -> None:
    frames = healthy(0, range(10)) + talk(1, [0], lacpdu(HOST, 0xBF, 0, 2, ports=(2, 0)))
    frames += talk(1, [1, 2, 3], lacpdu(HOST, 0x87, 0, 2, ports=(2, 0)))
    timeline = read_lacpdus([*frames, *talk(1, [4], lacpdu(HOST, 0x47, ports=(2, 0)))], windows((0, 10), (0, 10)))
    host = timeline.host_system()
    assert (host.system, host.two_hosts) == (HOST, False)
    assert during(timeline, 0, 5, 8) is True
    assert during(timeline, 1, 5, 8) is False
    found = {(f.kind, f.members): f.evidence for f in timeline.findings(host)}
    assert found[("no_answer", (1,))] == {"system": HOST, "count": 5, "of_host": True}
    assert found[("defaulted", (1,))]["at_end"] is True
    assert not any(members == (0,) for _, members in found)


def test_silence_counts_only_where_three_lacpdus_were_due() -> None:
    fast, slow = healthy(0, range(10)), healthy(0, [0, 30], SLOW)
    assert during(read_lacpdus(fast, windows((0, 10), (0, 10))), 1, 5, 8) is False
    assert during(read_lacpdus(fast, windows((0, 10), (0, 2))), 1, 0, 2) is None
    assert during(read_lacpdus(fast), 1, 5, 8) is None  # no window
    assert during(read_lacpdus(slow, windows((0, 31), (0, 31))), 1, 5, 8) is None
    assert during(read_lacpdus(slow, windows((0, 91), (0, 91))), 1, 5, 8) is False
    assert [f.kind for f in read_lacpdus(fast, windows((0, 10), (0, 10))).findings(HostSystem(None, False, ""))] == [
        "no_lacpdus"
    ]


def test_a_member_captured_before_the_others_was_not_silent() -> None:
    """It speaks no LACP; the other one does each second, so that three of its LACPDUs were due between the two captures."""
    for apart, silent in ((2, False), (3, None)):
        timeline = read_lacpdus(healthy(0, range(70, 80)), windows((0, 80), (0, 80)))
        timeline.narrow_windows({0: (70 * S, 79 * S), 1: ((70 - apart - 5) * S, (70 - apart) * S)})
        assert during(timeline, 1, 72, 78) is silent


def test_a_switch_that_offers_lacp_to_a_host_without_it_says_nothing() -> None:
    offers = [f for m in (0, 1) for f in talk(m, range(20), lacpdu(SWITCH, 0x45, ports=(m + 1, 0)))]
    timeline = read_lacpdus(offers, windows((0, 20), (0, 20)))
    assert timeline.host_system().system is None
    assert during(timeline, 0, 5, 6) is None
    assert during(timeline, 0, 5, 6, HostSystem(HOST, False, "known otherwise")) is None
    # the same frames going out: the host speaks LACP, and no switch answers
    sent = read_lacpdus([ControlFrame(f.ts_ns, f.member, OUT, f.data) for f in offers], windows((0, 20), (0, 20)))
    assert during(sent, 0, 5, 6) is False


def test_leaving_and_coming_back() -> None:
    times = [0, 1, 2, 3, 10, 11, 12]
    alive = healthy(0, range(13))
    timeline = read_lacpdus(alive + healthy(1, times), windows((0, 13), (0, 13)))
    at = [T0 + t * S for t in (3, 6, 10)]
    ms = S // 1000
    assert timeline.set_changes() == [
        SetChange(1, False, at[0] + ms, at[1] + ms),
        SetChange(1, True, at[0] + ms, at[2]),
    ]
    assert during(timeline, 1, 7, 9) is False
    assert during(timeline, 1, 7, 11) is True


def test_a_change_that_is_said_is_dated_to_the_lacpdu() -> None:
    drops = talk(0, [0, 1], lacpdu(HOST, FAST, SWITCH, FAST)) + talk(0, [2, 3], lacpdu(HOST, 0x07, SWITCH, 0x07))
    assert read_lacpdus(drops).set_changes() == [SetChange(0, False, T0 + S, T0 + 2 * S)]


class TestHost:
    """{X, S} on one member, {Y, S} on the other: one host on two switches, or two hosts on one."""

    two_switches = staticmethod(lambda: healthy(0, range(5), switch=SWITCH) + healthy(1, range(5), switch=OTHER_SWITCH))

    def test_without_evidence_they_are_two_hosts(self) -> None:
        assert read_lacpdus(self.two_switches()).host_system().two_hosts is True

    def test_a_shared_host_mac_makes_them_two_switches(self) -> None:
        found = read_lacpdus(self.two_switches()).host_system(shared_host_mac=True)
        assert (found.system, found.two_hosts) == (HOST, False)

    @pytest.mark.parametrize("mac", [HOST, HOST | 0x100])  # as the system, as the source of its LACPDUs
    def test_a_known_mac_tells(self, mac: int) -> None:
        found = read_lacpdus(self.two_switches()).host_system({mac})
        assert (found.system, found.two_hosts) == (HOST, False)

    def test_sent_frames_tell(self) -> None:
        sent = [
            ControlFrame(f.ts_ns, f.member, OUT if f.data[11] == HOST & 255 else IN, f.data)
            for f in self.two_switches()
        ]
        found = read_lacpdus(sent).host_system()
        assert (found.system, found.two_hosts) == (HOST, False)
        different = read_lacpdus(sent).findings(found)
        assert [f.kind for f in different] == ["different_systems"]
        assert different[0].evidence == {"systems": {0: [SWITCH], 1: [OTHER_SWITCH]}}

    def test_two_hosts_on_one_switch_as_sent(self) -> None:
        frames = healthy(0, range(5)) + healthy(1, range(5), host=OTHER_HOST)
        sent = [ControlFrame(f.ts_ns, f.member, IN if f.data[11] == SWITCH & 255 else OUT, f.data) for f in frames]
        assert read_lacpdus(sent).host_system(shared_host_mac=True).two_hosts is True
        received_only = [f for f in sent if f.direction == IN or f.member == 0]
        assert read_lacpdus(received_only).host_system().system == HOST

    def test_both_ends_of_one_link_as_sent(self) -> None:
        ends = [
            ControlFrame(f.ts_ns, m, OUT if (f.data[11] == HOST & 255) == (m == 0) else IN, f.data)
            for f in healthy(0, range(5))
            for m in (0, 1)
        ]
        assert read_lacpdus(ends).host_system().two_hosts is True

    def test_no_common_system(self) -> None:
        frames = healthy(0, range(5)) + healthy(1, range(5), host=OTHER_HOST, switch=OTHER_SWITCH)
        assert read_lacpdus(frames).host_system().two_hosts is True
        one_sided = talk(0, [1], lacpdu(SWITCH, 0x45)) + talk(1, [1], lacpdu(OTHER_SWITCH, 0x45))
        assert read_lacpdus(one_sided).host_system() == HostSystem(
            None, False, "no LACP system is common to all members"
        )

    def test_the_same_pair_everywhere_tells_nothing(self) -> None:
        found = read_lacpdus(healthy(0, range(5)) + healthy(1, range(5))).host_system()
        assert (found.system, found.two_hosts) == (None, False)


def test_a_healthy_team_has_no_findings() -> None:
    timeline = read_lacpdus(healthy(0, range(9)) + healthy(1, range(9)), windows((0, 9), (0, 9)))
    assert timeline.findings(timeline.host_system({HOST})) == []
    assert timeline.set_changes() == []


def test_one_port_on_two_members_is_one_link_twice() -> None:
    frames = healthy(0, range(5)) + [ControlFrame(f.ts_ns, 1, 0, f.data) for f in healthy(0, range(5))]
    timeline = read_lacpdus(frames)
    found = timeline.findings(timeline.host_system())
    assert {(f.kind, f.members, f.evidence["system"]) for f in found} == {
        ("same_port", (0, 1), HOST),
        ("same_port", (0, 1), SWITCH),
    }


def test_keys_that_differ() -> None:
    frames = [f for m in (0, 1) for f in talk(m, range(3), lacpdu(SWITCH, FAST, HOST, FAST, ports=(m, m), key=m + 1))]
    found = read_lacpdus(frames).findings(HostSystem(HOST, False, "given"))
    assert [(f.kind, f.evidence) for f in found] == [
        ("different_keys", {"system": SWITCH, "keys": {0: 1, 1: 2}, "of_host": False})
    ]


def test_keys_are_compared_at_one_time() -> None:
    """The whole channel gets another key after the capture of one member has ended: both had the same one all the time."""
    frames = talk(0, range(10), lacpdu(SWITCH, FAST, HOST, FAST, ports=(0, 0), key=1))
    frames += talk(1, range(10), lacpdu(SWITCH, FAST, HOST, FAST, ports=(1, 1), key=1))
    frames += talk(1, range(14, 20), lacpdu(SWITCH, FAST, HOST, FAST, ports=(1, 1), key=2))
    kinds = [
        f.kind for f in read_lacpdus(sorted(frames, key=lambda f: f.ts_ns)).findings(HostSystem(HOST, False, "given"))
    ]
    assert "different_keys" not in kinds


def test_both_passive_and_out_of_sync() -> None:
    frames = talk(0, [0], lacpdu(HOST, 0x06, SWITCH, 0x06)) + talk(0, [0], lacpdu(SWITCH, 0x06, HOST, 0x06))
    kinds = [f.kind for f in read_lacpdus(frames).findings(HostSystem(None, False, ""))]
    assert kinds == ["not_in_sync", "not_in_sync", "both_passive"]


@settings(max_examples=200)
@given(st.binary(max_size=160), st.binary(max_size=130))
def test_any_octets_are_counted_and_never_crash(anything: bytes, body: bytes) -> None:
    frames = talk(0, [0], anything) + talk(0, [1], lacpdu(HOST, FAST)[:14] + body)
    frames += talk(0, [2], lacpdu(HOST, FAST)[:15] + body)
    found = read_lacpdus(frames)
    assert len(found.pdus) + sum(found.skipped.values()) == len(frames)
    found.findings(found.host_system())
    found.set_changes()


def test_a_flood_of_systems_does_not_hide_the_first_ones() -> None:
    """Each system is compared with each: no port hears hundreds, so the later ones are counted and left out."""
    flood = [frame for n in range(500) for frame in talk(0, [10 + n], lacpdu(0x060000000000 + n, FAST))]
    found = read_lacpdus(healthy(0, range(5)) + flood + healthy(0, range(600, 605)))
    assert {HOST, SWITCH} < set(found.systems(0))
    assert found.skipped == {"beyond_limits": 502 - len(found.systems(0))}
    assert found.systems(0)[HOST].count == 10
