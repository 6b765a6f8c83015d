"""LLDP and CDP: which switch and port a member is plugged into, as the switch itself announces it.

In: captured control frames, possibly cut by the snap length. Out: one `Announcement` for each member that heard one. Any
octets are read; what is cut or odd ends the reading of that frame, what came before counts.
Sources: IEEE 802.1AB clauses 8.4 and 8.5 (TLVs); CDP as tcpdump and Wireshark read it (unverified by any standard).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from typing import Literal

from flowmap.dataclass import dataclass
from flowmap.decode.control import OUTBOUND, ControlFrame
from flowmap.team.lacp.lacpdu import mac_text

__all__ = ["Announcement", "announced"]

_VLAN_TAGS = (b"\x81\x00", b"\x88\xa8", b"\x91\x00")
_LLDP = b"\x88\xcc"
_CDP = bytes.fromhex("aaaa0300000c2000")
"""LLC and SNAP header that CDP follows."""
_FORWARDS = 0x0004 | 0x0010
"""LLDP system capabilities of a bridge and a router."""
_AGGREGATION = (b"\x00\x12\x0f\x03", b"\x00\x80\xc2\x07")
"""Organization and subtype of the two Link Aggregation TLVs (802.3 and 802.1): a status and four octets of number."""
_LONGEST = 120
_MAC_PHY = bytes.fromhex("00120f01")
"""Organizationally specific TLV of IEEE 802.3, subtype MAC/PHY configuration/status (IEEE 802.3, 79.3.1)."""
_SPEEDS = (
    (2, 13, 10),
    (14, 20, 100),
    (21, 30, 1_000),
    (31, 41, 10_000),
    (44, 46, 100),
    (47, 49, 1_000),
    (54, 55, 10_000),
    (56, 56, 1_000),
    (57, 58, 10_000),
    (70, 74, 40_000),
    (75, 78, 100_000),
    (88, 94, 25_000),
    (95, 97, 40_000),
    (98, 102, 100_000),
    (103, 103, 2_500),
    (104, 104, 5_000),
)
"""Operational MAU types, from and to, in Mbit/s (IANA-MAU-MIB; passive optical networks and subscriber lines left out)."""


@dataclass(frozen=True)
class Announcement:
    """What one device says of itself and of the port that it speaks on; None: it does not say."""

    protocol: Literal["lldp", "cdp"]
    system: str | None = None
    chassis: str | None = None
    port: str | None = None
    description: str | None = None
    forwards: bool = False
    """Whether it says that it is a switch or router: hosts announce themselves too."""
    speed_bps: int | None = None
    """Of the link, by the type of medium that the port runs (LLDP's MAC/PHY status)."""
    aggregated: bool | None = None
    """Whether it says that the port is in an aggregate; `aggregate` is the number of that."""
    aggregate: int | None = None


def announced(frames: Iterable[ControlFrame], own_macs: Iterable[int]) -> dict[int, Announcement]:
    """Return the switch port of each member that heard of one.

    That is the latest announcement, of a switch rather than of another device, and one that names the port rather than
    one that does not. Frames that the host sent (recorded as outbound, or from one of `own_macs`) are about the host,
    not the switch.
    """
    own = set(own_macs)
    found: dict[int, tuple[tuple[bool, bool, int], Announcement]] = {}
    known: dict[bytes, Announcement | None] = {}
    for frame in frames:
        if frame.direction == OUTBOUND or int.from_bytes(frame.data[6:12], "big") in own:
            continue
        if frame.data not in known:
            known[frame.data] = _read(frame.data)
        heard = known[frame.data]
        if heard is None:
            continue
        rank = heard.forwards, heard.port is not None, frame.ts_ns
        if frame.member not in found or rank >= found[frame.member][0]:
            found[frame.member] = rank, heard
    return {member: heard for member, (_, heard) in found.items()}


def _read(frame: bytes) -> Announcement | None:
    at = 12
    while frame[at : at + 2] in _VLAN_TAGS:
        at += 4
    if frame[at : at + 2] == _LLDP:
        said = _lldp(frame[at + 2 :])
    elif frame[at + 2 : at + 2 + len(_CDP)] == _CDP:
        said = _cdp(frame[at + 2 + len(_CDP) :])
    else:
        return None
    return said if said.system or said.chassis or said.port else None


def _lldp(data: bytes) -> Announcement:
    texts: dict[int, str] = {}
    enabled, speed, status, aggregate = 0, None, None, 0
    for kind, value in _lldp_tlvs(data):
        if kind == 1:
            texts[kind] = _identifier(value, mac=4, network=5)
        elif kind == 2:
            texts[kind] = _identifier(value, mac=3, network=4)
        elif kind in (4, 5):
            texts[kind] = _text(value)
        elif kind == 7 and len(value) >= 4:
            enabled = int.from_bytes(value[2:4], "big")
        elif kind == 127 and value.startswith(_MAC_PHY) and len(value) >= 9:
            speed = _speed_of_medium(int.from_bytes(value[7:9], "big"))
        elif kind == 127 and value[:4] in _AGGREGATION and len(value) >= 9:
            status, aggregate = bool(value[4] & 2), int.from_bytes(value[5:9], "big")
    system, chassis, port, description = (texts.get(kind) or None for kind in (5, 1, 2, 4))
    return Announcement(
        "lldp",
        system,
        chassis,
        port,
        description,
        bool(enabled & _FORWARDS),
        speed,
        status,
        aggregate if status else None,
    )


def _speed_of_medium(mau: int) -> int | None:
    """Return bits per second; None: another or an unknown medium.

    >>> _speed_of_medium(30), _speed_of_medium(36), _speed_of_medium(0)
    (1000000000, 10000000000, None)
    """
    return next((speed * 10**6 for first, last, speed in _SPEEDS if first <= mau <= last), None)


def _lldp_tlvs(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (type, value) of each TLV, up to the End TLV, a cut one or the end: 7 bits of type, 9 of length, the value."""
    at = 0
    while at + 2 <= len(data):
        head = int.from_bytes(data[at : at + 2], "big")
        kind, length = head >> 9, head & 0x1FF
        value = data[at + 2 : at + 2 + length]
        if kind == 0 or len(value) < length:
            return
        yield kind, value
        at += 2 + length


def _identifier(value: bytes, *, mac: int, network: int) -> str:
    """Return a chassis or port id: a subtype, then a MAC, a network address or text."""
    subtype, rest = value[:1], value[1:]
    if subtype == bytes([mac]) and len(rest) == 6:
        return mac_text(int.from_bytes(rest, "big"))
    if subtype == bytes([network]) and (rest[:1], len(rest)) in ((b"\x01", 5), (b"\x02", 17)):
        return str(ipaddress.ip_address(rest[1:]))
    return _text(rest)


def _cdp(data: bytes) -> Announcement:
    """Read version, time to live and checksum, then TLVs whose lengths count their own four octets of header."""
    texts: dict[int, str] = {}
    forwards = False
    at = 4
    while at + 4 <= len(data):
        kind, length = int.from_bytes(data[at : at + 2], "big"), int.from_bytes(data[at + 2 : at + 4], "big")
        value = data[at + 4 : at + length]
        if length < 4 or len(value) < length - 4:
            break
        if kind in (1, 3, 6):
            texts.setdefault(kind, _text(value))
        elif kind == 4 and len(value) == 4:
            forwards = bool(value[3] & 0x0B)  # router, transparent bridge, switch
        at += length
    system, port, description = (texts.get(kind) or None for kind in (1, 3, 6))
    return Announcement("cdp", system, None, port, description, forwards)


def _text(value: bytes) -> str:
    """Return text of a device, which may be anything."""
    return value.rstrip(b"\0").decode("utf-8", "backslashreplace").strip()[:_LONGEST]
