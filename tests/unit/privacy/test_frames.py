"""Frames built with scapy, read back with scapy: headers as before with other addresses, and nothing else of them left."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from privacy_reference import hide_with

from flowmap.privacy.addresses import AddressMap
from flowmap.privacy.frames import anonymized_frame

MACS = ("00:1b:21:aa:bb:cc", "00:25:90:11:22:33", "3c:fd:fe:44:55:66", "a0:36:9f:77:88:99")
V4 = ("10.11.12.13", "10.11.12.99", "172.29.30.31", "172.29.30.77")
V6 = ("2001:db8:77::1a2b", "2001:db8:77::3c4d")
SECRET = b"SECRET-payload-of-a-guest"


@pytest.fixture
def addresses() -> AddressMap:
    return hide_with().addresses


def _tcp(**more: Any) -> Any:
    from scapy.layers.inet import TCP

    return TCP(sport=50000, dport=6600, seq=7, ack=9, flags="PA", **more) / SECRET


def _frames() -> dict[str, tuple[int, Any]]:
    from scapy.contrib.geneve import GENEVE
    from scapy.contrib.mpls import MPLS
    from scapy.layers.inet import IP, UDP, IPOption_RR
    from scapy.layers.inet6 import IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrRouting
    from scapy.layers.l2 import GRE, LLC, SNAP, CookedLinux, CookedLinuxV2, Dot1AD, Dot1Q, Dot3, Ether, Loopback
    from scapy.layers.ppp import PPP, PPPoE
    from scapy.layers.vxlan import VXLAN

    outer = Ether(src=MACS[0], dst=MACS[1])
    inner = Ether(src=MACS[2], dst=MACS[3]) / IP(src=V4[2], dst=V4[3])
    ip, ip6 = IP(src=V4[0], dst=V4[1]), IPv6(src=V6[0], dst=V6[1])
    sll = bytes.fromhex(MACS[0].replace(":", "")) + b"\x13\x37"
    return {
        "ip": (1, outer / ip / _tcp()),
        "padded": (1, outer / ip / _tcp() / b"\xde\xad\xbe\xef"),
        "options": (1, outer / IP(src=V4[0], dst=V4[1], options=[IPOption_RR(routers=[V4[2], V4[3]])]) / _tcp()),
        "ip6": (1, outer / ip6 / _tcp()),
        "extensions": (1, outer / ip6 / IPv6ExtHdrDestOpt() / IPv6ExtHdrRouting(addresses=[V6[0]]) / _tcp()),
        "fragment": (1, outer / ip6 / IPv6ExtHdrFragment(m=1) / _tcp()),
        "vlan": (1, outer / Dot1AD(vlan=100) / Dot1Q(vlan=7) / ip / _tcp()),
        "snap": (
            1,
            Dot3(src=MACS[0], dst=MACS[1]) / LLC(dsap=0xAA, ssap=0xAA, ctrl=3) / SNAP(code=0x800) / ip / _tcp(),
        ),
        "mpls": (1, outer / MPLS(label=17, s=0) / MPLS(label=18, s=1) / ip / _tcp()),
        "pppoe": (1, outer / PPPoE(sessionid=5) / PPP(proto=0x21) / ip / _tcp()),
        "vxlan": (1, outer / ip / UDP(sport=5, dport=4789) / VXLAN(vni=88, flags=8) / inner / _tcp()),
        "geneve": (1, outer / ip / UDP(dport=6081) / GENEVE(vni=3, proto=0x6558) / inner / _tcp()),
        "nvgre": (1, outer / ip / GRE(proto=0x6558, key_present=1, key=0x5800) / inner / _tcp()),
        "gre": (1, outer / ip / GRE(chksum_present=1) / IP(src=V4[2], dst=V4[3]) / _tcp()),
        "ipip": (1, outer / ip / IP(src=V4[2], dst=V4[3]) / _tcp()),
        "6in4": (1, outer / ip / ip6 / _tcp()),
        "raw": (101, ip / _tcp()),
        "null": (0, Loopback(type=2) / ip / _tcp()),
        "sll": (113, CookedLinux(src=sll, lladdrlen=6, proto=0x800) / ip / _tcp()),
        "sll2": (276, CookedLinuxV2(src=sll, lladdrlen=6, proto=0x86DD, ifindex=3) / ip6 / _tcp()),
        "mptcp": (1, outer / ip / _tcp(options=[("MSS", 1460), (30, b"\x30\x01" + bytes(map(int, V4[2].split("."))))])),
    }


FRAMES = [
    "ip",
    "padded",
    "options",
    "ip6",
    "extensions",
    "fragment",
    "vlan",
    "snap",
    "mpls",
    "pppoe",
    "vxlan",
    "geneve",
    "nvgre",
    "gre",
    "ipip",
    "6in4",
    "raw",
    "null",
    "sll",
    "sll2",
    "mptcp",
]


def _originals() -> list[bytes]:
    import ipaddress

    numbers = [bytes.fromhex(mac.replace(":", "")) for mac in MACS]
    return numbers + [ipaddress.ip_address(one).packed for one in V4 + V6] + [SECRET[:6]]


@pytest.mark.parametrize("name", FRAMES)
def test_nothing_of_the_original_is_left_and_the_layers_are_the_same(name: str, addresses: AddressMap) -> None:
    from scapy.layers.inet import IP, TCP

    link_type, built = _frames()[name]
    frame = bytes(built)
    mapped = anonymized_frame(frame, link_type, addresses)
    assert [one for one in _originals() if one in mapped or one[::-1] in mapped] == []
    assert mapped.endswith(b"\x02\x04\x05\xb4" + b"\x01" * 8) if name == "mptcp" else len(mapped) < len(frame)
    before, after = built.__class__(frame), built.__class__(mapped)
    layers = [layer for layer in before.layers() if layer.__name__ not in ("Raw", "Padding")]
    assert [layer for layer in after.layers() if layer.__name__ not in ("Raw", "Padding")] == layers
    for field in ("sport", "dport", "seq", "ack", "flags", "window"):
        assert getattr(after[TCP], field) == getattr(before[TCP], field)
    assert after[TCP].chksum == 0
    assert not after[TCP].payload
    assert len(addresses._known) >= 2
    for number in range(1, 3):
        ip = after.getlayer(IP, number)
        if ip is not None:
            header = bytes(ip)[: 4 * ip.ihl]
            words = sum(struct.unpack(f">{len(header) // 2}H", header))
            assert (words & 0xFFFF) + (words >> 16) in (0xFFFF, 0x1FFFE)


def test_the_addresses_are_those_of_the_report(addresses: AddressMap) -> None:
    from scapy.layers.inet import IP
    from scapy.layers.l2 import Ether

    hide = hide_with()
    mapped = Ether(anonymized_frame(bytes(_frames()["ip"][1]), 1, addresses))
    assert [mapped[IP].src, mapped[IP].dst] == [hide.text(V4[0]), hide.text(V4[1])]
    assert [mapped.src, mapped.dst] == [hide.text(MACS[0]), hide.text(MACS[1])]


@pytest.mark.parametrize("name", FRAMES)
def test_wherever_a_frame_is_cut_nothing_of_the_original_is_left(name: str, addresses: AddressMap) -> None:
    link_type, built = _frames()[name]
    frame = bytes(built)
    whole = anonymized_frame(frame, link_type, addresses)
    for length in range(len(frame)):
        cut = anonymized_frame(frame[:length], link_type, addresses)
        assert len(cut) <= length
        assert [one for one in _originals() if one in cut] == []
        assert whole.startswith(cut[:-4]) or name in ("mptcp", "options")  # the last bytes may be options, cut inside


@given(st.binary(max_size=200), st.sampled_from([0, 1, 101, 113, 276, 105]))
def test_whatever_the_bytes_a_frame_never_grows(data: bytes, link_type: int) -> None:
    mapped = anonymized_frame(data, link_type, hide_with().addresses)
    assert len(mapped) <= len(data)
    assert link_type != 105 or mapped == b""


def test_what_is_not_known_is_cut_off(addresses: AddressMap) -> None:
    from scapy.layers.inet import IP, UDP
    from scapy.layers.l2 import ARP, Ether

    outer = Ether(src=MACS[0], dst=MACS[1])
    assert len(anonymized_frame(bytes(outer / ARP(psrc=V4[0], pdst=V4[1])), 1, addresses)) == 14
    assert len(anonymized_frame(bytes(outer / IP(src=V4[0], dst=V4[1]) / UDP(dport=53) / SECRET), 1, addresses)) == 42
