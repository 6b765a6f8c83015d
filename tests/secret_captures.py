"""Captures of a team in which everything that can hold a name or an address holds one that is known."""

from __future__ import annotations

import ipaddress
import struct
from pathlib import Path
from typing import Any

import builders

HOST, REMOTES = "10.11.12.13", ("10.11.12.99", "172.29.30.77", "192.168.201.202")
HOST6, REMOTE6 = "2001:db8:77::1a2b", "fe80::21b:21ff:fe9a:8b7c"
INNER = ("100.64.17.18", "100.64.17.19")
ARPED, FILTERED, NAMED, UNSEEN = "10.11.12.200", "10.11.12.201", "10.11.12.202", "10.11.12.203"
HOST_MAC, SWITCH_MAC, REMOTE_MAC = "00:1b:21:aa:bb:cc", "00:25:90:91:92:93", "3c:fd:fe:44:55:66"
INNER_MACS = ("a0:36:9f:77:88:99", "a0:36:9f:77:88:9a")
ACTOR, PARTNER, PARTNER2 = "00:1b:21:de:ad:01", "88:75:56:be:ef:02", "88:75:56:be:ef:03"
NIC_MAC, CHASSIS = "00:1b:21:0f:0e:0d", "88:75:56:01:0c:0d"

ADDRESSES = (HOST, *REMOTES, HOST6, REMOTE6, *INNER, ARPED, FILTERED, NAMED, UNSEEN)
MACS = (HOST_MAC, SWITCH_MAC, REMOTE_MAC, *INNER_MACS, ACTOR, PARTNER, PARTNER2, NIC_MAC, CHASSIS)
NAMES = (
    "acme-corp-hq",
    "acmeleft",
    "acmeright",
    "acme-description",
    "acme-section-comment",
    "acme-interface-comment",
    "acme-packet-comment",
    "acme-host.example",
    "acme-switch",
    "acme-port",
    "acme-guest-secret",
    "acme-third",
    "acmegiven",
    "acme-notes",
    "acme-broken",
    "acme-missing",
    "acme-hardware",
    "acme-cdp",
    "acme-filter-host",
    "acme-model",
    "acme-room",
    "acme-object",
    "acme-slot",
    "acme-version",
    "acme-platform",
    "acme-domain",
    "acme-journal",
    "acme-statistics",
    "acme-custom",
    "acmetext",
    "acme-rack",
    "acme-uplink",
    "n\u00edc-acme\u00df",
)
"""None of them is in another: each is looked for by itself."""

JOURNAL, STATISTICS = 9, 5
"""Types of pcapng blocks: systemd Journal Export, Interface Statistics."""
T0 = 1_767_323_045_000_000_000
_STEP = 400_000
_PAYLOAD = b"acme-guest-secret" * 80


def write(folder: Path) -> list[str]:
    """The captures in `folder`; the arguments that name them, and options that name more."""
    home = folder / "acme-corp-hq"
    home.mkdir()
    (home / "team.pcapng").write_bytes(_team())
    (home / "n\u00edc-acme\u00df.pcap").write_bytes(builders.pcap(_frames(REMOTES[2], 3, 9)))
    (home / "acme-third.pcap").write_bytes(builders.pcap(_frames(REMOTES[1], 2, 7) + _aside(2)))
    (home / "acme-notes.txt").write_text("no capture", encoding="utf-8")
    (folder / "acme-broken.pcap").write_bytes(b"acmetext, no capture")
    paths = [str(home), f"acmegiven={home / 'acme-third.pcap'}", str(folder / "acme-broken.pcap")]
    return [*paths, str(folder / "acme-missing.pcap")]


OPTIONS = ("--local", HOST, "--local", UNSEEN, "--local", NIC_MAC, "--speed", "acmeleft=10G")


def _team() -> bytes:
    """Two interfaces; one stream is sprayed over both, LACP on the second has another partner."""
    frames = [(0, one) for one in _frames(REMOTES[0], 0, 0) + _aside(0)]
    frames += [(1, one) for one in _frames(REMOTES[1], 1, 2) + _aside(1)]
    frames += [(n % 2, one) for n, one in enumerate(_frames(REMOTES[2], 5, 4))]
    frames.sort(key=lambda one: one[1][0])
    parts = [
        builders.shb(
            items=[(1, b"acme-section-comment"), (2, b"acme-hardware"), (3, b"acme-hardware"), (4, b"acme-hardware")]
        ),
        *(_interface(name) for name in ("acmeleft", "acmeright")),
        builders.block(builders.NRB, _name_records()),
        builders.block(JOURNAL, builders.padded(b"MESSAGE=acme-journal\n")),
        builders.block(
            STATISTICS, bytes(12) + struct.pack("<HH", 1, 15) + builders.padded(b"acme-statistics") + bytes(4)
        ),
        builders.block(builders.CUSTOM, struct.pack("<I", 32473) + b"acme-custom"),
    ]
    for interface, (ts_ns, data, *_rest) in frames:
        comment = [(1, f"acme-packet-comment of {NAMED}".encode())]
        parts.append(builders.epb(ts_ns, data, interface=interface, items=comment))
    return b"".join(parts)


def _interface(name: str) -> bytes:
    packed = ipaddress.ip_address(HOST).packed
    return builders.idb(
        name=name,
        description=f"acme-description of {name}",
        mac=_mac(NIC_MAC),
        resolution=9,
        speed=10**9,
        filter_text=f"host acme-filter-host or host {FILTERED}",
        items=[(1, b"acme-interface-comment"), (4, packed + b"\xff\xff\xff\x00"), (12, b"acme-hardware")],
    )


def _name_records() -> bytes:
    host = ipaddress.ip_address(NAMED).packed + b"acme-host.example\0"
    return struct.pack("<HH", 1, len(host)) + builders.padded(host) + struct.pack("<HH", 0, 0)


def _mac(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", ""))


def _ethernet(away: bool) -> Any:
    from scapy.layers.l2 import Ether

    return Ether(src=HOST_MAC, dst=REMOTE_MAC) if away else Ether(src=REMOTE_MAC, dst=HOST_MAC)


def _frames(remote: str, which: int, offset: int) -> list[builders.Packet]:
    """A migration from `remote`: IPv4, and one that goes by IPv6 or a tunnel."""
    from scapy.layers.inet import IP
    from scapy.layers.inet6 import IPv6

    start = T0 + offset * 37_000
    frames = _stream(start, 50000 + which, lambda away: _ethernet(away) / _ends(IP, HOST, remote, away))
    if which == 0:
        frames += _stream(start + 7_000, 50100, lambda away: _ethernet(away) / _ends(IPv6, HOST6, REMOTE6, away))
        frames += _stream(start + 9_000, 50200, lambda away: _ethernet(away) / _tunnel(away))
    return sorted(frames, key=lambda one: one[0])


def _ends(layer: Any, host: str, remote: str, away: bool) -> Any:
    return layer(src=host, dst=remote) if away else layer(src=remote, dst=host)


def _tunnel(away: bool) -> Any:
    from scapy.layers.inet import IP, UDP
    from scapy.layers.l2 import Ether
    from scapy.layers.vxlan import VXLAN

    inner = Ether(src=INNER_MACS[not away], dst=INNER_MACS[away]) / _ends(IP, *INNER, away)
    return _ends(IP, HOST, REMOTES[0], away) / UDP(sport=4000, dport=4789) / VXLAN(vni=7, flags=8) / inner


def _stream(start: int, port: int, below: Any) -> list[builders.Packet]:
    """A stream to port 6600 of the host, acknowledged every fourth segment."""
    from scapy.layers.inet import TCP

    frames: list[builders.Packet] = []
    sequence = 1000
    for number in range(60):
        away = number % 4 == 3
        if away:
            segment = TCP(sport=6600, dport=port, flags="A", seq=5, ack=sequence)
        else:
            segment = TCP(
                sport=port, dport=6600, flags="S" if number == 0 else "A", seq=sequence, ack=5 if number else 0
            )
            payload = b"" if number == 0 else _PAYLOAD
            segment, sequence = segment / payload, sequence + (len(payload) or 1)
        frames.append((start + number * _STEP, bytes(below(away) / segment)))
    return frames


def _aside(number: int) -> list[builders.Packet]:
    """LACP, LLDP, CDP, ARP and neighbour discovery, seen on a member."""
    from scapy.contrib.cdp import (
        CDPMsgDeviceID,
        CDPMsgPlatform,
        CDPMsgPortID,
        CDPMsgSoftwareVersion,
        CDPMsgVTPMgmtDomain,
        CDPv2_HDR,
    )
    from scapy.contrib.lacp import LACP, SlowProtocol
    from scapy.contrib.lldp import (
        LLDPDU,
        LLDPDUChassisID,
        LLDPDUEndOfLLDPDU,
        LLDPDUManagementAddress,
        LLDPDUPortDescription,
        LLDPDUPortID,
        LLDPDUSystemDescription,
        LLDPDUSystemName,
        LLDPDUTimeToLive,
    )
    from scapy.layers.inet6 import ICMPv6ND_NS, ICMPv6NDOptSrcLLAddr, IPv6
    from scapy.layers.l2 import ARP, LLC, SNAP, Dot3, Ether

    slow = Ether(dst="01:80:c2:00:00:02", type=0x8809)
    partner = PARTNER2 if number == 1 else PARTNER
    ours = LACP(
        actor_system=ACTOR,
        actor_key=9,
        actor_port_number=number + 1,
        actor_state=0x3D,
        partner_system=partner,
        partner_key=5,
        partner_port_number=number + 11,
        partner_state=0x3D,
    )
    theirs = LACP(
        actor_system=partner,
        actor_key=5,
        actor_port_number=number + 11,
        actor_state=0x3D,
        partner_system=ACTOR,
        partner_key=9,
        partner_port_number=number + 1,
        partner_state=0x3D,
    )
    lldp = (
        LLDPDUChassisID(subtype=4, id=CHASSIS)
        / LLDPDUPortID(subtype=5, id=f"acme-port {number} of {PARTNER}".encode())
        / LLDPDUTimeToLive(ttl=120)
        / LLDPDUPortDescription(description=f"acme-uplink to {HOST} on acmeleft".encode())
        / LLDPDUSystemName(system_name=f"acme-rack {HOST} acme-switch".encode())
        / LLDPDUSystemDescription(description=f"acme-model in room acme-room {HOST}".encode())
        / LLDPDUManagementAddress(
            management_address=ipaddress.ip_address(UNSEEN).packed,
            management_address_subtype=1,
            object_id=b"acme-object",
        )
        / LLDPDUEndOfLLDPDU()
    )
    assert isinstance(lldp, LLDPDU)
    cdp = CDPv2_HDR(
        msg=[
            CDPMsgDeviceID(val=f"acme-cdp {HOST}".encode()),
            CDPMsgPortID(iface=f"acme-slot 0/{number} of {PARTNER}".encode()),
            CDPMsgSoftwareVersion(val=b"acme-version"),
            CDPMsgPlatform(val=b"acme-platform"),
            CDPMsgVTPMgmtDomain(val=b"acme-domain"),
        ]
    )
    around = Dot3(src=SWITCH_MAC, dst="01:00:0c:cc:cc:cc") / LLC(dsap=0xAA, ssap=0xAA, ctrl=3)
    frames = [
        slow.copy() / SlowProtocol() / ours,
        slow.copy() / SlowProtocol() / theirs,
        Ether(src=SWITCH_MAC, dst="01:80:c2:00:00:0e", type=0x88CC) / lldp,
        around / SNAP(OUI=0xC, code=0x2000) / cdp,
        Ether(src=REMOTE_MAC, dst="ff:ff:ff:ff:ff:ff") / ARP(op=1, hwsrc=REMOTE_MAC, psrc=ARPED, pdst=HOST),
        Ether(src=REMOTE_MAC, dst="33:33:ff:00:1a:2b")
        / IPv6(src=REMOTE6, dst="ff02::1:ff00:1a2b")
        / ICMPv6ND_NS(tgt=HOST6)
        / ICMPv6NDOptSrcLLAddr(lladdr=REMOTE_MAC),
    ]
    frames[0].src, frames[1].src = HOST_MAC, SWITCH_MAC
    return [(T0 + n * 1_000_000 + number, bytes(frame)) for n, frame in enumerate(frames)]
