"""Of long sprayed streams only the first packets are looked at, if the counts of all say that the rest was dealt out too."""

from __future__ import annotations

import json
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import flowmap
from bench.sets import SETS, make
from flowmap.passes import enough
from flowmap.settings.config import Thresholds
from flowmap.trace.ordering import merge
from flowmap.types import FLOW

LAB = Path(__file__).resolve().parents[4] / "shared" / "lab" / "bonding-rr-2"
FEW = Thresholds()


def counted(*members: tuple[int, int, int]) -> np.ndarray[Any, Any]:
    """Rows of a direction on several members: of each how many packets with payload, how many others, how many came ahead."""
    rows = np.zeros(len(members), FLOW)
    rows["data_packets"], others, rows["ahead"] = zip(*members, strict=True)
    rows["packets"] = rows["data_packets"] + others
    rows["payload_bytes"] = 1448 * rows["data_packets"]
    return rows


@pytest.mark.parametrize(
    ("members", "dealt"),
    [
        (((500, 0, 250), (500, 0, 250)), True),  # each second packet is followed by one on the other member
        (((500, 0, 100), (500, 0, 100)), True),  # design: at least 20 % of the steps
        (((500, 0, 100), (500, 0, 99)), False),
        (((900, 0, 150), (100, 0, 100)), False),  # less than 0.4 / 2 on one member
        (((500, 0, 0), (500, 0, 1)), False),  # one move in the middle
        (((0, 400), (0, 600)), True),  # nothing but acknowledgments: no sequence tells
    ],
)
def test_counts_of_all_packets_say_whether_a_direction_was_dealt_out(
    members: tuple[tuple[int, ...], ...], dealt: bool
) -> None:
    assert enough.dealt_out(counted(*((*one, 0)[:3] for one in members)), FEW) == dealt  # type: ignore[misc]


@pytest.fixture
def few_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enough, "LOOKED_AT", 600)
    monkeypatch.setattr(enough, "LEAST_OTHER", 60)
    monkeypatch.setattr(merge, "HEAD_ROWS", 1_000)


def directions(paths: list[Path]) -> list[dict[str, Any]]:
    report = flowmap.analyze(paths).report
    return [d.model_dump() for s in report.streams if s.judged for d in s.directions]


def test_a_long_sprayed_stream_is_not_followed_to_its_end(tmp_path: Path, few_are_enough: None) -> None:
    """The generator deals each connection's packets out over both members, two segments to an acknowledgment, and sends
    nothing again: 3 microseconds a packet, of which those of 100 ms are read ahead."""
    paths = make("spray", tmp_path, one=replace(SETS["spray"], packets=150_000))
    analysis = flowmap.analyze(paths)
    found = [d for s in analysis.report.streams if s.judged for d in s.directions]
    assert {d.placement for d in found} == {"sprayed"}
    assert sum(m.packets for d in found for m in d.members) == 150_000
    evidence = [one.evidence for one in analysis.report.findings if one.code == "FM101"]
    assert len(evidence) == len(found)
    assert all(600 <= one["looked_at"] < one["of_packets"] for one in evidence)
    assert all("in its first" in (d.reason or "") and d.reordered is None and d.peak_bps is None for d in found)
    assert {d.retransmitted for d in found} == {0}


def dealt(paths: list[Path], folder: Path, sprayed: float, then: tuple[float, ...]) -> list[Path]:
    """The packets of a sprayed team, of which only that part stays as it is: after it all go to the first member until the part
    `then` of all, after that to the second."""
    heads: list[bytes] = []
    records: list[tuple[int, int, int, bytes]] = []
    for member, path in enumerate(paths):
        data, at = path.read_bytes(), 24
        heads.append(data[:at])
        while at < len(data):
            seconds, part, length = struct.unpack_from("<III", data, at)
            records.append((seconds, part, member, data[at : at + 16 + length]))
            at += 16 + length
    records.sort(key=lambda record: record[:3])
    kept: list[list[bytes]] = [[], []]
    for place, (_, _, member, record) in enumerate(records):
        share = place / len(records)
        kept[member if share < sprayed else sum(share >= border for border in then)].append(record)
    folder.mkdir()
    for member, own in enumerate(kept):
        (folder / paths[member].name).write_bytes(heads[member] + b"".join(own))
    return [folder / path.name for path in paths]


@pytest.mark.parametrize(
    ("sprayed", "then", "placement", "in_part"),
    [
        (0.5, (), "sprayed", True),  # 3/4 and 1/4 on the members, a fourth of the steps change: sprayed on the whole
        (0.2, (), "undecided", False),  # a tenth of the packets on one member is less than 0.4 / 2
        (0.1, (0.55,), "undecided", False),  # half on each, but one step in twenty changes
    ],
)
def test_what_comes_later_counts(
    tmp_path: Path, few_are_enough: None, sprayed: float, then: tuple[float, ...], placement: str, in_part: bool
) -> None:
    """Streams that begin sprayed, and go on otherwise: by the rule for all their packets, whatever the first ones look like."""
    paths = make("spray", tmp_path, one=replace(SETS["spray"], packets=100_000, connections=1))
    found = directions(dealt(paths, tmp_path / "later", sprayed, then))
    assert {one["placement"] for one in found} == {placement}
    assert {"in its first" in one["reason"] for one in found} == {in_part}


def test_what_is_counted_of_all_packets_stays_right(few_are_enough: None) -> None:
    """truth.json of two hosts' captures: the bytes of the file that was sent, each once, whatever was sent again."""
    if not LAB.is_dir():
        pytest.skip("the real captures are not there")
    truth = json.loads((LAB / "truth.json").read_text(encoding="utf-8"))["merged_order"][
        "10.78.0.10:44899>10.78.0.100:6600"
    ]
    report = flowmap.analyze([LAB / f"guestB_nic{n}.pcap" for n in (1, 2)]).report
    (finding,) = (one for one in report.findings if one.code == "FM101" and one.evidence.get("sent_again"))
    assert 0 < finding.evidence["sent_again"] <= truth["exact_repeats"]
    assert report.migrations[0].bytes == 4 << 20
    assert report.verdict == "fail"
