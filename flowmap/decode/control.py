"""The rare frames that talk about links instead of carrying traffic: handed on whole, for later stages to decode."""

from __future__ import annotations

from flowmap.dataclass import dataclass

__all__ = ["INBOUND", "OUTBOUND", "UNKNOWN", "ControlFrame"]

UNKNOWN, INBOUND, OUTBOUND = 0, 1, 2
"""Values of ControlFrame.direction, as in HEADER.direction."""


@dataclass(frozen=True, slots=True)
class ControlFrame:
    """One captured control frame (slow protocols, LLDP, CDP) of one member.

    `data` holds the captured octets from the Ethernet destination address on, VLAN tags included, possibly cut by the
    snap length. `direction` is as the capture says it: 0 unknown, 1 inbound, 2 outbound.
    """

    ts_ns: int
    member: int
    direction: int
    data: bytes
