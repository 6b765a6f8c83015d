"""Switch and port by LLDP and CDP, from frames that scapy and others built."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.contrib.cdp import CDPMsgDeviceID, CDPMsgPortID, CDPv2_HDR
from scapy.contrib.lldp import (
    LLDPDUChassisID,
    LLDPDUEndOfLLDPDU,
    LLDPDUPortDescription,
    LLDPDUPortID,
    LLDPDUSystemCapabilities,
    LLDPDUSystemName,
    LLDPDUTimeToLive,
)
from scapy.layers.l2 import LLC, SNAP, Dot1Q, Dot3, Ether
from scapy.utils import rdpcap

from flowmap.decode.control import INBOUND, OUTBOUND, UNKNOWN, ControlFrame
from flowmap.team.neighbors.discovery import Announcement, announced

SWITCH, HOST = "02:00:00:00:00:fe", "02:00:00:00:00:01"
CORPUS = Path(__file__).parents[5] / "shared" / "corpus" / "lacp"


def lldp(system: bytes, port: bytes, *, src: str = SWITCH, tagged: bool = False, bridge: bool = True) -> bytes:
    ether = Ether(src=src, dst="01:80:c2:00:00:0e", type=0x8100 if tagged else 0x88CC)
    body = (
        LLDPDUChassisID(subtype=4, id=SWITCH)
        / LLDPDUPortID(subtype=5, id=port)
        / LLDPDUTimeToLive(ttl=120)
        / LLDPDUPortDescription(description=b"uplink of the host")
        / LLDPDUSystemName(system_name=system)
        / LLDPDUSystemCapabilities(mac_bridge_available=1, mac_bridge_enabled=int(bridge))
        / LLDPDUEndOfLLDPDU()
    )
    return bytes(ether / Dot1Q(vlan=5, type=0x88CC) / body if tagged else ether / body)


def cdp(system: bytes, port: bytes) -> bytes:
    body = CDPv2_HDR(msg=[CDPMsgDeviceID(val=system), CDPMsgPortID(iface=port)])
    return bytes(
        Dot3(src=SWITCH, dst="01:00:0c:cc:cc:cc")
        / LLC(dsap=0xAA, ssap=0xAA, ctrl=3)
        / SNAP(OUI=0xC, code=0x2000)
        / body
    )


def heard(*frames: bytes, direction: int = UNKNOWN) -> Announcement | None:
    own = [int(HOST.replace(":", ""), 16)]
    return announced((ControlFrame(n, 0, direction, frame) for n, frame in enumerate(frames)), own).get(0)


@pytest.mark.parametrize("tagged", [False, True])
def test_lldp(tagged: bool) -> None:
    said = heard(lldp(b"sw1", b"Gi1/0/7", tagged=tagged), direction=INBOUND)
    assert said == Announcement("lldp", "sw1", SWITCH, "Gi1/0/7", "uplink of the host", True)


def test_cdp() -> None:
    said = heard(cdp(b"core-2", b"TenGigabitEthernet1/1"))
    assert said is not None
    assert (said.protocol, said.system, said.port) == ("cdp", "core-2", "TenGigabitEthernet1/1")


def test_what_the_host_says_of_itself_is_no_switch_port() -> None:
    assert heard(lldp(b"me", b"eth0", src=HOST)) is None
    assert heard(lldp(b"me", b"eth0"), direction=OUTBOUND) is None


def test_a_switch_is_believed_rather_than_another_host_and_the_latest_of_them() -> None:
    said = heard(lldp(b"sw1", b"1"), lldp(b"sw1", b"2"), lldp(b"phone", b"3", bridge=False))
    assert said is not None
    assert (said.system, said.port) == ("sw1", "2")


def test_an_announcement_without_a_port_does_not_hide_one_with_it() -> None:
    nameless = bytes(
        Dot3(src=SWITCH, dst="01:00:0c:cc:cc:cc")
        / LLC(dsap=0xAA, ssap=0xAA, ctrl=3)
        / SNAP(OUI=0xC, code=0x2000)
        / CDPv2_HDR(msg=[CDPMsgDeviceID(val=b"switch by CDP")])
    )
    told = heard(lldp(b"switch", b"Eth1/7", bridge=False), nameless)
    assert told is not None
    assert told.port == "Eth1/7"


@pytest.mark.parametrize("build", [lldp, cdp])
def test_a_cut_frame_tells_what_was_whole(build: object) -> None:
    whole = build(b"switch", b"port7")  # type: ignore[operator]
    for length in range(len(whole)):
        said = heard(whole[:length])
        assert said is None or (said.system in (None, "switch") and said.port in (None, "port7"))


@given(st.binary(max_size=300))
def test_any_octets_are_read(octets: bytes) -> None:
    for head in (bytes(12) + b"\x88\xcc", bytes(12) + b"\0\0" + bytes.fromhex("aaaa0300000c2000")):
        heard(head + octets)


@pytest.mark.parametrize("name", ["tcpdump-LLDP_and_CDP.pcap", "tcpdump-lldp_8021_linkagg.pcap"])
def test_real_frames_read_as_tshark_reads_them(name: str) -> None:
    path = CORPUS / name
    if not path.exists():
        pytest.skip("the shared captures are not here")
    fields = ["lldp.tlv.system.name", "lldp.chassis.id", "cdp.deviceid", "cdp.portid"]
    command = ["tshark", "-n", "-r", str(path), "-T", "fields", *(part for field in fields for part in ("-e", field))]
    try:
        lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\n")[:-1]
    except FileNotFoundError:
        pytest.skip("tshark is not installed")
    for packet, line in zip(rdpcap(str(path)), lines, strict=True):
        system, _, device, port = line.split("\t")
        said = heard(bytes(packet))
        if system or device:
            assert said is not None
            assert said.system == (system or device)
        if port:
            assert said is not None
            assert said.port == port


@pytest.mark.parametrize(
    ("mau", "mbit"),
    [
        (11, 10),
        (16, 100),
        (26, 1_000),
        (30, 1_000),
        (36, 10_000),
        (54, 10_000),
        (72, 40_000),
        (77, 100_000),
        (93, 25_000),
        (98, 100_000),
        (103, 2_500),
        (0, None),
        (42, None),
        (59, None),
        (79, None),
        (65535, None),
    ],
)
def test_the_speed_of_the_link_by_its_medium(mau: int, mbit: int | None) -> None:
    """IANA-MAU-MIB: 10BASE-T and 100BASE-TX in full duplex, 1000BASE-SX and -T in full duplex, 10GBASE-SR and -T, 40GBASE-SR4,
    100GBASE-LR4, 25GBASE-SR, 100GBASE-CR4, 2.5GBASE-T; unknown, 2BASE-TL, a passive optical network, 1000BASE-T1."""
    frame = lldp(b"sw1", b"Gi1/0/7")
    status = bytes([127 << 1, 9]) + b"\x00\x12\x0f\x01\x03\x6c\x01" + mau.to_bytes(2, "big")
    said = heard(frame[:-2] + status + frame[-2:])
    assert said is not None
    assert said.speed_bps == (None if mbit is None else mbit * 10**6)
    cut = heard(frame[:-2] + status[:-1])
    assert cut is not None
    assert cut.speed_bps is None
