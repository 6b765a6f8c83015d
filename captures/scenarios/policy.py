"""Members predicted by a known hash: scenarios 14 and 17."""

from __future__ import annotations

from typing import Any

from kit.chance import exact_p, layer34, layer34_fragment
from kit.connection import Connection, every
from kit.control import datagram
from kit.entry import Entry, pcaps
from kit.hosts import TEAM_SYSTEM, Host, remote
from kit.scene import Scene

from scenarios.common import BOTH, expect, spread

_PORTS = {21: (49664, 49665, 49666, 49668), 22: (49670, 49673, 49676, 49679), 23: (49701, 49704, 49707, 49710)}


def _vectors(n: int, letter: str, table: str) -> list[Entry]:
    members = [f"nic{i + 1}" for i in range(n)]
    scene = Scene(f"14{letter}", members, Host("T", TEAM_SYSTEM, "10.0.0.11"))
    scene.lacp(4)
    local6 = Host("T", TEAM_SYSTEM, "2001:db8::11")
    pairs = [
        (scene.local, Host(f"R{last}", f"00:15:5d:42:02:{last:02x}", f"10.0.0.{last}"), port)
        for last, ports in _PORTS.items()
        for port in ports
    ]
    pairs.append((local6, Host("R21", "00:15:5d:42:02:15", "2001:db8::21"), 50000))
    streams: list[Connection] = []
    counts = dict.fromkeys(members, 0)
    for i, (local, peer, port) in enumerate(pairs):
        member = members[layer34(local.ip, peer.ip, port, 6600) % n]
        counts[member] += 1
        replies = members[int(peer.mac[-2:], 16) % n]
        stream = Connection(
            local,
            peer,
            port,
            6600,
            True,
            every(1.2 + 0.0113 * i, 2.2 + 0.0113 * i, 0.05),
            tx=member,
            rx=replies,
            isn=0x0A000000 * i + 77,
            segment=1428 if local is local6 else 1448,
        )
        streams.append(scene.connect(stream))
    shares = ",".join(str(count) for count in counts.values())
    numbers = spread("tx", counts, exact_p(list(counts.values())), "stream", hosts=4)
    policy: dict[str, Any] = {
        "tx": {"layer2": "refuted", "layer2+3": "refuted", "layer3+4": "fits", "encap3+4": "untestable"}
    }
    return [
        Entry(
            f"14{letter}-layer34-{n}-members",
            14,
            f"Linux layer3+4 over {n} members",
            f"T (10.0.0.11, 2001:db8::11) sends 13 migrations to three hosts over an 802.3ad bond of {n}: the member "
            f"is the layer3+4 value modulo {n}, in the order nic1 to nic{n}. The domain's vectors are among them: "
            f"ports 49664, 49665, 49666, 49668 to 10.0.0.21 give {table}; IPv6 port 50000 gives 1. The switch goes by "
            "the remote host.",
            [f"{name}.pcap" for name in members],
            f"All single. One host's streams start on several members, so the unit is the stream: ({shares}), exact "
            f"multinomial p. Only layer3+4 explains all placements; encap3+4 hashes the socket and cannot be computed.",
            expect("pass", "pass", scene.directions(streams), numbers=numbers, policy=policy),
            pcaps(scene),
        )
    ]


def two_members() -> list[Entry]:
    """14a."""
    return _vectors(2, "a", "0, 0, 1, 0")


def three_members() -> list[Entry]:
    """14b."""
    return _vectors(3, "b", "2, 0, 2, 1")


def four_members() -> list[Entry]:
    """14c."""
    return _vectors(4, "c", "2, 2, 3, 0")


def fragments() -> list[Entry]:
    """17: a UDP flow whose fragments and whole datagrams take different members."""
    scene = Scene("17")
    scene.lacp(5)
    scene.chatter(5)
    local, peer = scene.local, remote(1)
    cut = layer34_fragment(local.ip, peer.ip) % 2
    port = next(p for p in range(700, 800) if layer34(local.ip, peer.ip, 2049, p) % 2 != cut)
    for number in range(60):
        length = 8192 if number % 2 else 1000
        for i, frame in enumerate(datagram(local, peer, (2049, port), length, number)):
            on = f"nic{1 + (cut if number % 2 else 1 - cut)}"
            scene.put(1_000_000_000 + 40_000_000 * number + 12_000 * i, frame, outbound=True, on=on)
    streams = []
    counts = {"nic1": 0, "nic2": 0}
    for i in (1, 2, 3):
        want = (0, 1, 1)[i - 1]
        sport = next(p for p in range(50100 + 7 * i, 60000) if layer34(local.ip, remote(i).ip, p, 6600) % 2 == want)
        member = f"nic{want + 1}"
        counts[member] += 1
        scene.arp(local, remote(i), 0.8 + 0.02 * i, tx="nic1", rx="nic1")
        stream = Connection(
            local,
            remote(i),
            sport,
            6600,
            True,
            every(1.2 + 0.03 * i, 2.8, 0.04),
            tx=member,
            rx="nic1",
            isn=0x0B000000 * i,
        )
        streams.append(scene.connect(stream))
    return [
        Entry(
            "17-fragments",
            17,
            "Fragments of a UDP flow take another member than its whole datagrams",
            "T (layer3+4) sends UDP to R1: datagrams of 1000 bytes on the member of the 4-tuple, datagrams of 8192 "
            "bytes in six fragments on the member of the address pair. Three Hyper-V migrations from T follow the "
            "same formula.",
            BOTH,
            "A UDP flow is no stream and is not placed, whatever its fragments do: each migration is single. (1,2) on "
            "2 members: p = (1+3+3+1)/8 = 1.",
            expect("pass", "pass", scene.directions(streams), numbers=spread("tx", counts, 1.0)),
            pcaps(scene),
        )
    ]
