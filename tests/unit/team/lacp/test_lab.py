"""Recorded teams: what Open vSwitch said of its own bond, and what tshark counted, against what the LACPDUs say."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import dpkt
import pytest

from flowmap.decode.control import ControlFrame
from flowmap.team.lacp.bundle import LacpTimeline, mac_text, read_lacpdus

LAB = Path(__file__).parents[5] / "shared" / "lab"
SCENARIOS = sorted(path.parent.name for path in LAB.glob("*/truth.json") if '"lacp": "' in path.read_text())
HOST, SWITCH = 0x024856AA0001, 0x024856CC0001

pytestmark = pytest.mark.skipif(not SCENARIOS, reason=f"no recorded teams at {LAB}")


@cache
def recorded(scenario: str) -> tuple[LacpTimeline, list[str], dict[str, Any]]:
    """The timeline of the teamed host's captures, the members' names, what is known of the run."""
    truth = json.loads((LAB / scenario / "truth.json").read_text())
    names = [name for names in truth["topology"]["teams"].values() for name in names]
    frames, windows = [], {}
    for member, name in enumerate(names):
        with (LAB / scenario / truth["topology"]["files"][name]).open("rb") as file:
            packets = [(round(float(ts) * 10**6) * 1000, data) for ts, data in dpkt.pcap.Reader(file)]
        windows[member] = (packets[0][0], packets[-1][0])
        frames += [ControlFrame(ts, member, 0, data) for ts, data in packets if data[12:14] == b"\x88\x09"]
    return read_lacpdus(frames, windows), names, truth


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_lacpdu_as_tshark_counts_them(scenario: str) -> None:
    timeline, names, truth = recorded(scenario)
    counted: dict[str, Counter[str]] = {name: Counter() for name in names}
    for pdu in timeline.pdus:
        assert pdu.partner is not None
        states = f"actor=0x{pdu.actor.state:02x} partner=0x{pdu.partner.state:02x}"
        counted[names[pdu.member]][f"{mac_text(pdu.source_mac)} {states}"] += 1
    assert counted == {name: Counter(truth["members"][name].get("lacpdu", {})) for name in names}
    assert timeline.skipped == {}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_in_the_bundle_where_the_bond_says_enabled(scenario: str) -> None:
    timeline, names, truth = recorded(scenario)
    said = [(round(s["time_epoch"] * 10**9), s["bond_show"]) for s in truth.get("ovs", []) if "bond_show" in s]
    if not timeline.pdus or not said:
        pytest.skip("no LACP in this run")
    # what the bond learns from the link itself, LACP finds out three seconds later: those seconds are not judged
    links = [(round(e["time_epoch"] * 10**9), e["member"]) for e in truth["events"] if e["what"].startswith("link")]
    judged = 0
    for ts_ns, shown in said:
        enabled = dict(re.findall(r"^member (\S+): (enabled|disabled)", shown, re.MULTILINE))
        for member, name in enumerate(names):
            heard = ts_ns >= timeline.lacpdu_times(member)[0]
            if heard and not any(name == which and 0 <= ts_ns - at <= 3 * 10**9 for at, which in links):
                judged += 1
                assert timeline.bundled_during(member, ts_ns, ts_ns) is (enabled[name] == "enabled"), (name, ts_ns)
    assert judged


def test_the_member_without_an_answer() -> None:
    timeline, names, truth = recorded("lacp-down")
    begin, end = (round(event["time_epoch"] * 10**9) for event in truth["events"] if "migrations" in event["what"])
    assert [timeline.bundled_during(member, begin, end) for member in range(len(names))] == [True, False]
    host = timeline.host_system()
    assert (host.system, host.two_hosts) == (HOST, False)
    (unanswered,) = (finding for finding in timeline.findings(host) if finding.kind == "no_answer")
    assert unanswered.members == (1,)
    assert unanswered.evidence == {"system": HOST, "count": 5, "of_host": True}


def test_the_dead_cable_leaves_and_comes_back() -> None:
    timeline, _, truth = recorded("failover")
    moments = {event["what"]: round(event["time_epoch"] * 10**9) for event in truth["events"]}
    down, up = moments["link down"], moments["link up"]
    left, back = [change for change in timeline.set_changes() if change.member == 1][1:]
    assert (left.bundled, back.bundled) == (False, True)
    # the link counts as down once its last LACPDU is too old; it is up a moment after the cable is
    assert left.earliest_ns <= down <= left.latest_ns <= up + 10**9
    assert left.latest_ns < back.latest_ns
    assert abs(back.latest_ns - up) < 10**9


def test_late_capture_was_in_the_bundle_all_along() -> None:
    timeline, _, _ = recorded("late-capture")
    assert timeline.set_changes() == []
    assert all(timeline.bundled_during(member, *timeline.windows[member]) for member in (0, 1))
