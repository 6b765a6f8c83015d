"""What of a member could not be read: frames that may hold streams, and captures that hold nothing at all.

A member that could not be read is not idle: it counts in no spread, and a pass beside it stays open.
"""

from __future__ import annotations

from flowmap.decode.rare.protocols import HARMLESS_ETHERTYPES, HARMLESS_PROTOCOLS
from flowmap.flow.scanning.undecoded import Kind
from flowmap.team.members import TeamMember
from flowmap.types import PacketClass

__all__ = ["is_unread", "may_hold_streams", "too_deep", "weighs"]

_LEAST_FRAMES, _LEAST_SHARE = 20, 0.01
"""This many frames with this share of a member's bytes are more than heartbeats."""
_READ = (PacketClass.TCP, PacketClass.TCP_SHORT, PacketClass.FRAGMENT)
_UNREAD = (
    PacketClass.LINK_SHORT,
    PacketClass.IP_SHORT,
    PacketClass.LINK_UNSUPPORTED,
    PacketClass.VLAN_DEEP,
    PacketClass.TUNNEL_DEEP,
)


def may_hold_streams(kind: Kind, number: int) -> bool:
    """Return whether frames of this EtherType or protocol may carry TCP."""
    harmless = {"ethertype": HARMLESS_ETHERTYPES, "protocol": HARMLESS_PROTOCOLS}.get(kind)
    return harmless is not None and number not in harmless


def weighs(member: TeamMember, kind: Kind, number: int) -> bool:
    """Return whether it is enough of a member to hold what is missing elsewhere."""
    frames, wire = member.undecoded[kind, number], member.undecoded_bytes[kind, number]
    return may_hold_streams(kind, number) and frames >= _LEAST_FRAMES and wire >= _LEAST_SHARE * member.wire_bytes


def too_deep(member: TeamMember) -> bool:
    """Return whether frames with more VLAN tags than are followed are enough of a member to hold what is missing elsewhere.

    Their bytes are not counted apart, so their share is that of the packets.
    """
    frames = int(member.classes[PacketClass.VLAN_DEEP])
    return frames >= _LEAST_FRAMES and frames >= _LEAST_SHARE * member.packets


def is_unread(member: TeamMember) -> bool:
    """Return whether no TCP could have been read on it, as far as its capture shows."""
    if not member.packets:
        return member.undescribed
    if any(int(member.classes[cls]) for cls in _READ):
        return False
    return any(weighs(member, *key) for key in member.undecoded) or any(
        int(member.classes[cls]) >= _LEAST_FRAMES for cls in _UNREAD
    )
