"""Each sign of LACP in words: who is meant, what the numbers mean, and which frames show it. The signs are made by hand."""

from __future__ import annotations

from typing import Any

import pytest
from judged_teams import team

from flowmap.finding import Finding
from flowmap.team.lacp.bundle import LacpFinding
from flowmap.verdict.findings.team.lacp_signs import SIGNS, sign_finding

S = 10**9
SYSTEM, OTHER = 0x0200000000AA, 0x0200000000CC
MAC, OTHER_MAC = "02:00:00:00:00:aa", "02:00:00:00:00:cc"
FLAPPING = {
    "times": 2,
    "count": 3,
    "total": 9,
    "peer_gap_ns": S,
    "peer_pause_ns": S,
    "asked_ns": S,
    "peer_expired": False,
}


def told(kind: str, members: tuple[int, ...] = (0,), *, of_host: bool | None = True, **evidence: Any) -> Finding:
    known = {"system": SYSTEM, "of_host": of_host} if kind not in ("timeouts_differ", "several_systems") else {}
    return sign_finding(LacpFinding(kind, members, {**known, **evidence}), team())


def test_each_kind_of_sign_has_a_rule_and_a_text() -> None:
    assert set(SIGNS) > {"flapping", "too_slow", "looped"}
    assert told("looped", ports=[1, 2]).code == "FM315"


@pytest.mark.parametrize(("of_host", "who"), [(True, "the host"), (False, "the switch"), (None, MAC)])
def test_who_is_named_if_it_is_known(of_host: bool | None, who: str) -> None:
    found = told("individual", of_host=of_host)
    assert found.explanation.startswith(f"On nic1 {who} does not let the port be aggregated")
    assert found.wireshark_filter == f"lacp.actor.sysid == {MAC} && lacp.actor.state.aggregation == 0"
    assert (found.code, found.severity) == ("FM314", "warning")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"peer_gap_ns": None}, "(Expired or Defaulted in 3 of 9 LACPDUs)."),
        (
            {"peer_gap_ns": 30 * S, "peer_pause_ns": None},
            ": it asks for one LACPDU in 1 s, the other side sends one in 30 s.",
        ),
        ({"peer_gap_ns": 4 * S, "peer_pause_ns": 9 * S}, "one in 4 s and at times only after 9 s."),
        ({"peer_expired": True}, "the other side lost it too: frames get lost in both directions"),
        ({"peer_pause_ns": 5 * S}, "but none came for 5 s: frames get lost in one direction."),
        ({}, "never much later: the host handles them too late, or loses them behind the place of capture."),
    ],
)
def test_why_a_partner_was_lost_follows_from_what_the_other_side_sent(changes: dict[str, Any], says: str) -> None:
    """Three intervals without an LACPDU end a partner (802.1AX)."""
    found = told("flapping", **FLAPPING | changes)
    assert found.explanation.startswith("On nic1 the host lost its LACP partner twice and found it again")
    assert says in found.explanation
    assert str(found.wireshark_filter).startswith(f"lacp.actor.sysid == {MAC} && (lacp.actor.state.expired == 1 ||")


@pytest.mark.parametrize(
    ("peer", "count", "severity", "says"),
    [
        (None, 4, "warning", "for 12 s, 4 LACPDUs."),
        (0x10, 4, "warning", "although the other side is ready to take frames."),
        (0x00, 4, "warning", "the other side does not take frames yet."),
        (0x00, 9, "error", "the other side does not take frames yet."),
    ],
)
def test_taking_without_sending_is_an_error_where_it_lasts(
    peer: int | None, count: int, severity: str, says: str
) -> None:
    """Collecting is bit 4 of the state (802.1AX)."""
    found = told("collecting_only", peer_state=peer, count=count, total=9, span_ns=12 * S)
    assert (found.severity, found.explanation.endswith(says)) == (severity, True)


def test_rates_are_told_with_what_was_asked_for() -> None:
    slow = told("too_slow", gap_ns=4 * S, asked_ns=S, pause_ns=None).explanation
    assert slow == (
        "On nic1 the host sends one LACPDU in 4 s, but the other side asks for one in 1 s and gives up after three times that."
    )
    assert "at times only after 9 s" in told("too_slow", gap_ns=4 * S, asked_ns=S, pause_ns=9 * S).explanation
    many = told("too_many", most=14, allowed=10)
    assert "sends 14 LACPDUs and markers in one second, of 10 that are allowed" in many.explanation
    assert many.wireshark_filter == f"lacp.actor.sysid == {MAC}"


@pytest.mark.parametrize(
    ("host_fast", "says"),
    [
        (None, "one side asks for LACPDUs each second, the other in 30 s: allowed, but the latter notices"),
        (True, "the host asks for LACPDUs each second, the switch in 30 s: allowed, but the switch notices"),
        (False, "the switch asks for LACPDUs each second, the host in 30 s: allowed, but the host notices"),
    ],
)
def test_different_timers_tell_who_notices_late(host_fast: bool | None, says: str) -> None:
    found = told("timeouts_differ", (0, 1), fast_of_host=host_fast, fast=SYSTEM, slow=OTHER)
    assert found.explanation == f"On nic1 and nic2 {says} a silent failure only after 90 s."
    assert (found.evidence["fast"], found.evidence["slow"]) == (MAC, OTHER_MAC)
    assert (found.severity, found.wireshark_filter) == ("info", "lacp")


@pytest.mark.parametrize(
    ("ports", "keys", "what"),
    [
        ([3, 4], [9], "(port 3 > 4)"),
        ([3], [9, 10], "(key 9 > 10)"),
        ([3, 4, 3], [9, 10], "(port 3 > 4 > 3 and key 9 > 10)"),
    ],
)
def test_a_port_that_is_called_otherwise_tells_what_changed(ports: list[int], keys: list[int], what: str) -> None:
    assert what in told("renumbered", ports=ports, keys=keys).explanation


def test_a_partner_that_changed_is_told_with_both() -> None:
    found = told("partner_changed", systems=[SYSTEM, OTHER], ports=[1], keys=[1])
    assert f"changed from {MAC} to {OTHER_MAC}" in found.explanation
    assert found.evidence["systems"] == [MAC, OTHER_MAC]


def test_links_that_are_not_one_link() -> None:
    several = told("several_systems", systems=[SYSTEM, OTHER])
    assert f"LACPDUs of {MAC} and {OTHER_MAC} are seen, as of one link" in several.explanation
    assert "hears its own LACPDUs (port 1 and 2)" in told("looped", ports=[1, 2]).explanation
    differ = told("views_differ", hears=[7, 70], **{"is": [8, 80]})
    assert "hears port 7, key 70, but what is captured there comes from port 8, key 80" in differ.explanation


@pytest.mark.parametrize(("count", "noun"), [(1, "marker"), (3, "markers")])
def test_markers_with_and_without_an_answer(count: int, noun: str) -> None:
    silent = told("markers_unanswered", count=count, unanswered=1)
    assert f"sent {count} {noun} and got no answer to 1" in silent.explanation
    assert (silent.code, silent.severity, silent.wireshark_filter) == ("FM316", "warning", "marker")
    heard = told("markers_answered", count=count, unanswered=0)
    assert (heard.code, heard.severity) == ("FM317", "info")
    assert f"sent {count} {noun}, and" in heard.explanation
