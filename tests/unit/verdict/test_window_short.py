"""A capture known to begin or end while streams go on, captures at different times, and those that only look like it."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from made import BEGIN, Interface, Record, lacpdus, report, stream, write

STRETCH = 100
"""The stream of `made` takes 60 ms; this one six seconds."""


def slow(records: list[Record]) -> list[Record]:
    return [record._replace(ts_ns=BEGIN + (record.ts_ns - BEGIN) * STRETCH) for record in records]


def captured(folder: Path, nic1: list[Record], nic2: list[Record], cut: int) -> dict[str, Any]:
    """The report on two captures, of which the second lacks its last `cut` bytes."""
    paths = [write(folder / "nic1.pcapng", Interface(nic1)), write(folder / "nic2.pcapng", Interface(nic2))]
    whole = Path(paths[1]).read_bytes()
    Path(paths[1]).write_bytes(whole[: len(whole) - cut])
    return report(*paths)


@pytest.mark.parametrize(
    ("share", "cut", "undermined"),
    [(0.4, 10, True), (0.4, 0, False), (0.95, 10, False)],
    ids=["cut in the middle", "merely quiet", "cut near the end"],
)
def test_acknowledgments_on_a_member_that_ends_early(tmp_path: Path, share: float, cut: int, undermined: bool) -> None:
    records = slow(stream(11))
    data, answers = ([r for r in records if r.flags == side] for side in (1, 2))
    document = captured(tmp_path, data + lacpdus(1), answers[: round(len(answers) * share)] + lacpdus(2), cut)
    codes = {notice["code"] for notice in document["notices"]}
    assert ("window_short" in codes) == undermined
    assert (document["claims"]["pinned"]["verdict"] == "pass") == (not undermined)
    assert any(finding["code"] == "FM504" for finding in document["findings"]) == undermined


def test_a_cut_capture_of_an_idle_member_hides_nothing_of_a_stream_that_is_whole(tmp_path: Path) -> None:
    document = captured(tmp_path, slow(stream(11)) + lacpdus(1), lacpdus(2), cut=10)
    codes = {notice["code"] for notice in document["notices"]}
    assert "record_truncated" in codes
    assert "window_short" not in codes
    assert document["claims"]["pinned"]["verdict"] == "pass"


def records_of(data: bytes) -> Iterator[tuple[float, bytes]]:
    """(seconds, header and frame) of the records of a pcap of this machine's byte order."""
    at = 24
    while at < len(data):
        seconds, micros, size = struct.unpack_from("<3I", data, at)
        yield seconds + micros / 1e6, data[at : at + 16 + size]
        at += 16 + size


@pytest.mark.parametrize(
    ("ends", "begins", "apart"),
    [(1.0, 4.5, True), (2.4, 3.9, True), (60, 0, False)],
    ids=["LACP was due between them", "acknowledgments are nowhere", "at the same time"],
)
def test_captures_of_a_healthy_team_at_different_times_prove_nothing(
    tmp_path: Path, ends: float, begins: float, apart: bool
) -> None:
    """A recorded team: of one member what came up to `ends` seconds, of the other what came from `begins` on."""
    recorded = Path(__file__).parents[3] / "captures" / "different-sources"
    names = ("hvT_nic1.pcap", "hvT_nic2.pcap")
    records = {name: list(records_of((recorded / name).read_bytes())) for name in names}
    start = min(own[0][0] for own in records.values())
    for (name, own), (low, high) in zip(records.items(), ((0, ends), (begins, 60)), strict=True):
        chosen = [record for time, record in own if low <= time - start <= high]
        (tmp_path / name).write_bytes((recorded / name).read_bytes()[:24] + b"".join(chosen))
    document = report(str(tmp_path / "hvT_nic1.pcap"), str(tmp_path / "hvT_nic2.pcap"))
    assert document["verdict"] == ("inconclusive" if apart else "pass")
    assert ("windows_disjoint" in {notice["code"] for notice in document["notices"]}) == apart
    assert not {"FM302", "FM201"} & {finding["code"] for finding in document["findings"]}


def test_a_member_captured_an_hour_earlier_makes_no_spread_improbable(tmp_path: Path) -> None:
    """Twelve hosts on one member would be a fault; here nobody watched the other one then."""
    team = Path(__file__).parents[3] / "captures" / "03b-twelve-hosts-one-member"
    data = (team / "nic2.pcap").read_bytes()
    own = [record for _, record in records_of(data) if record[28:30] != b"\x08\x00"]
    earlier = [struct.pack("<I", struct.unpack_from("<I", record)[0] - 3600) + record[4:] for record in own]
    (tmp_path / "nic2.pcap").write_bytes(data[:24] + b"".join(earlier))
    spread = report(str(team / "nic1.pcap"), str(team / "nic2.pcap"))["claims"]["spread"]
    assert spread["verdict"] == "fail"
    document = report(str(team / "nic1.pcap"), str(tmp_path / "nic2.pcap"))
    assert document["claims"]["spread"]["verdict"] == "inconclusive"
    assert "different times" in document["claims"]["spread"]["reason"]
    assert not {"FM202", "FM203", "FM207", "FM213"} & {finding["code"] for finding in document["findings"]}


@pytest.mark.parametrize("seconds", [30, 3600])
def test_a_member_captured_earlier_is_not_blamed_for_lacpdus_that_nobody_recorded(tmp_path: Path, seconds: int) -> None:
    """Nothing but a few other frames is left of the time before; LACP is fast on the other member."""
    team = Path(__file__).parents[3] / "captures" / "03b-twelve-hosts-one-member"
    data = (team / "nic2.pcap").read_bytes()
    own = [record for _, record in records_of(data) if record[28:30] not in (b"\x08\x00", b"\x88\x09")]
    earlier = [struct.pack("<I", struct.unpack_from("<I", record)[0] - seconds) + record[4:] for record in own]
    assert earlier
    (tmp_path / "nic2.pcap").write_bytes(data[:24] + b"".join(earlier))
    document = report(str(team / "nic1.pcap"), str(tmp_path / "nic2.pcap"))
    assert document["verdict"] == document["claims"]["spread"]["verdict"] == "inconclusive"
    assert "LACPDU" not in document["answer"]["sentence"]


@pytest.mark.parametrize(("after", "before"), [(0, 1.1), (2.6, 60)], ids=["ends before", "begins after"])
def test_a_member_that_was_watched_but_not_during_the_streams_makes_no_spread_improbable(
    tmp_path: Path, after: float, before: float
) -> None:
    """The streams are from 1.2 to 2.5 s. Half of the answers went over the member that nobody watched then."""
    team = Path(__file__).parents[3] / "captures" / "03b-twelve-hosts-one-member"
    data = (team / "nic2.pcap").read_bytes()
    start = int(next(records_of(data))[0])
    kept = [record for time, record in records_of(data) if after <= time - start <= before]
    (tmp_path / "nic2.pcap").write_bytes(data[:24] + b"".join(kept))
    document = report(str(team / "nic1.pcap"), str(tmp_path / "nic2.pcap"))
    assert document["claims"]["spread"]["verdict"] == document["verdict"] == "inconclusive"
    codes = {finding["code"] for finding in document["findings"]}
    assert "FM504" in codes
    assert "FM202" not in codes


def test_a_capture_that_begins_in_mid_stream_tells_nothing_of_the_hosts(tmp_path: Path) -> None:
    """The streams begin four seconds after the captures; LACP was due three times and more until 5.5 s."""
    recorded = Path(__file__).parents[3] / "captures" / "different-sources"
    data = (recorded / "hvT_nic1.pcap").read_bytes()
    start = next(records_of(data))[0]
    kept = [record for time, record in records_of(data) if time - start >= 5.5]
    (tmp_path / "hvT_nic1.pcap").write_bytes(data[:24] + b"".join(kept))
    document = report(str(tmp_path / "hvT_nic1.pcap"), str(recorded / "hvT_nic2.pcap"))
    assert [n["member"] for n in document["notices"] if n["code"] == "window_short"] == ["hvT_nic1"]
    assert document["claims"]["spread"]["reason"].startswith("The members were captured at different times")
