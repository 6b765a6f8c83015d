"""The merged flow table as the columns of `--flows`."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from flowmap.flow.streams.grouping import all_distinct, group_minimum, grouped
from flowmap.team.host import address_text
from flowmap.team.members import TeamMember

__all__ = ["ENCAPSULATIONS", "encapsulation_text", "flow_columns", "join_connections", "vlan_ids"]

Array = np.ndarray[Any, Any]

ENCAPSULATIONS = (
    "",
    "vxlan",
    "geneve",
    "gre",
    "nvgre",
    "ipip",
    "erspan",
    "gtp",
    "capwap",
    "teredo",
    "l2tp",
    "vxlan-gpe",
    "mpls",
    "lisp",
    "etherip",
)
"""Names of the 4-bit codes in HEADER.encap; the outermost tunnel stands highest."""
_KEY = ("src_hi", "src_lo", "dst_hi", "dst_lo", "sport", "dport", "version", "encap", "vlan", "link")
_SUMS = ("packets", "wire_bytes", "payload_bytes", "syn", "fin", "rst")


def flow_columns(rows: Array, members: Sequence[TeamMember]) -> dict[str, Any]:
    """Return columns of rows of `join_connections`, sorted by member and first packet."""
    order = np.lexsort((rows["dport"], rows["sport"], rows["dst_lo"], rows["src_lo"], rows["first_ns"], rows["link"]))
    rows = rows[order]
    names = np.array([member.name for member in members] or [""], dtype=object)
    columns: dict[str, Any] = {
        "member": names[rows["link"]],
        "src": _addresses(rows, "src"),
        "dst": _addresses(rows, "dst"),
        "src_port": rows["sport"],
        "dst_port": rows["dport"],
        "vlan": _texts(rows["vlan"], lambda stack: ".".join(map(str, vlan_ids(stack)))),
        "encapsulation": _encapsulations(rows, members),
    }
    return columns | {
        name: rows[name]
        for name in ("packets", "wire_bytes", "payload_bytes", "first_ns", "last_ns", "syn", "fin", "rst")
    }


def _encapsulations(rows: Array, members: Sequence[TeamMember]) -> Array:
    """Return the tunnels of each row: of a mirror session first what the switch sent the frames in."""
    texts = _texts(rows["encap"], encapsulation_text)
    for number, member in enumerate(members):
        if member.mirror:
            for place in np.flatnonzero(rows["link"] == number).tolist():
                texts[place] = ".".join(filter(None, (member.mirror, texts[place])))
    return texts


def vlan_ids(stack: int) -> list[int]:
    """Return VLAN ids of a HEADER.vlan, outermost first."""
    depth = stack >> 60
    return [stack >> 12 * (depth - 1 - level) & 0xFFF for level in range(depth)]


@lru_cache(1024)
def encapsulation_text(chain: int) -> str:
    """Return the tunnel chain joined by ".", outermost first."""
    codes = [chain >> shift & 15 for shift in range(28, -4, -4)]
    return ".".join(ENCAPSULATIONS[code] for code in codes if code)


def join_connections(rows: Array) -> Array:
    """Return one row per (member, VLAN stack, tunnel, 5-tuple): connections that used one after another become one row."""
    if len(rows) < 2:
        return rows
    keys = [rows[name] for name in _KEY]
    if all_distinct(keys):
        return rows
    order, new = grouped(keys, rows["first_ns"])
    rows, starts = rows[order], np.flatnonzero(new)
    joined = rows[starts].copy()
    for name in _SUMS:
        joined[name] = np.add.reduceat(rows[name], starts)
    joined["first_ns"] = group_minimum(rows["first_ns"], starts)
    joined["last_ns"] = np.maximum.reduceat(rows["last_ns"], starts)
    return joined


def _texts(values: Array, text: Any) -> Array:
    """Return text of each value, made once for each distinct one."""
    distinct, inverse = np.unique(values, return_inverse=True)
    return np.array([text(int(value)) for value in distinct] or [""], dtype=object)[inverse.ravel()]


def _addresses(rows: Array, side: str) -> Array:
    """Return RFC 5952 text, made once for each distinct address."""
    result = np.empty(len(rows), dtype=object)
    v4 = rows["version"] == 4
    result[v4] = _texts(rows[f"{side}_lo"][v4], lambda number: str(ipaddress.IPv4Address(number)))
    v6 = np.flatnonzero(~v4)
    if len(v6):
        wide = np.stack([rows[f"{side}_hi"][v6], rows[f"{side}_lo"][v6]], axis=1)
        distinct, inverse = np.unique(wide, axis=0, return_inverse=True)
        names = [address_text((6, int(hi) << 64 | int(lo))) for hi, lo in distinct]
        result[v6] = np.array(names, dtype=object)[inverse.ravel()]
    return result
