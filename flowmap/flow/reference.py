"""The meaning of the flow table: decoded packets in, rows in order of first sight out, with dicts and ints only.

The compiled twin in `kernels.py` must agree. A row is one direction of a TCP connection on one link. A SYN with another
initial sequence number begins a new row with the same key (RFC 9293 section 3.4: it is another connection).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from flowmap.decode.reference import Header
from flowmap.types import FLOW, LINK, MACPAIR, TS_NONE, Have, PacketClass

__all__ = ["MAX_GAPS", "MAX_PAIRS", "ReferenceTable"]

MAX_PAIRS = 65536
MAX_GAPS = 65536
_BIN_NS = 100_000_000
_GAP_NS = 200_000_000
_CONTROL = range(PacketClass.NEIGHBOR, PacketClass.CDP + 1)
_KEY = ("src_hi", "src_lo", "dst_hi", "dst_lo", "vlan", "encap", "link", "sport", "dport", "version")
Row = dict[str, Any]


def _signed32(value: int) -> int:
    value &= 0xFFFFFFFF
    return value - 0x100000000 if value >= 0x80000000 else value


def _widen(record: Row, ts_ns: int) -> None:
    if ts_ns != TS_NONE:
        record["first_ns"] = ts_ns if record["first_ns"] == TS_NONE else min(record["first_ns"], ts_ns)
        record["last_ns"] = max(record["last_ns"], ts_ns)


def _count_bin(link: Row, ts_ns: int, wire_len: int) -> None:
    """Wire bytes of the current 100 ms; a packet up to a second late counts in the current ones."""
    start = link["bin_ns"]
    if start == TS_NONE or not start - 10 * _BIN_NS <= ts_ns < start + _BIN_NS:
        link["bin_ns"] = ts_ns - ts_ns % _BIN_NS
        link["bin_bytes"] = 0
    link["bin_bytes"] += wire_len
    link["peak_bytes"] = max(link["peak_bytes"], link["bin_bytes"])


class ReferenceTable:
    """Rows, links and MAC pairs of one capture."""

    def __init__(self, from_ns: int, to_ns: int) -> None:
        self.rows: list[Row] = []
        self.links: list[Row] = []
        self.pairs: list[Row] = []
        self.pairs_lost = 0
        self.gaps: list[tuple[int, int, int]] = []
        self._window = (from_ns, to_ns)
        self._row_of: dict[tuple[int, ...], Row] = {}
        self._link_of: dict[tuple[int, int], int] = {}
        self._pair_of: dict[tuple[int, int, int], Row] = {}

    def update(self, h: Header, ts_ns: int, cap_len: int, wire_len: int, interface: int) -> bool:
        """Count one packet. Returns whether it is a control frame (ARP, neighbour discovery, LACP, LLDP, CDP)."""
        cls = h.cls
        if ts_ns != TS_NONE and not self._window[0] <= ts_ns < self._window[1]:
            cls = PacketClass.OUTSIDE
        link_number = self._count_link(h, cls, ts_ns, cap_len, wire_len, interface)
        if cls == PacketClass.OUTSIDE:
            return False
        if h.have & Have.MACS:
            self._count_pair(h, link_number, ts_ns, wire_len)
        if cls == PacketClass.TCP:
            row = self._find_row(h, link_number)
            _count_row(row, h, ts_ns, wire_len)
            _note_numbers(row, h)
        return cls in _CONTROL

    def _count_link(self, h: Header, cls: int, ts_ns: int, cap_len: int, wire_len: int, interface: int) -> int:
        number = self._link_of.get((interface, h.ifindex))
        if number is None:
            number = self._link_of[interface, h.ifindex] = len(self.links)
            self.links.append(
                {"packets": 0, "wire_bytes": 0, "captured_bytes": 0, "first_ns": TS_NONE, "last_ns": TS_NONE}
                | {"unicast": 0, "backwards": 0, "previous_ns": TS_NONE, "classes": [0] * 16, "interface": interface}
                | {"ifindex": h.ifindex, "max_wire_len": 0, "max_cap_len": 0, "snapped": 0, "in_packets": 0}
                | {"out_packets": 0, "bin_ns": TS_NONE, "bin_bytes": 0, "peak_bytes": 0}
            )
        link = self.links[number]
        link["packets"] += 1
        link["wire_bytes"] += wire_len
        link["captured_bytes"] += cap_len
        link["classes"][cls] += 1
        _widen(link, ts_ns)
        if ts_ns != TS_NONE:
            silent_since = link["previous_ns"]
            if silent_since != TS_NONE and ts_ns - silent_since >= _GAP_NS and len(self.gaps) < MAX_GAPS:
                self.gaps.append((silent_since, ts_ns, number))
            link["backwards"] += ts_ns < link["previous_ns"]
            link["previous_ns"] = ts_ns
            _count_bin(link, ts_ns, wire_len)
        link["max_wire_len"] = max(link["max_wire_len"], wire_len)
        link["max_cap_len"] = max(link["max_cap_len"], cap_len)
        link["snapped"] += cap_len < wire_len
        link["in_packets"] += h.direction == 1
        link["out_packets"] += h.direction == 2
        return number

    def _count_pair(self, h: Header, link: int, ts_ns: int, wire_len: int) -> None:
        if not h.dmac & 0x010000000000:
            self.links[link]["unicast"] += 1
        pair = self._pair_of.get((link, h.smac, h.dmac))
        if pair is None:
            if len(self.pairs) >= MAX_PAIRS:
                self.pairs_lost += 1
                return
            pair = {"smac": h.smac, "dmac": h.dmac, "frames": 0, "wire_bytes": 0}
            pair |= {"first_ns": TS_NONE, "last_ns": TS_NONE, "link": link}
            self._pair_of[link, h.smac, h.dmac] = pair
            self.pairs.append(pair)
        pair["frames"] += 1
        pair["wire_bytes"] += wire_len
        _widen(pair, ts_ns)

    def _find_row(self, h: Header, link: int) -> Row:
        key = (h.src_hi, h.src_lo, h.dst_hi, h.dst_lo, h.vlan, h.encap, link, h.sport, h.dport, h.version)
        row = self._row_of.get(key)
        if row is not None and not (h.flags & 2 and h.have & Have.SEQUENCE and _begins_stream(row, h)):
            return row
        row = dict.fromkeys(FLOW.names or (), 0)
        row.update(zip(_KEY, key, strict=True))
        row.update(smac=h.smac, dmac=h.dmac, first_ns=TS_NONE, last_ns=TS_NONE)
        self._row_of[key] = row
        self.rows.append(row)
        return row

    def arrays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(rows FLOW, links LINK, pairs MACPAIR) as the kernel would have left them."""
        return _array(self.rows, FLOW), _array(self.links, LINK), _array(self.pairs, MACPAIR)


def _array(records: list[Row], dtype: np.dtype[Any]) -> np.ndarray:
    names = dtype.names or ()
    return np.array([tuple(record[name] for name in names) for record in records], dtype=dtype)


def _begins_stream(row: Row, h: Header) -> bool:
    """Whether a SYN for the row's key belongs to another connection than the row."""
    if row["have"] & Have.ISN:
        return bool(h.seq != row["isn"])
    if not row["have"] & Have.SEQUENCE:
        return False
    return not 0 <= _signed32(row["seq_base"] - h.seq) <= 65536


def _count_row(row: Row, h: Header, ts_ns: int, wire_len: int) -> None:
    row["packets"] += 1
    row["wire_bytes"] += wire_len
    row["payload_bytes"] += h.payload
    row["data_packets"] += h.payload > 0
    row["max_payload"] = max(row["max_payload"], h.payload)
    _widen(row, ts_ns)
    row["syn"] += h.flags >> 1 & 1
    row["fin"] += h.flags & 1
    row["rst"] += h.flags >> 2 & 1
    row["directions"] |= h.direction
    if row["smac"] != h.smac:
        row["smac_changed"] = 1


def _note_numbers(row: Row, h: Header) -> None:
    """First and initial sequence number, how far acknowledgments went (a RST's numbers may be anything), who connects, the
    first payload bytes."""
    if not row["have"] & Have.SEQUENCE and h.have & Have.SEQUENCE and not h.flags & 4:
        row["seq_base"] = h.seq
        row["have"] |= Have.SEQUENCE
    if h.have & Have.ACK and not h.flags & 4:
        if not row["have"] & Have.ACK:
            row["ack_base"] = h.ack
            row["have"] |= Have.ACK
        row["acked"] += max(0, _signed32(h.ack - (row["ack_base"] + row["acked"])))
    if h.flags & 2 and h.have & Have.SEQUENCE:
        row["isn"] = h.seq
        row["have"] |= Have.ISN | (Have.SYN_ACK if h.flags & 16 else Have.SYN_ONLY)
    if h.have & Have.MAGIC and not row["have"] & Have.MAGIC:
        row["magic"] = h.magic
        row["have"] |= Have.MAGIC
