"""Compiled twin of `reference.py`: records of a block in, TRACE rows of the directions of interest out."""

from __future__ import annotations

import numpy as np

from flowmap.decode.kernels import behind_ipv4, decode_block, ipv4, ipv6
from flowmap.decode.layers.kernels import be16, be32, clear, link_layer, tags_and_llc
from flowmap.flow.kernels import flow_hash, row_hash
from flowmap.jit import njit

__all__ = ["fill_slots", "select"]

TCP = 0
DECLINED = 32
TS_NONE = -(2**63)
PRIME = np.uint64(0x9E3779B97F4A7C15)
KEPT = 2 | 4 | 8  # Have: sequence, ack, flags
PAYLOAD_BYTES = 16
MAX_SHIFT = 14  # of a window scale option (RFC 7323, section 2.3)


@njit
def mix64(value, word):
    value = (value ^ np.uint64(word)) * PRIME
    return value ^ value >> np.uint64(29)


@njit
def frame_digest(h, i, data, frame, end):
    value = mix64(np.uint64(0), np.uint64(h[i]["ip_id"]) << np.uint64(32) | np.uint64(h[i]["payload"]))
    value = mix64(value, np.uint64(h[i]["seq"]) << np.uint64(32) | np.uint64(h[i]["ack"]))
    last = np.uint64(h[i]["window"]) << np.uint64(16) | np.uint64(h[i]["flags"]) << np.uint64(8)
    value = mix64(value, last | np.uint64(h[i]["data_offset"]))
    tcp = frame + np.int64(h[i]["l4_offset"])
    stop = tcp + np.int64(h[i]["data_offset"])
    if stop > end:
        return value
    if np.int64(h[i]["payload"]) >= PAYLOAD_BYTES and stop + PAYLOAD_BYTES <= end:
        stop += PAYLOAD_BYTES
    position = tcp + 20
    while position + 4 <= stop:
        value = mix64(value, np.uint64(be32(data, position)))
        position += 4
    return value


@njit
def option_position(h, i, data, frame, end, wanted, size):
    """Where the value of the TCP option of kind `wanted` and `size` bytes stands, or -1."""
    position = frame + np.int64(h[i]["l4_offset"]) + 20
    stop = min(end, position - 20 + np.int64(h[i]["data_offset"]))
    while position < stop:
        kind = np.int64(data[position])
        if kind == 0:
            break
        if kind == 1:
            position += 1
            continue
        if position + 2 > stop or np.int64(data[position + 1]) < 2:
            break
        if kind == wanted and np.int64(data[position + 1]) == size and position + size <= stop:
            return position + 2
        position += np.int64(data[position + 1])
    return np.int64(-1)


@njit
def outer_header(outer, n, h, data, index, k, ifaces):
    """Write the outermost IP header of record `k`, a tunnel's, to row `n`; row 1 of `h` is scratch."""
    clear(h, 1)
    frame = np.int64(index[k]["offset"])
    end = frame + np.int64(index[k]["cap_len"])
    interface = np.int64(index[k]["interface"])
    p, ethertype = link_layer(h, 1, data, frame, end, np.int64(ifaces[interface]["link_type"]))
    p, ethertype = tags_and_llc(h, 1, data, p, end, ethertype)
    wire_len = max(np.int64(index[k]["wire_len"]), end - frame)
    left = max(np.int64(0), wire_len - np.int64(ifaces[interface]["fcs_len"]) - (p - frame))
    protocol = np.int64(0)
    if ethertype == 0x0800:
        ipv4(h, 1, data, frame, p, end, left)
        protocol, p, end, left = behind_ipv4(h, 1, data, frame, p, end, left)
    elif ethertype == 0x86DD:
        protocol, p, end, left = ipv6(h, 1, data, frame, p, end, left)
    has_ports = protocol == 17 and p + 4 <= end
    outer[n]["src_hi"] = h[1]["src_hi"]
    outer[n]["src_lo"] = h[1]["src_lo"]
    outer[n]["dst_hi"] = h[1]["dst_hi"]
    outer[n]["dst_lo"] = h[1]["dst_lo"]
    outer[n]["sport"] = be16(data, p) if has_ports else 0
    outer[n]["dport"] = be16(data, p + 2) if has_ports else 0
    outer[n]["version"] = h[1]["version"]
    outer[n]["protocol"] = protocol


@njit
def fill_slots(slots, wanted, keys):
    """Fill empty `slots` (a power of two) from `wanted` (FLOW rows with link and vlan 0, each key once)."""
    mask = len(slots) - 1
    for r in range(len(wanted)):
        s = np.int64(row_hash(wanted, r, keys)) & mask
        while slots[s] != 0:
            s = (s + 1) & mask
        slots[s] = r + 1
    return len(wanted)


@njit
def find_wanted(wanted, slots, keys, h, i):
    mask = len(slots) - 1
    s = np.int64(flow_hash(h, i, 0, keys)) & mask
    while slots[s] != 0:
        r = slots[s] - 1
        if (
            wanted[r]["src_lo"] == h[i]["src_lo"]
            and wanted[r]["dst_lo"] == h[i]["dst_lo"]
            and wanted[r]["sport"] == h[i]["sport"]
            and wanted[r]["dport"] == h[i]["dport"]
            and wanted[r]["src_hi"] == h[i]["src_hi"]
            and wanted[r]["dst_hi"] == h[i]["dst_hi"]
            and wanted[r]["version"] == h[i]["version"]
            and wanted[r]["encap"] == h[i]["encap"]
        ):
            return r
        s = (s + 1) & mask
    return np.int64(-1)


@njit
def select(out, outer, places, declined, wanted, active, slots, keys, h, data, index, ifaces, window):
    """Write a TRACE row for each record whose stream-direction is wanted and `active`.

    `member` is the record's interface; the caller maps it (with the SLL2 interface index) to the member. `places` gets the
    record of each row, `outer` the outer header of each that is in a tunnel, `declined` the records that the kernel does not
    decode. Returns the number of rows, of records declined, and of rows in a tunnel; all arrays have room for every record,
    and `h` has two rows.
    """
    n = np.int64(0)
    n_declined = np.int64(0)
    n_tunnels = np.int64(0)
    for k in range(len(index)):
        ts_ns = index[k]["ts_ns"]
        if ts_ns != TS_NONE and (ts_ns < window[0] or ts_ns >= window[1]):
            continue
        decode_block(h, data, index, ifaces, k, k + 1)
        if h[0]["cls"] == DECLINED:
            declined[n_declined] = k
            n_declined += 1
        if h[0]["cls"] != TCP:
            continue
        h[0]["vlan"] = 0
        r = find_wanted(wanted, slots, keys, h, 0)
        if r < 0 or not active[r]:
            continue
        frame = np.int64(index[k]["offset"])
        end = frame + np.int64(index[k]["cap_len"])
        stamp = option_position(h, 0, data, frame, end, 8, 10)
        largest = option_position(h, 0, data, frame, end, 2, 4) if np.int64(h[0]["flags"]) & 2 else np.int64(-1)
        scale = option_position(h, 0, data, frame, end, 3, 3) if np.int64(h[0]["flags"]) & 2 else np.int64(-1)
        out[n]["ts_ns"] = ts_ns
        out[n]["digest"] = frame_digest(h, 0, data, frame, end)
        out[n]["direction_id"] = r
        out[n]["member"] = index[k]["interface"]
        out[n]["ifindex"] = h[0]["ifindex"]
        out[n]["seq"] = h[0]["seq"]
        out[n]["ack"] = h[0]["ack"]
        out[n]["payload"] = h[0]["payload"]
        out[n]["wire_len"] = index[k]["wire_len"]
        out[n]["tsval"] = be32(data, stamp) if stamp >= 0 else 0
        out[n]["tsecr"] = be32(data, stamp + 4) if stamp >= 0 else 0
        out[n]["window"] = h[0]["window"]
        out[n]["ip_id"] = h[0]["ip_id"]
        out[n]["outer"] = 0
        out[n]["mss"] = be16(data, largest) if largest >= 0 else 0
        out[n]["flags"] = h[0]["flags"]
        out[n]["have"] = np.int64(h[0]["have"]) & KEPT
        out[n]["options"] = max(np.int64(20), np.int64(h[0]["data_offset"])) - 20
        out[n]["scale"] = np.int64(min(data[scale], MAX_SHIFT)) + 1 if scale >= 0 else 0
        if h[0]["encap"] != 0:
            outer_header(outer, n, h, data, index, k, ifaces)
            out[n]["outer"] = 1
            n_tunnels += 1
        places[n] = k
        n += 1
    return n, n_declined, n_tunnels
