"""Streams to be placed by a hash: header fields as `predict` and the forecast take them."""

from __future__ import annotations

from typing import Any

from flowmap.team.hashes.fields import Fields
from flowmap.verdict.mode.forecast import Load

__all__ = ["load"]


def load(
    sport: int = 49664, src: str = "10.0.0.11", dport: int = 6600, wire_bytes: int | None = 100, **more: Any
) -> Load:
    row = {
        "src_mac": "02:00:00:00:00:15",
        "dst_mac": "02:00:00:00:00:2b",
        "src_ip": src,
        "dst_ip": "10.0.0.21",
        "proto": 6,
        "src_port": sport,
        "dst_port": dport,
        **more,
    }
    return Load(Fields.of(row), src, wire_bytes)
