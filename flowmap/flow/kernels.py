"""Compiled twin of `reference.py`: decoded packets update the flow table, block by block.

The table is a tuple of arrays that the caller owns and grows: `rows` (FLOW, in order of first sight) with `slots` (open
addressing, hash tag << 32 | row + 1), `links` (LINK) with `link_slots`, `pairs` (MACPAIR) with `pair_slots`, `bins` (see
`bins/kernels.py`), `gaps` (GAP, the first so many silences), `state` (int64, see S_* and B_*), `keys` (uint64, random) and
`places` ((3, batch) int64, room to work in). `update` does nothing where there might be no room for all of its batch; the
caller grows and calls again.

Hash: pair-multiply-shift with random keys (strongly universal in its upper 32 bits, Thorup, "High speed hashing for
integers and strings"), so that no capture can be made to put all its flows into one slot chain.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from flowmap.decode.kernels import decode_block
from flowmap.flow.bins.kernels import B_ROWS
from flowmap.flow.traffic.kernels import (
    BIN_NS,
    BINS_FROM,
    BINS_TO,
    MAX_LINKS,
    MAX_PAIRS,
    begins_bin,
    count_links,
    count_pairs,
    mix,
    rehash_links,
    rehash_pairs,
)
from flowmap.jit import inlined, njit

__all__ = ["Table", "ingest", "rehash_links", "rehash_pairs", "rehash_rows", "update"]

S_ROWS, S_LINKS, S_PAIRS, S_CONTROL, S_LAST_LINK, S_LAST_PAIR, S_PAIRS_LOST, S_LINKS_LOST, S_GAPS, S_DECLINED = range(10)
TS_NONE = -(2**63)
ISN, SYN_ONLY, SYN_ACK, HAVE_SEQUENCE, HAVE_ACK, HAVE_FLAGS, HAVE_MAGIC, HAVE_MACS = 32, 64, 128, 2, 4, 8, 16, 1
CLASS_TCP, CLASS_NEIGHBOR, CLASS_ARP, CLASS_SLOW, CLASS_LLDP, CLASS_CDP, CLASS_OUTSIDE = 0, 4, 5, 6, 7, 8, 15
DECLINED = 32
M32 = np.uint64(0xFFFFFFFF)
U32 = np.uint64(32)
U33 = np.uint64(33)  # tags have 31 bits: slots are signed, a 32nd would come back from `>> 32` as a sign


class Table(NamedTuple):
    """The arrays of one flow table; every `*_slots` has a power of two entries, 0 = free."""

    rows: np.ndarray
    slots: np.ndarray
    links: np.ndarray
    link_slots: np.ndarray
    pairs: np.ndarray
    pair_slots: np.ndarray
    bins: np.ndarray
    gaps: np.ndarray
    state: np.ndarray
    keys: np.ndarray
    places: np.ndarray


@inlined
def flow_hash(h, i, link, keys):
    ports = np.uint64(h[i]["sport"]) << U32 | np.uint64(h[i]["dport"]) << np.uint64(16) | np.uint64(h[i]["version"])
    total = mix(keys[14], keys, 0, h[i]["src_hi"])
    total = mix(total, keys, 2, h[i]["src_lo"])
    total = mix(total, keys, 4, h[i]["dst_hi"])
    total = mix(total, keys, 6, h[i]["dst_lo"])
    total = mix(total, keys, 8, h[i]["vlan"])
    total = mix(total, keys, 10, ports)
    total = mix(total, keys, 12, np.uint64(h[i]["encap"]) << U32 | np.uint64(link))
    return total >> U33


@njit
def row_hash(rows, r, keys):
    ports = np.uint64(rows[r]["sport"]) << U32 | np.uint64(rows[r]["dport"]) << np.uint64(16)
    ports |= np.uint64(rows[r]["version"])
    total = mix(keys[14], keys, 0, rows[r]["src_hi"])
    total = mix(total, keys, 2, rows[r]["src_lo"])
    total = mix(total, keys, 4, rows[r]["dst_hi"])
    total = mix(total, keys, 6, rows[r]["dst_lo"])
    total = mix(total, keys, 8, rows[r]["vlan"])
    total = mix(total, keys, 10, ports)
    total = mix(total, keys, 12, np.uint64(rows[r]["encap"]) << U32 | np.uint64(rows[r]["link"]))
    return total >> U33


@inlined
def same_key(rows, r, h, i, link):
    return (
        rows[r]["src_lo"] == h[i]["src_lo"]
        and rows[r]["dst_lo"] == h[i]["dst_lo"]
        and rows[r]["sport"] == h[i]["sport"]
        and rows[r]["dport"] == h[i]["dport"]
        and rows[r]["src_hi"] == h[i]["src_hi"]
        and rows[r]["dst_hi"] == h[i]["dst_hi"]
        and rows[r]["vlan"] == h[i]["vlan"]
        and rows[r]["encap"] == h[i]["encap"]
        and rows[r]["link"] == link
        and rows[r]["version"] == h[i]["version"]
    )


@njit
def same_row_key(rows, r, s):
    return (
        rows[r]["src_lo"] == rows[s]["src_lo"]
        and rows[r]["dst_lo"] == rows[s]["dst_lo"]
        and rows[r]["sport"] == rows[s]["sport"]
        and rows[r]["dport"] == rows[s]["dport"]
        and rows[r]["src_hi"] == rows[s]["src_hi"]
        and rows[r]["dst_hi"] == rows[s]["dst_hi"]
        and rows[r]["vlan"] == rows[s]["vlan"]
        and rows[r]["encap"] == rows[s]["encap"]
        and rows[r]["link"] == rows[s]["link"]
        and rows[r]["version"] == rows[s]["version"]
    )


@njit
def rehash_rows(slots, rows, n_rows, keys):
    """Fill empty `slots` (a power of two of them) from the first `n_rows` rows; of equal keys the last row is found."""
    mask = len(slots) - 1
    for r in range(n_rows):
        tag = row_hash(rows, r, keys)
        s = np.int64(tag) & mask
        while slots[s] != 0:
            if slots[s] >> 32 == np.int64(tag) and same_row_key(rows, (slots[s] & 0xFFFFFFFF) - 1, r):
                break
            s = (s + 1) & mask
        slots[s] = np.int64(tag) << 32 | (r + 1)
    return n_rows


@inlined
def signed32(value):
    """The difference of two sequence numbers, as RFC 1982 compares them."""
    value &= 0xFFFFFFFF
    return value - 0x100000000 if value >= 0x80000000 else value


@inlined
def begins_stream(rows, r, h, i):
    """Whether a SYN for the key of row `r` belongs to another connection than the row."""
    seq = np.int64(h[i]["seq"])
    if rows[r]["have"] & ISN:
        return seq != np.int64(rows[r]["isn"])
    if not rows[r]["have"] & HAVE_SEQUENCE:
        return False
    ahead = signed32(np.int64(rows[r]["seq_base"]) - seq)
    return ahead < 0 or ahead > 65536


@njit
def new_row(rows, r, h, i, link):
    rows[r]["src_hi"] = h[i]["src_hi"]
    rows[r]["src_lo"] = h[i]["src_lo"]
    rows[r]["dst_hi"] = h[i]["dst_hi"]
    rows[r]["dst_lo"] = h[i]["dst_lo"]
    rows[r]["vlan"] = h[i]["vlan"]
    rows[r]["encap"] = h[i]["encap"]
    rows[r]["link"] = link
    rows[r]["sport"] = h[i]["sport"]
    rows[r]["dport"] = h[i]["dport"]
    rows[r]["version"] = h[i]["version"]
    rows[r]["smac"] = h[i]["smac"]
    rows[r]["dmac"] = h[i]["dmac"]
    rows[r]["first_ns"] = TS_NONE
    rows[r]["last_ns"] = TS_NONE
    rows[r]["bin_ns"] = TS_NONE


@inlined
def look_up(rows, slots, h, i, link, tag):
    """The last row of the packet's key, or -1."""
    mask = len(slots) - 1
    s = np.int64(tag) & mask
    while slots[s] != 0:
        if slots[s] >> 32 == np.int64(tag):
            r = (slots[s] & 0xFFFFFFFF) - 1
            if same_key(rows, r, h, i, link):
                return r
        s = (s + 1) & mask
    return np.int64(-1)


@njit
def add_row(rows, slots, state, h, i, link, tag):
    """A new row of the packet's key, which is found in place of an older one. The caller made sure that one fits."""
    mask = len(slots) - 1
    s = np.int64(tag) & mask
    while slots[s] != 0:
        if slots[s] >> 32 == np.int64(tag) and same_key(rows, (slots[s] & 0xFFFFFFFF) - 1, h, i, link):
            break
        s = (s + 1) & mask
    r = state[S_ROWS]
    new_row(rows, r, h, i, link)
    slots[s] = np.int64(tag) << 32 | (r + 1)
    state[S_ROWS] = r + 1
    return r


@njit
def look_up_all(row_of, tags, rows, slots, keys, link_of, h, n):
    """Rows of the batch's TCP packets before any of them is counted, -1 for none.

    In loops of their own: the processor then waits for many rows at once that are far away in memory.
    """
    for i in range(n):
        tags[i] = np.int64(flow_hash(h, i, link_of[i], keys)) if h[i]["cls"] == CLASS_TCP else 0
    for i in range(n):
        row_of[i] = -1
        if h[i]["cls"] == CLASS_TCP:
            row_of[i] = look_up(rows, slots, h, i, link_of[i], tags[i])
    return n


@inlined
def count_row(rows, r, h, i, ts_ns, wire_len):
    payload = np.int64(h[i]["payload"])
    flags = np.int64(h[i]["flags"])
    rows[r]["packets"] += np.uint64(1)
    rows[r]["wire_bytes"] += np.uint64(wire_len)
    if payload > 0:
        rows[r]["payload_bytes"] += np.uint64(payload)
        rows[r]["data_packets"] += np.uint64(1)
        rows[r]["max_payload"] = max(np.int64(rows[r]["max_payload"]), payload)
    if ts_ns != TS_NONE:
        if rows[r]["first_ns"] == TS_NONE or ts_ns < rows[r]["first_ns"]:
            rows[r]["first_ns"] = ts_ns
        if ts_ns > rows[r]["last_ns"]:
            rows[r]["last_ns"] = ts_ns
        if BINS_FROM <= ts_ns < BINS_TO:
            count_bin(rows, r, ts_ns, wire_len)
    if flags & 7:
        rows[r]["syn"] += np.uint64(flags >> 1 & 1)
        rows[r]["fin"] += np.uint64(flags & 1)
        rows[r]["rst"] += np.uint64(flags >> 2 & 1)
    if h[i]["direction"]:
        rows[r]["directions"] = np.int64(rows[r]["directions"]) | np.int64(h[i]["direction"])
    if rows[r]["smac"] != h[i]["smac"]:
        rows[r]["smac_changed"] = 1


@inlined
def count_bin(rows, r, ts_ns, wire_len):
    """Wire bytes of the current 100 ms."""
    if begins_bin(rows[r]["bin_ns"], ts_ns):
        rows[r]["bin_ns"] = ts_ns - ts_ns % BIN_NS
        rows[r]["bin_bytes"] = np.uint64(0)
    rows[r]["bin_bytes"] += np.uint64(wire_len)
    if rows[r]["bin_bytes"] > rows[r]["peak_bytes"]:
        rows[r]["peak_bytes"] = rows[r]["bin_bytes"]


@inlined
def follow_sequence(rows, r, seq, consumed, have):
    """Count segments that leave a hole before them or come late. Returns `have`."""
    if not have & HAVE_FLAGS:
        rows[r]["seq_next"] = seq + consumed & 0xFFFFFFFF
        return have | HAVE_FLAGS
    distance = signed32(seq - np.int64(rows[r]["seq_next"]))
    if distance > 0:
        rows[r]["ahead"] += np.uint32(1)
    elif distance < 0:
        rows[r]["late"] += np.uint32(1)
    if distance + consumed > 0:
        rows[r]["seq_next"] = seq + consumed & 0xFFFFFFFF
    return have


@inlined
def note_numbers(rows, r, h, i):
    """First and initial sequence number, how far acknowledgments went (a RST's numbers may be anything), who connects, the
    first payload bytes."""
    have = np.int64(rows[r]["have"])
    flags = np.int64(h[i]["flags"])
    if not have & HAVE_SEQUENCE and np.int64(h[i]["have"]) & HAVE_SEQUENCE and not flags & 4:
        rows[r]["seq_base"] = h[i]["seq"]
        have |= HAVE_SEQUENCE
    consumed = np.int64(h[i]["payload"]) + (flags >> 1 & 1) + (flags & 1)
    if consumed > 0 and np.int64(h[i]["have"]) & HAVE_SEQUENCE and not flags & 4:
        have = follow_sequence(rows, r, np.int64(h[i]["seq"]), consumed, have)
    if np.int64(h[i]["have"]) & HAVE_ACK and not flags & 4:
        if not have & HAVE_ACK:
            rows[r]["ack_base"] = h[i]["ack"]
            have |= HAVE_ACK
        acked = np.int64(rows[r]["acked"])
        ahead = signed32(np.int64(h[i]["ack"]) - (np.int64(rows[r]["ack_base"]) + acked))
        if ahead > 0:
            rows[r]["acked"] = acked + ahead
    if flags & 2 and np.int64(h[i]["have"]) & HAVE_SEQUENCE:
        rows[r]["isn"] = h[i]["seq"]
        have |= ISN | (SYN_ACK if flags & 16 else SYN_ONLY)
    if not have & HAVE_MAGIC and np.int64(h[i]["have"]) & HAVE_MAGIC:
        rows[r]["magic"] = h[i]["magic"]
        have |= HAVE_MAGIC
    rows[r]["have"] = have


@njit
def count_rows(rows, slots, state, row_of, tags, link_of, h, index, k0, n):
    """Count the batch's TCP packets in their rows, which `row_of` holds as far as there were any before the batch."""
    replaced = False
    for i in range(n):
        if h[i]["cls"] != CLASS_TCP:
            continue
        r = row_of[i]
        if r < 0 or replaced:
            r = look_up(rows, slots, h, i, link_of[i], tags[i])
        syn = np.int64(h[i]["flags"]) & 2 and np.int64(h[i]["have"]) & HAVE_SEQUENCE
        if r < 0 or (syn and begins_stream(rows, r, h, i)):
            replaced = replaced or r >= 0
            r = add_row(rows, slots, state, h, i, link_of[i], tags[i])
        count_row(rows, r, h, i, index[k0 + i]["ts_ns"], np.int64(index[k0 + i]["wire_len"]))
        note_numbers(rows, r, h, i)
    return n


@njit
def classify(h, index, control, state, k0, n, window):
    """Mark packets outside the window, and note the positions of control frames in `index`."""
    for i in range(n):
        ts_ns = index[k0 + i]["ts_ns"]
        if ts_ns != TS_NONE and (ts_ns < window[0] or ts_ns >= window[1]):
            h[i]["cls"] = CLASS_OUTSIDE
        if CLASS_NEIGHBOR <= h[i]["cls"] <= CLASS_CDP:
            control[state[S_CONTROL]] = k0 + i
            state[S_CONTROL] += 1
    return n


@njit
def room(t):
    """How many packets there surely is room for: any may be the first of its row, link and MAC pair."""
    state = t.state
    most = min(min(len(t.rows), len(t.slots) // 2) - state[S_ROWS], len(t.bins) - state[B_ROWS])
    if state[S_LINKS] < MAX_LINKS:
        most = min(most, min(len(t.links), len(t.link_slots) // 2) - state[S_LINKS])
    if state[S_PAIRS] < MAX_PAIRS:
        most = min(most, min(len(t.pairs), len(t.pair_slots) // 2) - state[S_PAIRS])
    return most


@njit
def update(t, h, index, control, k0, n, window):
    """Count the decoded packets h[0..n) of records index[k0..). Returns n, or 0 where the table must grow first.

    Positions in `index` of control frames (ARP, neighbour discovery, LACP, LLDP, CDP) are appended to `control`. The
    table's arrays are handed on one by one: as a tuple each call would copy all of them (measured: half the time).
    """
    if room(t) < n:
        return np.int64(0)
    rows, slots, links, link_slots, pairs, pair_slots, bins, gaps, state, keys, places = t
    link_of, row_of, tags = places[0], places[1], places[2]
    classify(h, index, control, state, k0, n, window)
    count_links(link_of, links, link_slots, gaps, state, keys, h, index, k0, n)
    count_pairs(links, pairs, pair_slots, bins, state, keys, link_of, h, index, k0, n)
    look_up_all(row_of, tags, rows, slots, keys, link_of, h, n)
    count_rows(rows, slots, state, row_of, tags, link_of, h, index, k0, n)
    return n


@njit
def ingest(t, h, data, index, ifaces, control, start, window, ready):
    """Decode and count records index[start..) in small batches that stay in the first-level cache.

    `window` is (2,) int64: the first nanosecond wanted and the first no longer wanted. Returns the number of the first
    record not done: len(index), or less where the table must grow first, or where frames of the batch are declined (their
    number is in `state`). Then the caller decodes those in `h` and calls again with `ready` rows of it decoded.
    """
    state = t[8]
    state[S_DECLINED] = 0
    k = start
    while k < len(index):
        n = ready
        if n == 0:
            n = min(len(h), len(index) - k)
            decode_block(h, data, index, ifaces, k, k + n)
            for i in range(n):
                if h[i]["cls"] == DECLINED:
                    state[S_DECLINED] += 1
            if state[S_DECLINED] > 0:
                return k
        if update(t, h, index, control, k, n, window) < n:
            return k
        k += n
        ready = 0
    return k
