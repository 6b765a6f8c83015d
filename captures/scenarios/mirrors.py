"""The same packets in two captures: scenario 5."""

from __future__ import annotations

from kit.connection import Connection, every
from kit.entry import Entry, pcaps
from kit.hosts import remote
from kit.scene import Scene

from scenarios.common import BOTH, arrivals, expect


def same_packets_twice() -> list[Entry]:
    """5a: a stream recorded on both members."""
    scene = Scene("05a")
    scene.clocks["nic2"] = lambda at, outbound: at + 3_000
    scene.chatter(4)
    scene.chatter(4, tx="nic2", rx="nic2", start_s=0.3)
    both = ("nic1", "nic2")
    stream = Connection(remote(1), scene.local, 50107, 6600, False, every(1.2, 3.2, 0.02), tx=both, rx=both)
    scene.connect(stream)
    return [
        Entry(
            "05a-same-packets-twice",
            5,
            "A stream recorded on both members, 3 us apart",
            "R1 sends one Hyper-V migration to T; every packet of both directions is in both captures, in nic2's "
            "always 3 us later. Each capture also has pings of its own, so none is the union of the other. No "
            "broadcast.",
            BOTH,
            "Equal frames at a constant offset that does not change sign with direction are one packet seen twice: "
            "mirrored, which holds for pinned (sections 5 and 6); rows still count every record. H = 1.",
            expect("pass", "not-applicable", scene.directions([stream], "mirrored", "mirrored"), numbers={"hosts": 1}),
            pcaps(scene, nano=True),
        )
    ]


def both_ends() -> list[Entry]:
    """5b: both ends of a link given as one team."""
    scene = Scene("05b", ("source", "destination"))
    wire_ns = 90_000
    scene.clocks["destination"] = lambda at, outbound: at + wire_ns if outbound else at - wire_ns
    scene.chatter(4, tx="source", rx="source")
    both = ("source", "destination")
    stream = Connection(scene.local, remote(1), 50107, 6600, True, every(1.2, 3.2, 0.02), tx=both, rx=both)
    scene.connect(stream)
    other = Scene("05b other", ("destination",), remote(1))
    arrivals(other, ["destination"], ["destination"], first_host=2, stop_s=1.6)
    scene.packets["destination"] += other.packets["destination"]
    return [
        Entry(
            "05b-both-ends",
            5,
            "Captures of two hosts given as one team",
            "T sends a migration to R1, captured at T (source) and at R1 (destination), 90 us apart: data is seen at T "
            "first, ACKs at R1 first. The destination's capture also has a migration from R2 to R1.",
            ("source.pcap", "destination.pcap"),
            "The offset of equal frames changes sign with direction, so these are two hosts (section 5): both claims "
            "inconclusive, exit 3, and the two commands to run instead.",
            expect("inconclusive", "inconclusive"),
            pcaps(scene, nano=True),
        )
    ]
