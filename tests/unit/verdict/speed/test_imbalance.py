"""A member that is full while others idle is told with its time; nothing is told where nothing was full.

The captures are made: so many frames of 1226 bytes a second, with 24 bytes more each on the wire 10,000 bits a frame.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from made import BEGIN, HOST, SECOND, Interface, Record, write
from strategies import ethernet, ipv4_header, tcp_header

SPEED = 1_000_000
WIRE = 1226


def load(peer: int, first_s: int, last_s: int, per_second: int, inbound: bool = True) -> list[Record]:
    """So many frames a second of one stream, from one second to another, and an acknowledgment a second."""
    ends, ports, macs = (0x0A000000 + peer, HOST), (50000 + peer, 6600), (0x30 + peer, 0x99)
    if not inbound:
        ends, ports, macs = ends[::-1], ports[::-1], macs[::-1]
    payload = WIRE - 54
    found = []
    for n in range((last_s - first_s) * per_second):
        packet = ipv4_header(*ends, payload + 20, ip_id=n & 0xFFFF) + tcp_header(*ports, 1 + n * payload, 1, 0x10)
        at = BEGIN + first_s * SECOND + n * SECOND // per_second
        found.append(Record(at, ethernet(*macs, 0x0800) + packet, WIRE, 1 if inbound else 2))
    for second in range(first_s, last_s):
        packet = ipv4_header(*ends[::-1], 20, ip_id=second) + tcp_header(*ports[::-1], 1, 1, 0x10)
        frame = ethernet(*macs[::-1], 0x0800) + packet
        found.append(Record(BEGIN + second * SECOND + 5, frame, len(frame), 2 if inbound else 1))
    return found


def balance(path: Path, *members: list[Record], speed: int | None = SPEED) -> tuple[Any, list[dict[str, Any]]]:
    from flowmap.analysis import analyze
    from flowmap.settings.config import Settings

    file = write(
        path / "t.pcapng", *(Interface(sorted(records), f"nic{n}") for n, records in enumerate(members, start=1))
    )
    found = analyze([file], Settings(default_speed=speed, local=("10.0.0.100",))).report
    told = [finding.model_dump() for finding in found.findings if finding.code == "FM411"]
    return found.balance.full, told


IDLE = [*load(9, 0, 60, 1)]
"""Some life on the wire: 1 % of the speed."""


@pytest.mark.parametrize("inbound", [True, False])
def test_the_time_the_members_and_their_loads_are_told(tmp_path: Path, inbound: bool) -> None:
    full, told = balance(tmp_path, load(1, 20, 45, 95, inbound), IDLE, load(3, 0, 60, 50, inbound))
    (span,) = full
    assert (span.direction, span.member) == ("rx" if inbound else "tx", "nic1")
    assert span.first_ns / 1e9 == pytest.approx(BEGIN / 1e9 + 20, abs=1.1)
    assert span.last_ns / 1e9 == pytest.approx(BEGIN / 1e9 + 45, abs=1.1)
    assert span.used == pytest.approx(0.95, abs=0.01)
    assert set(span.idle_bps) == {"nic2"}  # the third carries half of its speed
    assert span.speed_bps == SPEED
    (finding,) = told
    assert finding["evidence"]["seconds"] == pytest.approx(25, abs=2)
    assert finding["subject"] == {"direction": span.direction, "member": "nic1"}


@pytest.mark.parametrize(
    ("members", "why"),
    [
        ([load(1, 20, 45, 50), IDLE], "half full"),
        ([load(1, 20, 45, 95), load(2, 20, 45, 95)], "both full"),
        ([load(1, 20, 27, 95), IDLE], "too short"),
        ([load(1, 20, 45, 95), load(2, 20, 45, 40)], "the other one works"),
        ([load(1, 20, 45, 95), load(2, 0, 5, 5)], "the other capture had ended"),
        ([load(1, 0, 60, 3), IDLE], "uneven, and nothing is full"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_nothing_is_told_where_nobody_missed_anything(tmp_path: Path, members: list[list[Record]], why: str) -> None:
    assert balance(tmp_path, *members) == ([], []), why


def test_without_a_speed_it_is_not_known(tmp_path: Path) -> None:
    assert balance(tmp_path, load(1, 20, 45, 95), IDLE, speed=None) == (None, [])


def test_times_apart_are_told_apart_and_counted(tmp_path: Path) -> None:
    full, told = balance(tmp_path, load(1, 5, 20, 95) + load(2, 30, 50, 90), IDLE)
    assert [round((span.last_ns - span.first_ns) / SECOND) for span in full] == [
        pytest.approx(15, abs=2),
        pytest.approx(20, abs=2),
    ]
    assert told[0]["evidence"]["times"] == 2
