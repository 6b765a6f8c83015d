"""The headers that mirroring puts before a frame, found in all records of a block at once.

In: a block's bytes and index, the interfaces. Out: per record the kind of encapsulation, where the inner frame begins, the
session it belongs to, and where the outer addresses are. Nothing is read beyond the captured bytes.
Sources: draft-foschiano-erspan (types I to III), RFC 2784 and 2890 (GRE), RFC 7348 (VXLAN), Wireshark's packet-tzsp (TZSP).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from flowmap.dataclass import dataclass

__all__ = ["ERSPAN", "GRE", "KINDS", "TZSP", "VXLAN", "Outer", "find_outer"]

Array = np.ndarray[Any, Any]

ERSPAN, TZSP, VXLAN, GRE = 1, 2, 3, 4
KINDS = {ERSPAN: "ERSPAN", TZSP: "TZSP", VXLAN: "VXLAN", GRE: "GRE"}

_TAGS = (0x8100, 0x88A8, 0x9100)
_NETWORK_AT = {1: (12, 14), 113: (14, 16), 276: (0, 20)}
"""By link type: where the EtherType stands, and what follows it."""
_RAW_IP = (12, 14, 101, 228, 229)
_TZSP_PORT, _VXLAN_PORTS = 37008, (4789, 8472)
_BRIDGED, _ERSPAN_12, _ERSPAN_3 = 0x6558, 0x88BE, 0x22EB
_MOST_TZSP_TAGS = 8
_TZSP_ETHERNET = 1


@dataclass(frozen=True)
class Outer:
    """(records,) each. `kind` 0: not mirrored. `addresses` is where the outer source address begins, `width` 4 or 16."""

    kind: Array
    inner: Array
    session: Array
    sequence: Array
    """The number that the sender gave to the frame, -1 without one."""
    addresses: Array
    width: Array
    wire_len: Array
    """Of a frame that the sender had to cut (its first fragment): how long it was, by its own IP header; 0 otherwise."""


class _Bytes:
    """Reads of a block that stay in it: what is beyond a record's end reads as 0."""

    def __init__(self, data: Array, ends: Array) -> None:
        self._data, self._ends, self._last = data, ends, max(0, len(data) - 1)

    def u8(self, at: Array) -> Array:
        value: Array = np.where(at < self._ends, self._data[np.minimum(at, self._last)], 0).astype(np.int64)
        return value

    def u16(self, at: Array) -> Array:
        value: Array = self.u8(at) << 8 | self.u8(at + 1)
        return value

    def u32(self, at: Array) -> Array:
        value: Array = self.u16(at) << 16 | self.u16(at + 2)
        return value


def find_outer(data: Array, index: Array, ifaces: Array) -> Outer:
    """Find the outer headers of records: `index` is (records,) INDEX of a block, `ifaces` IFACE by ordinal."""
    start = index["offset"].astype(np.int64)
    ends = start + index["cap_len"]
    read = _Bytes(data, ends)
    ethertype, network = _network(read, start, ifaces["link_type"][index["interface"]])
    version4, version6 = ethertype == 0x0800, ethertype == 0x86DD
    fragment = np.where(version4, read.u16(network + 6), 0)
    unbroken = version4 & (fragment & 0x1FFF == 0) | version6
    protocol = np.where(version4, read.u8(network + 9), np.where(version6, read.u8(network + 6), 0))
    above = network + np.where(version4, (read.u8(network) & 15) * 4, 40)
    kind, inner, session = (np.zeros(len(index), np.int64) for _ in range(3))
    gre, udp = unbroken & (protocol == 47), unbroken & (protocol == 17)
    for found, (of_kind, at, number) in ((gre, _gre(read, above)), (udp, _udp(read, above))):
        kind, inner, session = (
            np.where(found, of_kind, kind),
            np.where(found, at, inner),
            np.where(found, number, session),
        )
    kind = np.where((kind > 0) & (inner + 14 <= ends), kind, 0)
    sequence = np.where(gre, _gre_sequence(read, above), -1)
    cut = (kind > 0) & (fragment & 0x2000 > 0)
    wire_len = np.where(cut, _own_length(read, inner), 0) if cut.any() else np.zeros(len(kind), np.int64)
    return Outer(
        kind, inner, session, sequence, network + np.where(version4, 12, 8), np.where(version4, 4, 16), wire_len
    )


def _own_length(read: _Bytes, frame: Array) -> Array:
    """Return the length of an Ethernet frame by the IP header in it, 0 where there is none that is known."""
    ethertype, position = _network(read, frame, np.ones(len(frame), np.int64))
    behind = np.where(ethertype == 0x0800, read.u16(position + 2), 0)
    behind = np.where(ethertype == 0x86DD, read.u16(position + 4) + 40, behind)
    return np.where(behind > 0, position - frame + behind, 0)


def _network(read: _Bytes, start: Array, link_type: Array) -> tuple[Array, Array]:
    """Return the EtherType and position of the network header; 0 where there is none that is known."""
    ethertype, position = np.zeros(len(start), np.int64), start.copy()
    for number, (at, behind) in _NETWORK_AT.items():
        own = link_type == number
        if own.any():
            ethertype = np.where(own, read.u16(start + at), ethertype)
            position = np.where(own, start + behind, position)
    raw = np.isin(link_type, _RAW_IP)
    if raw.any():
        version = read.u8(start) >> 4
        ethertype = np.where(raw & (version == 4), 0x0800, np.where(raw & (version == 6), 0x86DD, ethertype))
    for _ in range(2):
        tagged = np.isin(ethertype, _TAGS)
        if not tagged.any():
            break
        ethertype = np.where(tagged, read.u16(position + 2), ethertype)
        position = np.where(tagged, position + 4, position)
    return ethertype, position


def _gre(read: _Bytes, at: Array) -> tuple[Array, Array, Array]:
    """Return (kind, position of the inner frame, session).

    ERSPAN I has no header of its own and no session; II is told from it by GRE's sequence number; III may have a
    subheader of eight bytes. A plain tunnel's session is its key.
    """
    flags, inside = read.u16(at), read.u16(at + 2)
    sound = flags & 0x4007 == 0
    behind = at + 4 + 4 * ((flags >> 15) + (flags >> 13 & 1) + (flags >> 12 & 1))
    numbered, keyed = flags & 0x1000 > 0, flags & 0x2000 > 0
    second = sound & (inside == _ERSPAN_12) & numbered
    third = sound & (inside == _ERSPAN_3)
    erspan = sound & (inside == _ERSPAN_12) | third
    plain = sound & (inside == _BRIDGED)
    inner = behind + np.where(second, 8, np.where(third, 12 + 8 * (read.u8(behind + 11) & 1), 0))
    key = np.where(keyed, read.u32(at + 4 + 4 * (flags >> 15)), 0)
    session = np.where(second | third, read.u16(behind + 2) & 0x3FF, np.where(plain, key, 0))
    return np.where(erspan, ERSPAN, np.where(plain, GRE, 0)), inner, session


def _gre_sequence(read: _Bytes, at: Array) -> Array:
    """Return the sequence number of GRE (RFC 2890), behind checksum and key where these are there."""
    flags = read.u16(at)
    place = at + 4 + 4 * ((flags >> 15) + (flags >> 13 & 1))
    return np.where(flags & 0x1000 > 0, read.u32(place), -1)


def _udp(read: _Bytes, at: Array) -> tuple[Array, Array, Array]:
    """Return the same for VXLAN (session: network identifier) and TZSP, whose tagged fields end with type 1."""
    port, body = read.u16(at + 2), at + 8
    vxlan = np.isin(port, _VXLAN_PORTS) & (read.u8(body) & 8 > 0)
    tzsp = (port == _TZSP_PORT) & (read.u8(body) == 1) & (read.u16(body + 2) == _TZSP_ETHERNET)
    kind = np.where(vxlan, VXLAN, np.where(tzsp, TZSP, 0))
    session = np.where(vxlan, read.u32(body + 4) >> 8, 0)
    inner = body + 8
    if tzsp.any():
        position, ended = body + 4, np.zeros(len(at), dtype=bool)
        for _ in range(_MOST_TZSP_TAGS):
            tag = read.u8(position)
            position = np.where(ended, position, np.where(tag <= 1, position + 1, position + 2 + read.u8(position + 1)))
            ended |= tag == 1
        inner = np.where(tzsp, position, inner)
        kind = np.where(tzsp & ~ended, 0, kind)
    return kind, inner, session
