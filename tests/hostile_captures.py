"""Captures whose interfaces, files and descriptions are called what nobody should be called."""

from __future__ import annotations

from pathlib import Path

import builders
from secret_captures import T0

FORGED = "FAIL  Every"
NAMES = (
    "\x1b[2J\x1b[31mred\x1b[0m",
    "\x1b]8;;http://evil.example/\x07link\x1b]8;;\x07",
    "c1\x9b31m\x90q\x9d0;title\x9c",
    f"line\n{FORGED}\r\n{FORGED}\x0b{FORGED}\u2028{FORGED}\u2029{FORGED}\x85{FORGED}",
    "bidi\u202egnp.exe\u2066x\u2069\u200e",
    "zero\u200bwidth\u200d\ufeff\u00ad",
    "tab\tbell\x07back\x08null",
    "{x.__class__.__init__.__globals__}{0}{}{name!r:>99999}",
    "%s%n%(name)s%99999d",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "\"'><svg onload=alert(1)>--><!--",
    "]]></style></svg></title></textarea><b>",
    "&lt;script&gt;&#60;&amp;",
    "javascript:alert(1)",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1;1)",
    "[x](javascript:alert(1))![y](http://evil.example/y.png)",
    "`code` **bold** | cell | # head <http://evil.example/>",
    "https://evil.example/auto www.evil.example evil@evil.example",
    "$(touch pwned) `touch pwned`; touch pwned #",
    "../../../../etc/passwd",
    "eth0",
    "eth0#2",
    "eth0",
    "esc\\x1b",
    "esc\x1b",
    "   ",
    "\u3000",
    "NaN",
    "null",
    "rx",
    "tx",
    "packets",
    "direction",
    "e\u0301\u0301\u0301\u0301 \U0001f468\u200d\U0001f469 \u0628",
    "long" * 16000,
)
"""One interface each; the same name twice is two interfaces."""
FILE_NAMES = (*(name for name in NAMES if "/" not in name and len(name.encode()) < 200), "raw\udcff\udc80")
"""Names that a file can have. None can hold a slash, some systems have bytes that are no UTF-8."""


def team() -> bytes:
    """An interface for each name; a migration on each, and one that goes round over all; the switch says such names too."""
    parts = [builders.shb(items=[(1, b"comment\x1b[2J\n{x}")])]
    parts += [
        builders.idb(name=name, description=f"of {name[:9000]}", resolution=9, filter_text=name[:9000])
        for name in NAMES
    ]
    packets = [(n, one) for n in range(len(NAMES)) for one in stream(n)]
    packets += [(n % len(NAMES), one) for n, one in enumerate(stream(900, len(NAMES) * 4))]
    packets += [(n, (T0 + n, announcement(name))) for n, name in enumerate(NAMES)]
    packets.sort(key=lambda one: one[1][0])
    parts += [builders.epb(ts, data, interface=n, items=[(1, b"\x1b[2J{x}%s")]) for n, (ts, data) in packets]
    return b"".join(parts)


def stream(number: int, count: int = 8) -> list[tuple[int, bytes]]:
    """A migration from a host of its own to port 6600 of the teamed one."""
    from scapy.layers.inet import IP, TCP
    from scapy.layers.l2 import Ether

    ip = IP(src=f"10.1.{number >> 8}.{number & 255}", dst="10.9.9.9")
    below = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02") / ip
    frames = []
    for n in range(count):
        segment = TCP(sport=40000, dport=6600, flags="A", seq=1 + 500 * n) / bytes(500)
        frames.append((T0 + n * 300_000 + number * 1_000, bytes(below / segment)))
    return frames


def said(name: str) -> bytes:
    """A name as a TLV of LLDP can hold it."""
    return name.encode()[:200]


def announcement(name: str) -> bytes:
    """What a switch says of the port at the other end, in LLDP, all of it in such a name."""
    from scapy.contrib.lldp import (
        LLDPDUChassisID,
        LLDPDUEndOfLLDPDU,
        LLDPDUPortDescription,
        LLDPDUPortID,
        LLDPDUSystemName,
        LLDPDUTimeToLive,
    )
    from scapy.layers.l2 import Ether

    text = said(name)
    tlvs = LLDPDUChassisID(subtype=7, id=text) / LLDPDUPortID(subtype=5, id=text) / LLDPDUTimeToLive(ttl=120)
    tlvs = tlvs / LLDPDUPortDescription(description=text) / LLDPDUSystemName(system_name=text) / LLDPDUEndOfLLDPDU()
    return bytes(Ether(src="02:00:00:00:00:01", dst="01:80:c2:00:00:0e", type=0x88CC) / tlvs)


def folder(home: Path) -> list[str]:
    """A capture for each name that a file can have; the arguments that name them."""
    home.mkdir()
    paths = [home / f"{name}.pcap" for name in dict.fromkeys(FILE_NAMES)]
    for number, path in enumerate(paths):
        path.write_bytes(builders.pcap(stream(number)))
    (home / f"not a capture \x1b[2J\n{FORGED}.txt").write_text("x", encoding="utf-8")
    return [str(home)]
