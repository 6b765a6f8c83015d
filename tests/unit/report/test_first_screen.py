"""What a stranger reads first of the captures in the tree: it must not say more, or other things, than the packets do."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest

import flowmap
from flowmap.document.model import Report
from flowmap.report.formats.html.page import Material
from flowmap.report.formats.html.page import render as html
from flowmap.report.formats.markdown.page import markdown
from flowmap.report.formats.text.page import render
from flowmap.report.pictures.card import card
from flowmap.report.sections.claims import claims_of

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
    assert "--local ADDR" in render(report, 80, False)
    assert "tx" not in report.answer.action


def test_a_known_teamed_host_has_remote_hosts_and_needs_no_naming() -> None:
    told = drawn(report_of("different-sources"))
    assert "Remote hosts" in told
    assert "--local" not in told


def test_advice_about_spraying_is_for_the_side_that_sends() -> None:
    """04a: the host sends by turns; 04b: the switch does (captures/MANIFEST.toml)."""
    sender, receiver = report_of("04a-round-robin-sender").answer, report_of("04b-round-robin-receiver").answer
    assert (sender.decider, receiver.decider) == ("host", "switch")
    assert sender.action.startswith("Look at the host")
    assert receiver.action.startswith("Look at the switch")


def test_packets_recorded_twice_are_not_said_to_sit_on_one_member() -> None:
    """05a: every packet of the stream is in both captures."""
    report = report_of("05a-same-packets-twice")
    assert "recorded on two members" in report.claims.pinned.reason
    assert "sits on one member" not in report.claims.pinned.reason
    assert "stays on one member" not in report.answer.sentence
    told = drawn(report)
    assert "recorded on 2 members, counted once" in told
    assert told.count("100 %") == 2  # each of the two holds all of it


def test_a_failover_names_member_and_time_and_no_outage() -> None:
    """The lab's note: the gap is the capped sender's own pause. nic2 lost its link; first packet on nic1 at ...835 869."""
    report = report_of("failover")
    (finding,) = [one for one in report.findings if one.code == "FM103"]
    assert "after a pause" not in finding.explanation
    assert "may have been shorter" in finding.explanation
    assert "why hvT_nic2 lost its link" in report.answer.action
    assert report.answer.sentence.startswith("hvT_nic2 lost its link at 17:44:22.8 UTC and came back after ")
    assert "its stream went on over hvT_nic1 within 98 ms and stayed there" in report.answer.sentence
    assert report.answer.sentence in " ".join(render(report, 400, False).split())


def test_what_to_do_holds_no_names_in_a_report_that_hides_them() -> None:
    for name, secrets in {"failover": ("hvT", "10.77.0."), "05b-both-ends": ("destination.pcap", "10.66.0.")}.items():
        found = flowmap.analyze(CAPTURES / name, anonymize=bytes(range(32)), speed="10G")
        for text in (found.to_json(), found.to_markdown(), found.to_html(), card(found.report)):
            assert [one for one in secrets if one in text] == []


def test_a_capture_without_a_packet_and_a_file_that_is_cut_are_told() -> None:
    """captures/MANIFEST.toml: 18a has a member with a header only, 18c a last record of which a part is missing."""
    assert "The capture of nic2 holds not one packet" in report_of("18a-idle-member").answer.sentence
    assert "the last record is cut" in " ".join(render(report_of("18c-cut-file"), 80, False).split())


def test_who_lacks_a_member_is_told_to_capture_it() -> None:
    """captures/MANIFEST.toml, 12a: sprayed over three members, of which two were captured."""
    assert "Capture the missing member too" in report_of("12a-sprayed-over-three").answer.action


def test_a_time_without_packets_is_not_laid_to_the_network() -> None:
    """Second 0 of the captures is 2026-03-02 09:00:00 UTC: captures/README.md."""
    nothing = flowmap.analyze(CAPTURES / "03a-four-hosts-one-member", from_="2027-01-01T00:00:00Z").report
    assert nothing.answer.sentence.startswith(
        "The time that was asked for (from 2027-01-01 00:00:00.0 UTC) has no packet in it"
    )
    assert "the captures go from 2026-03-02 09:00:00" in nothing.answer.sentence
    assert "network" not in nothing.answer.action


def test_what_is_forwarded_names_no_option() -> None:
    report = report_of("02-one-pair-four-streams")
    assert report.to_know_more
    page = html(Material(report))
    for text in (
        markdown(report),
        page[page.index('id="answer"') : page.index("</section>", page.index('id="answer"'))],
    ):
        assert "--mode" not in text
        assert report.to_know_more[0] not in text


def test_a_claim_names_what_was_counted() -> None:
    """captures/MANIFEST.toml: in 02 T sends to one host, in 20 one host sends five streams."""
    said = {
        name: [str(claim.title) for claim in claims_of(report_of(name))]
        for name in ("02-one-pair-four-streams", "20-multifd")
    }
    assert said["02-one-pair-four-streams"][1] == "Destination hosts spread across the members"
    assert said["20-multifd"][1] == "Source hosts spread across the members"
    assert "(rx: 1 host)" in render(report_of("20-multifd"), 80, False)


@pytest.mark.parametrize(
    "name", ["02-one-pair-four-streams", "06-failover", "20-multifd", "different-sources", "same-source"]
)
@pytest.mark.parametrize("language", ["en", "de"])
def test_a_team_that_does_what_it_should_fits_on_45_lines(name: str, language: str) -> None:
    report = report_of(name)
    assert report.exit_code == 0
    assert render(report, 80, False, language).count("\n") <= 45


def test_moves_that_both_sides_made_alike_are_one_line() -> None:
    """captures/MANIFEST.toml, 06: two streams leave the dead member in both directions at once."""
    lines = [line for line in render(report_of("06-failover"), 80, False).splitlines() if " -> nic2 within" in line]
    assert len(lines) == 1
    assert lines[0].endswith("2 x failover, each way")


def test_both_is_said_of_two_and_a_filter_shows_packets() -> None:
    """captures/MANIFEST.toml: same-source has two streams on hvT_nic1; in lacp-down only hvT's LACPDUs are on hvT_nic2."""
    ports = next(one for one in report_of("same-source").findings if one.code == "FM213")
    assert ports.explanation.startswith("Both streams are on hvT_nic1.")
    unanswered = next(one for one in report_of("lacp-down").findings if one.code == "FM301")
    assert unanswered.wireshark_filter == "lacp.actor.sysid == 02:48:56:aa:00:01"


def test_lacp_is_told_also_where_no_stream_was_judged() -> None:
    """captures/MANIFEST.toml, 19: LACP is healthy on both members, and the bulk is in RDMA."""
    members = report_of("19-smb-direct").members
    assert {member.lacp.bundled for member in members if member.lacp is not None} == {True}
    assert "unclear" not in render(report_of("19-smb-direct"), 80, False)


def test_what_is_left_out_is_not_shown_as_idle() -> None:
    """captures/MANIFEST.toml, 11c: any:if4 carries the union of the two members."""
    (row,) = [
        line for line in render(report_of("11c-any-sll2"), 80, False).splitlines() if line.startswith("  any:if4 ")
    ]
    assert row.split() == ["any:if4", "408", "aggregate"]
