"""TCP in tunnels and below rare layers: read by both decoders as the frame was made."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from strategies import Captured, ethernet, gre_header, ipv4_header, ipv6_header, make_block, tcp_header, udp_header

from flowmap.decode import kernel, numbers
from flowmap.decode.rare.links import LINKS
from flowmap.decode.reference import decode, decode_common
from flowmap.facts.flows import encapsulation_text
from flowmap.flow.table import CompiledTable, PlainTable
from flowmap.trace.collecting.collect import Sought, trace_capture
from flowmap.types import HEADER, PacketClass

EVER = (-(2**63) + 1, 2**63 - 1)
PAYLOAD = b"payload"
SEGMENT = tcp_header(6600, 50000, 7, 9, 16) + PAYLOAD
V4 = ipv4_header(0x0A000001, 0x0A000002, len(SEGMENT), ip_id=77) + SEGMENT
V6 = ipv6_header(5 << 64, 6, 6, len(SEGMENT)) + SEGMENT
ETH = ethernet(0x11, 0x22, 0x0800) + V4
TAGGED = ethernet(0x11, 0x22, 0x0800, ((0x8100, 33),)) + V4


def in4(protocol: int, body: bytes) -> bytes:
    return ipv4_header(1, 2, len(body), protocol=protocol) + body


def in6(protocol: int, body: bytes) -> bytes:
    return ipv6_header(1, 2, protocol, len(body)) + body


def udp(port: int, body: bytes, sport: int = 49999) -> bytes:
    return udp_header(port, len(body), sport) + body


VNI = bytes([8, 0, 0, 0, 0, 0, 9, 0])
GENEVE = bytes([2, 0]) + b"\x65\x58" + bytes(12)
TUNNELS = [
    ("ipip", 0x0800, in4(4, V4)),
    ("ipip", 0x0800, in4(41, V6)),
    ("ipip", 0x86DD, in6(4, V4)),
    ("ipip", 0x86DD, in6(41, V6)),
    ("gre", 0x0800, in4(47, gre_header(0x0800) + V4)),
    ("gre", 0x86DD, in6(47, gre_header(0x86DD, 0xB000) + V6)),
    ("gre", 0x0800, in4(47, gre_header(0x6558) + TAGGED)),
    ("nvgre", 0x0800, in4(47, gre_header(0x6558, 0x2000) + ETH)),
    ("vxlan", 0x0800, in4(17, udp(4789, VNI + TAGGED))),
    ("vxlan", 0x86DD, in6(17, udp(8472, VNI + ETH))),
    ("geneve", 0x0800, in4(17, udp(6081, GENEVE + ETH))),
    ("geneve", 0x0800, in4(17, udp(6081, b"\0\0\x86\xdd" + bytes(4) + V6))),
    (
        "vxlan.gre.ipip",
        0x0800,
        in4(17, udp(4789, VNI + ethernet(1, 2, 0x86DD) + in6(47, gre_header(0x0800) + in4(4, V4)))),
    ),
    ("erspan", 0x0800, in4(47, gre_header(0x88BE, 0x1000) + bytes(8) + ETH)),
    ("erspan", 0x0800, in4(47, gre_header(0x88BE) + ETH)),
    ("erspan", 0x0800, in4(47, gre_header(0x22EB, 0x1000) + bytes(12) + TAGGED)),
    ("gtp", 0x0800, in4(17, udp(2152, b"\x30\xff" + bytes(6) + V4, 2152))),
    ("gtp", 0x0800, in4(17, udp(2152, b"\x34\xff" + bytes(9) + b"\x85" + b"\1\0\0\0" + V6, 2152))),
    ("capwap", 0x0800, in4(17, udp(5247, b"\0\x10\0\0" + bytes(4) + ETH))),
    ("teredo", 0x0800, in4(17, udp(3544, bytes(8) + V6))),
    ("vxlan-gpe", 0x0800, in4(17, udp(4790, bytes([12, 0, 0, 1, 0, 0, 9, 0]) + V4))),
    ("vxlan-gpe", 0x86DD, in6(17, udp(4790, bytes([12, 0, 0, 3, 0, 0, 9, 0]) + TAGGED))),
    ("mpls", 0x0800, in4(17, udp(6635, b"\0\2\1\x40" + V4))),
    ("lisp", 0x0800, in4(17, udp(4341, bytes(8) + V6))),
    ("etherip", 0x0800, in4(97, b"\x30\0" + ETH)),
    ("etherip", 0x86DD, in6(97, b"\x30\0" + ETH)),
    ("l2tp", 0x0800, in4(17, udp(1701, b"\0\2" + bytes(4) + b"\xff\3\0\x21" + V4))),
    ("gre", 0x0800, in4(47, b"\x30\x81\x88\x0b" + bytes(12) + b"\xff\3\0\x21" + V4)),
    ("gre", 0x0800, in4(47, gre_header(0x8847) + b"\0\1\1\x40" + V4)),
]
LABELS = b"\0\1\0\x40\0\2\1\x40"
SNAP = b"\xaa\xaa\3\0\0\0\x08\0"
MACS = (0x11).to_bytes(6, "big") + (0x22).to_bytes(6, "big")
RARE = [
    (1, ethernet(1, 2, 0x8847) + LABELS + V4),
    (1, ethernet(1, 2, 0x8848) + LABELS + V6),
    (1, ethernet(1, 2, 0x8847) + LABELS + bytes(4) + ETH),
    (1, ethernet(1, 2, 0x8847) + LABELS + ETH),
    (1, ethernet(1, 2, 0x8864) + b"\x11\0\0\1" + b"\0\0" + b"\0\x21" + V4),
    (1, ethernet(1, 2, 0x8864) + b"\x11\0\0\1" + b"\0\0" + b"\0\x57" + V6),
    (1, ethernet(1, 2, 0x88E7) + bytes(4) + TAGGED),
    (1, ethernet(1, 2, 0x8926) + bytes(4) + b"\x08\0" + V4),
    (1, ethernet(1, 2, 0x893F) + bytes(6) + b"\x08\0" + V4),
    (1, ethernet(1, 2, 0x8909) + b"\1\1\0\1\0\5" + b"\x08\0" + V4),
    (1, ethernet(1, 2, 0x8903) + b"\0\1" + ETH),
    (1, ethernet(1, 2, 0xDADA) + bytes(6) + b"\x08\0" + V4),
    (6, b"\x10\x40" + MACS + SNAP + V4),
    (6, b"\x10\x40" + MACS[:6] + b"\x80" + MACS[7:] + b"\x06\x30\0\x12\0\x20" + SNAP + V4),
    (7, b"\1\2\xf0" + V4),
    (7, b"\1\2\xd4\0\0\1" + V4),
    (8, bytes(16) + V4),
    (9, b"\xff\3\0\x21" + V4),
    (9, b"\x21" + V4),
    (10, b"\x57" + MACS + SNAP + V4),
    (50, b"\x0f\0\x08\0" + V4),
    (51, b"\x11\0\0\1\0\0\0\x21" + V4),
    (104, b"\x0f\0\x86\xdd" + V6),
    (105, b"\x08\1\0\0" + bytes(18) + b"\0\0" + SNAP + V4),
    (105, b"\x88\3\0\0" + bytes(18) + b"\0\0" + bytes(8) + SNAP + V4),
    (107, b"\x18\x41\3\xcc" + V4),
    (107, b"\x18\x41\x08\0" + V4),
    (107, b"\x18\x41\3\0\x80\0\x80\xc2\0\7" + ETH),
    (109, struct.pack("<III", 2, 1, 0) + V4),
    (109, struct.pack(">III", 24, 1, 0) + V6),
    (117, bytes([61, 2, 0, 0]) + bytes(60) + V4),
    (117, bytes([100, 24, 0, 0]) + bytes(96) + V6),
    (123, bytes([0x82, 0, 0, 5]) + SNAP + V4),
    (240, bytes([0, 4, 0, 0]) + ETH),
    (258, struct.pack("<III", 108, 1, 1) + bytes(96) + TAGGED),
    (258, struct.pack("<III", 108, 1, 12) + bytes(96) + V6),
    (119, bytes(144) + b"\x08\1\0\0" + bytes(18) + b"\0\0" + SNAP + V4),
    (127, b"\0\0\x09\0\2\0\0\0\x20" + b"\x88\1\0\0" + bytes(18) + b"\0\0" + bytes(2) + bytes(2) + SNAP + V4),
    (129, b"\1\2\0\0\xd4\0\0\1" + V4),
    (192, b"\0\0\x08\0\x69\0\0\0" + b"\x08\1\0\0" + bytes(18) + b"\0\0" + SNAP + V4),
    (204, b"\1\xff\3\0\x21" + V4),
    (219, LABELS + V4),
    (239, b"\2\0\0\0\x06\0\x0a\0ab\0\0" + struct.pack("<HH", 4 + len(V4), 9) + V4),
    (242, bytes(40) + b"\x08\0\0\0" + V4),
    (281, MACS + bytes(4) + b"\x08\0" + V4),
    (282, bytes(4) + ETH),
    (284, MACS + b"\xc0\0\0\0" + b"\x08\0" + V4),
    (285, MACS + b"\xda\xda\0\0\xc0\0\0\0" + b"\x08\0" + V4),
    (
        113,
        struct.pack("!HHH8sH", 0, 803, 6, bytes(8), 0)
        + b"\0\0\x08\0\0\0\0\0\x08\1\0\0"
        + bytes(18)
        + b"\0\0"
        + SNAP
        + V4,
    ),
    (113, struct.pack("!HHH8sH", 0, 778, 6, bytes(8), 0x0800) + V4),
]


def check(packet: Captured, encapsulation: str) -> None:
    """Both tables have the one row that the innermost TCP is, and the second pass finds its packet."""
    wide = packet.data.endswith(V6)
    (block, ifaces), tables = make_block([packet]), (CompiledTable(*EVER), PlainTable(*EVER))
    for table in tables:
        table.ingest(block, ifaces)
        (row,), (link,), _, _ = table.arrays()
        assert encapsulation_text(int(row["encap"])) == encapsulation
        assert (row["sport"], row["dport"], row["payload_bytes"]) == (6600, 50000, len(PAYLOAD))
        ends = (5, 0, 0, 6) if wide else (0, 0x0A000001, 0, 0x0A000002)
        assert (row["src_hi"], row["src_lo"], row["dst_hi"], row["dst_lo"]) == ends
        assert (row["wire_bytes"], link["packets"], link["classes"][PacketClass.TCP]) == (packet.wire_len, 1, 1)


@pytest.mark.parametrize(("name", "ethertype", "body"), TUNNELS)
def test_a_tunnelled_segment_is_its_innermost_tcp(name: str, ethertype: int, body: bytes) -> None:
    frame = ethernet(1, 2, ethertype, ((0x88A8, 9), (0x8100, 5))) + body
    check(Captured(1, frame, len(frame)), name)
    assert decode(frame, len(frame), 1).vlan == 2 << 60 | 9 << 12 | 5


@pytest.mark.parametrize(("link_type", "frame"), RARE)
def test_a_segment_below_rare_layers_is_not_tunnelled(link_type: int, frame: bytes) -> None:
    check(Captured(link_type, frame, len(frame)), "")


@pytest.mark.parametrize(
    ("link_type", "frame"), [*RARE, *[(1, ethernet(1, 2, kind) + body) for _, kind, body in TUNNELS]]
)
def test_a_cut_frame_is_counted_once_and_as_tcp_only_with_its_ports(link_type: int, frame: bytes) -> None:
    ports = len(frame) - len(SEGMENT) + 4
    for size in range(len(frame)):
        header = decode(frame[:size], len(frame), link_type)
        assert 0 <= header.cls < PacketClass.OUTSIDE
        assert (header.cls == PacketClass.TCP) == (size >= ports)


def test_what_an_icmp_error_quotes_or_a_ninth_tunnel_carries_makes_no_row() -> None:
    eight = V4
    for _ in range(8):
        eight = in4(4, eight)
    assert decode(ethernet(1, 2, 0x0800) + eight, 1500, 1).cls == PacketClass.TCP
    quoting = in4(1, b"\3\1" + bytes(6) + V4)
    vxlan = in4(17, udp(4789, VNI + ethernet(1, 2, 0x0800) + quoting))
    other, deep = PacketClass.IP_OTHER, PacketClass.TUNNEL_DEEP
    gtp = in4(17, udp(2152, b"\x30\xff\0\0\0\0\0\1" + eight))
    for body, cls in ((quoting, other), (vxlan, other), (in4(4, eight), deep), (gtp, deep)):
        frame = ethernet(1, 2, 0x0800) + body
        block, ifaces = make_block([Captured(1, frame, len(frame))])
        for table in (CompiledTable(*EVER), PlainTable(*EVER)):
            table.ingest(block, ifaces)
            rows, (link,), _, _ = table.arrays()
            assert len(rows) == 0
            assert link["classes"][cls] == 1


def test_packets_around_declined_ones_are_counted_in_order() -> None:
    """Batches with, without and full of frames that the kernel leaves to the twin; tables that grow in the middle."""
    rare = [(link_type, frame) for link_type, frame in RARE if link_type == 1]
    packets = []
    for number in range(700):
        link_type, frame = rare[number % len(rare)] if number % 7 == 0 or number > 600 else (1, ETH)
        changed = frame.replace(struct.pack("!HH", 6600, 50000), struct.pack("!HH", 6600, 50000 + number % 300))
        packets.append(Captured(link_type, changed, len(frame), ts_ns=number * 10**8))
    block, ifaces = make_block(packets)
    tables = (CompiledTable(*EVER), PlainTable(*EVER))
    assert tables[0].ingest(block, ifaces) == tables[1].ingest(block, ifaces)
    for one, other in zip(tables[0].arrays(), tables[1].arrays(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert tables[0].arrays()[1]["backwards"].tolist() == [0]


@pytest.mark.parametrize("compiled", [True, False])
def test_the_second_pass_finds_them_in_order(compiled: bool) -> None:
    rare = [frame for link_type, frame in RARE if link_type == 1 and frame.endswith(V4)]
    frames = [frame for one in rare for frame in (one, ETH)]
    block, ifaces = make_block([Captured(1, frame, len(frame), ts_ns=n) for n, frame in enumerate(frames)])
    table = PlainTable(*EVER)
    table.ingest(block, ifaces)
    wanted = table.arrays()[0][:1].copy()
    wanted["link"] = wanted["vlan"] = 0

    class Reader:
        def __init__(self) -> None:
            self.compiled, self.ifaces = compiled, ifaces

        def blocks(self) -> list[object]:
            return [block]

    (rows,) = trace_capture(Reader(), Sought.all_of(wanted), {(0, 0): 3}, EVER)  # type: ignore[arg-type]
    assert rows["ts_ns"].tolist() == list(range(len(frames)))
    assert set(rows["digest"].tolist()) == {int(rows["digest"][0])}
    assert rows["member"].tolist() == [3] * len(frames)


def test_the_same_is_declined_by_kernel_and_twin() -> None:
    """Every link type that is numbered, and every EtherType."""
    assert set(LINKS) == numbers.FOREIGN_LINKS
    frames = [Captured(link_type, bytes(60), 60) for link_type in range(400)]
    frames += [Captured(1, ethernet(1, 2, ethertype) + bytes(60), 74) for ethertype in range(65536)]
    block, ifaces = make_block(frames)
    headers = np.zeros(len(frames), HEADER)
    kernel.decode_block(headers, block.data, block.index, ifaces, 0, len(frames))
    found = headers["cls"].tolist()
    assert found == [decode_common(one.data, one.wire_len, one.link_type).cls for one in frames]
    assert all(found[link_type] == numbers.DECLINED for link_type in LINKS)
