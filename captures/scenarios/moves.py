"""Streams that change member: scenarios 6, 7 and 8."""

from __future__ import annotations

from kit.connection import Connection, Place, every
from kit.control import arp_request
from kit.entry import Entry, File, pcaps
from kit.hosts import Host, remote
from kit.scene import Scene
from kit.writers import Interface, pcapng

from scenarios.common import BOTH, expect, spread

_S = 1_000_000_000


def failover() -> list[Entry]:
    """6: a member dies, everything on it goes to the other."""
    scene = Scene("06")
    scene.lacp(4.0, members=["nic1"])
    scene.lacp(13.0, members=["nic2"])
    scene.chatter(4.0)
    scene.chatter(12.0, tx="nic2", rx="nic2", start_s=5.3)
    scene.put(round(5.15 * _S), arp_request(scene.local, scene.local.ip), outbound=True, on="nic2")

    def over(at: int, number: int) -> str:
        return "nic1" if at < 4 * _S else "nic2"

    bursts = every(1.05, 3.95, 0.08) + every(5.2, 8.2, 0.08)
    places: list[tuple[Place, Place]] = [(over, over), (over, over), ("nic2", "nic2")]
    streams = []
    for i, (tx, rx) in enumerate(places, 1):
        scene.arp(
            remote(i), scene.local, 0.8 + 0.02 * i, tx="nic2" if i == 3 else "nic1", rx="nic2" if i == 3 else "nic1"
        )
        when = bursts if i < 3 else every(1.05, 8.2, 0.08)
        stream = Connection(
            remote(i),
            scene.local,
            50100 + 7 * i,
            6600,
            False,
            [t + 7_000_000 * i for t in when],
            tx=tx,
            rx=rx,
            isn=0x31000000 * i,
        )
        streams.append(scene.connect(stream))
    moved = scene.directions(streams[:2], "moved", "moved", tx_cause="failover", rx_cause="failover")
    return [
        Entry(
            "06-failover",
            6,
            "A member dies: its streams go on over the other after 1.2 s",
            "R1, R2 (nic1) and R3 (nic2) migrate to T, LACP once a second. At 4.0 s nic1 falls silent for good, "
            "LACPDUs included; from 5.2 s R1's and R2's streams go on over nic2, captured to 13 s; T announces itself "
            "there.",
            BOTH,
            "The old member is silent in both directions for 9 s (>= 3 LACPDU intervals) and no stream stays: moved, "
            "cause failover, which holds for pinned. First members (2,1) on 2: p = 1. Epochs: both members, then one.",
            expect(
                "pass",
                "pass",
                moved + scene.directions(streams[2:]),
                numbers=spread("rx", {"nic1": 2, "nic2": 1}, 1.0),
                epochs=2,
            ),
            pcaps(scene),
        )
    ]


def flowlet() -> list[Entry]:
    """7: one capture, two configurations."""
    scene = Scene("07")
    scene.own_macs["nic2"] = "00:15:5d:42:00:72"
    scene.chatter(4)
    for i in (1, 2):
        scene.arp(scene.local, remote(i), 1.0 + 0.02 * i, tx="nic1", rx="nic1")
    moving = Connection(
        scene.local,
        remote(1),
        50107,
        6600,
        True,
        every(1.2, 2.2, 0.02) + every(2.26, 3.2, 0.02),
        rx="nic1",
        tx=lambda at, number: "nic1" if at < 2_220_000_000 else "nic2",
    )
    steady = Connection(
        scene.local,
        remote(2),
        50114,
        6600,
        True,
        every(1.207, 3.207, 0.02),
        burst=3,
        ack_every=3,
        rx="nic1",
        tx="nic2",
        isn=0x44000000,
    )
    for stream in (moving, steady):
        scene.connect(stream)
    files = {}
    for name, mac in (("nic1", scene.local.mac), ("nic2", scene.own_macs["nic2"])):
        interface = Interface(scene.packets[name], name, mac, 10**10)
        files[f"{name}.pcapng"] = File(pcapng([interface]), len(scene.packets[name]))
    steady_rows = scene.directions([steady])
    caused = scene.directions([moving], "moved", tx_cause="flowlet") + steady_rows
    numbers = spread("tx", {"nic1": 1, "nic2": 1}, 1.0)
    made = (
        "T sends migrations to R1 and R2 without LACP. R1's data is on nic1, pauses for 80 ms at 2.18 s and goes on "
        "over nic2; R2's, the busier one, is on nic2 all the time. What nic2 sends has its own source MAC; all RX is "
        "on nic1. pcapng with epb_flags, nanoseconds."
    )
    arguments = ("nic1=nic1.pcapng", "nic2=nic2.pcapng", "--mode", "switch-independent", "--algorithm")
    folder = "07-flowlet"
    return [
        Entry(
            "07a-flowlet-dynamic",
            7,
            "A stream moves after an 80 ms gap: the Dynamic algorithm",
            made,
            (*arguments, "dynamic"),
            "nic1 stays alive, and load does not go from the busier to the idler, so neither failover nor rebalance: a "
            "flowlet (gap, TX, source MAC changes), which Dynamic allows. (1,1) on 2 members: p = (2+1+1)/4 = 1.",
            expect("pass", "pass", caused, numbers=numbers),
            files,
            folder,
        ),
        Entry(
            "07b-flowlet-transport-ports",
            7,
            "The same move under an algorithm that never moves a stream",
            made,
            (*arguments, "transport-ports"),
            "TransportPorts keeps a 4-tuple on its member: moved between healthy members fails pinned (section 6).",
            expect("fail", "pass", scene.directions([moving], "moved") + steady_rows, numbers=numbers),
            {},
            folder,
        ),
    ]


def rebalance() -> list[Entry]:
    """8: MAC groups move on a grid of 10 s."""
    scene = Scene("08")
    locals_ = [Host(f"M{i}", f"00:15:5d:42:0a:{i:02x}", f"10.66.0.{100 + i}") for i in (1, 2, 3)]
    # group: member before, second of its move, member after; seconds between bursts in each 10 s from second 2 on
    plan = (("nic1", 32, "nic2"), ("nic1", 12, "nic2"), ("nic2", 22, "nic1"))
    steps = ((0.5, 0.7, 0.35, 0.5), (0.5, 0.7, 0.7, 0.5), (0.9, 0.35, 0.5, 0.5))
    streams = []
    for group, (before, second, after) in enumerate(plan):

        def place(at: int, number: int, before: str = before, second: int = second, after: str = after) -> str:
            return before if at < second * _S else after

        for k in (0, 1):
            number = 2 * group + k + 1
            shift = 0.013 * k + 0.005 * group
            bursts = [t for j in range(4) for t in every(2 + 10 * j + shift, 11.9 + 10 * j, steps[group][j])]
            streams.append(
                Connection(
                    locals_[group],
                    remote(number),
                    50100 + 7 * number,
                    6600,
                    True,
                    bursts,
                    tx=place,
                    rx=place,
                    isn=0x12345678 * number,
                )
            )
    for stream in streams:
        scene.connect(stream)
    rows = scene.directions(streams, "moved", "moved", tx_cause="rebalance", rx_cause="rebalance")
    numbers = spread("tx", {"nic1": 4, "nic2": 2}, 44 / 64)
    made = (
        "Three local MACs (M1 to M3) each send two sparse migrations over 40 s, without LACP. The whole group of a MAC "
        "changes member at a mark of 10 s, from the busier member to the idler: M2 at 12 s (nic1 to nic2), M3 at 22 s "
        "(back to nic1), M1 at 32 s (to nic2); the replies follow the MAC."
    )
    arguments = (*BOTH, *(word for host in locals_ for word in ("--local", host.ip)))
    folder = "08-rebalance"
    return [
        Entry(
            "08a-rebalance-slb",
            8,
            "Groups of a MAC move every 10 s: source load balancing",
            made,
            (*arguments, "--mode", "balance-slb"),
            "The old member stays alive with other streams, load goes to the idler, on a grid: rebalance, which "
            "balance-slb allows in both directions. Six hosts start as (4,2): p = (64-20)/64 = 0.6875.",
            expect("pass", "pass", rows, numbers=numbers),
            pcaps(scene, nano=True),
            folder,
        ),
        Entry(
            "08b-rebalance-unexplained",
            8,
            "The same moves with no mode known",
            made,
            arguments,
            "A rebalance between healthy members holds only where the chooser's known algorithm allows it (section 6); "
            "here none is known: pinned fails.",
            expect("fail", "pass", rows, numbers=numbers),
            {},
            folder,
        ),
    ]
