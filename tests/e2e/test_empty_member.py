"""A file of a header and no packet tells nothing of its member: neither that it stood idle nor that LACP failed there."""

from __future__ import annotations

from pathlib import Path

import flowmap

LAB = Path(__file__).parents[2] / "captures" / "different-sources"


def test_a_header_alone_is_no_evidence_against_a_member(tmp_path: Path) -> None:
    """The real member carried one of four healthy migrations: see truth.json beside the captures."""
    empty = tmp_path / "hvT_nic1.pcap"
    empty.write_bytes((LAB / "hvT_nic1.pcap").read_bytes()[:24])
    report = flowmap.analyze([str(empty), str(LAB / "hvT_nic2.pcap")]).report
    assert (report.verdict, report.exit_code) == ("inconclusive", 3)
    assert not {"FM301", "FM302"} & {finding.code for finding in report.findings}
