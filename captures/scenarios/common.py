"""What most scenarios share: migrations arriving from several hosts, and the usual shape of an expectation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kit.connection import Connection, every
from kit.hosts import remote
from kit.scene import Scene

__all__ = ["BOTH", "arrivals", "expect", "spread"]

BOTH = ("nic1.pcap", "nic2.pcap")
"""The usual arguments: members are named by the files' stems."""


def arrivals(
    scene: Scene,
    rx: Sequence[str],
    tx: Sequence[str],
    *,
    start_s: float = 1.2,
    stop_s: float = 2.2,
    step_s: float = 0.02,
    first_host: int = 1,
    arp: bool = True,
    **more: Any,
) -> list[Connection]:
    """One Hyper-V migration from each of several hosts to the captured one: data on rx[i], ACKs on tx[i]."""
    out = []
    for i, (data, acks) in enumerate(zip(rx, tx, strict=True)):
        number = first_host + i
        bursts = every(start_s + 0.0317 * i, stop_s + 0.0317 * i, step_s)
        if arp:
            scene.arp(remote(number), scene.local, start_s - 0.15 + 0.0317 * i, tx=acks, rx=data)
        port, isn = 50100 + 7 * number, 0x1F3A0000 + 0x01234567 * number
        out.append(
            scene.connect(
                Connection(remote(number), scene.local, port, 6600, False, bursts, tx=acks, rx=data, isn=isn, **more)
            )
        )
    return out


def spread(
    direction: str, counts: Mapping[str, int], p_value: float, unit: str = "host", hosts: int = 0
) -> dict[str, Any]:
    """The numbers of the spread claim. `counts` has every usable member, also those with 0."""
    total = sum(counts.values())
    numbers: dict[str, Any] = {"direction": direction, "hosts": hosts or total, "unit": unit, "units": total}
    used = sum(1 for count in counts.values() if count)
    return numbers | {"members": len(counts), "members_used": used, "counts": dict(counts), "p_value": p_value}


def expect(
    pinned: str,
    spread_verdict: str,
    directions: Sequence[Mapping[str, Any]] = (),
    *,
    numbers: Mapping[str, Any] | None = None,
    tally: bool = True,
    streams: int | None = None,
    overall: str | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Verdicts, exit code and overall verdict by the contract's rule; the counts that follow from `directions`.

    `overall`: where the two claims do not say it: a mode that means what fails, streams of one pair on several members.
    """
    verdicts = {pinned, spread_verdict}
    if overall is None:
        nothing = "by-design" if spread_verdict == "not-applicable" else "pass"
        overall = "fail" if "fail" in verdicts else "inconclusive" if "inconclusive" in verdicts else nothing
    codes = {"pass": 0, "by-design": 0, "fail": 1, "inconclusive": 3}
    out: dict[str, Any] = {"exit": codes[overall], "verdict": overall}
    out |= {"pinned": pinned, "spread": spread_verdict}
    if directions and tally:
        kinds = [row["placement"] for row in directions]
        counts = {kind: kinds.count(kind) for kind in ("single", "moved", "sprayed", "mirrored")}
        total = streams if streams is not None else len(kinds) // 2
        out["pinned_numbers"] = {"streams": total, "directions": len(kinds), **counts, "undecided": 0, "absent": 0}
    if numbers:
        out["spread_numbers"] = dict(numbers)
    out |= more
    if directions:
        out["directions"] = list(directions)
    return out
