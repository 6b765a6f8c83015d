"""What is no data: group-addressed frames and LACP (scenarios 9 and 13)."""

from __future__ import annotations

from kit.control import arp_request, lldp
from kit.entry import Entry, pcaps
from kit.hosts import SWITCH_A, SWITCH_B, remote
from kit.scene import Scene

from scenarios.common import BOTH, arrivals, expect, spread

_EVEN = {"nic1": 2, "nic2": 2}
_EVEN_WHY = "(2,2) on 2 members is the likeliest outcome: p = 16/16 = 1."


def _neighbours(scene: Scene, until_s: int) -> None:
    for i, name in enumerate(scene.members):
        frame = lldp(f"{SWITCH_A[:-2]}{0x41 + i:02x}", f"Ethernet{i + 1}", "leaf-a")
        for second in range(1, until_s, 30):
            scene.put(second * 10**9 + 40_000_000 * i, frame, outbound=False, on=name)


def group_addressed() -> list[Entry]:
    """9a: broadcasts and LACPDUs on both members, each frame on one."""
    scene = Scene("09a")
    scene.lacp(5)
    scene.chatter(5)
    _neighbours(scene, 5)
    streams = arrivals(scene, ["nic1", "nic2"] * 2, ["nic2", "nic2", "nic1", "nic1"], arp=False)
    for number in range(1, 41):
        frame = arp_request(remote(number), f"10.66.0.{150 + number}")
        scene.put(90_000_000 * number, frame, outbound=False, on=f"nic{1 + number % 2}")
    return [
        Entry(
            "09a-group-addressed",
            9,
            "Broadcast ARP, LLDP and LACPDUs on both members",
            "R1 to R4 migrate to T, two on each member; 40 hosts' broadcast ARP requests arrive, each on one member "
            "as an aggregating switch sends them; LACPDUs once a second and LLDP on both.",
            BOTH,
            "Group-addressed frames are not placed; as none arrives on both members nothing says that the switch does "
            "not aggregate. " + _EVEN_WHY,
            expect("pass", "pass", scene.directions(streams), numbers=spread("rx", _EVEN, 1.0), usable=scene.members),
            pcaps(scene),
        )
    ]


def flooded() -> list[Entry]:
    """9b: every broadcast arrives on both members."""
    scene = Scene("09b")
    scene.clocks["nic2"] = lambda at, outbound: at + 2_000
    scene.chatter(5)
    scene.own_macs["nic2"] = "00:15:5d:42:00:72"
    streams = arrivals(scene, ["nic1"] * 4, ["nic1", "nic2"] * 2, arp=False)
    for number in range(1, 41):
        frame = arp_request(remote(number), f"10.66.0.{150 + number}")
        scene.put(90_000_000 * number, frame, outbound=False, on=("nic1", "nic2"))
    return [
        Entry(
            "09b-flooded",
            9,
            "Every broadcast arrives on both members: the switch does not aggregate",
            "R1 to R4 migrate to T without LACP: all data on nic1, ACKs on both members, from nic2 with its own "
            "source MAC; 40 hosts' broadcast ARP requests arrive on both members, 2 us apart, as separate ports of a "
            "switch get them.",
            BOTH,
            "Broadcasts that arrive on all members prove that the switch does not aggregate, so what arrives can only "
            "use one member: spread fails (section 6, rule 1). That nic2 sends with its own MAC leaves the switch-independent "
            "family alone, which means it: by design.",
            expect(
                "pass", "fail", scene.directions(streams), numbers={"direction": "rx", "hosts": 4}, overall="by-design"
            ),
            pcaps(scene, nano=True),
        )
    ]


def bundle_proven() -> list[Entry]:
    """13a: slow LACP, healthy."""
    scene = Scene("13a")
    scene.lacp(66, period_s=30, start_s=0.2, host_state=0x3D, switch_state=0x3D)
    scene.chatter(8)
    _neighbours(scene, 62)
    streams = arrivals(scene, ["nic1", "nic2"] * 2, ["nic1"] * 4, start_s=2, stop_s=50, step_s=1.1)
    return [
        Entry(
            "13a-bundle-proven",
            13,
            "LACP with slow timers, healthy on both members",
            "R1 to R4 migrate to T over 48 s, two on each member. LACPDUs every 30 s from both sides: one partner "
            "system and key, ports 101 and 102, state 0x3d everywhere.",
            BOTH,
            "Sync, Collecting and Distributing from both sides during the transfer: both members are usable (section "
            "6). " + _EVEN_WHY,
            expect(
                "pass",
                "pass",
                scene.directions(streams),
                numbers=spread("rx", _EVEN, 1.0),
                usable=scene.members,
                lacp={
                    "nic1": {"partner_system": SWITCH_A, "partner_key": 5, "partner_port": 101, "partner_state": 0x3D},
                    "nic2": {"partner_system": SWITCH_A, "partner_key": 5, "partner_port": 102, "partner_state": 0x3D},
                },
            ),
            pcaps(scene),
        )
    ]


def two_switches() -> list[Entry]:
    """13b: each member ends in another switch."""
    scene = Scene("13b")
    scene.lacp(4, members=["nic1"])
    scene.lacp(4, members=["nic2"], switch=SWITCH_B, host_state=0x07, switch_state=0x0F)
    scene.chatter(4)
    streams = arrivals(scene, ["nic1"] * 3, ["nic1"] * 3)
    return [
        Entry(
            "13b-two-switches",
            13,
            "The members are cabled to two switches that are not one LACP system",
            "R1 to R3 migrate to T. LACP once a second: nic1 is in a bundle with switch A (0x3f both ways), nic2 "
            "talks to switch B: another partner system, host 0x07 (out of sync), switch 0x0f; nic2 carries no data.",
            BOTH,
            "nic2 never has Sync, Collecting and Distributing from both sides: not usable, n = 1 while the team has "
            "more: spread fails with that reason (section 6, rule 1).",
            expect(
                "pass",
                "fail",
                scene.directions(streams),
                numbers={"direction": "rx", "hosts": 3},
                usable=["nic1"],
                lacp={
                    "nic1": {"partner_system": SWITCH_A},
                    "nic2": {"partner_system": SWITCH_B, "partner_state": 0x0F},
                },
            ),
            pcaps(scene),
        )
    ]


def no_lacpdu() -> list[Entry]:
    """13c: a capture too short for slow LACP."""
    scene = Scene("13c")
    scene.chatter(20)
    streams = arrivals(scene, ["nic1", "nic2"] * 2, ["nic2"] * 4, start_s=1, stop_s=19, step_s=0.4)
    return [
        Entry(
            "13c-no-lacpdu",
            13,
            "Twenty seconds without a LACPDU",
            "R1 to R4 migrate to T, two on each member, in a capture of 20 s that falls between two LACPDUs of slow "
            "timers. T's source MAC is the same on both members.",
            BOTH,
            "Without LACPDUs the bundle is neither proven nor refuted (lacp unknown) and every member counts as "
            "usable; the claims rest on the data (section 6). " + _EVEN_WHY,
            expect(
                "pass",
                "pass",
                scene.directions(streams),
                numbers=spread("rx", _EVEN, 1.0),
                usable=scene.members,
                lacp={"nic1": {"bundled": "unknown"}, "nic2": {"bundled": "unknown"}},
            ),
            pcaps(scene),
        )
    ]
