"""Which member a stream-direction sits on: scenarios 1, 2, 4, 16 and 20."""

from __future__ import annotations

import struct

from kit.connection import Connection, every
from kit.entry import Entry, pcaps
from kit.frames import filler
from kit.hosts import remote, target
from kit.scene import Scene

from scenarios.common import BOTH, arrivals, expect, spread


def data_and_acks_apart() -> list[Entry]:
    """1: the host's data on one member, the switch's ACKs on the other."""
    scene = Scene("01")
    scene.lacp(4)
    scene.chatter(4)
    scene.arp(scene.local, remote(1), 1.1, tx="nic1", rx="nic2")
    bursts = every(1.2, 3.2, 0.02)
    stream = scene.connect(Connection(scene.local, remote(1), 50107, 6600, True, bursts, tx="nic1", rx="nic2"))
    return [
        Entry(
            "01-data-and-acks-apart",
            1,
            "Data leaves on one member, its ACKs come in on the other",
            "T sends one Hyper-V migration to R1: all TX on nic1, all RX on nic2; LACP healthy on both.",
            BOTH,
            "Placement is judged per stream-direction (section 5): both are single, so pinned holds; with one remote "
            "host nothing could spread, and one stream on one member is by design (section 6).",
            expect("pass", "not-applicable", scene.directions([stream]), numbers={"direction": "tx", "hosts": 1}),
            pcaps(scene),
        )
    ]


def one_pair_four_streams() -> list[Entry]:
    """2: four migrations between the same two hosts share a member."""
    scene = Scene("02")
    scene.lacp(4)
    scene.chatter(4, tx="nic1", rx="nic2")
    scene.arp(scene.local, remote(1), 1.05, tx="nic1", rx="nic2")
    streams = [
        Connection(
            scene.local,
            remote(1),
            50101 + 3 * i,
            6600,
            True,
            every(1.2 + 0.11 * i, 2.2 + 0.11 * i, 0.02),
            tx="nic1",
            rx="nic1",
            isn=0xFFFFC000 + 0x1111 * i,
        )
        for i in range(4)
    ]
    for stream in streams:
        scene.connect(stream)
    return [
        Entry(
            "02-one-pair-four-streams",
            2,
            "Four migrations between two hosts, all on one member",
            "T sends four Hyper-V migrations to R1 from four source ports; everything on nic1, nic2 healthy with LACP "
            "and pings. Sequence numbers wrap during the streams.",
            BOTH,
            "Each stream-direction is single; four streams of one host pair are one remote host (H = 1 < 2), so "
            "spread is not applicable, one pair on one member is by design, and equal placement under an IP or MAC key "
            "refutes no key.",
            expect(
                "pass",
                "not-applicable",
                scene.directions(streams),
                numbers={"direction": "tx", "hosts": 1},
                policy_not_refuted={"tx": ["mac", "dst", "ip", "4tuple"], "rx": ["mac", "dst", "ip", "4tuple"]},
            ),
            pcaps(scene),
        )
    ]


def round_robin_sender() -> list[Entry]:
    """4a: balance-rr seen at the sender."""
    scene = Scene("04a")
    scene.chatter(4)
    scene.arp(scene.local, remote(1), 1.1, tx="nic1", rx="nic1")
    stream = Connection(
        scene.local,
        remote(1),
        50107,
        6600,
        True,
        every(1.2, 3.2, 0.02),
        burst=4,
        rx="nic1",
        tx=lambda at, number: ("nic1", "nic2")[number % 2],
    )
    scene.connect(stream)
    return [
        Entry(
            "04a-round-robin-sender",
            4,
            "One stream sprayed packet by packet, seen where it is sent",
            "T sends one Hyper-V migration to R1, packets alternating between nic1 and nic2 (disjoint byte ranges), "
            "one clock, no LACP (a static channel); ACKs come in on nic1.",
            BOTH,
            "Half the packets on each member, a switch at every step, also between neighbours in sequence and IP ID "
            "order: sprayed fails pinned (sections 5 and 6); where it is sent reordering cannot be seen. H = 1.",
            expect(
                "fail",
                "not-applicable",
                scene.directions([stream], tx="sprayed"),
                numbers={"hosts": 1},
                reordered={stream.flow(True): []},
            ),
            pcaps(scene),
        )
    ]


def round_robin_receiver() -> list[Entry]:
    """4b: the same at the receiver, where one path is at times slower."""
    scene = Scene("04b")
    scene.chatter(4)
    scene.arp(remote(1), scene.local, 1.1, tx="nic1", rx="nic1")
    slow = every(1.2, 3.2, 0.08)

    def queue(at: int, outbound: bool) -> int:
        return at + (0 if outbound or not any(0 <= at - begin < 3_000_000 for begin in slow) else 400_000)

    scene.clocks["nic2"] = queue
    stream = Connection(
        remote(1),
        scene.local,
        50107,
        6600,
        False,
        every(1.2, 3.2, 0.04),
        burst=8,
        tx="nic1",
        ack_every=8,
        ack_after_ns=700_000,
        rx=lambda at, number: ("nic1", "nic2")[number % 2],
    )
    scene.connect(stream)
    return [
        Entry(
            "04b-round-robin-receiver",
            4,
            "One stream sprayed packet by packet, seen where it arrives",
            "R1 sends one Hyper-V migration to T over a switch that alternates packets; in every second burst the path "
            "to nic2 has a queue of 0.4 ms, so packets overtake each other. No offset of clocks explains that.",
            BOTH,
            "Sprayed as at the sender, and judged in sequence order; reordering exists at the receiver only. H = 1.",
            expect(
                "fail",
                "not-applicable",
                scene.directions([stream], rx="sprayed"),
                numbers={"hosts": 1},
                reordered={stream.flow(True): [1, 400]},
            ),
            pcaps(scene),
        )
    ]


def port_reuse() -> list[Entry]:
    """16: a 5-tuple used twice is two streams."""
    scene = Scene("16")
    scene.lacp(7)
    scene.chatter(7)
    streams = arrivals(scene, ["nic1", "nic2"], ["nic2", "nic1"])
    again = Connection(
        remote(1),
        scene.local,
        streams[0].sport,
        6600,
        False,
        every(4.5, 5.5, 0.02),
        tx="nic1",
        rx="nic2",
        isn=0x7A110000,
    )
    scene.connect(again)
    streams.append(again)
    return [
        Entry(
            "16-port-reuse",
            16,
            "The same 5-tuple again, with a new SYN, on the other member",
            "R1 and R2 each send a migration to T, R1's on nic1 and R2's on nic2. R1's is closed; 2.3 s later R1 uses "
            "the same source port again: new ISN, data on nic2.",
            BOTH,
            "A new SYN with a new ISN is a new stream (section 4): three streams, each single in each direction. R1's "
            "streams start on two members, so the unit is the stream: (1,2) on 2 members, p = (1+3+3+1)/8 = 1.",
            expect(
                "pass",
                "pass",
                scene.directions(streams),
                numbers=spread("rx", {"nic1": 1, "nic2": 2}, 1.0, "stream", hosts=2),
            ),
            pcaps(scene),
        )
    ]


def multifd() -> list[Entry]:
    """20: QEMU multifd over IPv6 in a VLAN."""
    scene = Scene("20")
    scene.lacp(4)
    scene.chatter(4)
    streams = []
    for i in range(5):
        head = b"QEVM" + struct.pack(">I", 3) if i == 0 else struct.pack(">II", 0x11223344, 1)
        first = head + filler(32 if i == 0 else 85, 900 + i)
        data, acks = (("nic2", "nic1"), ("nic1", "nic1"), ("nic1", "nic2"), ("nic2", "nic2"), ("nic1", "nic1"))[i]
        bursts = every(1.2 + 0.004 * i, 2.2, 0.02 if i else 0.1)
        stream = Connection(
            remote(1, 6),
            target(6),
            38720 + 2 * i,
            49152,
            False,
            bursts,
            tx=acks,
            rx=data,
            segment=1428,
            first=first,
            vlan=42,
            isn=0x2B000000 + 0x0F0F0F0F * i,
        )
        streams.append(scene.connect(stream))
    return [
        Entry(
            "20-multifd",
            20,
            "QEMU multifd: a main channel and four data channels to one port",
            "R1 migrates one guest to T over five TCP streams to port 49152, IPv6 in VLAN 42. The first payload is "
            "QEVM on the main channel, 11 22 33 44 on the others. Data: main nic2, channels nic1, nic1, nic2, nic1.",
            BOTH,
            "The magic makes port 49152 a migration (section 4): one migration of five streams, placed channel by "
            "channel, each direction single. One remote address: H = 1, and its streams use both members: pass.",
            expect(
                "pass",
                "not-applicable",
                scene.directions(streams),
                numbers={"direction": "rx", "hosts": 1},
                overall="pass",
                kinds=["qemu"],
                migrations=[5],
            ),
            pcaps(scene),
        )
    ]
