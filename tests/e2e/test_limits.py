"""What limits a migration: recordings of transfers whose limit is known, and the sending kernel's own account of them.

`captures/limits/*/truth.json` says how each was made (bench/limits_lab.py) and what TCP_INFO said at the end.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import flowmap
from flowmap.analysis import analyze
from flowmap.passes.read import Threads, Trail
from flowmap.settings.config import Settings
from flowmap.trace.collecting.collect import Sought

FOLDER = Path(__file__).resolve().parents[2] / "captures" / "limits"
TRUTH = {path.parent.name: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*/truth.json"))}
CODES = {
    "member-line-rate": "FM402",
    "shared-member": "FM403",
    "receiver-window": "FM404",
    "loss": "FM405",
    "sender": "FM406",
    "cpu": "FM407",
}
Report = dict[str, Any]


@cache
def report(name: str, speed: str | None = None) -> Report:
    """The report on a recording; None: the members' speed is not told."""
    options = {} if speed is None else {"speed": speed}
    document: Report = json.loads(flowmap.analyze(FOLDER / name, **options).report.model_dump_json())
    return document


def told(name: str) -> Report:
    return report(name, TRUTH[name]["scenario"]["speed"])


def judged(document: Report) -> list[dict[str, Any]]:
    return [stream for stream in document["streams"] if stream["judged"]]


@pytest.mark.parametrize("name", TRUTH)
def test_the_limit_is_found(name: str) -> None:
    expected = TRUTH[name]["scenario"]["expect"]
    document = told(name)
    assert [stream["limited_by"] for stream in judged(document)] == [expected] * len(TRUTH[name]["sockets"])
    assert {migration["limited_by"] for migration in document["migrations"]} == {expected}
    found = {finding["code"] for finding in document["findings"]} & set(CODES.values())
    assert found == ({CODES[expected]} if expected in CODES else set())


@pytest.mark.parametrize("name", TRUTH)
def test_without_the_speed_nothing_is_made_up(name: str) -> None:
    """What rests on the members' speed is unknown, the rest is as it was."""
    expected = TRUTH[name]["scenario"]["expect"]
    by_speed = expected in ("member-line-rate", "shared-member") or name == "paced"
    for stream in judged(report(name)):
        assert stream["limited_by"] == ("unknown" if by_speed else expected)
        assert not by_speed or "--speed" in stream["limit_evidence"]["reason"]


@pytest.mark.parametrize("name", [name for name in TRUTH if TRUTH[name]["scenario"]["member_rate"]])
def test_a_member_of_twice_the_speed_is_not_full(name: str) -> None:
    for stream in judged(report(name, f"{TRUTH[name]['scenario']['member_rate'] * 2 // 10**6}M")):
        assert stream["limited_by"] not in ("member-line-rate", "shared-member")
        assert 0.4 < stream["limit_evidence"]["load_bps"] / (2 * TRUTH[name]["scenario"]["member_rate"]) < 0.6


@pytest.mark.parametrize("name", [name for name in TRUTH if TRUTH[name]["scenario"]["member_rate"]])
def test_a_member_that_carries_more_than_its_speed_proves_the_speed_wrong(name: str) -> None:
    for stream in judged(report(name, f"{TRUTH[name]['scenario']['member_rate'] * 6 // 10**7}M")):
        assert stream["limited_by"] == "unknown"
        assert "more than its stated speed" in stream["limit_evidence"]["reason"]


@pytest.mark.parametrize("name", [name for name in TRUTH if not TRUTH[name]["scenario"]["late_s"]])
def test_the_numbers_are_those_of_the_sending_kernel(name: str) -> None:
    by_port = {s["source"][1]: s for s in TRUTH[name]["sockets"]}
    for stream in judged(told(name)):
        kernel, seen = by_port[stream["client"]["port"]], stream["limit_evidence"]
        assert seen["rate_bps"] == pytest.approx(kernel["bytes"] * 8 / kernel["seconds"], rel=0.35)
        waited = kernel["rwnd_limited_us"] / max(1, kernel["busy_us"])
        assert seen["window_blocked_share"] == pytest.approx(waited, abs=0.1)
        resent = seen["resent_share"] * seen["examined_packets"]
        assert resent == pytest.approx(kernel["retransmitted"], rel=0.15, abs=6)
        delay_ns = TRUTH[name]["scenario"]["delay_ms"] * 1e6
        assert delay_ns <= seen["round_trip_ns"] < delay_ns + 2e6


@pytest.mark.parametrize("name", [name for name in TRUTH if TRUTH[name]["scenario"]["delay_ms"]])
def test_the_end_of_the_capture_is_told(name: str) -> None:
    scenario = TRUTH[name]["scenario"]
    if not scenario["late_s"]:
        assert (
            judged(told(name))[0]["limit_evidence"]["captured_near"]
            == {"T": "sender", "R": "receiver"}[scenario["sender"]]
        )


def test_idle_capacity_elsewhere_is_told() -> None:
    for stream in judged(told("shared-tx")):
        evidence = stream["limit_evidence"]
        assert (evidence["member"], evidence["concurrent"], evidence["idle_bps"]) == ("nic0", 2, {"nic1": 20_000_000})
    finding = next(f for f in told("shared-tx")["findings"] if f["code"] == "FM403")
    assert "another 20 Mbit/s on nic1" in finding["explanation"]


def test_a_migration_that_fills_a_member_with_streams_of_its_own_is_limited_by_that_member() -> None:
    """The two streams of `shared-tx` as channels of one migration, as multifd has them."""
    document = json.loads(
        flowmap.analyze(FOLDER / "shared-tx", speed="20M", migration_port="6600").report.model_dump_json()
    )
    (migration,) = document["migrations"]
    assert [stream["limited_by"] for stream in judged(document)] == ["shared-member"] * 2
    assert migration["limited_by"] == "member-line-rate"
    assert migration["limit_evidence"]["own_share"] > 0.99


class Counting(Threads):
    """Notes how many captures are opened again after the first pass, each time."""

    def __init__(self) -> None:
        self.again: list[int] = []

    def trace(self, trails: Sequence[Trail], sought: Sought) -> list[Iterator[Any]]:
        if trails:
            self.again.append(len(trails))
        return super().trace(trails, sought)


@pytest.mark.parametrize("name", TRUTH)
def test_captures_are_read_once(name: str) -> None:
    """Every direction is on one member: what its limits rest on is kept while it is read first."""
    reader = Counting()
    assert analyze([str(FOLDER / name)], Settings(), reader=reader).report.migrations
    assert reader.again == []
