"""Captures that are quiet, empty, cut, of mixed formats or of unequal length: scenario 18."""

from __future__ import annotations

from kit.connection import Connection, Place, every
from kit.control import echo
from kit.entry import Entry, File, pcaps
from kit.hosts import BASE_NS, GATEWAY, remote
from kit.scene import Scene
from kit.writers import Interface, pcap, pcapng

from scenarios.common import BOTH, arrivals, expect, spread

_S = 1_000_000_000
_EVEN = {"nic1": 2, "nic2": 2}
_EVEN_WHY = "(2,2) on 2 members: p = 16/16 = 1."


def idle_member() -> list[Entry]:
    """18a: a header and no packets."""
    scene = Scene("18a")
    scene.chatter(4)
    streams = arrivals(scene, ["nic1"] * 4, ["nic1"] * 4, stop_s=1.7)
    return [
        Entry(
            "18a-idle-member",
            18,
            "One member's capture has a header and no packets",
            "R1 to R4 migrate to T, everything on nic1, no LACP; nic2's file is a pcap header alone.",
            BOTH,
            "A capture with a header and no packets is usable, and a quiet member counts: (4,0) on 2, p = 2/16 = "
            "0.125: spread inconclusive, pinned not undermined (sections 3 and 6).",
            expect(
                "pass", "inconclusive", scene.directions(streams), numbers=spread("rx", {"nic1": 4, "nic2": 0}, 0.125)
            ),
            pcaps(scene),
        )
    ]


def empty_file() -> list[Entry]:
    """18b: no bytes at all."""
    scene = Scene("18b")
    scene.chatter(4)
    arrivals(scene, ["nic1"] * 4, ["nic1"] * 4, stop_s=1.7)
    files = pcaps(scene) | {"nic2.pcap": File(b"", 0, readable=False)}
    return [
        Entry(
            "18b-empty-file",
            18,
            "One member's file is empty",
            "As 18a, but nic2.pcap has not even a header: 0 bytes.",
            BOTH,
            "A file of 0 bytes is no capture: a member that cannot be read undermines a pass, and one captured member "
            "says nothing of spread: both inconclusive (section 6), exit 3 (section 3).",
            expect("inconclusive", "inconclusive"),
            files,
        )
    ]


def cut_file() -> list[Entry]:
    """18c: the last record is cut."""
    scene = Scene("18c")
    scene.chatter(4)
    streams = arrivals(scene, ["nic1", "nic2"] * 2, ["nic2", "nic2", "nic1", "nic1"], stop_s=1.7)
    last = echo(GATEWAY, scene.local, 4242)
    scene.put(4 * _S, last, outbound=False, on="nic2")
    files = pcaps(scene)
    whole = files["nic2.pcap"]
    files["nic2.pcap"] = File(whole.data[:-40], whole.packets - 1)
    return [
        Entry(
            "18c-cut-file",
            18,
            "One member's file ends in the middle of a record",
            "R1 to R4 migrate to T, two on each member; the last record of nic2, a ping, lacks its last 40 bytes.",
            BOTH,
            "A cut last record is not damage in the middle: it is counted by a notice and undermines nothing (section "
            "6). " + _EVEN_WHY,
            expect(
                "pass",
                "pass",
                scene.directions(streams),
                numbers=spread("rx", _EVEN, 1.0),
                notices=["record_truncated"],
                truncated=["nic2"],
            ),
            files,
        )
    ]


def mixed_formats() -> list[Entry]:
    """18d: three formats, one clock."""
    names = ("nic1", "nic2", "nic3")
    scene = Scene("18d", names)
    scene.lacp(4)
    scene.chatter(4)
    streams = arrivals(scene, names * 2, ("nic3", "nic1", "nic2") * 2, stop_s=1.7)
    packets = scene.packets
    files = {
        "nic1.pcap": File(pcap(packets["nic1"], big_endian=True), len(packets["nic1"])),
        "nic2.pcap": File(pcap(packets["nic2"], nano=True), len(packets["nic2"])),
        "nic3.pcapng": File(
            pcapng([Interface(packets["nic3"], "nic3", resolution=0x80 | 30, flags=False)], big_endian=True),
            len(packets["nic3"]),
        ),
    }
    return [
        Entry(
            "18d-mixed-formats",
            18,
            "Three members in three formats",
            "R1 to R6 migrate to T over three members: a big-endian pcap in microseconds, a little-endian pcap in "
            "nanoseconds, a big-endian pcapng in ticks of 2^-30 s. Data on nic1, nic2, nic3 in turn, ACKs on another.",
            sorted(files),
            "The format of a capture changes nothing: all single, (2,2,2) on 3 members is the likeliest outcome: p = "
            "1.",
            expect("pass", "pass", scene.directions(streams), numbers=spread("rx", dict.fromkeys(names, 2), 1.0)),
            files,
        )
    ]


def _windowed(
    scene: Scene, spans: dict[str, tuple[float, float]], runs: dict[str, tuple[float, float]]
) -> list[Connection]:
    """Two migrations on each member, which go on over `runs` seconds; captures hold `spans` seconds."""

    def within(member: str) -> Place:
        begin, end = (round(t * _S) for t in spans[member])
        return lambda at, number: member if begin <= at < end else None

    streams = []
    for i in range(1, 5):
        member = scene.members[(i - 1) // 2]
        begin, end = runs[member]
        stream = Connection(
            remote(i),
            scene.local,
            50100 + 7 * i,
            6600,
            False,
            every(begin + 0.031 * i, end, 0.35),
            tx=within(member),
            rx=within(member),
            isn=0x21000000 * i,
        )
        streams.append(scene.connect(stream))
    for member, (begin, end) in spans.items():
        scene.lacp(end, start_s=begin, members=[member])
        scene.chatter(end, start_s=begin + 0.25, tx=member, rx=member)
    return streams


def unequal() -> list[Entry]:
    """18e: overlapping windows."""
    scene = Scene("18e")
    streams = _windowed(scene, {"nic1": (0, 20), "nic2": (8, 30)}, {"nic1": (1, 28), "nic2": (2, 29)})
    return [
        Entry(
            "18e-unequal-windows",
            18,
            "The captures begin and end at different times, and overlap",
            "R1, R2 (nic1) and R3, R4 (nic2) migrate to T over 27 s. nic1 was captured from 0 to 20 s, its streams go "
            "on after that; nic2 from 8 to 30 s, so its streams are captured from the middle, without a SYN.",
            BOTH,
            "Windows that overlap, and a capture that starts in mid-stream, undermine nothing (section 6). "
            + _EVEN_WHY,
            expect("pass", "pass", scene.directions(streams), numbers=spread("rx", _EVEN, 1.0)),
            pcaps(scene),
        )
    ]


def disjoint() -> list[Entry]:
    """18f: windows without overlap, and the files say so."""
    scene = Scene("18f")
    spans = {"nic1": (0.0, 10.0), "nic2": (20.0, 30.0)}
    streams = _windowed(scene, spans, {"nic1": (1, 9), "nic2": (21, 29)})
    files = {}
    for name, (begin, end) in spans.items():
        window = (BASE_NS + round(begin * _S), BASE_NS + round(end * _S))
        interface = Interface(scene.packets[name], name, flags=False, window=window)
        files[f"{name}.pcapng"] = File(pcapng([interface]), len(scene.packets[name]))
    return [
        Entry(
            "18f-disjoint-windows",
            18,
            "The captures do not overlap in time",
            "R1 and R2 migrate to T in nic1's capture (0 to 10 s), R3 and R4 in nic2's (20 to 30 s); the pcapng "
            "interface statistics give begin and end of each capture.",
            ("nic1.pcapng", "nic2.pcapng"),
            "Windows known not to overlap undermine a pass (section 6): all directions are single and (2,2) would "
            "pass, but both claims are inconclusive.",
            expect("inconclusive", "inconclusive", scene.directions(streams)),
            files,
        )
    ]
