"""Makes the seeds of the corpus: small inputs of every kind, as the standards lay them out. Regressions are not made here.

python tests/fuzz/seeds.py        # writes corpus/TARGET/seed-*
"""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import builders as b
import etl_files as etl
import lz4.frame
import strategies as s
import zstandard

CORPUS = Path(__file__).parent / "corpus"
T0 = 1_700_000_000_000_000_000
GENEVE_OPTIONS = bytes(8)


def tcp(payload: bytes = b"payload", flags: int = s.ACK, port: int = 6600) -> bytes:
    return s.tcp_header(50000, port, 1000, 2000, flags, options=b"\1\1\x08\x0a" + bytes(range(8))) + payload


def ip4(inner: bytes, protocol: int = 6) -> bytes:
    return s.ipv4_header(0x0A000001, 0x0A000002, len(inner), protocol=protocol) + inner


def ip6(inner: bytes, protocol: int = 6) -> bytes:
    return s.ipv6_header(1 << 127 | 1, 1 << 127 | 2, protocol, len(inner)) + inner


def udp(port: int, inner: bytes) -> bytes:
    return ip4(s.udp_header(port, len(inner)) + inner, 17)


def eth(ethertype: int, inner: bytes, tags: tuple[tuple[int, int], ...] = ()) -> bytes:
    return s.ethernet(0x020000000001, 0x020000000002, ethertype, tags) + inner


def lacpdu() -> bytes:
    actor = struct.pack("!BBH6sHHHB3x", 1, 20, 1, b"\2\0\0\0\0\1", 5, 1, 1, 0x3D)
    partner = struct.pack("!BBH6sHHHB3x", 2, 20, 1, b"\2\0\0\0\0\2", 6, 1, 1, 0x3D)
    return bytes.fromhex("0180c2000002 020000000001 8809 0101") + actor + partner + b"\3\x10" + bytes(68)


def arp(operation: int) -> bytes:
    body = struct.pack("!HHBBH6s4s6s4s", 1, 0x0800, 6, 4, operation, b"\2" * 6, b"\x0a\0\0\1", bytes(6), b"\x0a\0\0\2")
    return b"\xff" * 6 + b"\2" * 6 + b"\x08\x06" + body


def lldp() -> bytes:
    """Chassis (a MAC), port (a name), life, name, description, capabilities, end."""

    def tlv(kind: int, value: bytes) -> bytes:
        return struct.pack("!H", kind << 9 | len(value)) + value

    values = tlv(1, b"\4" + b"\2" * 6) + tlv(2, b"\5eth1") + tlv(3, b"\0\x78") + tlv(5, b"switch") + tlv(4, b"port 1")
    values += tlv(7, b"\0\4\0\4") + tlv(8, b"\5\1\x0a\0\0\1\2\0\0\0\1\0") + tlv(0, b"")
    return bytes.fromhex("0180c200000e 020000000001 88cc") + values


def cdp() -> bytes:
    tlvs = ((1, b"switch"), (2, bytes(8)), (3, b"Gi1/0/1"), (4, b"\0\0\0\x28"), (6, b"model"))
    values = b"\2\xb4\0\0" + b"".join(struct.pack("!HH", kind, len(value) + 4) + value for kind, value in tlvs)
    head = bytes.fromhex("01000ccccccc 020000000001") + struct.pack("!H", len(values) + 8)
    return head + b"\xaa\xaa\3\0\0\x0c\x20\0" + values


def neighbor(kind: int) -> bytes:
    return eth(0x86DD, s.ipv6_header(1 << 127, 2 << 120, 58, 24) + bytes([kind]) + bytes(7) + b"\xfe\x80" + bytes(14))


def bodies() -> Iterator[tuple[str, int, bytes]]:
    """(name, EtherType, packet) of every layer that is known."""
    yield "tcp4", 0x0800, ip4(tcp())
    yield "tcp6", 0x86DD, ip6(tcp())
    extended = bytes([43, 0]) + bytes(6) + bytes([44, 0]) + bytes(6) + bytes([6, 0]) + bytes(6) + tcp()
    yield "extension-headers", 0x86DD, ip6(extended, 0)
    yield "vxlan", 0x0800, udp(4789, b"\x08" + bytes(7) + eth(0x0800, ip4(tcp())))
    yield "geneve", 0x0800, udp(6081, b"\x02\0\x65\x58" + bytes(4) + GENEVE_OPTIONS + eth(0x0800, ip4(tcp())))
    yield "gre", 0x0800, ip4(s.gre_header(0x0800, 0xB000) + ip4(tcp()), 47)
    yield "nvgre", 0x0800, ip4(s.gre_header(0x6558, 0x2000) + eth(0x86DD, ip6(tcp())), 47)
    yield "erspan", 0x0800, ip4(s.gre_header(0x88BE, 0x1000) + bytes(8) + eth(0x0800, ip4(tcp())), 47)
    yield "ipip", 0x0800, ip4(ip6(tcp()), 41)
    yield "gtp", 0x0800, udp(2152, b"\x32\xff" + struct.pack("!H", 60) + bytes(8) + ip4(tcp()))
    yield (
        "capwap",
        0x0800,
        udp(5247, b"\0\x10\2\0" + bytes(4) + b"\x08\1" + bytes(22) + b"\xaa\xaa\3\0\0\0\x08\0" + ip4(tcp())),
    )
    yield "mpls", 0x8847, b"\0\0\1\xff" * 1 + ip4(tcp())
    yield "pseudowire", 0x8847, b"\0\0\1\xff" + bytes(4) + eth(0x0800, ip4(tcp()))
    yield "pppoe", 0x8864, b"\x11\0\0\1" + struct.pack("!H", 80) + b"\0\x21" + ip4(tcp())
    yield "pbb", 0x88E7, bytes(4) + eth(0x0800, ip4(tcp()))
    yield "vn-tag", 0x8926, bytes(4) + b"\x08\0" + ip4(tcp())
    yield "snap", 80, b"\xaa\xaa\3\0\0\0\x08\0" + ip4(tcp())


def link_frames() -> Iterator[tuple[str, int, bytes]]:
    """(name, link type, frame)."""
    for name, ethertype, body in bodies():
        yield name, 1, eth(ethertype, body)
    packet = ip4(tcp())
    yield "qinq", 1, eth(0x0800, packet, ((0x88A8, 7), (0x8100, 9)))
    yield "lacp", 1, lacpdu()
    yield "sll", 113, struct.pack("!HHH8sH", 0, 1, 6, bytes(8), 0x0800) + packet
    yield "sll2", 276, s.sll2(0x0800, 3) + packet
    yield "sll2-gre", 276, s.sll2(0x0800, 3, 0, 778) + packet
    yield (
        "sll2-radiotap",
        276,
        s.sll2(4, 3, 0, 803) + bytes.fromhex("00000800 00000000") + b"\x08\2" + bytes(30) + packet,
    )
    yield "raw", 101, packet
    yield "null", 0, struct.pack("<I", 2) + packet
    yield "ppp", 9, b"\xff\3\0\x21" + packet
    yield "hdlc", 104, b"\x0f\0\x08\0" + packet
    yield "frame-relay", 107, b"\x18\x41\3\xcc" + packet
    yield "token-ring", 6, b"\x10\x40" + bytes(12) + b"\xaa\xaa\3\0\0\0\x08\0" + packet
    yield "fddi", 10, b"\x50" + bytes(12) + b"\xaa\xaa\3\0\0\0\x08\0" + packet
    yield "wifi", 105, b"\x08\1" + bytes(22) + b"\xaa\xaa\3\0\0\0\x08\0" + packet
    yield (
        "radiotap",
        127,
        bytes.fromhex("00000a00 02000000 2000") + b"\x88\1" + bytes(26) + b"\xaa\xaa\3\0\0\0\x08\0" + packet,
    )
    yield "ppi", 192, struct.pack("<BBHI", 0, 0, 8, 1) + eth(0x0800, packet)
    yield "nflog", 239, b"\2\0\0\0" + struct.pack("<HHI", 8, 10, 0) + struct.pack("<HH", len(packet) + 4, 9) + packet
    yield "ipoib", 242, bytes(40) + b"\x08\0\0\0" + packet
    yield "dsa", 284, bytes(12) + bytes(4) + b"\x08\0" + packet
    yield "arcnet", 129, bytes(4) + b"\xd4\0\0\0" + packet
    yield "slip", 8, bytes(16) + packet


def conversation(frames: int = 6) -> list[b.Packet]:
    """A connection that begins, moves payload and ends, a LACPDU among it."""
    packets: list[b.Packet] = [
        (T0, eth(0x0800, ip4(tcp(b"", s.SYN)))),
        (T0 + 10**6, lacpdu()),
        (T0 + 2 * 10**6, arp(2)),
    ]
    packets += [(T0 + n * 10**8, eth(0x0800, ip4(tcp(bytes(9)))), 1500) for n in range(1, frames)]
    return packets


def section(big: bool) -> bytes:
    """Every kind of block."""
    frame = eth(0x0800, ip4(tcp(b"")))
    parts = [
        b.shb(big, items=[(4, b"fuzz")]),
        b.idb(big, name="nic1", description="one", speed=10**10, mac=b"\2" * 6, resolution=9),
        b.idb(big, link_type=113, snaplen=70, resolution=0x94, zone=3600, fcs_len=4, filter_text="tcp"),
        b.epb(T0, frame, big, flags=1, drops=3, items=[(1, b"comment")]),
        b.epb(T0 + 10**9, frame, big, wire=1500, flags=2),
        b.spb(frame[:40], big, wire=60),
        b.pb(T0, frame, big, interface=0, drops=2, flags=1),
        b.block(b.NRB, bytes(8), big),
        b.epb(2**63, frame, big, interface=1),
        b.epb(1, b"", big, interface=9),
        b.block(0x0BAD, bytes(12), big),
        b.isb(big, interface=0, start=T0, end=T0 + 10**9, received=9, dropped=1, dropped_os=2),
    ]
    return b"".join(parts)


def captures() -> Iterator[tuple[str, bytes]]:
    whole = conversation()
    yield "pcap", b.pcap(whole)
    yield "pcap-big-ns", b.pcap(whole, magic=b.PCAP_NS, big=True)
    yield "pcap-modified", b.pcap(whole, magic=b.PCAP_MODIFIED)
    yield "pcap-nokia", b.pcap(whole, extra=4)
    yield "pcap-swapped", b.pcap(whole, version=(2, 2), swapped=True)
    yield "pcap-fcs", b.pcap(whole, link_type=1 | 1 << 26 | 2 << 28)
    yield "pcap-cut", b.pcap(whole)[:-5]
    yield "pcap-damaged", (lambda d: d[:180] + b"\xff" * 8 + d[188:])(b.pcap(conversation(12)))
    yield "pcapng", section(False)
    yield "pcapng-big-second-section", section(False) + section(True)
    yield "pcapng-damaged", (lambda d: d[:-40] + b"\xff" * 8 + d[-32:])(section(False)) + section(False)
    yield "pcapng-members", b.pcapng(whole, names=("nic1", "nic2"), interfaces=[n % 2 for n in range(len(whole))])
    yield "sll2", b.pcap([(T0 + n, s.sll2(0x0800, n % 3, 4 * (n & 1)) + ip4(tcp())) for n in range(5)], link_type=276)
    for name, link_type, frame in link_frames():
        if link_type not in (1, 113, 276) or name in ("vxlan", "mpls", "gre"):
            yield f"link-{name}", b.pcap([(T0, frame)], link_type=link_type)


def event_logs() -> Iterator[tuple[str, bytes]]:
    """Windows event trace logs with the smallest buffers."""
    frame, at = eth(0x0800, ip4(tcp())), etl.at
    plain = [etl.Buf([etl.frame(frame, at(n), 12 + n % 2, gft=n > 2)], n % 3) for n in range(5)]
    yield "netsh", etl.log(plain, 1024)
    parts = etl.parts(frame, [at(1), at(2), at(3)], process=4, thread=8)
    begun = etl.parts(frame, [at(4), at(5)])[0]
    yield "parts", etl.log([etl.Buf(parts[:2]), etl.Buf([parts[2], begun])], 1024, frequency=2_343_750)
    both = etl.START | etl.END
    raw = etl.frame(frame[14:], at(2), keyword=both | etl.RAW, extended=(b"12", b"3" * 9))
    others = [etl.switched(frame, at(1), vlan=5), raw]
    wifi = etl.frame(b"\x88\x41" + bytes(24) + b"\xaa\xaa\3\0\0\0\x08\0" + frame[14:], at(3), keyword=both | etl.WIFI)
    yield "links", etl.log([etl.Buf(others), etl.Buf([wifi, *etl.other_events(at(4))])], 1024, clock=2, bits=32)
    names = [etl.component(1, 2, "a.sys", "A"), etl.number(1, 1, 7), etl.address(1, b"\2" * 6), etl.number(2, 2, 7)]
    frames = [
        etl.pktmon(frame, at(1), 1),
        etl.pktmon(frame, at(2), 2, original=1500),
        etl.pktmon(b"x", at(3), 1, number=170),
    ]
    yield "pktmon", etl.log([etl.Buf(frames), etl.Buf(names)], 1024, mode=2, events_lost=3, buffers_lost=1)
    damaged = bytearray(etl.log(plain, 1024))
    damaged[2048:3072], damaged[4096 + 52] = b"\x99" * 1024, 0x60
    yield "damaged", bytes(damaged[:-300])


def compressions() -> Iterator[tuple[str, int, bytes]]:
    """(name, number of the format, compressed)."""
    data = b.pcap(conversation(3))
    yield "gzip", 0, gzip.compress(data, mtime=0) + gzip.compress(data[24:], mtime=0)
    yield "zstd", 1, zstandard.compress(data) + b"\x50\x2a\x4d\x18\2\0\0\0ab" + zstandard.compress(data[24:])
    yield "lz4", 2, lz4.frame.compress(data)
    yield "xz", 3, lzma.compress(data) + bytes(4)
    yield "bzip2", 4, bz2.compress(data)
    yield "zstd-bomb", 1, zstandard.compress(bytes(1 << 20))


def descriptions() -> Iterator[tuple[str, str]]:
    """(name, text) of descriptions of a team that are JSON or TOML."""
    team = {
        "Name": "T",
        "Members": {"value": ["Ethernet 2"], "Count": 1},
        "TeamingMode": 2,
        "LoadBalancingAlgorithm": "Dynamic",
        "LacpTimer": 1,
    }
    adapter = {
        "Name": "Ethernet 2",
        "InterfaceDescription": "NIC #2",
        "MacAddress": "00-50-56-8C-05-58",
        "LinkSpeed": "2.5 Gbps",
    }
    member = {"Name": "Ethernet 2", "Team": "T", "AdministrativeMode": "Standby", "OperationalStatus": "Failed"}
    switch = {"Name": "S", "TeamingMode": 1, "LoadBalancingAlgorithm": 4, "NetAdapterInterfaceDescription": ["NIC #2"]}
    yield "lbfo", json.dumps([team, [adapter], member])
    yield "set", json.dumps(switch) + json.dumps([adapter])
    yield (
        "ip-link",
        json.dumps(
            [
                {},
                {"ifname": "eth0", "master": "bond0", "permaddr": "52:54:00:b0:0a:02", "flags": ["LOWER_UP"]},
                {
                    "ifname": "bond0",
                    "address": "52:54:00:b0:0a:01",
                    "linkinfo": {
                        "info_kind": "bond",
                        "info_data": {
                            "mode": "balance-tlb",
                            "tlb_dynamic_lb": 1,
                            "active_slave": "eth0",
                            "ad_lacp_rate": "fast",
                        },
                    },
                },
            ]
        ),
    )
    yield (
        "toml",
        (
            'name = "t"\nmode = "lacp"\nalgorithm = "layer3+4"\nlacp_timer = "fast"\nactive = "eth0"\n'
            'mac = "02:00:00:00:00:01"\n[[member]]\nname = "eth0"\nmac = ["0200.0000.0001"]\nspeed = "10G"\nstandby = false\n'
        ),
    )


def all_seeds() -> Iterator[tuple[str, str, bytes]]:
    """(target, name, input)."""
    for name, data in captures():
        yield "capture", name, data
    for name, data in event_logs():
        yield "event_log", name, data
    for name, number, data in compressions():
        yield "capture", name, data
        yield "packed", name, bytes([number]) + data
    yield "capture", "gzip-in-zstd", zstandard.compress(gzip.compress(b.pcap(conversation(2)), mtime=0))
    for big in (0, 1):
        yield "walkers", f"pcapng-{big}", bytes([big, 0, 4]) + section(bool(big))[28:]
        yield "walkers", f"pcap-{big}", bytes([big, 0, 1]) + b.pcap(conversation(), big=bool(big))[24:]
    for name, link_type, frame in link_frames():
        yield "frame", name, struct.pack("<HBB", link_type, 1, 8) + frame
    handshake = bytes([0x2D, 2, 9, 0, 0, 64, 0, 0x4E, 18, 5, 9, 0, 65, 0, 0x2D, 16, 9, 5, 15, 64, 0])
    yield "packets", "connection", handshake + bytes([0x2D, 24, 10, 5, 9, 66, 0x84]) * 4 + handshake
    for name, frame in (
        ("lacp", lacpdu()),
        ("arp", arp(1)),
        ("arp-answer", arp(2)),
        ("solicit", neighbor(135)),
        ("advertise", neighbor(136)),
        ("lldp", lldp()),
        ("cdp", cdp()),
        ("marker", lacpdu()[:14] + b"\2\1" + bytes(40)),
    ):
        yield "control", name, b"".join(bytes([len(frame), who]) + frame for who in (0, 1, 2))
    yield (
        "settings_file",
        "all",
        (
            b'local = ["10.0.0.1"]\nspeed = { default = "10G", nic2 = "1G" }\nmode = "lacp"\nalgorithm = "dynamic"\n'
            b'migration_port = ["6600", "49152-49215"]\nstreams = "all"\ntop = 20\nstrict = false\njobs = 2\n'
            b'decoder = "auto"\n[thresholds]\nspread_alpha = 0.01\nspray_median_run = 5\n'
        ),
    )
    yield (
        "settings_file",
        "types",
        (b'top = 1e3\nstrict = "no"\nspeed = ["10G", "a=1M"]\nmode = 1979-05-27\nlocal = [[{a = inf}]]\n'),
    )
    for path in sorted((Path(__file__).parents[1] / "unit" / "team" / "description" / "described").glob("*.txt")):
        yield "team_description", path.stem, path.read_bytes()[:1500]
    for name, text in descriptions():
        yield "team_description", name, text.encode()
    yield "team_description", "utf-16", next(descriptions())[1].encode("utf-16")
    for number, text in enumerate(
        (
            "10G,nic=2.5M",
            "49152-49215,80",
            "10.0.0.1, ::1",
            "lacp",
            "50",
            "2",
            "true",
            "kernel",
            "spread-alpha=0.01",
            "2026-05-01T14:30:00.123+02:00",
        )
    ):
        yield "settings_text", f"value-{number}", bytes([number]) + text.encode()
    yield (
        "report",
        "small",
        (b'"schema": "flowmap.report/2", "tool": {"name": "flowmap"}, "settings": {"top": 1e3, "local": [null]}}'),
    )
    yield "report_values", "several", b'\0\5"x"\n\0\x09-1\n\0\x14null\n\0\x20[1e400]\n\0\x300.5\n\0\x44{"a": []}'
    for name, data in captures():
        if not name.startswith("link-"):
            yield "analysis", name, data
    yield "analysis", "event-log", next(event_logs())[1]


def main() -> None:
    for target, name, data in all_seeds():
        folder = CORPUS / target
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"seed-{name}").write_bytes(data)


if __name__ == "__main__":
    main()
