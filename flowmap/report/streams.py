"""The parts of the report that describe streams, where they were placed, and the migrations they make up."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from flowmap.report.base import Model, Nanoseconds, Text

__all__ = ["Direction", "DirectionMember", "Endpoint", "Migration", "Move", "Outer", "Stream"]

Placement = Literal["single", "moved", "sprayed", "mirrored", "absent", "undecided"]
Cause = Literal["failover", "member-set-change", "rebalance", "flowlet", "unexplained"]
Platform = Literal["hyper-v", "vmotion", "qemu", "proxmox", "xen", "ovirt", "smb", "custom"]
Kind = Literal["other", "hyper-v", "vmotion", "qemu", "proxmox", "xen", "ovirt", "smb", "custom"]
Limit = Literal["member-line-rate", "shared-member", "receiver-window", "loss", "sender", "cpu", "unknown"]


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

    direction: Literal["tx", "rx", "unknown"] = Field(description="as the teamed host sees it")
    src: Endpoint
    dst: Endpoint
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
    reordered: int | None = Field(default=None, description="packets; null: not measured")
    duplicates: int | None = Field(default=None, description="packets seen more than once; null: not measured")
    peak_bps: int | None = Field(default=None, description="bits per second; null: not measured")
    moves: list[Move] = Field(default=[])


class Stream(Model):
    """One TCP connection in time."""

    id: int = Field(description="by first_ns and addresses, over all streams of the captures")
    kind: Kind = Field(description="other: no migration stream")
    confidence: Literal["high", "medium", "low"] | None = Field(
        default=None, description="that it is a migration; low is listed, not judged; null for kind other"
    )
    migration_id: int | None = None
    judged: bool = Field(default=False, description="whether the claims rest on it")
    client: Endpoint
    server: Endpoint
    vlan: list[int] = Field(default=[], description="VLAN ids seen, outermost first")
    encapsulation: str = Field(default="", description="tunnels around it, outermost first, joined by dots; empty: none")
    source_host: Text | None = Field(default=None, description="the host that sends the bulk; null: not known")
    destination_host: Text | None = None
    first_ns: Nanoseconds | None = None
    last_ns: Nanoseconds | None = None
    wire_bytes: int = 0
    payload_bytes: int = 0
    limited_by: Limit | None = Field(default=None, description="what limited its rate; null: not examined")
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
    bytes: int = Field(description="payload of the bulk direction")
    mean_bps: int | None = Field(default=None, description="bits per second")
    peak_bps: int | None = Field(default=None, description="bits per second; null: not measured")
    limited_by: Limit | None = None
