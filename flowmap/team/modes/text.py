"""The codes of the table of modes (modes.toml) in words: by what members are chosen both ways, and whether streams move."""

from __future__ import annotations

from flowmap.message import Message, msg
from flowmap.team.modes.table import Row

__all__ = ["MOVES", "RECEIVES", "SENDS", "sends"]

SENDS = {
    "4tuple": msg("by a hash of addresses and ports: every stream has one member, different streams may share one."),
    "ip": msg("by a hash of the two IP addresses: all streams between two hosts share a member."),
    "mac": msg("by a hash of the two MACs: all streams to one neighbour, such as a router, share a member."),
    "dst": msg("by the destination address: all streams to one host share a member."),
    "smac+vlan": msg("by source MAC and VLAN: all streams of one virtual adapter share a member."),
    "vport": msg("by virtual switch port: all streams of one virtual adapter share a member."),
    "opaque": msg("by something that is stable for each stream, but that its outer headers do not tell."),
    "active": msg("all on the active member; the others wait for its failure."),
    "rr": msg("packet by packet in turn: one stream uses every member, by design."),
    "all": msg("a copy of every packet on every member."),
}
RECEIVES = {
    "switch": msg("the switch decides; data and acknowledgments of a stream may well use different members."),
    "primary": msg("everything on one member, the primary; the others receive only what is flooded."),
    "active": msg("everything on the active member; the others receive only what is flooded."),
    "affinity": msg("on the member that its virtual port is tied to, whichever it sends on."),
    "learned": msg("on the member where the switch last saw that MAC send."),
    "arp": msg("on the member whose MAC the peer was told by ARP: different peers may use different members."),
    "all": msg("on every member, as copies, if the switch floods."),
}
MOVES = {
    "none": msg("A healthy stream stays on its member until members come or go."),
    "flowlet": msg("A healthy stream may move in a pause, and now and then without one."),
    "rebalance": msg("Streams may move when load is shifted, all of one key together."),
    "any": msg("It changes member all the time."),
    "rehash": msg("A stream may move alone, after a retransmission timeout of its own."),
    "unknown": msg("Whether a stream stays is not known."),
}
_SENDS_BY_POLICY = {
    "layer2+3": msg("by a hash of MACs and IP addresses: all streams between two hosts share a member."),
}


def sends(row: Row) -> Message:
    """Return by what a row's host chooses the member it sends on."""
    by_policy = _SENDS_BY_POLICY.get(row.policy or "")
    return by_policy or SENDS[row.tx]
