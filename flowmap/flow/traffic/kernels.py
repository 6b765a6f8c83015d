"""Compiled twin of what `reference.py` counts by link and by pair of MAC addresses: every packet of a batch.

`h` are the batch's decoded packets h[0..n), `index` their records from `k0` on; the arrays of the table are described in
`../kernels.py`. A link's counters are kept in registers for as long as its packets follow one another.
"""

from __future__ import annotations

import numpy as np

from flowmap.flow.bins.kernels import MAX_OWN, count_bytes, link_bins, new_bins
from flowmap.jit import inlined, njit

__all__ = ["begins_bin", "count_links", "count_pairs", "mix", "rehash_links", "rehash_pairs"]

S_LINKS, S_PAIRS, S_LAST_LINK, S_LAST_PAIR, S_PAIRS_LOST, S_LINKS_LOST, S_GAPS = 1, 2, 4, 5, 6, 7, 8
TS_NONE = -(2**63)
BIN_NS = 100_000_000
GAP_NS = 200_000_000
BINS_FROM, BINS_TO = -(2**63) + 2 * 10**9, 2**63 - 2 * 10**9
GAPS_FROM = -(2**63) + GAP_NS
MAX_PAIRS = 65536
MAX_LINKS = 4096
HAVE_MACS = 1
CLASS_OUTSIDE = 15
M32 = np.uint64(0xFFFFFFFF)
U32 = np.uint64(32)
ONE = np.uint64(1)
GROUP = np.uint64(0x010000000000)


@inlined
def mix(total, keys, k, word):
    return total + (keys[k] + (word & M32)) * (keys[k + 1] + (word >> U32))


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


@inlined
def begins_bin(start, ts_ns):
    """Whether a packet is not of the 100 ms from `start` on; one up to a second late still counts in them. The last two
    seconds at either end of what int64 can tell are not counted at all: sums with them would wrap."""
    return start == TS_NONE or ts_ns >= start + BIN_NS or ts_ns < start - 10 * BIN_NS


@njit
def note_gap(gaps, state, link, since, ts_ns):
    """Remember a silence of the link, as long as there is room."""
    n = state[S_GAPS]
    if n < len(gaps):
        gaps[n]["start_ns"] = since
        gaps[n]["end_ns"] = ts_ns
        gaps[n]["link"] = link
        state[S_GAPS] = n + 1


@inlined
def count_sizes(links, r, h, index, k0, start, stop):
    """Count the packets start..stop-1 of the batch, all of link `r`, whenever they came."""
    wire_bytes = np.int64(0)
    captured_bytes = np.int64(0)
    snapped = np.int64(0)
    inbound = np.int64(0)
    outbound = np.int64(0)
    longest = np.int64(links[r]["max_wire_len"])
    most = np.int64(links[r]["max_cap_len"])
    for i in range(start, stop):
        wire_len = np.int64(index[k0 + i]["wire_len"])
        cap_len = np.int64(index[k0 + i]["cap_len"])
        wire_bytes += wire_len
        captured_bytes += cap_len
        snapped += cap_len < wire_len
        longest = max(longest, wire_len)
        most = max(most, cap_len)
        inbound += h[i]["direction"] == 1
        outbound += h[i]["direction"] == 2
        links[r]["classes"][h[i]["cls"]] += ONE
    links[r]["packets"] += np.uint64(stop - start)
    links[r]["wire_bytes"] += np.uint64(wire_bytes)
    links[r]["captured_bytes"] += np.uint64(captured_bytes)
    links[r]["snapped"] += np.uint64(snapped)
    links[r]["in_packets"] += np.uint64(inbound)
    links[r]["out_packets"] += np.uint64(outbound)
    links[r]["max_wire_len"] = longest
    links[r]["max_cap_len"] = most


@inlined
def count_times(links, gaps, state, r, index, k0, start, stop):
    """Times, silences and the busiest 100 ms, of the same packets as `count_sizes`."""
    first = links[r]["first_ns"]
    last = links[r]["last_ns"]
    previous = links[r]["previous_ns"]
    backwards = np.int64(0)
    bin_ns = links[r]["bin_ns"]
    bin_bytes = np.int64(links[r]["bin_bytes"])
    peak = np.int64(links[r]["peak_bytes"])
    for i in range(start, stop):
        ts_ns = index[k0 + i]["ts_ns"]
        if ts_ns == TS_NONE:
            continue
        if previous != TS_NONE and ts_ns > GAPS_FROM and previous <= ts_ns - GAP_NS:
            note_gap(gaps, state, r, previous, ts_ns)
        first = ts_ns if first == TS_NONE else min(first, ts_ns)
        last = max(last, ts_ns)
        backwards += ts_ns < previous
        previous = ts_ns
        if BINS_FROM <= ts_ns < BINS_TO:
            if begins_bin(bin_ns, ts_ns):
                bin_ns = ts_ns - ts_ns % BIN_NS
                bin_bytes = np.int64(0)
            bin_bytes += np.int64(index[k0 + i]["wire_len"])
            peak = max(peak, bin_bytes)
    links[r]["first_ns"] = first
    links[r]["last_ns"] = last
    links[r]["previous_ns"] = previous
    links[r]["backwards"] += np.uint64(backwards)
    links[r]["bin_ns"] = bin_ns
    links[r]["bin_bytes"] = np.uint64(bin_bytes)
    links[r]["peak_bytes"] = np.uint64(peak)


@njit
def count_links(link_of, links, link_slots, gaps, state, keys, h, index, k0, n):
    """Count the batch by links, run by run. Writes each packet's link to `link_of`."""
    i = np.int64(0)
    while i < n:
        interface = np.int64(index[k0 + i]["interface"])
        ifindex = np.int64(h[i]["ifindex"])
        link = find_link(links, link_slots, state, keys, interface, ifindex)
        start = i
        while i < n and index[k0 + i]["interface"] == interface and h[i]["ifindex"] == ifindex:
            link_of[i] = link
            i += 1
        state[S_LINKS_LOST] += (i - start - 1) * (links[link]["interface"] != interface or links[link]["ifindex"] != ifindex)
        count_sizes(links, link, h, index, k0, start, i)
        count_times(links, gaps, state, link, index, k0, start, i)
    return i


@njit
def find_pair(pairs, pair_slots, state, keys, smac, dmac, link):
    """Row of `pairs`, a new one where there is none; -1 beyond MAX_PAIRS, counted."""
    mask = len(pair_slots) - 1
    s = np.int64(pair_hash(smac, dmac, link, keys)) & mask
    while pair_slots[s] != 0:
        r = pair_slots[s] - 1
        if pairs[r]["smac"] == smac and pairs[r]["dmac"] == dmac and pairs[r]["link"] == link:
            return r
        s = (s + 1) & mask
    r = state[S_PAIRS]
    if r >= MAX_PAIRS:
        state[S_PAIRS_LOST] += 1
        return np.int64(-1)
    pairs[r]["smac"] = smac
    pairs[r]["dmac"] = dmac
    pairs[r]["link"] = link
    pairs[r]["first_ns"] = TS_NONE
    pairs[r]["last_ns"] = TS_NONE
    pairs[r]["bins"] = new_bins(state) if r < MAX_OWN else 0
    pair_slots[s] = r + 1
    state[S_PAIRS] = r + 1
    return r


@inlined
def count_pair(pairs, r, ts_ns, wire_len):
    pairs[r]["frames"] += ONE
    pairs[r]["wire_bytes"] += np.uint64(wire_len)
    if ts_ns != TS_NONE:
        if pairs[r]["first_ns"] == TS_NONE or ts_ns < pairs[r]["first_ns"]:
            pairs[r]["first_ns"] = ts_ns
        if ts_ns > pairs[r]["last_ns"]:
            pairs[r]["last_ns"] = ts_ns


@njit
def count_pairs(links, pairs, pair_slots, bins, state, keys, link_of, h, index, k0, n):
    """Count the batch by (link, source MAC, destination MAC), and over time. Neighbours mostly are of one pair."""
    last = state[S_LAST_PAIR]
    for i in range(n):
        if h[i]["cls"] == CLASS_OUTSIDE:
            continue
        link = link_of[i]
        ts_ns = index[k0 + i]["ts_ns"]
        wire_len = np.int64(index[k0 + i]["wire_len"])
        row = np.int64(0)
        if np.int64(h[i]["have"]) & HAVE_MACS:
            smac = h[i]["smac"]
            dmac = h[i]["dmac"]
            links[link]["unicast"] += dmac & GROUP == 0
            if not (0 <= last < state[S_PAIRS] and pairs[last]["smac"] == smac and pairs[last]["dmac"] == dmac
                    and pairs[last]["link"] == link):  # fmt: skip
                last = find_pair(pairs, pair_slots, state, keys, smac, dmac, link)
            if last >= 0:
                count_pair(pairs, last, ts_ns, wire_len)
                row = np.int64(pairs[last]["bins"])
        if ts_ns != TS_NONE:
            if row == 0:
                row = link_bins(links, link, state, np.int64(h[i]["direction"]))
            if row > 0 and wire_len > 0:
                count_bytes(bins, state, row, ts_ns, wire_len)
    state[S_LAST_PAIR] = max(last, np.int64(0))
    return n
