"""What HTML pages are made of in tests: a small team, a crowd of streams, names that try to be markup."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from factories import SECOND, T0, make_answer, make_finding, make_member, make_report, make_stream, moved_stream

from flowmap.document.evidence import Evidence, LacpHistory, LacpSide, LacpSpan, SequencePoints
from flowmap.document.model import Endpoint, Host, Member, Neighbor, Report, Stream
from flowmap.document.series import Series
from flowmap.report.formats.html import Material

__all__ = ["HOSTILE", "crowd", "hostile", "material", "timed"]

HOSTILE = [
    "<script>window.owned=1</script>",
    "</script><script>window.owned=1</script>",
    '"onload="window.owned=1" x="',
    "' onmouseover='window.owned=1",
    "]]><img src=x onerror=window.owned=1>",
    "</style><style>*{display:none}",
    "</title><svg onload=window.owned=1>",
    "<!--",
    "{{ 7*7 }}{% raw %}${owned}",
    "javascript:window.owned=1",
    "datum.owned = 1;window['owned']=1",
    "&lt;b&gt;&#60;i&#62;",
    "nic\u202e1cin\u2066\u200f",
    "nic\x00\x1b[2J\x9b\r\n\u2028\ufeff",
    "\u05d0\u05d1\u05d2 nic",
    "a" * 400,
]
"""Names as a capture, a switch, a file or a user may have them."""


def _evidence(report: Report, points: int = 100, streams: int = 32) -> Evidence:
    """Points of the streams that are on several members, and the LACP of each member."""
    random = np.random.default_rng(7)
    sequences = []
    for stream in report.streams:
        for direction in stream.directions:
            if direction.placement == "moved" and len(sequences) < streams:
                sequences.append(
                    SequencePoints(
                        stream=stream.id,
                        source=(direction.src.ip, direction.src.port),
                        members=tuple(member.name for member in direction.members),
                        ts_ns=np.sort(random.integers(0, 20 * SECOND, points)) + T0,
                        position=np.arange(points) * 4096,
                        member=random.integers(0, 2, points),
                        closeup=np.arange(points) >= points * 0.8,
                        packets=9_999,
                    )
                )
    spans = (LacpSpan(T0, T0 + 5 * SECOND, 0x45), LacpSpan(T0 + 5 * SECOND, T0 + 90 * SECOND, 0x3D))
    lacp = [
        LacpHistory(
            member.name,
            ((T0 + 5 * SECOND, T0 + 90 * SECOND),),
            (LacpSide("host", "02:00:00:00:00:01", spans), LacpSide("switch", "02:00:00:00:00:fe", spans)),
        )
        for member in report.members[:64]
    ]
    return Evidence(tuple(sequences), 0, tuple(lacp))


def timed(stream: Stream) -> Stream:
    """The stream with times for what each member carried, before and after a move."""
    ways = []
    for direction in stream.directions:
        moves = [move.ts_ns for move in direction.moves]
        ends = [*(at - 1_200_000_000 for at in moves), T0 + 20 * SECOND]
        begins = [T0, *moves]
        members = [
            member.model_copy(update={"first_ns": begins[min(n, len(moves))], "last_ns": ends[min(n, len(moves))]})
            for n, member in enumerate(direction.members)
        ]
        ways.append(direction.model_copy(update={"members": members}))
    return stream.model_copy(update={"directions": ways})


def material(report: Report | None = None, **changes: Any) -> Material:
    """A report with evidence and throughput."""
    report = report or make_report()
    report = report.model_copy(update={"streams": [timed(stream) for stream in report.streams]})
    random = np.random.default_rng(3)
    wire = {
        member.name: {side: random.integers(0, 10**7, 300).astype(np.uint64) for side in ("tx", "rx", "unknown")}
        for member in report.members
    }
    return Material(report, _evidence(report, **changes), Series(T0 - T0 % (1 << 26), 1 << 26, wire))


def crowd(streams: int, members: int, points: int = 100) -> Material:
    """Many streams of as many hosts, each tenth of them moved; many findings, migrations and notices."""
    names = [f"vmnic{number}" for number in range(members)]
    made = [_of_crowd(number, names) for number in range(streams)]
    base = make_report()
    hosts = [
        Host(
            host=one.client.ip,
            role="source",
            members={m.name: m.wire_bytes for d in one.directions for m in d.members},
            rx={m.name: m.wire_bytes for m in one.directions[0].members},
        )
        for one in made
    ]
    report = make_report(
        members=[make_member(name) for name in names],
        streams=made,
        hosts=hosts,
        findings=[make_finding(explanation=f"Stream {number} moved.") for number in range(0, streams, 10)],
        migrations=[base.migrations[0].model_copy(update={"id": number}) for number in range(streams)],
        notices=base.notices * 300,
        totals=base.totals.model_copy(update={"streams": streams + 7, "streams_listed": streams}),
    )
    return material(report, points=points)


def _of_crowd(number: int, names: list[str]) -> Stream:
    pair = (names[number % len(names)], names[(number * 7 + 1) % len(names)])
    stream = (
        make_stream(number, pair) if number % 10 else moved_stream(number, (pair[0], names[(number + 1) % len(names)]))
    )
    end = Endpoint(ip=f"10.77.{number // 200}.{number % 200}", port=50_000 + number % 10_000)
    data, answers = stream.directions
    ways = [data.model_copy(update={"src": end}), answers.model_copy(update={"dst": end})]
    return stream.model_copy(update={"client": end, "source_host": end.ip, "directions": ways})


def hostile(names: Sequence[str]) -> Material:
    """Each name wherever a capture, a switch, a file or a user can put one."""
    base, every = make_report(), " ".join(names)
    streams = [moved_stream(number, (name, "nic2")) for number, name in enumerate(names)]
    spread = base.claims.spread.model_copy(update={"counts": {**dict.fromkeys(names, 2), "nic2": 0}, "reason": every})
    settings = base.settings.model_copy(
        update={"local": [*names], "speeds": dict.fromkeys(names, 10**9), "mode": every}
    )
    report = make_report(
        answer=make_answer(sentence=every),
        settings=settings,
        claims=base.claims.model_copy(update={"spread": spread}),
        team=base.team.model_copy(update={"name": every, "host": every, "mode": every, "algorithm": every}),
        clock=base.clock.model_copy(update={"reference": every}),
        members=[*map(_hostile_member, names), make_member("nic2")],
        streams=[stream.model_copy(update={"source_host": name}) for stream, name in zip(streams, names, strict=True)],
        hosts=[
            base.hosts[1].model_copy(update={"host": name, "rx": {name: 3}, "members": {name: 3}}) for name in names
        ],
        findings=[
            make_finding(
                title=name,
                explanation=name,
                action=name,
                wireshark_filter=name,
                subject={"members": [name], name: name},
                evidence={"counts": {name: 1}, name: [name]},
            )
            for name in names
        ],
        notices=[base.notices[0].model_copy(update={"member": name, "path": name, "detail": name}) for name in names],
    )
    return material(report)


def _hostile_member(name: str) -> Member:
    neighbor = Neighbor(protocol="lldp", system=name, chassis=name, port=name, description=name)
    member = make_member(name, description=name, neighbor=neighbor)
    lacp = member.lacp.model_copy(update={"bundled": None, "reason": name}) if member.lacp else None
    capture = member.captures[0].model_copy(update={"path": name, "link_types": [name]})
    return member.model_copy(update={"captures": [capture], "lacp": lacp})
