"""Single slow-protocol frames (EtherType 0x8809, IEEE 802.1AX clause 6.4 and annex on slow protocols) as values.

In: captured frames, possibly cut by the snap length. Out: Lacpdu values and a count of all other frames. A cut
LACPDU is used as far as whole parties are there. Each distinct frame is decoded once, because a capture holds the same LACPDU
over and over. The layouts are fixed and few, so they are read right here: a library that knows them (scapy, dpkt) costs a
small analysis a tenth to a half of its time for its import alone. scapy is what the tests compare with.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from struct import Struct

from flowmap.dataclass import dataclass
from flowmap.decode.control import ControlFrame

__all__ = [
    "ACTIVE",
    "AGGREGATABLE",
    "BUNDLED",
    "COLLECTING",
    "DEFAULTED",
    "DISTRIBUTING",
    "EXPIRED",
    "SHORT_TIMEOUT",
    "SYNC",
    "LacpParty",
    "Lacpdu",
    "Marker",
    "SlowProtocolFrames",
    "decode_frames",
    "mac_text",
]

ACTIVE, SHORT_TIMEOUT, AGGREGATABLE, SYNC = 0x01, 0x02, 0x04, 0x08
COLLECTING, DISTRIBUTING, DEFAULTED, EXPIRED = 0x10, 0x20, 0x40, 0x80
BUNDLED = SYNC | COLLECTING | DISTRIBUTING
"""State bits of a side that uses the link as part of its aggregation (0x38)."""

_SLOW_PROTOCOLS = b"\x88\x09"
_VLAN_TAGS = (b"\x81\x00", b"\x88\xa8", b"\x91\x00")
_SUBTYPES = {1: "lacp", 2: "marker", 3: "oam", 10: "ossp"}
_MOST_DISTINCT, _MOST_SYSTEMS, _MOST_MEMBERS = 10_000, 32, 256
"""Frames that are decoded, one of each; systems on a member, members: each system is compared with each."""
_MOST_MARKERS = 100_000
_MARKER_KINDS, _MARKER_END = (b"\1\x16", b"\2\x16"), 16
_ACTOR, _PARTNER = (2, 1), (22, 2)
"""Where a party's TLV begins in the slow-protocol body, behind subtype and version, and its type."""
_PARTY = Struct("!BBH6sHHHB")
"""TLV type, length, system priority, system, key, port priority, port, state (802.1AX-2020 6.4.2.3); three octets reserved."""
_PARTY_LENGTH = 20


@dataclass(frozen=True, slots=True)
class LacpParty:
    """One side of a LACPDU. `system` is a 48-bit MAC as an integer (as in HEADER.smac), `state` the eight bits."""

    system: int
    system_priority: int
    key: int
    port: int
    port_priority: int
    state: int


@dataclass(frozen=True, slots=True)
class Lacpdu:
    """One LACPDU of one member. The actor is its sender; `partner` is None where the snap length cut it off.

    `direction` is as the capture says: 0 unknown, 1 inbound, 2 outbound. A partner of system 0 means that the sender
    has heard no partner.
    """

    ts_ns: int
    member: int
    direction: int
    source_mac: int
    actor: LacpParty
    partner: LacpParty | None

    @property
    def has_partner(self) -> bool:
        """Whether the sender names a partner that it has heard (Defaulted: it made one up)."""
        return self.partner is not None and self.partner.system != 0 and not self.actor.state & DEFAULTED


@dataclass(frozen=True, slots=True)
class Marker:
    """A marker, or the response to one: both carry the port, system and transaction of who asked (802.1AX 6.5.3.3)."""

    ts_ns: int
    member: int
    response: bool
    system: int
    port: int
    transaction: int


@dataclass(frozen=True)
class SlowProtocolFrames:
    """LACPDUs (`pdus`) and `markers` in time order; `skipped` counts frames that are no LACPDU, by reason.

    A marker cut before its transaction is left out. Reasons: marker, oam, ossp, other_subtype; truncated (before the
    actor's state), malformed, not_slow_protocol; and beyond_limits, which no team of real ports meets: more systems on
    a member, members, or distinct frames than are looked at.
    """

    pdus: tuple[Lacpdu, ...]
    markers: tuple[Marker, ...]
    skipped: dict[str, int]


def decode_frames(frames: Iterable[ControlFrame]) -> SlowProtocolFrames:
    """Decode slow-protocol frames; other control frames are counted as not_slow_protocol."""
    known: dict[bytes, _Decoded | str] = {}
    systems: dict[int, set[int]] = {}
    pdus: list[Lacpdu] = []
    markers: list[Marker] = []
    skipped: Counter[str] = Counter()
    for frame in frames:
        decoded = known.get(frame.data)
        if decoded is None:
            within = len(known) < _MOST_DISTINCT
            decoded = known[frame.data] = _decode(frame.data) if within else "beyond_limits"
        if not isinstance(decoded, str) and not _is_of_few(systems, frame.member, decoded[1].system):
            decoded = "beyond_limits"
        if isinstance(decoded, str):
            skipped[decoded] += 1
            if decoded == "marker" and len(markers) < _MOST_MARKERS and (marker := _marker(frame)) is not None:
                markers.append(marker)
        else:
            pdus.append(Lacpdu(frame.ts_ns, frame.member, frame.direction, *decoded))
    pdus.sort(key=lambda pdu: pdu.ts_ns)
    markers.sort(key=lambda marker: marker.ts_ns)
    return SlowProtocolFrames(tuple(pdus), tuple(markers), dict(skipped))


def _is_of_few(systems: dict[int, set[int]], member: int, system: int) -> bool:
    """Return whether it is one of the first systems on one of the first members that speak; `systems` are those so far."""
    known = systems.get(member)
    if known is None:
        if len(systems) >= _MOST_MEMBERS:
            return False
        known = systems[member] = set()
    if system not in known and len(known) >= _MOST_SYSTEMS:
        return False
    known.add(system)
    return True


_Decoded = tuple[int, LacpParty, LacpParty | None]
"""Source MAC, actor, partner."""


def _body(frame: bytes) -> bytes | None:
    """Return what follows the EtherType, tags stepped over; None where that is another one."""
    at = 12
    while frame[at : at + 2] in _VLAN_TAGS:
        at += 4
    return frame[at + 2 :] if frame[at : at + 2] == _SLOW_PROTOCOLS else None


def _marker(frame: ControlFrame) -> Marker | None:
    """Read subtype, version, TLV type (1 marker, 2 response) and length, requester's port, system and transaction."""
    body = _body(frame.data) or b""
    if len(body) < _MARKER_END or body[2:4] not in _MARKER_KINDS:
        return None
    port, system, transaction = (int.from_bytes(body[a:b]) for a, b in ((4, 6), (6, 12), (12, 16)))
    return Marker(frame.ts_ns, frame.member, body[2] == 2, system, port, transaction)


def _decode(frame: bytes) -> _Decoded | str:
    """Return the values of one frame, or the reason why it is no LACPDU."""
    body = _body(frame)
    if body is None:
        return "not_slow_protocol"
    if not body:
        return "truncated"
    subtype = _SUBTYPES.get(body[0], "other_subtype")
    if subtype != "lacp":
        return subtype
    actor = _party(body, *_ACTOR)
    if actor is None:
        return "truncated" if len(body) < _ACTOR[0] + _PARTY.size else "malformed"
    return int.from_bytes(frame[6:12]), actor, _party(body, *_PARTNER)


def _party(body: bytes, at: int, kind: int) -> LacpParty | None:
    """Return the party whose TLV begins at `at`; None where it is cut before its state or is another TLV."""
    if len(body) < at + _PARTY.size:
        return None
    tlv, length, system_priority, system, key, port_priority, port, state = _PARTY.unpack_from(body, at)
    if (tlv, length) != (kind, _PARTY_LENGTH):
        return None
    return LacpParty(int.from_bytes(system), system_priority, key, port, port_priority, state)


@lru_cache(maxsize=4096)
def mac_text(mac: int) -> str:
    """Return a 48-bit MAC in the usual notation.

    >>> mac_text(0x02485600000A)
    '02:48:56:00:00:0a'
    """
    return ":".join(f"{mac:012x}"[at : at + 2] for at in range(0, 12, 2))
