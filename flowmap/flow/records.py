"""What the plain flow table counts in: one object per row, link and MAC pair, with the fields of the column types."""

from __future__ import annotations

from dataclasses import field

from flowmap.dataclass import dataclass
from flowmap.types import TS_NONE, PacketClass

__all__ = ["Link", "Pair", "Row"]


@dataclass(slots=True)
class Row:
    """The fields of FLOW, and which row it is."""

    src_hi: int
    src_lo: int
    dst_hi: int
    dst_lo: int
    vlan: int
    encap: int
    link: int
    sport: int
    dport: int
    version: int
    smac: int
    dmac: int
    number: int
    have: int = 0
    directions: int = 0
    smac_changed: int = 0
    packets: int = 0
    wire_bytes: int = 0
    payload_bytes: int = 0
    data_packets: int = 0
    first_ns: int = TS_NONE
    last_ns: int = TS_NONE
    bin_ns: int = TS_NONE
    bin_bytes: int = 0
    peak_bytes: int = 0
    acked: int = 0
    ack_base: int = 0
    seq_next: int = 0
    max_payload: int = 0
    pair: int = 0
    ahead: int = 0
    late: int = 0
    seq_base: int = 0
    isn: int = 0
    magic: int = 0
    syn: int = 0
    fin: int = 0
    rst: int = 0


@dataclass(slots=True)
class Link:
    """The fields of LINK."""

    interface: int
    ifindex: int
    packets: int = 0
    wire_bytes: int = 0
    captured_bytes: int = 0
    first_ns: int = TS_NONE
    last_ns: int = TS_NONE
    unicast: int = 0
    backwards: int = 0
    previous_ns: int = TS_NONE
    classes: list[int] = field(default_factory=lambda: [0] * len(PacketClass))
    max_wire_len: int = 0
    max_cap_len: int = 0
    snapped: int = 0
    in_packets: int = 0
    out_packets: int = 0
    bin_ns: int = TS_NONE
    recent: list[int] = field(default_factory=lambda: [0] * 16)
    peak_bytes: int = 0
    tcp_short: int = 0
    bins: list[int] = field(default_factory=lambda: [0] * 3)


@dataclass(slots=True)
class Pair:
    """The fields of MACPAIR, and its number."""

    smac: int
    dmac: int
    link: int
    number: int
    frames: int = 0
    wire_bytes: int = 0
    first_ns: int = TS_NONE
    last_ns: int = TS_NONE
    bins: int = 0
