"""Realistic report documents for tests, written by hand: a lab-like team of two, and variations of it."""

from __future__ import annotations

from typing import Any

from flowmap.document.model import (
    Answer,
    Balance,
    BalanceNumbers,
    CaptureInfo,
    Claims,
    Clock,
    ClockOffset,
    Direction,
    DirectionMember,
    Endpoint,
    Epoch,
    Finding,
    Host,
    Lacp,
    LimitEvidence,
    Member,
    Migration,
    Move,
    NoticeRow,
    Pinned,
    Policy,
    PolicyFit,
    Report,
    ReportSettings,
    Spread,
    Stream,
    Team,
    Tool,
    Totals,
)
from flowmap.settings.config import Settings

T0 = 1_767_323_045_000_000_001
SECOND = 10**9


def make_member(name: str = "nic1", **changes: Any) -> Member:
    """A healthy member of an LACP team, with one capture."""
    capture = CaptureInfo(
        path=f"captures/{name}.pcap",
        format="pcap",
        link_types=["ethernet"],
        packets=6327,
        wire_bytes=9_499_347,
        captured_bytes=607_392,
        first_ns=T0,
        last_ns=T0 + 20 * SECOND,
        snaplen=96,
    )
    lacp = Lacp(
        actor_system="02:00:00:00:00:01",
        actor_key=9,
        actor_port=1,
        actor_state=0x3D,
        partner_system="02:00:00:00:00:fe",
        partner_key=1,
        partner_port=11,
        partner_state=0x3D,
        lacpdus_tx=20,
        lacpdus_rx=20,
        bundled=True,
    )
    values: dict[str, Any] = {
        "name": name,
        "captures": [capture],
        "packets": 6327,
        "wire_bytes": 9_499_347,
        "tx_bytes": 133_510,
        "rx_bytes": 9_365_837,
        "first_ns": T0,
        "last_ns": T0 + 20 * SECOND,
        "classes": {"tcp": 6287, "slow_protocol": 40},
        "speed_bps": 10**10,
        "usable": True,
        "lacp": lacp,
    }
    return Member(**(values | changes))


def make_stream(number: int = 1, members: tuple[str, str] = ("nic1", "nic2"), **changes: Any) -> Stream:
    """A QEMU migration from 10.77.0.1x to the teamed host: data on the first member, acknowledgments on the second."""
    source = Endpoint(ip=f"10.77.0.{10 + number}", port=53_000 + number)
    target = Endpoint(ip="10.77.0.100", port=49_152)
    data = DirectionMember(name=members[0], packets=6327, wire_bytes=9_499_347, payload_bytes=9_081_765, first_ns=T0)
    acks = DirectionMember(name=members[1], packets=1929, wire_bytes=133_510, payload_bytes=0, first_ns=T0)
    values: dict[str, Any] = {
        "id": number,
        "kind": "qemu",
        "confidence": "high",
        "migration_id": number,
        "judged": True,
        "client": source,
        "server": target,
        "source_host": source.ip,
        "destination_host": target.ip,
        "first_ns": T0,
        "last_ns": T0 + 20 * SECOND,
        "wire_bytes": 9_632_857,
        "payload_bytes": 9_081_765,
        "directions": [
            Direction(direction="rx", src=source, dst=target, placement="single", members=[data]),
            Direction(direction="tx", src=target, dst=source, placement="single", members=[acks]),
        ],
    }
    return Stream(**(values | changes))


def moved_stream(number: int, members: tuple[str, str] = ("nic1", "nic2")) -> Stream:
    """The same, but its data moves from the first member to the second after a silence."""
    stream = make_stream(number, members)
    loads = [
        DirectionMember(name=name, packets=3000, wire_bytes=4_500_000, payload_bytes=4_300_000) for name in members
    ]
    move = Move(ts_ns=T0 + 9 * SECOND, from_=members[0], to=members[1], gap_ns=1_200_000_000, cause="failover")
    values: dict[str, Any] = {"placement": "moved", "cause": "failover", "members": loads, "moves": [move]}
    moved = stream.directions[0].model_copy(update=values)
    return stream.model_copy(update={"directions": [moved, stream.directions[1]]})


def make_finding(**changes: Any) -> Finding:
    values: dict[str, Any] = {
        "code": "FM103",
        "severity": "warning",
        "title": "Stream #2 moved from nic1 to nic2 after a failover",
        "subject": {"stream": 2, "direction": "rx"},
        "evidence": {"gap_ns": 1_200_000_000, "silent_lacpdus": 4},
        "explanation": "nic1 fell silent in both directions for 4 LACPDU intervals, so the switch moved its streams.",
        "action": "Find out why nic1 lost its link at that time; the placement itself is as it should be.",
        "wireshark_filter": "ip.addr == 10.77.0.12 && tcp.port == 53002",
    }
    return Finding(**(values | changes))


def make_answer(**changes: Any) -> Answer:
    """Too few hosts, as the report of `make_report` has it."""
    values: dict[str, Any] = {
        "code": "FM203",
        "tone": "note",
        "decider": "switch",
        "sentence": "Each stream sat on one member, but two hosts are too few to tell whether hosts spread.",
        "action": "Nothing yet: these captures cannot tell whether anything is wrong.",
    }
    return Answer(**(values | changes))


def make_report(**changes: Any) -> Report:
    """Two members, two migrations, one of them moved by a failover: pinned passes, spread is inconclusive."""
    hosts = [
        Host(host="10.77.0.100", role="teamed", members={"nic1": 9_499_347, "nic2": 133_510}),
        Host(
            host="10.77.0.11",
            role="source",
            members={"nic1": 9_499_347, "nic2": 133_510},
            rx={"nic1": 9_499_347},
            tx={"nic2": 133_510},
        ),
        Host(
            host="10.77.0.12",
            role="source",
            members={"nic1": 4_500_000, "nic2": 4_633_510},
            rx={"nic1": 4_500_000, "nic2": 4_500_000},
            tx={"nic2": 133_510},
        ),
    ]
    pinned = Pinned(
        verdict="pass",
        reason="All 4 stream-directions sat on one member at a time; one moved when nic1 failed.",
        streams=2,
        directions=4,
        single=3,
        moved=1,
    )
    spread = Spread(
        verdict="inconclusive",
        reason="Both hosts landed on nic1, which happens by chance 1 time in 2.",
        direction="rx",
        hosts=2,
        unit="host",
        units=2,
        members=2,
        members_used=1,
        counts={"nic1": 2, "nic2": 0},
        p_value=0.5,
        p_value_exact=True,
    )
    even = BalanceNumbers(jain=0.74, max_over_mean=1.6, cov=0.6, entropy=0.72, fim=33.3, peak_concurrency=2)
    values: dict[str, Any] = {
        "tool": Tool(version="0.1.0"),
        "generated_at": "2026-01-02T03:04:05Z",
        "settings": ReportSettings.of(Settings()),
        "verdict": "inconclusive",
        "exit_code": 3,
        "answer": make_answer(),
        "to_know_more": ["Capture migrations with at least eight hosts at once."],
        "claims": Claims(pinned=pinned, spread=spread),
        "totals": Totals(
            packets=12_654, wire_bytes=18_998_694, flows=4, streams=12, streams_judged=2, streams_listed=2
        ),
        "team": Team(host="10.77.0.100", host_source="mac", mode="lacp", mode_source="inferred"),
        "clock": Clock(
            reference="nic1",
            offsets=[ClockOffset(member="nic2", offset_ns=250_000_000, uncertainty_ns=90_000, corrected=True)],
        ),
        "epochs": [Epoch(start_ns=T0, end_ns=T0 + 20 * SECOND, members=["nic1", "nic2"])],
        "members": [make_member("nic1"), make_member("nic2", wire_bytes=4_767_020)],
        "streams": [make_stream(1), moved_stream(2)],
        "migrations": [
            Migration(
                id=1,
                platform="qemu",
                source_host="10.77.0.11",
                destination_host="10.77.0.100",
                streams=[1],
                first_ns=T0,
                last_ns=T0 + 20 * SECOND,
                bytes=9_081_765,
                mean_bps=3_632_706,
                limited_by="sender",
                limit_evidence=LimitEvidence(reason="it had nothing to send"),
            )
        ],
        "hosts": hosts,
        "balance": Balance(tx=BalanceNumbers(), rx=even),
        "policy": Policy(rx=[PolicyFit(key="4tuple", verdict="fits", groups=2)]),
        "findings": [make_finding()],
        "notices": [
            NoticeRow(
                code="capture_drops",
                severity="warning",
                member="nic1",
                path="captures/nic1.pcap",
                count=12,
                detail="the capture says that it lost 12 packets",
                undermines=True,
            )
        ],
    }
    return Report(**(values | changes))
