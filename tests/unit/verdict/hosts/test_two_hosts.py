"""Captures of two teams told from one team's: offsets of copies as the path between the captures makes them."""

from __future__ import annotations

from pathlib import Path

import pytest

import flowmap
from flowmap.facts.model import Direction, StreamFacts
from flowmap.report.formats.text.page import render
from flowmap.team.lacp.bundle import read_lacpdus
from flowmap.team.members import TeamMember
from flowmap.trace.watching.observe import Observation
from flowmap.verdict.hosts.two_hosts import Said, two_hosts

CAPTURES = Path(__file__).parents[4] / "captures"
PEER, HOST = ((4, 0x0A00000A), 40000), ((4, 0x0A000064), 49152)
PATH_NS = 400_000
Offsets = dict[tuple[int, int], list[int]]


def verdict(there: Offsets, back: Offsets) -> str | None:
    """For one stream; `there` and `back` are by members (a, b): how much later b recorded the copies."""
    directions = [
        Direction(PEER, HOST, "rx", True, 1, observation=Observation(offsets=there)),
        Direction(HOST, PEER, "tx", False, 0, observation=Observation(offsets=back)),
    ]
    members = [TeamMember(n, name) for n, name in enumerate(("peer1", "peer2", "host1", "host2"))]
    lacp = read_lacpdus([])
    return two_hosts(members, [StreamFacts(0, None, True, 0, 1, directions)], lacp, lacp.host_system(), Said())


def copies(delay_ns: int) -> list[int]:
    return [delay_ns + jitter for jitter in (-3000, 0, 2000, 5000)]


def test_two_ends_of_one_link() -> None:
    assert verdict({(0, 2): copies(PATH_NS)}, {(0, 2): copies(-PATH_NS)})


def test_two_teams_whose_choices_differ_by_direction() -> None:
    assert verdict({(0, 3): copies(PATH_NS)}, {(1, 3): copies(-PATH_NS)})
    assert verdict({(0, 3): copies(PATH_NS)}, {(1, 2): copies(-PATH_NS)})


def test_a_mirror_is_late_in_both_directions() -> None:
    assert verdict({(0, 3): copies(PATH_NS)}, {(0, 3): copies(PATH_NS)}) is None
    assert verdict({(0, 3): copies(PATH_NS)}, {(1, 3): copies(PATH_NS)}) is None


def test_copies_in_one_direction_only_are_flooding() -> None:
    assert verdict({(0, 3): copies(PATH_NS)}, {}) is None


def test_captures_of_two_hosts_acquit_nobody_and_count_nothing_twice() -> None:
    """captures/MANIFEST.toml, 05b: T (10.66.0.100) sends R1 (10.66.0.11) 289,600 bytes, recorded at both ends."""
    report = flowmap.analyze(CAPTURES / "05b-both-ends").report
    assert report.answer.sentence.endswith("(destination at 10.66.0.11; source at 10.66.0.100).")
    assert "no fault" not in report.answer.action
    assert (report.verdict, report.team.host, {member.usable for member in report.members}) == (
        "inconclusive",
        None,
        {True},
    )
    (shared,) = [stream for stream in report.streams if stream.client.ip == "10.66.0.100"]
    assert shared.payload_bytes == 289_600
    assert {direction.placement for direction in shared.directions} == {"undecided"}


def test_packets_that_a_mirror_recorded_again_are_counted_once() -> None:
    """captures/MANIFEST.toml, 05a: the same 289,600 bytes on nic1 and on nic2."""
    report = flowmap.analyze(CAPTURES / "05a-same-packets-twice").report
    assert [stream.payload_bytes for stream in report.streams] == [289_600]
    assert [member.copy_of for member in report.members] == [None, "nic1"]
    assert "not usable" not in render(report, 80, False)


def test_teams_of_one_host_that_both_carry_what_is_judged_are_no_two_hosts() -> None:
    """Their LACP actors are two systems, but no packet was recorded twice, as at the two ends of a link."""
    lab = Path(__file__).parents[5] / "shared" / "lab" / "two-teams"
    if not lab.is_dir():
        pytest.skip("the captures of the lab are not here")
    report = flowmap.analyze(lab, streams="all").report
    (finding,) = [one for one in report.findings if one.code == "FM307"]
    assert "several teams of one host" in finding.explanation
    assert "FM304" not in {one.code for one in report.findings}
