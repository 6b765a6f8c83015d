"""What the captures do not hold: scenarios 12 and 19."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kit.connection import Connection, Segment, every
from kit.entry import Entry, pcaps
from kit.frames import filler
from kit.hosts import remote
from kit.scene import Scene

from scenarios.common import BOTH, expect


def sprayed_over_three() -> list[Entry]:
    """12a: a sprayed stream, one of three members not captured."""
    scene = Scene("12a")
    scene.chatter(4)
    scene.arp(scene.local, remote(1), 1.1, tx="nic1", rx="nic1")
    stream = Connection(
        scene.local,
        remote(1),
        50107,
        6600,
        True,
        every(1.2, 3.2, 0.04),
        burst=6,
        ack_every=6,
        rx="nic1",
        tx=lambda at, number: ("nic1", "nic2", None)[number % 3],
    )
    scene.connect(stream)
    return [
        Entry(
            "12a-sprayed-over-three",
            12,
            "A steady third of a stream is acknowledged but was never captured",
            "T sends one Hyper-V migration to R1, packet by packet over three members (static channel); nic3 was not "
            "captured, so every third packet is missing while all are acknowledged on nic1.",
            BOTH,
            "What was captured alternates between nic1 and nic2: sprayed, so pinned fails whatever is missing. H = 1.",
            expect("fail", "not-applicable", scene.directions([stream], tx="sprayed"), numbers={"hosts": 1}),
            pcaps(scene),
        )
    ]


def capture_drops() -> list[Entry]:
    """12b: bursts missing."""
    scene = Scene("12b")
    scene.lacp(4)
    scene.chatter(4)

    def dropping(member: str) -> Callable[[int, int], str | None]:
        return lambda at, number: None if number in range(30, 44) or number in range(80, 90) else member

    streams = []
    for i in range(1, 5):
        member = f"nic{1 + i % 2}"
        scene.arp(remote(i), scene.local, 1.0 + 0.02 * i, tx=member, rx=member)
        stream = Connection(
            remote(i),
            scene.local,
            50100 + 7 * i,
            6600,
            False,
            every(1.2 + 0.031 * i, 2.2 + 0.031 * i, 0.02),
            tx=member,
            rx=dropping(member) if i < 3 else member,
            isn=0x51000000 + i,
        )
        streams.append(scene.connect(stream))
    return [
        Entry(
            "12b-capture-drops",
            12,
            "Bursts of packets are acknowledged but were never captured",
            "R1 to R4 migrate to T, two on each member, LACP healthy; of R1's and R2's data 14 and 10 packets in a row "
            "are in no capture, and T acknowledges them.",
            BOTH,
            "Everything is single and (2,2) would pass, but migration bytes acknowledged and captured nowhere "
            "undermine a pass (section 6): both claims inconclusive.",
            expect("inconclusive", "inconclusive", scene.directions(streams)),
            pcaps(scene),
        )
    ]


def third_member() -> list[Entry]:
    """12c: whole streams missing."""
    scene = Scene("12c")
    scene.lacp(4)
    scene.chatter(4)
    streams = []
    for i in range(1, 7):
        member = ("nic1", "nic2", None)[i % 3]
        acks = f"nic{1 + i % 2}"
        stream = Connection(
            remote(i),
            scene.local,
            50100 + 7 * i,
            6600,
            False,
            every(1.2 + 0.031 * i, 2.2 + 0.031 * i, 0.03),
            tx=acks,
            rx=member or (lambda at, number: None),
            isn=0x61000000 + i,
        )
        streams.append(scene.connect(stream))
    seen = [stream for stream in streams if any(side for side, _ in stream.carried)]
    unseen = [stream for stream in streams if stream not in seen]
    return [
        Entry(
            "12c-third-member",
            12,
            "A third of the streams is acknowledged but was never captured",
            "R1 to R6 migrate to T, whose switch uses three members; nic3 was not captured, and R2's and R5's data "
            "are on it. T's ACKs to all six are on nic1 and nic2.",
            BOTH,
            "A bulk direction seen nowhere is absent: pinned is inconclusive (section 5). The acknowledged bytes that "
            "no capture holds undermine spread, which would pass otherwise (section 6).",
            expect(
                "inconclusive",
                "inconclusive",
                scene.directions(seen) + scene.directions(unseen, rx="absent"),
                tally=False,
            ),
            pcaps(scene),
        )
    ]


_SMB2 = b"\xfeSMB"


def _smb2(command: int, message: int, body: bytes, *, reply: bool = False) -> bytes:
    """An SMB2 message with its NetBIOS length ([MS-SMB2] 2.2.1.2)."""
    head = _SMB2 + struct.pack("<HHIHHII", 64, 1, 0, command, 8, int(reply), 0)
    head += struct.pack("<QIIQ", message, 0xFEFF, 1, 0x0000_4000_0000_0011) + bytes(16)
    return struct.pack(">I", len(head) + len(body)) + head + body


def _interfaces() -> bytes:
    """The reply: two interfaces of 25 Gb/s, capable of RSS (1) and RDMA (2) ([MS-SMB2] 2.2.32.5)."""
    out = b""
    for i in (0, 1):
        address = struct.pack("<HH4s", 2, 0, bytes((10, 66, 0, 11 + 100 * i))).ljust(128, b"\0")
        out += struct.pack("<IIIIQ", 0 if i else 152, 7 + i, 3, 0, 25 * 10**9) + address
    return out


def _ioctl(message: int, reply: bytes = b"") -> bytes:
    code, any_file = 0x001401FC, b"\xff" * 16
    if not reply:
        body = struct.pack("<HHI16sIIIIIIII", 57, 0, code, any_file, 120, 0, 0, 120, 0, 65536, 1, 0)
        return _smb2(11, message, body)
    body = struct.pack("<HHI16sIIIIII", 49, 0, code, any_file, 112, 0, 112, len(reply), 0, 0) + reply
    return _smb2(11, message, body, reply=True)


@dataclass
class _Dialogue(Connection):
    """Questions and answers: each burst is one of `talk`, a question and its answer."""

    talk: tuple[tuple[bytes, bytes], ...] = ()

    def segments(self, jitter: Callable[[int], int], filler: Callable[[int, int], bytes]) -> Iterator[Segment]:
        seq, back = self.isn + 1, (self.isn * 3 + 0x5000_0001) & 0xFFFFFFFF
        yield from self._open(self.bursts[0] - 1_000_000, back)
        for at, (question, answer) in zip(self.bursts, self.talk, strict=True):
            yield Segment(at, True, "PA", seq, back, question)
            seq += len(question)
            yield Segment(at + 260_000 + jitter(30_000), False, "PA", back, seq, answer)
            back += len(answer)
            yield Segment(at + 900_000, True, "A", seq, back)
        yield from self._close(self.bursts[-1] + 2_000_000, seq, back)


def smb_direct() -> list[Entry]:
    """19: the bulk went over RDMA."""
    scene = Scene("19")
    scene.lacp(12)
    scene.chatter(12)
    scene.arp(scene.local, remote(1), 1.0, tx="nic1", rx="nic1")
    echoes = [
        (_smb2(13, n, struct.pack("<HH", 4, 0)), _smb2(13, n, struct.pack("<HH", 4, 0), reply=True))
        for n in range(9, 60)
    ]
    offer = struct.pack("<HHHHI16sQH", 36, 1, 1, 0, 0x7F, filler(16, 1), 0, 0x0302)
    accept = struct.pack("<HHHH16sIIII", 65, 1, 0x0302, 0, filler(16, 2), 0x7F, 8 << 20, 8 << 20, 8 << 20)
    accept += struct.pack("<QQHHI", 134169480000000000, 0, 128, 0, 0)
    negotiate = (_smb2(0, 0, offer), _smb2(0, 0, accept, reply=True))
    query = (_ioctl(5), _ioctl(5, _interfaces()))
    for i, talk in enumerate(((negotiate, query, *echoes), (negotiate, *echoes[:20]))):
        member = f"nic{i + 1}"
        stream = _Dialogue(
            scene.local,
            remote(1),
            50107 + 7 * i,
            445,
            True,
            every(1.2, 1.2 + 0.1 * len(talk) - 0.01, 0.1),
            tx=member,
            rx=member,
            talk=talk,
            isn=0x71000000 + i,
        )
        scene.connect(stream)
    return [
        Entry(
            "19-smb-direct",
            19,
            "SMB with RDMA capable interfaces and hardly any payload",
            "T opens two SMB connections to R1: negotiation, one query of the network interfaces whose reply offers "
            "two of 25 Gb/s with RSS and RDMA, then only echoes (a few kB). The bulk would be in RDMA, which no host "
            "captures.",
            BOTH,
            "Port 445 needs a magic or 1 MB at 20:1 (section 4); with neither, the streams are of low confidence and "
            "only listed: no migration stream to judge, both claims inconclusive.",
            expect("inconclusive", "inconclusive", pinned_numbers={"streams": 0}, kinds=["smb", "other"]),
            pcaps(scene, snaplen=512),
        )
    ]
