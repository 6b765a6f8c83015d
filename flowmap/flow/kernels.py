"""Compiled twin of `reference.py`: decoded packets update the flow table, block by block.

The table is a tuple of arrays that the caller owns and grows: `rows` (FLOW, in order of first sight) with `slots` (open
addressing, hash tag << 32 | row + 1), `links` (LINK) with `link_slots`, `pairs` (MACPAIR) with `pair_slots`, `bins` (see
`bins/kernels.py`), `gaps` (GAP, the first so many silences), `state` (int64, see S_* and B_*) and `keys` (uint64, random).
`update` stops before the first packet for which there might be no room; the caller grows and calls again.

Hash: pair-multiply-shift with random keys (strongly universal in its upper 32 bits, Thorup, "High speed hashing for
integers and strings"), so that no capture can be made to put all its flows into one slot chain.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from flowmap.decode.kernels import decode_block
from flowmap.flow.bins.kernels import B_ROWS, MAX_OWN, count_bytes, link_bins, new_bins
from flowmap.jit import njit

__all__ = ["Table", "ingest", "rehash_links", "rehash_pairs", "rehash_rows", "update"]

S_ROWS, S_LINKS, S_PAIRS, S_CONTROL, S_LAST_LINK, S_LAST_PAIR, S_PAIRS_LOST, S_LINKS_LOST, S_GAPS, S_DECLINED = range(10)
TS_NONE = -(2**63)
BIN_NS = 100_000_000
GAP_NS = 200_000_000
BINS_FROM, BINS_TO = -(2**63) + 2 * 10**9, 2**63 - 2 * 10**9
GAPS_FROM = -(2**63) + GAP_NS
MAX_PAIRS = 65536
MAX_LINKS = 65536
ISN, SYN_ONLY, SYN_ACK, HAVE_SEQUENCE, HAVE_ACK, HAVE_FLAGS, HAVE_MAGIC, HAVE_MACS = 32, 64, 128, 2, 4, 8, 16, 1
CLASS_TCP, CLASS_NEIGHBOR, CLASS_ARP, CLASS_SLOW, CLASS_LLDP, CLASS_CDP, CLASS_OUTSIDE = 0, 4, 5, 6, 7, 8, 15
DECLINED = 16
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


@njit
def mix(total, keys, k, word):
    return total + (keys[k] + (word & M32)) * (keys[k + 1] + (word >> U32))


@njit
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


@njit
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


@njit
def pair_hash(smac, dmac, link, keys):
    total = mix(keys[14], keys, 0, smac)
    total = mix(total, keys, 2, dmac)
    return mix(total, keys, 4, np.uint64(link)) >> U32


@njit
def rehash_pairs(pair_slots, pairs, n_pairs, keys):
    """Fill empty `pair_slots` from the first `n_pairs` pairs."""
    mask = len(pair_slots) - 1
    for r in range(n_pairs):
        s = np.int64(pair_hash(pairs[r]["smac"], pairs[r]["dmac"], pairs[r]["link"], keys)) & mask
        while pair_slots[s] != 0:
            s = (s + 1) & mask
        pair_slots[s] = r + 1
    return n_pairs


@njit
def link_hash(interface, ifindex, keys):
    return mix(keys[14], keys, 0, np.uint64(interface) << U32 | np.uint64(ifindex)) >> U32


@njit
def rehash_links(link_slots, links, n_links, keys):
    """Fill empty `link_slots` from the first `n_links` links."""
    mask = len(link_slots) - 1
    for r in range(n_links):
        s = np.int64(link_hash(links[r]["interface"], links[r]["ifindex"], keys)) & mask
        while link_slots[s] != 0:
            s = (s + 1) & mask
        link_slots[s] = r + 1
    return n_links


@njit
def find_link(links, link_slots, state, keys, interface, ifindex):
    """Row of `links` for (interface, ifindex). Neighbours mostly agree. Beyond MAX_LINKS the first one serves, counted."""
    last = state[S_LAST_LINK]
    if last < state[S_LINKS] and links[last]["interface"] == interface and links[last]["ifindex"] == ifindex:
        return last
    mask = len(link_slots) - 1
    s = np.int64(link_hash(interface, ifindex, keys)) & mask
    while link_slots[s] != 0:
        r = link_slots[s] - 1
        if links[r]["interface"] == interface and links[r]["ifindex"] == ifindex:
            state[S_LAST_LINK] = r
            return r
        s = (s + 1) & mask
    r = state[S_LINKS]
    if r >= MAX_LINKS:
        state[S_LINKS_LOST] += 1
        return np.int64(0)
    link_slots[s] = r + 1
    links[r]["interface"] = interface
    links[r]["ifindex"] = ifindex
    links[r]["first_ns"] = TS_NONE
    links[r]["last_ns"] = TS_NONE
    links[r]["previous_ns"] = TS_NONE
    links[r]["bin_ns"] = TS_NONE
    state[S_LINKS] = r + 1
    state[S_LAST_LINK] = r
    return r


@njit
def count_bin(links, r, ts_ns, wire_len):
    """Wire bytes of the current 100 ms; a packet up to a second late counts in the current ones. The last two seconds at
    either end of what int64 can tell are left out: sums with them would wrap."""
    if ts_ns < BINS_FROM or ts_ns >= BINS_TO:
        return
    start = links[r]["bin_ns"]
    if start == TS_NONE or ts_ns >= start + BIN_NS or ts_ns < start - 10 * BIN_NS:
        links[r]["bin_ns"] = ts_ns - ts_ns % BIN_NS
        links[r]["bin_bytes"] = np.uint64(0)
    links[r]["bin_bytes"] += np.uint64(wire_len)
    if links[r]["bin_bytes"] > links[r]["peak_bytes"]:
        links[r]["peak_bytes"] = links[r]["bin_bytes"]


@njit
def note_gap(links, gaps, state, r, ts_ns):
    """Remember a silence of the link before this packet, as long as there is room."""
    previous = links[r]["previous_ns"]
    n = state[S_GAPS]
    if previous != TS_NONE and ts_ns > GAPS_FROM and previous <= ts_ns - GAP_NS and n < len(gaps):
        gaps[n]["start_ns"] = previous
        gaps[n]["end_ns"] = ts_ns
        gaps[n]["link"] = r
        state[S_GAPS] = n + 1


@njit
def count_link(links, r, h, i, ts_ns, cap_len, wire_len):
    links[r]["packets"] += np.uint64(1)
    links[r]["wire_bytes"] += np.uint64(wire_len)
    links[r]["captured_bytes"] += np.uint64(cap_len)
    links[r]["classes"][h[i]["cls"]] += np.uint64(1)
    if ts_ns != TS_NONE:
        if links[r]["first_ns"] == TS_NONE or ts_ns < links[r]["first_ns"]:
            links[r]["first_ns"] = ts_ns
        if links[r]["last_ns"] == TS_NONE or ts_ns > links[r]["last_ns"]:
            links[r]["last_ns"] = ts_ns
        if ts_ns < links[r]["previous_ns"]:
            links[r]["backwards"] += np.uint64(1)
        links[r]["previous_ns"] = ts_ns
        count_bin(links, r, ts_ns, wire_len)
    if wire_len > links[r]["max_wire_len"]:
        links[r]["max_wire_len"] = wire_len
    if cap_len > links[r]["max_cap_len"]:
        links[r]["max_cap_len"] = cap_len
    if cap_len < wire_len:
        links[r]["snapped"] += np.uint64(1)
    if h[i]["direction"] == 1:
        links[r]["in_packets"] += np.uint64(1)
    elif h[i]["direction"] == 2:
        links[r]["out_packets"] += np.uint64(1)


@njit
def count_pair(pairs, pair_slots, state, keys, h, i, link, ts_ns, wire_len):
    """Count the frame under its (link, source MAC, destination MAC); beyond MAX_PAIRS only their number is kept. Returns the
    pair's row of bins, 0 where it has none."""
    smac = h[i]["smac"]
    dmac = h[i]["dmac"]
    r = state[S_LAST_PAIR]
    n = state[S_PAIRS]
    if not (r < n and pairs[r]["smac"] == smac and pairs[r]["dmac"] == dmac and pairs[r]["link"] == link):
        mask = len(pair_slots) - 1
        s = np.int64(pair_hash(smac, dmac, link, keys)) & mask
        r = np.int64(-1)
        while pair_slots[s] != 0:
            r = pair_slots[s] - 1
            if pairs[r]["smac"] == smac and pairs[r]["dmac"] == dmac and pairs[r]["link"] == link:
                break
            r = np.int64(-1)
            s = (s + 1) & mask
        if r < 0:
            if n >= MAX_PAIRS:
                state[S_PAIRS_LOST] += 1
                return np.int64(0)
            r = n
            pairs[r]["smac"] = smac
            pairs[r]["dmac"] = dmac
            pairs[r]["link"] = link
            pairs[r]["first_ns"] = ts_ns
            pairs[r]["last_ns"] = ts_ns
            pairs[r]["bins"] = new_bins(state) if r < MAX_OWN else 0
            pair_slots[s] = r + 1
            state[S_PAIRS] = n + 1
        state[S_LAST_PAIR] = r
    pairs[r]["frames"] += np.uint64(1)
    pairs[r]["wire_bytes"] += np.uint64(wire_len)
    if ts_ns != TS_NONE:
        if pairs[r]["first_ns"] == TS_NONE or ts_ns < pairs[r]["first_ns"]:
            pairs[r]["first_ns"] = ts_ns
        if pairs[r]["last_ns"] == TS_NONE or ts_ns > pairs[r]["last_ns"]:
            pairs[r]["last_ns"] = ts_ns
    return np.int64(pairs[r]["bins"])


@njit
def signed32(value):
    """The difference of two sequence numbers, as RFC 1982 compares them."""
    value &= 0xFFFFFFFF
    return value - 0x100000000 if value >= 0x80000000 else value


@njit
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


@njit
def find_row(rows, slots, state, h, i, link, tag):
    """Row of the packet's key; a new one where the key or the connection is new. The caller made sure that one fits."""
    mask = len(slots) - 1
    s = np.int64(tag) & mask
    while slots[s] != 0:
        if slots[s] >> 32 == np.int64(tag):
            r = (slots[s] & 0xFFFFFFFF) - 1
            if same_key(rows, r, h, i, link):
                if not h[i]["flags"] & 2 or not h[i]["have"] & HAVE_SEQUENCE or not begins_stream(rows, r, h, i):
                    return r
                break
        s = (s + 1) & mask
    r = state[S_ROWS]
    new_row(rows, r, h, i, link)
    slots[s] = np.int64(tag) << 32 | (r + 1)
    state[S_ROWS] = r + 1
    return r


@njit
def count_row(rows, r, h, i, ts_ns, wire_len):
    payload = np.int64(h[i]["payload"])
    flags = np.int64(h[i]["flags"])
    rows[r]["packets"] += np.uint64(1)
    rows[r]["wire_bytes"] += np.uint64(wire_len)
    rows[r]["payload_bytes"] += np.uint64(payload)
    if payload > 0:
        rows[r]["data_packets"] += np.uint64(1)
        if payload > np.int64(rows[r]["max_payload"]):
            rows[r]["max_payload"] = payload
    if ts_ns != TS_NONE:
        if rows[r]["first_ns"] == TS_NONE or ts_ns < rows[r]["first_ns"]:
            rows[r]["first_ns"] = ts_ns
        if rows[r]["last_ns"] == TS_NONE or ts_ns > rows[r]["last_ns"]:
            rows[r]["last_ns"] = ts_ns
        count_bin(rows, r, ts_ns, wire_len)
    rows[r]["syn"] += np.uint64(flags >> 1 & 1)
    rows[r]["fin"] += np.uint64(flags & 1)
    rows[r]["rst"] += np.uint64(flags >> 2 & 1)
    if h[i]["direction"]:
        rows[r]["directions"] = np.int64(rows[r]["directions"]) | np.int64(h[i]["direction"])
    if rows[r]["smac"] != h[i]["smac"]:
        rows[r]["smac_changed"] = 1


@njit
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


@njit
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
def update(t, h, index, control, k0, n, window):
    """Count the decoded packets h[0..n) of records index[k0..). Returns how many were done.

    Positions in `index` of control frames (ARP, neighbour discovery, LACP, LLDP, CDP) are appended to `control`. The
    table's arrays are handed on one by one: as a tuple each call would copy all of them (measured: half the time).
    """
    rows, slots, links, link_slots, pairs, pair_slots, bins, gaps, state, keys = t
    most_rows = min(len(rows), len(slots) // 2)
    most_links = min(len(links), len(link_slots) // 2)
    most_pairs = min(len(pairs), len(pair_slots) // 2)
    from_ns, to_ns = window[0], window[1]
    for i in range(n):
        full = state[S_ROWS] >= most_rows or (state[S_LINKS] >= most_links and state[S_LINKS] < MAX_LINKS)
        if full or state[B_ROWS] >= len(bins) or (state[S_PAIRS] >= most_pairs and state[S_PAIRS] < MAX_PAIRS):
            return i
        ts_ns = index[k0 + i]["ts_ns"]
        wire_len = np.int64(index[k0 + i]["wire_len"])
        if ts_ns != TS_NONE and (ts_ns < from_ns or ts_ns >= to_ns):
            h[i]["cls"] = CLASS_OUTSIDE
        cls = np.int64(h[i]["cls"])
        link = find_link(links, link_slots, state, keys, np.int64(index[k0 + i]["interface"]), np.int64(h[i]["ifindex"]))
        if ts_ns != TS_NONE:
            note_gap(links, gaps, state, link, ts_ns)
        count_link(links, link, h, i, ts_ns, np.int64(index[k0 + i]["cap_len"]), wire_len)
        if cls == CLASS_OUTSIDE:
            continue
        bins_row = np.int64(0)
        if np.int64(h[i]["have"]) & HAVE_MACS:
            if not h[i]["dmac"] & np.uint64(0x010000000000):
                links[link]["unicast"] += np.uint64(1)
            bins_row = count_pair(pairs, pair_slots, state, keys, h, i, link, ts_ns, wire_len)
        if ts_ns != TS_NONE:
            if bins_row == 0:
                bins_row = link_bins(links, link, state, np.int64(h[i]["direction"]))
            if bins_row > 0 and wire_len > 0:
                count_bytes(bins, state, bins_row, ts_ns, wire_len)
        if cls == CLASS_TCP:
            r = find_row(rows, slots, state, h, i, link, flow_hash(h, i, link, keys))
            count_row(rows, r, h, i, ts_ns, wire_len)
            note_numbers(rows, r, h, i)
        elif CLASS_NEIGHBOR <= cls <= CLASS_CDP:
            control[state[S_CONTROL]] = k0 + i
            state[S_CONTROL] += 1
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
        done = update(t, h, index, control, k, n, window)
        k += done
        if done < n:
            return k
        ready = 0
    return k
