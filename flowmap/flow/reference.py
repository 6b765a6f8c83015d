"""The meaning of the flow table: decoded packets in, rows in order of first sight out, with dicts and ints only.

The compiled twin in `kernel.pyx` must agree. A row is one direction of a TCP connection on one link. A SYN with another
initial sequence number begins a new row with the same key (RFC 9293 section 3.4: it is another connection).
"""

from __future__ import annotations

from operator import attrgetter
from struct import Struct
from typing import Any

import numpy as np

from flowmap.decode.numbers import (
    ACK,
    CDP,
    FLAGS,
    IP_OTHER,
    ISN,
    MACS,
    MAGIC,
    NEIGHBOR,
    NON_IP,
    OUTSIDE,
    SEQUENCE,
    SYN_ACK,
    SYN_ONLY,
    TCP,
)
from flowmap.decode.reference import Header
from flowmap.flow.bins.reference import MAX_OWN, Bins
from flowmap.flow.records import Link, Pair, Row
from flowmap.flow.sequence.reference import NO_PORTS, SequenceTable
from flowmap.types import BIN, FLOW, LINK, MACPAIR, TS_NONE

__all__ = ["MAX_GAPS", "MAX_LINKS", "MAX_PAIRS", "ReferenceTable"]

MAX_LINKS = 4096
MAX_PAIRS = 65536
MAX_GAPS = 65536
_BIN_NS = 100_000_000
_GAP_NS = 200_000_000
_BINS_FROM, _BINS_TO = -9223372034800000000, 9223372034800000000
_RECENT = 16
_GROUP_BIT = 0x010000000000  # of a MAC address
_FLOW_KEY, _PAIR_KEY = Struct("=6QI2HB"), Struct("=I2Q")
"""Keys are bytes: their hash is seeded. That of numbers is not: a capture can be made to put all its flows into one chain."""


class ReferenceTable:
    """Rows, links and MAC pairs of one capture, counted in the time window [from_ns, to_ns)."""

    def __init__(self, from_ns: int, to_ns: int, interest: bytes = NO_PORTS) -> None:
        self.sequences = SequenceTable(interest)
        self.pairs_lost = 0
        self.links_lost = 0
        self.gaps: list[tuple[int, int, int]] = []
        self._rows: list[Row] = []
        self._links: list[Link] = []
        self._pairs: list[Pair] = []
        self._bins = Bins()
        self._from_ns, self._to_ns = from_ns, to_ns
        self._row_of: dict[bytes, Row] = {}
        self._link_of: dict[tuple[int, int], int] = {}
        self._pair_of: dict[bytes, Pair] = {}

    def update(self, h: Header, ts_ns: int, frame: bytes, wire_len: int, interface: int) -> bool:
        """Count one packet. Returns whether it is a control frame (ARP, neighbour discovery, LACP, LLDP, CDP)."""
        cls = h.cls
        if ts_ns != TS_NONE and not self._from_ns <= ts_ns < self._to_ns:
            cls = OUTSIDE
        number = self._find_link(interface, h.ifindex)
        link = self._links[number]
        if ts_ns != TS_NONE:
            self._note_gap(link, number, ts_ns)
        _count_link(link, h, cls, ts_ns, len(frame), wire_len)
        if cls == OUTSIDE:
            return False
        pair, place = None, 0
        if h.have & MACS:
            link.unicast += not h.dmac & _GROUP_BIT
            pair = self._count_pair(number, h.smac, h.dmac, ts_ns, wire_len)
            place = 0 if pair is None else pair.number + 1
        if ts_ns != TS_NONE:
            self._bins.count(link, number, pair, h.direction, ts_ns, wire_len)
        if cls == TCP:
            row = self._find_row(h, number)
            _count_row(row, h, ts_ns, wire_len)
            _note_numbers(row, h)
            row.pair = place
            self.sequences.follow(row.number, h, ts_ns, frame)
        return NEIGHBOR <= cls <= CDP

    def arrays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return (rows FLOW, links LINK, pairs MACPAIR, bins BIN) as the kernel would have left them."""
        bins = np.array(self._bins.records(), dtype=BIN)
        return _array(self._rows, FLOW), _array(self._links, LINK), _array(self._pairs, MACPAIR), bins

    @property
    def undecoded(self) -> int:
        """Frames that hold no IP, or something else than TCP."""
        return sum(link.classes[NON_IP] + link.classes[IP_OTHER] for link in self._links)

    def _find_link(self, interface: int, ifindex: int) -> int:
        """Return number of the link. Beyond MAX_LINKS the first one serves, counted."""
        number = self._link_of.get((interface, ifindex))
        if number is None:
            number = len(self._links)
            if number >= MAX_LINKS:
                self.links_lost += 1
                return 0
            self._link_of[interface, ifindex] = number
            self._links.append(Link(interface, ifindex))
        return number

    def _note_gap(self, link: Link, number: int, ts_ns: int) -> None:
        """Remember a silence of the link before this packet, as long as there is room."""
        since = link.previous_ns
        if since != TS_NONE and ts_ns - since >= _GAP_NS and len(self.gaps) < MAX_GAPS:
            self.gaps.append((since, ts_ns, number))

    def _count_pair(self, link: int, smac: int, dmac: int, ts_ns: int, wire_len: int) -> Pair | None:
        """Count the frame under its (link, source MAC, destination MAC); beyond MAX_PAIRS only their number is kept."""
        key = _PAIR_KEY.pack(link, smac, dmac)
        pair = self._pair_of.get(key)
        if pair is None:
            if len(self._pairs) >= MAX_PAIRS:
                self.pairs_lost += 1
                return None
            pair = self._pair_of[key] = Pair(smac, dmac, link, len(self._pairs))
            if len(self._pairs) < MAX_OWN:
                pair.bins = self._bins.new_row()
            self._pairs.append(pair)
        pair.frames += 1
        pair.wire_bytes += wire_len
        _widen(pair, ts_ns)
        return pair

    def _find_row(self, h: Header, link: int) -> Row:
        """Return row of the packet's key; a new one where the key or the connection is new."""
        numbers = (h.src_hi, h.src_lo, h.dst_hi, h.dst_lo, h.vlan, h.encap, link, h.sport, h.dport, h.version)
        key = _FLOW_KEY.pack(*numbers)
        row = self._row_of.get(key)
        if row is None or (h.flags & 2 and h.have & SEQUENCE and _begins_stream(row, h)):
            row = self._row_of[key] = Row(*numbers, h.smac, h.dmac, len(self._rows))
            self._rows.append(row)
        return row


def _array(records: list[Any], dtype: np.dtype[Any]) -> np.ndarray:
    fields = attrgetter(*(dtype.names or ()))
    return np.array([fields(record) for record in records], dtype=dtype)


def _widen(record: Row | Link | Pair, ts_ns: int) -> None:
    """Widen first and last time by this one; TS_NONE, the least number there is, is no time."""
    if ts_ns > record.last_ns:
        record.last_ns = ts_ns
    if record.first_ns == TS_NONE or TS_NONE < ts_ns < record.first_ns:
        record.first_ns = ts_ns


def _count_link(link: Link, h: Header, cls: int, ts_ns: int, cap_len: int, wire_len: int) -> None:
    link.packets += 1
    link.wire_bytes += wire_len
    link.captured_bytes += cap_len
    link.classes[cls] += 1
    if ts_ns != TS_NONE:
        _widen(link, ts_ns)
        if ts_ns < link.previous_ns:
            link.backwards += 1
        link.previous_ns = ts_ns
        _count_recent(link, ts_ns, wire_len)
    if wire_len > link.max_wire_len:
        link.max_wire_len = wire_len
    if cap_len > link.max_cap_len:
        link.max_cap_len = cap_len
    if cap_len < wire_len:
        link.snapped += 1
    link.in_packets += h.direction == 1
    link.out_packets += h.direction == 2
    link.tcp_short += cls == TCP and not h.data_offset and not h.payload


def _count_recent(link: Link, ts_ns: int, wire_len: int) -> None:
    """Count wire bytes in the packet's 100 ms, if that is one of the latest 16; start anew from an older one.

    So a late packet counts where it was on the wire. Times at either end of what int64 holds are left out: sums would
    not fit.
    """
    if not _BINS_FROM <= ts_ns < _BINS_TO:
        return
    start = ts_ns - ts_ns % _BIN_NS
    steps = (start - link.bin_ns) // _BIN_NS
    if link.bin_ns == TS_NONE or not -_RECENT < steps < _RECENT:
        steps = _RECENT
    if steps > 0:
        for back in range(steps):
            link.recent[(start // _BIN_NS - back) % _RECENT] = 0
        link.bin_ns = start
    place = start // _BIN_NS % _RECENT
    link.recent[place] += wire_len
    link.peak_bytes = max(link.peak_bytes, link.recent[place])


def _count_bin(row: Row, ts_ns: int, wire_len: int) -> None:
    """Count wire bytes in the current 100 ms.

    A packet up to a second late is in no peak: the bytes of its own 100 ms are gone, and those of another would be too
    many.
    """
    if not _BINS_FROM <= ts_ns < _BINS_TO:
        return
    start = row.bin_ns
    if start == TS_NONE or not start - 10 * _BIN_NS <= ts_ns < start + _BIN_NS:
        start = row.bin_ns = ts_ns - ts_ns % _BIN_NS
        row.bin_bytes = 0
    if ts_ns >= start:
        row.bin_bytes += wire_len
        row.peak_bytes = max(row.peak_bytes, row.bin_bytes)


def _signed32(value: int) -> int:
    """Return the difference of two sequence numbers, as RFC 1982 compares them."""
    value &= 0xFFFFFFFF
    return value - 0x100000000 if value >= 0x80000000 else value


def _begins_stream(row: Row, h: Header) -> bool:
    """Return whether a SYN for the row's key belongs to another connection than the row."""
    if row.have & ISN:
        return h.seq != row.isn
    if not row.have & SEQUENCE:
        return False
    return not 0 <= _signed32(row.seq_base - h.seq) <= 65536


def _count_row(row: Row, h: Header, ts_ns: int, wire_len: int) -> None:
    row.packets += 1
    row.wire_bytes += wire_len
    payload = h.payload
    if payload:
        row.payload_bytes += payload
        row.data_packets += 1
        if payload > row.max_payload:
            row.max_payload = payload
    _widen(row, ts_ns)
    if ts_ns != TS_NONE:
        _count_bin(row, ts_ns, wire_len)
    flags = h.flags
    if flags & 7:
        row.fin += flags & 1
        row.syn += flags >> 1 & 1
        row.rst += flags >> 2 & 1
    row.directions |= h.direction
    if row.smac != h.smac:
        row.smac_changed = 1


def _note_numbers(row: Row, h: Header) -> None:
    """Note the row's sequence numbers: first, initial, how far it was acknowledged, who connects, first payload bytes.

    A RST's numbers may be anything.
    """
    have, flags = h.have, h.flags
    if not flags & 4:
        if have & SEQUENCE and not row.have & SEQUENCE:
            row.seq_base = h.seq
            row.have |= SEQUENCE
        consumed = h.payload + (flags >> 1 & 1) + (flags & 1)
        if consumed and have & SEQUENCE:
            _follow_sequence(row, h.seq, consumed)
        if have & ACK:
            _note_acknowledgment(row, h.ack)
    if flags & 2 and have & SEQUENCE:
        row.isn = h.seq
        row.have |= ISN | (SYN_ACK if flags & 16 else SYN_ONLY)
    if have & MAGIC and not row.have & MAGIC:
        row.magic = h.magic
        row.have |= MAGIC


def _follow_sequence(row: Row, seq: int, consumed: int) -> None:
    """Count segments that leave a hole before them or come late."""
    if not row.have & FLAGS:
        row.have |= FLAGS
        row.seq_next = seq + consumed & 0xFFFFFFFF
        return
    distance = _signed32(seq - row.seq_next)
    row.ahead += distance > 0
    row.late += distance < 0
    if distance + consumed > 0:
        row.seq_next = seq + consumed & 0xFFFFFFFF


def _note_acknowledgment(row: Row, ack: int) -> None:
    if not row.have & ACK:
        row.ack_base = ack
        row.have |= ACK
    ahead = _signed32(ack - row.ack_base - row.acked)
    if ahead > 0:
        row.acked += ahead
