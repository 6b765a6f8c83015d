"""What a stranger reads first of the captures in the tree: it must not say more, or other things, than the packets do."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import flowmap
from flowmap.report.card import card
from flowmap.report.document import Report
from flowmap.report.first_step import first_step
from flowmap.report.html.answer import answer_of
from flowmap.report.markdown import markdown
from flowmap.report.terminal import render

CAPTURES = Path(__file__).parents[3] / "captures"


@cache
def report_of(name: str) -> Report:
    return flowmap.analyze(CAPTURES / name).report


def drawn(report: Report) -> str:
    root = ElementTree.fromstring(card(report))
    return " ".join(one.text or "" for one in root.iter("{http://www.w3.org/2000/svg}text"))


def test_with_the_teamed_host_unknown_no_host_is_called_remote() -> None:
    report = report_of("08-rebalance")
    assert report.team.host is None
    told = drawn(report)
    assert "Remote hosts" not in told
    for text in (told, render(report, 80, False), markdown(report)):
        assert "--local ADDR" in text
    assert "tx" not in first_step(report).text


def test_a_known_teamed_host_has_remote_hosts_and_needs_no_naming() -> None:
    told = drawn(report_of("different-sources"))
    assert "Remote hosts" in told
    assert "--local" not in told


def test_advice_about_spraying_is_for_the_side_that_sends() -> None:
    """04a: the host sends by turns; 04b: the switch does (captures/MANIFEST.toml)."""
    assert first_step(report_of("04a-round-robin-sender")).text.startswith("Look at the host")
    assert first_step(report_of("04b-round-robin-receiver")).text.startswith("Look at the switch")


def test_packets_recorded_twice_are_not_said_to_sit_on_one_member() -> None:
    """05a: every packet of the stream is in both captures."""
    report = report_of("05a-same-packets-twice")
    assert "recorded on two members" in report.claims.pinned.reason
    assert "sits on one member" not in report.claims.pinned.reason
    assert "stays on one member" not in answer_of(report).headline
    told = drawn(report)
    assert "recorded on 2 members, counted once" in told
    assert told.count("100 %") == 2  # each of the two holds all of it


def test_a_failover_names_member_and_time_and_no_outage() -> None:
    """The lab's note: the gap is the capped sender's own pause. nic2 lost its link; first packet on nic1 at ...835 869."""
    report = report_of("failover")
    (finding,) = [one for one in report.findings if one.code == "FM103"]
    assert "after a pause" not in finding.explanation
    assert "may have been shorter" in finding.explanation
    step = first_step(report).text
    assert "why hvT_nic2 lost its link" in step
    assert ":44:22.835" in step
    assert "hvT_nic2" in report.summary
    assert step in " ".join(render(report, 400, False).split())


def test_what_to_do_holds_no_names_in_a_report_that_hides_them() -> None:
    for name, secrets in {"failover": ("hvT", "10.77.0."), "05b-both-ends": ("destination.pcap", "10.66.0.")}.items():
        found = flowmap.analyze(CAPTURES / name, anonymize=bytes(range(32)), speed="10G")
        for text in (found.to_json(), found.to_markdown(), found.to_html(), card(found.report)):
            assert [one for one in secrets if one in text] == []
