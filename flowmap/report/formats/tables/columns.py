"""The columns of the Parquet tables, and of Arrow tables: names, types, units, meaning. docs/parquet.md shows them.

Names and units are those of the report and of `--flows`. Times are int64, so that they equal the JSON report's exactly.
"""

from __future__ import annotations

from typing import Literal

from flowmap.dataclass import dataclass

__all__ = ["BINS", "FLOWS", "STREAMS", "Column", "Table"]


@dataclass(frozen=True)
class Column:
    """One column; `text` is stored dictionary-encoded. `unit` is empty where there is none."""

    name: str
    type: Literal["text", "bool", "uint16", "int64", "uint64"]
    meaning: str
    unit: str = ""
    nullable: bool = False

    @property
    def metadata(self) -> dict[str, str]:
        """Return what Arrow's schema says of it."""
        return {"meaning": self.meaning, **({"unit": self.unit} if self.unit else {})}


@dataclass(frozen=True)
class Table:
    """One table: `schema` names it and its version. Columns may be added within a version, never changed."""

    name: str
    schema: str
    columns: tuple[Column, ...]


_TIME = "ns since 1970-01-01 UTC"

FLOWS = Table(
    "flows",
    "flowmap.flows/1",
    (
        Column("member", "text", "member that captured it"),
        Column("src", "text", "source address, as RFC 5952 writes it"),
        Column("dst", "text", "destination address"),
        Column("src_port", "uint16", "source TCP port"),
        Column("dst_port", "uint16", "destination TCP port"),
        Column("vlan", "text", "VLAN ids, outermost first, joined by a dot; empty: untagged"),
        Column("encapsulation", "text", "tunnels, outermost first, joined by a dot; empty: none"),
        Column("packets", "uint64", "packets as captured", "packets"),
        Column("wire_bytes", "uint64", "length on the wire, whole frames", "bytes"),
        Column("payload_bytes", "uint64", "TCP payload", "bytes"),
        Column("first_ns", "int64", "earliest packet; null: none has a time", _TIME, nullable=True),
        Column("last_ns", "int64", "latest packet; null: none has a time", _TIME, nullable=True),
        Column("syn", "uint64", "packets with SYN", "packets"),
        Column("fin", "uint64", "packets with FIN", "packets"),
        Column("rst", "uint64", "packets with RST", "packets"),
    ),
)

STREAMS = Table(
    "streams",
    "flowmap.streams/1",
    (
        Column("stream", "int64", "id in the report"),
        Column("kind", "text", "platform of the migration; other: no migration stream"),
        Column("confidence", "text", "that it is a migration; null for kind other", nullable=True),
        Column("migration_id", "int64", "migration that it is part of", nullable=True),
        Column("judged", "bool", "whether the claims rest on it"),
        Column("client", "text", "address of the end that connected"),
        Column("client_port", "uint16", "its TCP port"),
        Column("server", "text", "address of the other end"),
        Column("server_port", "uint16", "its TCP port"),
        Column("source_host", "text", "host that sends the bulk", nullable=True),
        Column("destination_host", "text", "host that receives it", nullable=True),
        Column("direction", "text", "tx or rx as the teamed host sees it, or unknown"),
        Column("src", "text", "source address of this direction"),
        Column("src_port", "uint16", "source TCP port of this direction"),
        Column("dst", "text", "destination address of this direction"),
        Column("dst_port", "uint16", "destination TCP port of this direction"),
        Column("placement", "text", "placement of this direction"),
        Column("cause", "text", "cause of its moves; null: it did not move", nullable=True),
        Column("expected", "bool", "whether mode and algorithm allow it; null: not known", nullable=True),
        Column("member", "text", "member that carried it; null: none did", nullable=True),
        Column("packets", "uint64", "packets of this direction on this member", "packets"),
        Column("wire_bytes", "uint64", "length on the wire, whole frames", "bytes"),
        Column("payload_bytes", "uint64", "TCP payload", "bytes"),
        Column("first_ns", "int64", "first packet of this direction on this member", _TIME, nullable=True),
        Column("last_ns", "int64", "last packet of this direction on this member", _TIME, nullable=True),
        Column("encapsulation", "text", "tunnels around the stream, outermost first, joined by a dot; empty: none"),
        Column("outer_src", "text", "outer source address, which the team hashes; null: in no tunnel", nullable=True),
        Column("outer_dst", "text", "outer destination address", nullable=True),
        Column(
            "wire_packets",
            "int64",
            "packets on the wire that they stand for; null: not known",
            "packets",
            nullable=True,
        ),
    ),
)

BINS = Table(
    "bins",
    "flowmap.bins/1",
    (
        Column("start_ns", "int64", "beginning of the bin", _TIME),
        Column("width_ns", "int64", "how long the bin is", "ns"),
        Column("member", "text", "member that captured it"),
        Column("aggregate", "bool", "whether the member carries the union of the others"),
        Column("direction", "text", "tx or rx as the teamed host sees it, or unknown"),
        Column("wire_bytes", "uint64", "length on the wire of all frames in the bin", "bytes"),
    ),
)
