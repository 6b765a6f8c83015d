"""The parts of the report that describe streams, where they were placed, and the migrations they make up."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from flowmap.document.base import Model, Nanoseconds, Text
from flowmap.words import Cause, Confidence, LimitedBy, Near, Placement, Platform, Side

__all__ = ["Direction", "DirectionMember", "Endpoint", "LimitEvidence", "Migration", "Move", "Outer", "Stream"]

Kind = Literal["other", Platform]


class Endpoint(Model):
    """One end of a TCP connection."""

    ip: str = Field(description="as RFC 5952 writes it")
    port: int


class DirectionMember(Model):
    """What one member carried of a stream-direction."""

    name: Text
    packets: int
    wire_bytes: int
    payload_bytes: int
    first_ns: Nanoseconds | None = None
    last_ns: Nanoseconds | None = None
    wire_packets: int | None = Field(
        default=None,
        description="packets on the wire that these records stand for: large frames of segmentation offload are "
        "ceil(payload / segment) each, records of one packet at several layers are one; null: not known",
    )


class Outer(Model):
    """The outer headers of a direction in a tunnel, which the team sees and hashes: the address pair with most packets."""

    src: str = Field(description="as RFC 5952 writes it")
    dst: str
    src_ports: list[int] = Field(default=[], description="UDP source ports between them, at most 16, ascending")
    src_port_count: int = Field(default=0, description="how many there are; 0: the tunnel has no ports")
    dst_port: int | None = Field(default=None, description="UDP; null: the tunnel has no ports")
    address_pairs: int = Field(default=1, description="pairs of outer addresses that the direction used")


class Move(Model):
    """A stream-direction changes member."""

    ts_ns: Nanoseconds = Field(description="of the first packet on the new member")
    from_: Text = Field(serialization_alias="from", validation_alias="from", description="the old member")
    to: Text = Field(description="the new member")
    gap_ns: int | None = Field(default=None, description="from the last packet on the old member")
    cause: Cause | None = None


class Direction(Model):
    """One direction of a stream: the unit of placement."""

    direction: Side = Field(description="as the teamed host sees it")
    src: Endpoint
    dst: Endpoint
    src_mac: Text | None = Field(
        default=None, description="in the frames of all its packets; null: several, or none is known"
    )
    dst_mac: Text | None = Field(default=None, description="as src_mac: of the next hop, where a router is between")
    placement: Placement
    cause: Cause | None = Field(default=None, description="of the moves; null where it did not move")
    expected: bool | None = Field(
        default=None, description="whether mode and algorithm allow this placement; null where they are not known"
    )
    reason: Text | None = Field(default=None, description="what the placement rests on, or why it is undecided")
    outer: Outer | None = Field(default=None, description="null: in no tunnel, or not read packet by packet")
    members: list[DirectionMember] = Field(default=[])
    wire_packets: int | None = Field(default=None, description="sum over the members; null: not known")
    retransmitted: int | None = Field(default=None, description="packets; null: not measured")
    reordered: int | None = Field(
        default=None,
        description="packets overtaken before the capture, none that was sent again (RFC 4737); null: not measured, or sent by "
        "the teamed host itself: only its receiver could tell",
    )
    duplicates: int | None = Field(default=None, description="packets seen more than once; null: not measured")
    peak_bps: int | None = Field(default=None, description="bits per second; null: not measured")
    moves: list[Move] = Field(default=[])


class LimitEvidence(Model):
    """What `limited_by` rests on. Shares are parts of 1; null: not known."""

    reason: Text = Field(description="in words")
    member: Text | None = Field(default=None, description="the member that carried most of it; null: several did")
    speed_bps: int | None = Field(default=None, description="the member's, as given or as the capture says")
    load_bps: int | None = Field(default=None, description="median load of the member, all its frames, in busy bins")
    full_share: float | None = Field(default=None, description="part of the busy bins in which the member was full")
    own_share: float | None = Field(default=None, description="part of the member's bytes that were of this transfer")
    concurrent: int | None = Field(default=None, description="bulk streams on the member in this direction meanwhile")
    idle_bps: dict[str, int] = Field(
        default={},
        description="by name of other members of known speed, or that were idle: what they had to spare then",
    )
    rate_bps: int | None = Field(default=None, description="median rate of the payload in busy bins")
    rate_variation: float | None = Field(default=None, description="standard deviation of these rates over their mean")
    window_blocked_share: float | None = Field(
        default=None, description="part of the time in which the sender had filled the receiver's window"
    )
    sender_idle_share: float | None = Field(
        default=None,
        description="part of the time in which all was acknowledged, the window open, and nothing was sent",
    )
    recovering_share: float | None = Field(
        default=None, description="part of the time in which nothing was sent until something was sent again"
    )
    window_bytes: int | None = Field(default=None, description="median of what the receiver offered")
    zero_windows: int | None = Field(default=None, description="how often the receiver closed its window")
    flight_bytes: int | None = Field(default=None, description="median of what was sent and not yet acknowledged")
    round_trip_ns: int | None = Field(default=None, description="the least that was seen")
    captured_near: Near | None = Field(default=None, description="which end the capture is close to, by round trips")
    resent_share: float | None = Field(default=None, description="part of the packets on the wire that were sent again")
    loss_bound_bps: int | None = Field(default=None, description="rate that TCP gets with this loss and round trip")
    examined_packets: int | None = Field(default=None, description="packets with payload that this was told from")
    examined_ns: int | None = Field(
        default=None, description="time that they cover; large transfers are looked at in slices"
    )


class Stream(Model):
    """One TCP connection in time."""

    id: int = Field(description="by first_ns and addresses, over all streams of the captures")
    kind: Kind = Field(description="other: no migration stream")
    confidence: Confidence | None = Field(
        default=None, description="that it is a migration; low is listed, not judged; null for kind other"
    )
    migration_id: int | None = None
    judged: bool = Field(default=False, description="whether the claims rest on it")
    client: Endpoint
    server: Endpoint
    vlan: list[int] = Field(default=[], description="VLAN ids seen, outermost first")
    encapsulation: str = Field(
        default="", description="tunnels around it, outermost first, joined by dots; empty: none"
    )
    source_host: Text | None = Field(default=None, description="the host that sends the bulk; null: not known")
    destination_host: Text | None = None
    first_ns: Nanoseconds | None = None
    last_ns: Nanoseconds | None = None
    wire_bytes: int = 0
    payload_bytes: int = 0
    limited_by: LimitedBy | None = Field(default=None, description="what limited its rate; null: not examined")
    limit_evidence: LimitEvidence | None = Field(
        default=None, description="what limited_by rests on; null: not examined"
    )
    directions: list[Direction] = Field(default=[])


class Migration(Model):
    """Streams that moved one virtual machine together."""

    id: int
    platform: Platform
    source_host: Text | None = None
    destination_host: Text | None = None
    streams: list[int] = Field(description="ids")
    first_ns: Nanoseconds | None = None
    last_ns: Nanoseconds | None = None
    bytes: int = Field(description="payload of the bulk direction as captured, each byte of the streams once")
    resent_bytes: int | None = Field(
        default=None, description="payload that was sent again, not in `bytes`; null: not known"
    )
    mean_bps: int | None = Field(default=None, description="bits per second")
    peak_bps: int | None = Field(default=None, description="bits per second; null: not measured")
    limited_by: LimitedBy | None = Field(default=None, description="what limited its rate; null: not examined")
    limit_evidence: LimitEvidence | None = Field(
        default=None, description="what limited_by rests on; null: not examined"
    )
