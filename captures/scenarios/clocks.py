"""Members whose clocks differ: scenario 15."""

from __future__ import annotations

from kit.connection import Connection, Place, every
from kit.entry import Entry, pcaps
from kit.hosts import remote
from kit.scene import Scene

from scenarios.common import BOTH, arrivals, expect, spread

_S = 1_000_000_000


def drifting() -> list[Entry]:
    """15a: +250 ms and 20 ppm."""
    scene = Scene("15a")
    scene.clocks["nic2"] = lambda at, outbound: at + 250_000_000 + at * 20 // 1_000_000
    scene.lacp(22)
    scene.chatter(22)
    streams = arrivals(
        scene, ["nic1", "nic1", "nic2", "nic2"], ["nic2", "nic1", "nic1", "nic2"], stop_s=21, step_s=0.33
    )
    return [
        Entry(
            "15a-clock-drifting",
            15,
            "One member's clock is 250 ms ahead and drifts by 20 ppm",
            "R1 to R4 migrate to T over 20 s: data on nic1, nic1, nic2, nic2, ACKs on nic2, nic1, nic1, nic2. nic2's "
            "times are 250 ms ahead at second 0 and run 20 ppm fast.",
            BOTH,
            "ACKs 18 us behind their data on the other member, both ways round, bound the offset (section 5); nothing "
            "is sprayed. (2,2) on 2 members: p = 1.",
            expect(
                "pass",
                "pass",
                scene.directions(streams),
                numbers=spread("rx", {"nic1": 2, "nic2": 2}, 1.0),
                clock={"member": "nic2", "offset_ns": 250_200_000, "within_ns": 1_000_000},
            ),
            pcaps(scene, nano=True),
        )
    ]


def failover_skewed() -> list[Entry]:
    """15b: -250 ms across a failover: by the clock the two members interleave."""
    scene = Scene("15b")
    scene.clocks["nic2"] = lambda at, outbound: at - 250_000_000
    scene.lacp(4.0, start_s=0.5, members=["nic1"])
    scene.lacp(11.0, start_s=0.5, members=["nic2"])
    scene.chatter(3.9)
    scene.chatter(10.0, tx="nic2", rx="nic2", start_s=5.3)

    def over(at: int, number: int) -> str:
        return "nic1" if at < 4 * _S else "nic2"

    bursts = every(1.05, 3.95, 0.05) + every(4.09, 6.1, 0.05)
    places: list[tuple[Place, Place]] = [("nic2", over), (over, over), (over, "nic2")]
    streams = []
    for i, (tx, rx) in enumerate(places, 1):
        when = [t + 4_000_000 * i for t in bursts]
        stream = Connection(remote(i), scene.local, 50100 + 7 * i, 6600, False, when, tx=tx, rx=rx, isn=0x31000000 * i)
        streams.append(scene.connect(stream))
    cause = "failover"
    rows = (
        scene.directions(streams[:1], rx="moved", rx_cause=cause)
        + scene.directions(streams[1:2], "moved", "moved", tx_cause=cause, rx_cause=cause)
        + scene.directions(streams[2:], tx="moved", tx_cause=cause)
    )
    return [
        Entry(
            "15b-failover-skewed-clock",
            15,
            "A failover while one member's clock is 250 ms behind",
            "R1 to R3 migrate to T, LACP once a second. nic1 dies at 4.0 s, and 0.14 s after the last packets its "
            "streams go on over nic2, whose times are 250 ms behind: by the clocks old and new member interleave.",
            BOTH,
            "With the offset taken out, or in sequence order, each direction changes member once (section 5); nic1 "
            "stays silent for 7 s: failover, pinned holds, nothing is sprayed. First members (2,1): p = 1.",
            expect(
                "pass",
                "pass",
                rows,
                numbers=spread("rx", {"nic1": 2, "nic2": 1}, 1.0),
                clock={"member": "nic2", "offset_ns": -250_000_000, "within_ns": 1_000_000},
            ),
            pcaps(scene, nano=True),
        )
    ]
