"""Frames that are no TCP: ARP, echo, LACPDUs, LLDP, UDP, built by scapy."""

from __future__ import annotations

from typing import Any

from scapy.contrib.lacp import LACP, SlowProtocol  # type: ignore[attr-defined]
from scapy.contrib.lldp import (
    LLDPDUChassisID,
    LLDPDUEndOfLLDPDU,
    LLDPDUPortID,
    LLDPDUSystemName,
    LLDPDUTimeToLive,
)
from scapy.layers.inet import ICMP, IP, UDP, fragment
from scapy.layers.l2 import ARP, Ether

from kit.frames import filler
from kit.hosts import Host

__all__ = ["arp_reply", "arp_request", "datagram", "echo", "lacpdu", "lldp"]

_BROADCAST = "ff:ff:ff:ff:ff:ff"


def _padded(frame: bytes) -> bytes:
    return frame.ljust(60, b"\0")


def arp_request(asker: Host, asked_ip: str) -> bytes:
    """A broadcast who-has."""
    arp = ARP(op=1, hwsrc=asker.mac, psrc=asker.ip, hwdst="00:00:00:00:00:00", pdst=asked_ip)
    return _padded(bytes(Ether(src=asker.mac, dst=_BROADCAST) / arp))


def arp_reply(answerer: Host, asker: Host) -> bytes:
    """The unicast answer."""
    arp = ARP(op=2, hwsrc=answerer.mac, psrc=answerer.ip, hwdst=asker.mac, pdst=asker.ip)
    return _padded(bytes(Ether(src=answerer.mac, dst=asker.mac) / arp))


def echo(src: Host, dst: Host, number: int, *, reply: bool = False) -> bytes:
    """An echo request or its reply."""
    icmp = ICMP(type=0 if reply else 8, id=0x4242, seq=number)
    ip_header = IP(src=src.ip, dst=dst.ip, id=0x1000 + number)
    return bytes(Ether(src=src.mac, dst=dst.mac) / ip_header / icmp / filler(56, number))


def lacpdu(port_mac: str, actor: tuple[str, int, int, int], partner: tuple[str, int, int, int]) -> bytes:
    """A LACPDU of 124 bytes. `actor`, `partner`: system, key, port, state (IEEE 802.1AX-2020 6.4.2.3)."""
    fields: dict[str, Any] = {_PARTNER_PORT: partner[2]}
    pdu = LACP(
        actor_system_priority=32768,
        actor_system=actor[0],
        actor_key=actor[1],
        actor_port_priority=32768,
        actor_port_number=actor[2],
        actor_state=actor[3],
        partner_system_priority=32768 if partner[1] else 0,
        partner_system=partner[0],
        partner_key=partner[1],
        partner_port_priority=32768 if partner[1] else 0,
        partner_state=partner[3],
        collector_max_delay=50,
        **fields,
    )
    return bytes(Ether(src=port_mac, dst="01:80:c2:00:00:02", type=0x8809) / SlowProtocol() / pdu)


_PARTNER_PORT = next(f.name for f in LACP.fields_desc if f.name.startswith("partner_port_nu"))


def lldp(port_mac: str, port: str, name: str) -> bytes:
    """What a switch says of the port at the other end of the cable."""
    chassis = LLDPDUChassisID(subtype=7, id=name.encode())
    port_id = LLDPDUPortID(subtype=5, id=port.encode())
    tlvs = chassis / port_id / LLDPDUTimeToLive(ttl=120) / LLDPDUSystemName(system_name=name.encode())
    return bytes(Ether(src=port_mac, dst="01:80:c2:00:00:0e", type=0x88CC) / tlvs / LLDPDUEndOfLLDPDU())


def datagram(src: Host, dst: Host, ports: tuple[int, int], length: int, number: int) -> list[bytes]:
    """A UDP datagram with `length` bytes of payload, in fragments where it is more than a frame."""
    packet = IP(src=src.ip, dst=dst.ip, id=0x2000 + number, ttl=128) / UDP(sport=ports[0], dport=ports[1])
    whole = packet / filler(length, number)
    pieces = fragment(whole, fragsize=1480) if length > 1472 else [whole]  # type: ignore[no-untyped-call]
    return [bytes(Ether(src=src.mac, dst=dst.mac) / piece) for piece in pieces]
