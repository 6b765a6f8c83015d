"""Captures of very many migrations, short ones and such that lack half of their bulk, made with none of flowmap's code."""

from __future__ import annotations

import struct
from pathlib import Path

from strategies import ethernet, ipv4_header, tcp_header

SERVER, CLIENTS = 0x0A640005, 0x0A000100
PAYLOAD = 1448
BEGIN_S, STEP_US = 1_790_000_000, 12
PACKETS = ((2, 0, 0), (18, 0, 1), (24, PAYLOAD, 0), (16, 0, 1))
"""(TCP flags, payload, 1: from the server) of SYN, SYN and ACK, data, ACK."""


def short_streams(path: Path, count: int, *, hosts: int, server: int = SERVER, payload: int = PAYLOAD) -> str:
    """One capture with `count` connections from `hosts` clients in turn to port 6600 of a server, cut after the headers."""
    with path.open("wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 96, 1))
        for number in range(count):
            client, port = CLIENTS + number % hosts, 20_000 + number // hosts
            for k, (flags, length, back) in enumerate(PACKETS):
                length = payload if length else 0
                ends, ports, macs = (client, server), (port, 6600), (2, 1)
                ack = 0 if k == 0 else 5001
                seq = 1000 + (k > 0)
                if back:
                    ends, ports, macs = ends[::-1], ports[::-1], macs[::-1]
                    seq, ack = 5000 + (k > 1), 1001 + (payload if k == 3 else 0)
                tcp = tcp_header(*ports, seq, ack, flags)
                frame = ethernet(macs[1], macs[0], 0x0800) + ipv4_header(*ends, len(tcp) + length, ip_id=k) + tcp
                at = number * STEP_US + k * 3
                time = (BEGIN_S + at // 1_000_000, at % 1_000_000)
                out.write(struct.pack("<IIII", *time, len(frame), len(frame) + length) + frame)
    return str(path)


SEGMENT, SEGMENTS, ROUND_MS = 60_000, 40, 20


def halved_bulk(path: Path, count: int) -> str:
    """One capture of `count` connections at the same time, none of a teamed host.

    Each is between two addresses of its own, behind one of 100 pairs of MACs. Of each, every
    second segment of 60 000 bytes is missing, and the server acknowledges all of them.
    """
    with path.open("wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 96, 1))
        steps = [
            (2, 1000, 0),
            (18, 5000, 0),
            *((16, 1001 + SEGMENT * k, SEGMENT) for k in range(0, SEGMENTS, 2)),
            (17, 5001, 0),
        ]
        for step, (flags, seq, length) in enumerate(steps):
            back = flags != 16 and step > 0
            for number in range(count):
                ends, ports, macs = (
                    (CLIENTS + number, SERVER + number),
                    (20_000, 6600),
                    (2 * (number % 100), 2 * (number % 100) + 1),
                )
                if back:
                    ends, ports, macs = ends[::-1], ports[::-1], macs[::-1]
                ack = 0 if not step else (1001 + SEGMENT * SEGMENTS * (step > 1) if back else 5001)
                tcp = tcp_header(*ports, seq, ack, flags & 18 or 16)
                frame = ethernet(*macs, 0x0800) + ipv4_header(*ends, len(tcp) + length, ip_id=step) + tcp
                at = step * ROUND_MS * 1000 + number
                time = (BEGIN_S + at // 1_000_000, at % 1_000_000)
                out.write(struct.pack("<IIII", *time, len(frame), len(frame) + length) + frame)
    return str(path)
