"""What capture tools do to packets and files: scenarios 10 and 11."""

from __future__ import annotations

import struct
from typing import Any

from kit.connection import Connection, every
from kit.entry import Entry, File, pcaps
from kit.hosts import remote
from kit.scene import Scene
from kit.writers import Interface, Packet, pcap, pcapng

from scenarios.common import BOTH, arrivals, expect, spread

_EVEN_WHY = "(2,2) on 2 members: p = 16/16 = 1."


def large_send() -> list[Entry]:
    """10: segmentation offload."""
    scene = Scene("10")
    scene.lacp(4)
    scene.chatter(4)
    streams = []
    for i, (member, port) in enumerate((("nic1", 6600), ("nic2", 49153)), 1):
        scene.arp(scene.local, remote(i), 1.0 + 0.02 * i, tx=member, rx="nic1")
        stream = Connection(
            scene.local,
            remote(i),
            50100 + 7 * i,
            port,
            True,
            every(1.2, 2.2, 0.02),
            tx=member,
            rx="nic1",
            burst=1,
            segment=45 * 1448,
            ack_every=1,
            offload=True,
            isn=0xF0000000 + i,
        )
        streams.append(scene.connect(stream))
    return [
        Entry(
            "10-large-send",
            10,
            "Frames before segmentation: IPv4 total length 0",
            "T sends two migrations with large send offload, to R1 (port 6600, nic1) and R2 (port 49153, nic2): "
            "frames of 65226 bytes, IPv4 total length 0, checksum over the pseudo header only, 128 bytes captured.",
            BOTH,
            "Lengths are original lengths, and payload follows the frame where the IP length is 0 (section 7). 3.3 MB "
            "in one direction make port 49153 a migration without a magic (section 4). (1,1) on 2 members: p = 1.",
            expect("pass", "pass", scene.directions(streams), numbers=spread("tx", {"nic1": 1, "nic2": 1}, 1.0)),
            pcaps(scene),
        )
    ]


def two_vlans_one_member() -> list[Entry]:
    """11a: etl2pcapng names."""
    scene = Scene("11a", ("12", "14"))
    scene.lacp(4)
    scene.chatter(4, tx="12", rx="12")
    streams = arrivals(scene, ["12", "14"] * 2, ["12", "12", "14", "14"])
    sides: tuple[list[Packet], list[Packet]] = ([], [])
    for number, packet in enumerate(sorted(scene.packets["12"], key=Packet.order)):
        sides[number % 2 if packet.wire_len > 1000 else 0].append(packet)
    mac = scene.local.mac
    interfaces = [
        Interface(sides[0], "eth:12:0", mac, 10**10, 7),
        Interface(sides[1], "eth:12:30", mac, 10**10, 7),
        Interface(scene.packets["14"], "eth:14:0", "00:15:5d:42:00:72", 10**10, 7),
    ]
    total = sum(map(len, scene.packets.values()))
    return [
        Entry(
            "11a-two-vlans-one-member",
            11,
            "One pcapng from etl2pcapng: a member recorded as two interfaces",
            "R1 to R4 migrate to T over two members, in one pcapng with three interfaces: eth:12:0 and eth:12:30 are "
            "the first member (its data packets alternate between them), eth:14:0 the second; epb_flags, 100 ns "
            "ticks.",
            ("host.pcapng",),
            "eth:IFINDEX:VLAN interfaces merge on IFINDEX (section 3): two members and nothing sprayed. " + _EVEN_WHY,
            expect(
                "pass",
                "pass",
                scene.directions(streams, named=False),
                member_count=2,
                numbers=_unnamed(spread("rx", {"12": 2, "14": 2}, 1.0)),
            ),
            {"host.pcapng": File(pcapng(interfaces), total)},
        )
    ]


def _unnamed(numbers: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in numbers.items() if key != "counts"}


def _cooked(packet: Packet, interface: int | None) -> Packet:
    """A frame as `-i any` gives it: SLL2 with an interface index, or SLL without one."""
    frame = packet.frame
    kind = 4 if packet.outbound else 0
    if not packet.outbound and frame[0] & 1:
        kind = 1 if frame[:6] == b"\xff" * 6 else 2
    address, protocol = frame[6:12] + bytes(2), frame[12:14]
    if interface is None:
        header = struct.pack(">HHH", kind, 1, 6) + address + protocol
    else:
        header = protocol + struct.pack(">HIHBB", 0, interface, 1, kind, 6) + address
    return Packet(packet.ts_ns, header + frame[14:], packet.outbound, packet.wire_len - 14 + len(header))


def _any(scene: Scene, sll2: bool) -> File:
    """Each unicast packet on its member and on the bond above it, as one capture of all interfaces records it."""
    out = []
    for index, name in enumerate(scene.members, 2):
        for packet in scene.packets[name]:
            out.append(_cooked(packet, index if sll2 else None))
            if packet.frame[0] & 1 and packet.frame[12:14] in (b"\x88\x09", b"\x88\xcc"):
                continue
            above = Packet(
                packet.ts_ns + (-1000 if packet.outbound else 1000), packet.frame, packet.outbound, packet.wire_len
            )
            out.append(_cooked(above, 4 if sll2 else None))
    return File(pcap(out, link_type=276 if sll2 else 113, nano=sll2), len(out))


def any_sll() -> list[Entry]:
    """11b: the member is lost."""
    scene = Scene("11b")
    scene.chatter(4)
    arrivals(scene, ["nic1", "nic2"] * 2, ["nic1"] * 4, stop_s=1.8)
    return [
        Entry(
            "11b-any-sll",
            11,
            "A capture of all interfaces that does not say which (SLL)",
            "R1 to R4 migrate to T over two members; tcpdump -i any recorded each packet on the member and on the "
            "bond, with link type 113, which has no interface.",
            ("any.pcap",),
            "SLL version 1 loses the member: both claims are inconclusive with that reason (section 3).",
            expect("inconclusive", "inconclusive"),
            {"any.pcap": _any(scene, False)},
        )
    ]


def any_sll2() -> list[Entry]:
    """11c: the member is the interface index, the bond is an aggregate."""
    scene = Scene("11c")
    scene.lacp(4)
    scene.chatter(4)
    streams = arrivals(scene, ["nic1", "nic2"] * 2, ["nic1", "nic1", "nic2", "nic2"], stop_s=1.8)
    rows = scene.directions(streams, named=False)
    for row in rows:
        row["sizes"] = [[packets, wire + 6 * packets, payload] for packets, wire, payload in row["sizes"]]
    return [
        Entry(
            "11c-any-sll2",
            11,
            "A capture of all interfaces that says which (SLL2)",
            "R1 to R4 migrate to T over eth0 (index 2) and eth1 (index 3); tcpdump -i any recorded each packet also on "
            "the bond (index 4), 1 us apart; LACPDUs on the members only. Link type 276, nanoseconds.",
            ("any.pcap",),
            "SLL2 is split by interface index, and an interface that carries the union of the others is the aggregate, "
            "left out of placement (section 3). A frame is 6 bytes longer than on Ethernet. " + _EVEN_WHY,
            expect("pass", "pass", rows, numbers=_unnamed(spread("rx", {"a": 2, "b": 2}, 1.0))),
            {"any.pcap": _any(scene, True)},
        )
    ]
