"""Header fields as transmit hashes see them: one packet by name, or many as columns, brought to 32-bit words."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

import numpy as np

from flowmap.dataclass import dataclass

__all__ = [
    "ALL",
    "ICMP_ERRORS",
    "ICMP_WITH_ID",
    "WITH_PORTS",
    "Columns",
    "Fields",
    "Words",
    "words_of",
    "words_of_columns",
]

Array = np.ndarray[Any, Any]

ETHERTYPE_IPV4, ETHERTYPE_IPV6, ETHERTYPE_VLAN = 0x0800, 0x86DD, 0x8100
ICMP_WITH_ID: Mapping[int, tuple[int, ...]] = {1: (0, 8, 13, 14), 58: (128, 129)}
"""Types that carry an id, echo and timestamp, by protocol (ICMP, ICMPv6)."""
ICMP_ERRORS: Mapping[int, tuple[int, ...]] = {1: (3, 4, 5, 11, 12), 58: (1, 2, 3, 4)}
"""Types that quote a packet."""
WITH_PORTS = frozenset({6, 17, 33, 132, 136})
"""TCP, UDP, DCCP, SCTP, UDP-Lite."""
ALL = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Fields:
    """Header fields of one packet as it leaves the host. None: not there, or not known.

    MACs are 48-bit integers, addresses (version, integer), ports and VLAN id integers. `tag_in_frame`: the VLAN tag was
    already written into the frame when the driver chose (it then sees no IP); else the NIC inserts it. `socket_hash`: a
    socket of the host may have sent it, with a random number of its own; false for what was forwarded or made as a frame.
    """

    src_mac: int | None = None
    dst_mac: int | None = None
    ethertype: int | None = None
    vlan: int | None = None
    tag_in_frame: bool = False
    src_ip: tuple[int, int] | None = None
    dst_ip: tuple[int, int] | None = None
    proto: int | None = None
    src_port: int | None = None
    dst_port: int | None = None
    fragment: bool = False
    icmp_type: int | None = None
    icmp_code: int | None = None
    icmp_id: int | None = None
    socket_hash: bool = True

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Fields:
        """From named values, texts or numbers, empty or missing where there is none.

        Names: src_mac dst_mac ethertype vlan tag_in_frame src_ip dst_ip proto src_port dst_port more_fragments
        frag_offset icmp_type icmp_code icmp_id, and sent_by: "frame" where no socket sent it. Raises ValueError on a value that
        is none.

        >>> Fields.of({"src_ip": "10.0.0.1", "src_port": "80", "vlan": ""}).src_ip
        (4, 167772161)
        """
        numbers = {name: _number(row.get(name), most) for name, most in _MOST.items()}
        src, dst = _address(row.get("src_ip")), _address(row.get("dst_ip"))
        if numbers["ethertype"] is None and src is not None:
            numbers["ethertype"] = ETHERTYPE_IPV4 if src[0] == 4 else ETHERTYPE_IPV6
        return cls(
            src_mac=_mac(row.get("src_mac")),
            dst_mac=_mac(row.get("dst_mac")),
            src_ip=src,
            dst_ip=dst,
            tag_in_frame=_truth(row.get("tag_in_frame")),
            fragment=_truth(row.get("more_fragments")) or bool(_number(row.get("frag_offset"), 0xFFFF)),
            socket_hash=row.get("sent_by") != "frame",
            **numbers,
        )


_MOST = {
    "ethertype": 0xFFFF,
    "vlan": 0xFFF,
    "proto": 0xFF,
    "src_port": 0xFFFF,
    "dst_port": 0xFFFF,
    "icmp_type": 0xFF,
    "icmp_code": 0xFF,
    "icmp_id": 0xFFFF,
}
"""The largest value of each field, by its width on the wire."""


def _number(value: Any, most: int) -> int | None:
    """Return the number of a field, or None where it has no value. Raises ValueError where its bits do not hold it."""
    if value is None or value == "":
        return None
    number = int(value, 0) if isinstance(value, str) else int(value)
    if not 0 <= number <= most:
        raise ValueError(f"{number} is not from 0 to {most}")
    return number


def _truth(value: Any) -> bool:
    return value.lower() in ("1", "true", "yes") if isinstance(value, str) else bool(value)


def _mac(value: Any) -> int | None:
    return int(value.replace(":", "").replace("-", ""), 16) if value else None


def _address(value: Any) -> tuple[int, int] | None:
    if not value:
        return None
    address = ip_address(value)
    return address.version, int(address)


@dataclass(frozen=True, slots=True)
class Columns:
    """The same for many unfragmented TCP packets, whose VLAN tag, if any, is inserted by the NIC.

    Arrays of shape (n,): MACs, address halves (as in types.FLOW) uint64; version 4 or 6; vlan is the id, 0 for none.
    """

    src_mac: Array
    dst_mac: Array
    vlan: Array
    version: Array
    src_hi: Array
    src_lo: Array
    dst_hi: Array
    dst_lo: Array
    src_port: Array
    dst_port: Array


@dataclass(frozen=True, slots=True)
class Words:
    """What the arithmetic works on, one packet (int) or many (arrays). 32-bit words are in network order.

    `addresses`: all 32-bit words of both, xor. `ports`: source << 16 | destination, or what stands in for them.
    `is_ip`: all ones, or 0 where the driver sees no IP.
    """

    src_mac: Any
    dst_mac: Any
    vlan: Any
    ethertype: Any
    is_ip: Any
    addresses: Any
    ports: Any


def words_of(f: Fields, icmp: bool) -> Words:
    """Return the words of one packet; `icmp`: its type, code and id stand in for ports, as on a little-endian CPU."""
    is_ip = f.src_ip is not None and f.dst_ip is not None and not f.tag_in_frame
    addresses = 0
    for _, value in (f.src_ip or (0, 0), f.dst_ip or (0, 0)):
        while value:
            addresses ^= value & ALL
            value >>= 32
    ports = 0
    if icmp and f.icmp_type is not None and f.icmp_type in ICMP_WITH_ID.get(f.proto or 0, ()) and not f.fragment:
        identifier = f.icmp_id or 1  # the kernel keeps 0 for "no id"
        ports = f.icmp_type << 24 | (f.icmp_code or 0) << 16 | (identifier & 0xFF) << 8 | identifier >> 8
    elif f.proto in WITH_PORTS and not f.fragment:
        ports = (f.src_port or 0) << 16 | (f.dst_port or 0)
    return Words(
        f.src_mac or 0,
        f.dst_mac or 0,
        0 if f.tag_in_frame else f.vlan or 0,
        ETHERTYPE_VLAN if f.tag_in_frame else f.ethertype or 0,
        ALL if is_ip else 0,
        addresses,
        ports,
    )


def words_of_columns(c: Columns) -> Words:
    """Return the words of many packets."""
    size = len(c.version)
    return Words(
        c.src_mac.astype(np.int64),
        c.dst_mac.astype(np.int64),
        c.vlan.astype(np.int64),
        np.where(c.version == 4, ETHERTYPE_IPV4, ETHERTYPE_IPV6).astype(np.int64),
        np.full(size, ALL, dtype=np.int64),
        _halves(c.src_hi) ^ _halves(c.src_lo) ^ _halves(c.dst_hi) ^ _halves(c.dst_lo),
        c.src_port.astype(np.int64) << 16 | c.dst_port.astype(np.int64),
    )


def _halves(word: Array) -> Array:
    wide = word.astype(np.uint64)
    folded: Array = ((wide >> np.uint64(32)) ^ (wide & np.uint64(ALL))).astype(np.int64)
    return folded
