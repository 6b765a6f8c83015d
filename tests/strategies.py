"""Hypothesis strategies: frames of every link type, whole or spoiled, and sequences of packets as the kernels get them.

Frames are laid out field by field as the standards say, with none of flowmap's code.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis import strategies as st

from flowmap.capture.reader import Block
from flowmap.types import IFACE, INDEX, TS_NONE

ETHERNET, SLL, SLL2, NULL, LOOP = 1, 113, 276, 0, 108
RAW_TYPES = (101, 12, 14, 228, 229)
LINK_TYPES = (ETHERNET, SLL, SLL2, NULL, LOOP, *RAW_TYPES, 147, 9)
SYN, ACK, FIN, RST = 2, 16, 1, 4


@dataclass(frozen=True)
class Captured:
    """One record: a frame of an interface of `link_type`, perhaps cut, with what its record says of it."""

    link_type: int
    data: bytes
    wire_len: int
    flags: int = 0
    fcs_len: int = 0
    ts_ns: int = 0


def make_block(packets: Sequence[Captured], lead: bytes = b"", tail: bytes = b"") -> tuple[Block, np.ndarray]:
    """(block, (n,) IFACE): packets behind one another, with an interface per (link type, FCS length).

    `lead` and `tail` stand before the first and after the last frame: what a read out of bounds would find.
    """
    known: dict[tuple[int, int], int] = {}
    index = np.zeros(len(packets), INDEX)
    offset, data = len(lead), [lead]
    for row, packet in zip(index, packets, strict=True):
        interface = known.setdefault((packet.link_type, packet.fcs_len), len(known))
        row["ts_ns"], row["offset"], row["interface"], row["flags"] = packet.ts_ns, offset, interface, packet.flags
        row["cap_len"], row["wire_len"] = len(packet.data), packet.wire_len
        data.append(packet.data)
        offset += len(packet.data)
    ifaces = np.zeros(max(1, len(known)), IFACE)
    for (link_type, fcs_len), interface in known.items():
        ifaces[interface]["link_type"], ifaces[interface]["fcs_len"] = link_type, fcs_len
    buffer = np.frombuffer(b"".join(data) + tail, np.uint8).copy()
    return Block(buffer, index, 0, 1), ifaces


def tcp_header(
    sport: int, dport: int, seq: int, ack: int, flags: int, window: int = 512, options: bytes = b""
) -> bytes:
    """A TCP header (RFC 9293 section 3.1); `options` is a multiple of four bytes."""
    offset = 5 + len(options) // 4
    return struct.pack("!HHIIBBHHH", sport, dport, seq, ack, offset << 4, flags, window, 0, 0) + options


def ipv4_header(
    src: int,
    dst: int,
    payload: int,
    *,
    protocol: int = 6,
    ip_id: int = 0,
    fragment: int = 0,
    options: bytes = b"",
    total: int | None = None,
) -> bytes:
    """An IPv4 header (RFC 791) in front of `payload` bytes."""
    length = 20 + len(options)
    total = length + payload if total is None else total
    first = 0x40 | length // 4
    return struct.pack("!BBHHHBBHII", first, 0, total & 0xFFFF, ip_id, fragment, 64, protocol, 0, src, dst) + options


def ipv6_header(src: int, dst: int, following: int, payload: int) -> bytes:
    """An IPv6 header (RFC 8200 section 3) in front of `payload` bytes."""
    addresses = src.to_bytes(16, "big") + dst.to_bytes(16, "big")
    return struct.pack("!IHBB", 6 << 28, payload & 0xFFFF, following, 64) + addresses


def ethernet(src: int, dst: int, ethertype: int, tags: Sequence[tuple[int, int]] = ()) -> bytes:
    """An Ethernet header; `tags` are (TPID, VLAN id), outermost first."""
    stack = b"".join(struct.pack("!HH", tpid, vid) for tpid, vid in tags)
    return dst.to_bytes(6, "big") + src.to_bytes(6, "big") + stack + ethertype.to_bytes(2, "big")


def sll2(ethertype: int, ifindex: int, packet_type: int = 0, hardware_type: int = 1) -> bytes:
    """A LINUX_SLL2 header (tcpdump.org)."""
    return struct.pack("!HHIHBB", ethertype, 0, ifindex, hardware_type, packet_type, 6) + bytes(8)


@cache
def _places(count: int) -> st.SearchStrategy[int]:
    return st.sampled_from(range(count))


def choose(draw: st.DrawFn, *values: Any) -> Any:
    """One of the values, as `sampled_from` has it. What is drawn thousands of times is made once, as all strategies here are:
    to make and check one takes as long as to draw from it."""
    return values[draw(_places(len(values)))]


BOOLEANS = st.booleans()
BYTES8 = st.integers(0, 2**8 - 1)
BYTES16 = st.integers(0, 2**16 - 1)
BYTES32 = st.integers(0, 2**32 - 1)
BYTES128 = st.integers(0, 2**128 - 1)
PORTS = st.one_of(BYTES16, st.sampled_from([6600, 49152, 80]))
OPTIONS = st.sampled_from(
    [
        b"",
        b"\1\1\1\1",
        struct.pack("!BBBBII", 1, 1, 8, 10, 77, 99),
        b"\2\4\5\xb4",
        b"\x08\x0a\0\1",
        b"\0" * 40,
        b"\5\2\x08\0",
    ]
)


PAYLOADS = st.binary(max_size=40)


@cache
@st.composite
def tcp_segments(draw: st.DrawFn) -> bytes:
    header = tcp_header(
        draw(PORTS), draw(PORTS), draw(BYTES32), draw(BYTES32), draw(BYTES8), draw(BYTES16), draw(OPTIONS)
    )
    return header + draw(PAYLOADS)


@cache
@st.composite
def ipv4_packets(draw: st.DrawFn) -> bytes:
    body = draw(tcp_segments())
    options = choose(draw, b"", b"", b"\1\1\1\0", b"\x94\x04\0\0" + bytes(36))
    right = 20 + len(options) + len(body)
    total = choose(draw, right, right, right, 0, 19, 20, right - 1, right + 9, 65535)
    header = ipv4_header(
        draw(BYTES32),
        draw(BYTES32),
        len(body),
        ip_id=draw(BYTES16),
        options=options,
        total=total,
        protocol=choose(draw, 6, 6, 6, 17, 1, 47, 4, 41, 51, 97),
        fragment=choose(draw, 0, 0, 0x4000, 0x2000, 1, 0x2001, 0x1FFF),
    )
    return header + body


EXTENSIONS = st.lists(
    st.tuples(st.sampled_from([0, 43, 44, 51, 60, 135, 139, 140]), st.integers(0, 2), st.sampled_from([0, 0, 0, 1, 8])),
    max_size=4,
)


@cache
@st.composite
def ipv6_packets(draw: st.DrawFn) -> bytes:
    upper = choose(draw, 6, 6, 6, 17, 58, 59)
    others = (b"", b"\x87", b"\x88" + bytes(23), b"\x80" + bytes(7))
    body = draw(tcp_segments()) if upper == 6 else choose(draw, *others)
    chain = draw(EXTENSIONS)
    kinds = [kind for kind, _, _ in chain] + [upper]
    parts = []
    for (kind, extra, fragment), following in zip(chain, kinds[1:], strict=True):
        length = 8 if kind == 44 else 8 + 8 * extra if kind != 51 else 8 + 4 * extra
        count = length // 4 - 2 if kind == 51 else length // 8 - 1
        head = struct.pack("!BBH", following, count, fragment if kind == 44 else 0)
        parts.append(head + bytes(length - 4))
    payload = b"".join(parts) + body
    stated = choose(draw, len(payload), len(payload), 0, 7, len(payload) + 3, 65535)
    return ipv6_header(draw(BYTES128), draw(BYTES128), kinds[0], stated) + payload


def udp_header(dport: int, payload: int, sport: int = 49999) -> bytes:
    """A UDP header (RFC 768) in front of `payload` bytes."""
    return struct.pack("!HHHH", sport, dport, (8 + payload) & 0xFFFF, 0)


def gre_header(ethertype: int, flags: int = 0) -> bytes:
    """A GRE header (RFC 2784, 2890) with the optional fields that `flags` announce."""
    return struct.pack("!HH", flags, ethertype) + bytes(4 * sum(flags >> bit & 1 for bit in (15, 13, 12)))


TUNNEL_PORTS = {"vxlan": (4789, 8472), "geneve": (6081,), "other": (2152, 53)}


@cache
def _tunnels(most: int) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(["ipip", "gre", "gre", "vxlan", "geneve", "other"]), min_size=1, max_size=most)


@cache
@st.composite
def tunnelled_packets(draw: st.DrawFn) -> tuple[int, bytes]:
    """(EtherType, packet): an IP packet in one to ten tunnels."""
    inner = choose(draw, 0x0800, 0x86DD)
    packet = draw(ipv4_packets() if inner == 0x0800 else ipv6_packets())
    for kind in draw(_tunnels(choose(draw, 1, 2, 3, 10))):
        protocol = 4 if inner == 0x0800 else 41
        bridged = kind == "vxlan" or (kind in ("gre", "geneve") and draw(BOOLEANS))
        if bridged:
            packet = ethernet(1, 2, inner, choose(draw, (), (), ((0x8100, 7),))) + packet
            inner = 0x6558
        if kind == "gre":
            inner = choose(draw, inner, inner, inner, inner, 0x8847, 0x88BE)
            flags = choose(draw, 0, 0x2000, 0x1000, 0x8000, 0xB000, 0x4000, 1)
            packet, protocol = gre_header(inner, flags) + packet, 47
        elif kind in ("vxlan", "geneve", "other"):
            options = bytes(4 * choose(draw, 0, 0, 2, 63)) if kind == "geneve" else b""
            head = bytes([8, 0, 0, 0, 0, 0, 9, 0])
            if kind == "geneve":
                head = bytes([choose(draw, 0, 0x40) | len(options) // 4, 0]) + inner.to_bytes(2, "big") + bytes(4)
            port = choose(draw, *TUNNEL_PORTS[kind])
            packet, protocol = udp_header(port, 8 + len(options) + len(packet)) + head + options + packet, 17
        inner = choose(draw, 0x0800, 0x86DD)
        if inner == 0x0800:
            packet = ipv4_header(1, 2, len(packet), protocol=protocol) + packet
        else:
            packet = ipv6_header(3, 4, protocol, len(packet)) + packet
    return inner, packet


KINDS = st.integers(0, 12)
BODIES = st.binary(max_size=30)


@cache
@st.composite
def networks(draw: st.DrawFn) -> tuple[int, bytes]:
    """(EtherType or LLC length, what follows it)."""
    kind = draw(KINDS)
    if kind > 9:
        return draw(tunnelled_packets())
    if kind <= 3:
        return 0x0800, draw(ipv4_packets())
    if kind <= 6:
        return 0x86DD, draw(ipv6_packets())
    if kind == 7:
        packet = draw(ipv4_packets())
        organisation = choose(draw, b"\0\0\0", b"\0\0\xf8", b"\0\0\x0c", b"\x01\x02\x03")
        protocol = choose(draw, 0x0800, 0x2000, 0x8100, 4, 0x88CC)
        snap = b"\xaa\xaa\3" + organisation + protocol.to_bytes(2, "big")
        return choose(draw, len(packet), 0, 1500), snap + packet
    if kind == 8:
        return 3, choose(draw, b"\6\6\3", b"\x42\x42\3", b"\xff\xff") + draw(ipv4_packets())
    return choose(draw, 0x0806, 0x8035, 0x8809, 0x88CC, 0x8847, 1501, 1535, 4, 1), draw(BODIES)


TAGS = st.lists(st.tuples(st.sampled_from([0x8100, 0x88A8, 0x9100]), BYTES16), max_size=7).flatmap(
    lambda tags: st.sampled_from([[], tags])
)


MACS = st.binary(min_size=12, max_size=12)
EITHER = st.one_of(ipv4_packets(), ipv6_packets())


@cache
@st.composite
def whole_frames(draw: st.DrawFn, link_type: int) -> bytes:
    ethertype, body = draw(networks())
    tags = draw(TAGS)
    if tags:
        inner = b"".join(struct.pack("!HH", vid, tpid) for (_, vid), (tpid, _) in pairwise(tags))
        body = inner + struct.pack("!HH", tags[-1][1], ethertype) + body
        ethertype = tags[0][0]
    if link_type == ETHERNET:
        macs = draw(MACS)
        return macs + ethertype.to_bytes(2, "big") + body
    hardware = choose(draw, 1, 1, 1, 772, 778, 801, 803, 804, 824)
    packet_type = choose(draw, 0, 1, 2, 3, 4, 5, 260)
    if link_type == SLL:
        return struct.pack("!HHH8sH", packet_type, hardware, 6, bytes(8), ethertype) + body
    if link_type == SLL2:
        return sll2(ethertype, draw(BYTES32), packet_type & 0xFF, hardware) + body
    if link_type in (NULL, LOOP):
        family = choose(draw, 2, 10, 24, 28, 30, 0, 7, 0x10000)
        return struct.pack(choose(draw, "<I", ">I"), family) + body
    return draw(EITHER)


EIGHT = st.integers(0, 7)
ANYTHING = st.binary(max_size=90)
SPOILED = st.lists(st.tuples(st.integers(0, 99), BYTES8), max_size=4)


@cache
def _up_to(most: int) -> st.SearchStrategy[int]:
    return st.integers(0, most)


@cache
@st.composite
def captured(draw: st.DrawFn, link_types: Sequence[int] = LINK_TYPES) -> Captured:
    """A frame: arbitrary bytes, or a whole one, spoiled in up to four places and perhaps cut."""
    link_type = choose(draw, *link_types)
    anything = draw(EIGHT) == 0
    data = bytearray(draw(ANYTHING if anything else whole_frames(link_type)))
    for at, value in draw(SPOILED):
        if at < len(data):
            data[at] = value
    whole = len(data)
    if draw(BOOLEANS):
        del data[draw(_up_to(whole)) :]
    wire_len = choose(draw, whole, whole, whole, len(data), 0, whole + 4, 2**32 - 1)
    flags, fcs_len = choose(draw, 0, 0, 1, 2, 3, 0xFFFFFFFC), choose(draw, 0, 0, 4, 8)
    return Captured(link_type, bytes(data), wire_len, flags, fcs_len)


PACKETS = st.integers(1, 40)
STEPS = (0, 1, 1000, 10**6, 99_999_999, 10**8, 2 * 10**8, 2 * 10**9, -1, -(10**6), -(10**9), -(3 * 10**9))


@cache
@st.composite
def conversations(draw: st.DrawFn) -> list[Captured]:
    """Packets of few endpoints on few links, so that they meet in the same rows: connections that begin again, late and
    early packets, packets without a time, other protocols in between."""
    packets = []
    ts_ns = choose(draw, 0, 1_700_000_000_000_000_000, -(2**63) + 5, 2**63 - 10**9)
    for _ in range(draw(PACKETS)):
        ts_ns = min(2**63 - 1, max(-(2**63) + 1, ts_ns + choose(draw, *STEPS)))
        stamp = choose(draw, *[ts_ns] * 12, TS_NONE, -(2**63) + 1, 2**63 - 1)
        packets.append(replace(draw(_few()), ts_ns=stamp))
    return packets


@cache
@st.composite
def _few(draw: st.DrawFn) -> Captured:
    flags = choose(draw, 0, 1, 2)
    if choose(draw, *range(8)) == 0:
        return draw(captured((ETHERNET, SLL2, LOOP)))
    seq = choose(draw, 0, 1, 1000, 66_536, 66_537, 2**31, 2**31 + 1000, 2**32 - 1)
    ack = choose(draw, 0, 1, 1001, 2**31 + 1, 2**32 - 2)
    bits = choose(draw, ACK, ACK, ACK, SYN, SYN | ACK, ACK | FIN, RST, RST | ACK, 0)
    payload = choose(draw, b"", b"", b"abc", b"QEVM----", bytes(40))
    segment = tcp_header(choose(draw, 1000, 6600), choose(draw, 1000, 6600), seq, ack, bits) + payload
    if choose(draw, 0, 0, 1):
        network = 0x86DD, ipv6_header(choose(draw, 1, 2 << 64), choose(draw, 1, 2 << 64), 6, len(segment)) + segment
    else:
        network = (
            0x0800,
            ipv4_header(choose(draw, 1, 2), choose(draw, 1, 2), len(segment), ip_id=choose(draw, 1, 2)) + segment,
        )
    if choose(draw, 0, 0, 1):
        frame, link_type = sll2(network[0], choose(draw, *range(6)), choose(draw, 0, 4)) + network[1], SLL2
    else:
        tags = choose(draw, (), (), ((0x8100, 5),), ((0x88A8, 7), (0x8100, 5)))
        frame, link_type = (
            ethernet(choose(draw, 1, 2, 3), choose(draw, 1, 2, 1 << 40), network[0], tags) + network[1],
            ETHERNET,
        )
    wire_len = len(frame)
    if choose(draw, *range(6)) == 0:
        frame = frame[: choose(draw, 20, 30, 38, 42, 46, 47, 48, 50, 54)]
    return Captured(link_type, frame, wire_len, flags, choose(draw, 0, 0, 4))
