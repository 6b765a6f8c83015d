"""What makes a capture not worth sending."""

from __future__ import annotations

import json
from pathlib import Path

import flowmap
from flowmap.tools.capture.manifest import Manifest
from flowmap.tools.capture.watch import MemberSeen
from flowmap.tools.capture.worth import complaints

LAB = Path(__file__).parents[4] / "captures" / "different-sources"


def manifest(*members: str) -> Manifest:
    return Manifest("2026-01-01T00:00:00Z", list(members), [], [], 128, dropped=dict.fromkeys(members, 0))


def test_a_single_interface_is_called_as_the_manifest_says(tmp_path: Path) -> None:
    """dumpcap's file is called team, whatever it recorded; a folder without a manifest calls it like its file."""
    (tmp_path / "team_00001_20260101000000.pcap").write_bytes((LAB / "hvT_nic1.pcap").read_bytes())
    assert [one.name for one in flowmap.analyze(str(tmp_path)).report.members] == ["team"]
    told = {"schema": "flowmap.capture/1", "members": ["lo"]}
    (tmp_path / "flowmap-capture.json").write_text(json.dumps(told))
    report = flowmap.analyze(str(tmp_path)).report
    assert [one.name for one in report.members] == ["lo"]
    said = [str(one) for one in complaints(manifest("lo"), {"lo": MemberSeen()}, report)]
    assert said == ["only lo was recorded: name the team, or all of its NICs"]


def test_a_silent_member_drops_and_a_missing_interface_are_told() -> None:
    report = flowmap.analyze(str(LAB)).report
    told = manifest("hvT_nic1", "hvT_nic2", "hvT_nic3")
    told.dropped["hvT_nic2"] = 7
    said = " ".join(map(str, complaints(told, {"hvT_nic1": MemberSeen(gone=True)}, report)))
    assert "hvT_nic1: the interface went away" in said
    assert "hvT_nic2: 7 packets were not recorded" in said
    assert "no packet was seen on hvT_nic3" in said


def test_a_team_of_which_a_member_was_not_recorded_is_told() -> None:
    """A transfer is sprayed over three members, of which two were captured."""
    folder = LAB.parent / "12c-third-member"
    captures = sorted(str(path) for path in folder.glob("*.pcap*"))
    report = flowmap.analyze(captures).report
    said = " ".join(map(str, complaints(manifest(*[one.name for one in report.members]), {}, report)))
    assert "another NIC is of the team too" in said
