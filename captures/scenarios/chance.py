"""How hosts fall on members by chance: scenario 3."""

from __future__ import annotations

from kit.entry import Entry, pcaps
from kit.scene import Scene

from scenarios.common import BOTH, arrivals, expect, spread


def four_hosts() -> list[Entry]:
    """3a: four hosts on one of two members."""
    scene = Scene("03a")
    scene.lacp(4)
    scene.chatter(4, tx="nic2", rx="nic2")
    streams = arrivals(scene, ["nic1"] * 4, ["nic1", "nic2"] * 2, vlan=42)
    return [
        Entry(
            "03a-four-hosts-one-member",
            3,
            "Four source hosts, all on one of two members",
            "R1 to R4 each send a Hyper-V migration to T (VLAN 42): all data on nic1, ACKs on both; nic2 healthy.",
            BOTH,
            "Section 6, rules 3 and 4: (4,0) on 2 members has p = 2/16 = 0.125, not below 0.01, and only one member is "
            "used: inconclusive, 1 time in 8.",
            expect(
                "pass", "inconclusive", scene.directions(streams), numbers=spread("rx", {"nic1": 4, "nic2": 0}, 0.125)
            ),
            pcaps(scene),
        )
    ]


def twelve_hosts() -> list[Entry]:
    """3b: twelve hosts on one of two members."""
    scene = Scene("03b")
    scene.lacp(4)
    scene.chatter(4, tx="nic2", rx="nic2")
    streams = arrivals(scene, ["nic1"] * 12, ["nic1", "nic2"] * 6, step_s=0.05)
    p_value = 2 / 4096
    return [
        Entry(
            "03b-twelve-hosts-one-member",
            3,
            "Twelve source hosts, all on one of two members",
            "R1 to R12 each send a Hyper-V migration to T: all data on nic1, ACKs on both; nic2 healthy.",
            BOTH,
            "Section 6, rule 4: (12,0) on 2 members has p = 2/4096 = 0.000488, below 0.01: fail.",
            expect("pass", "fail", scene.directions(streams), numbers=spread("rx", {"nic1": 12, "nic2": 0}, p_value)),
            pcaps(scene),
        )
    ]
