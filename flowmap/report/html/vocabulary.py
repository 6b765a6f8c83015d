"""Closed sets of values of the report in words for people, beyond those in `labels`."""

from __future__ import annotations

from flowmap.message import Message, msg

__all__ = ["DIRECTIONS", "EVIDENCE", "ROLES", "SUBJECTS", "VALUES", "word"]

DIRECTIONS = {"tx": msg("sent (tx)"), "rx": msg("received (rx)"), "unknown": msg("direction unknown")}
ROLES = {
    "teamed": msg("teamed host"), "source": msg("source"), "destination": msg("destination"), "both": msg("both"),
    "other": msg("other"),
}  # fmt: skip
SUBJECTS = {
    "stream": msg("stream"), "direction": msg("direction"), "members": msg("members"), "member": msg("member"),
    "host": msg("host"), "path": msg("file"), "migration": msg("migration"), "streams": msg("streams"), "hosts": msg("hosts"),
}  # fmt: skip
EVIDENCE = {
    "packets": msg("packets"), "switches": msg("changes of member"), "median_run": msg("median run, packets"),
    "duplicates": msg("duplicates"), "sequence_changes": msg("changes in sequence order"),
    "sequence_steps": msg("steps in sequence order"), "expected": msg("as configured"), "moves": msg("moves"),
    "hosts": msg("hosts"), "unit": msg("counted unit"), "counts": msg("units by member"), "p_value": msg("p-value"),
    "streams": msg("streams"), "count": msg("count"), "first_offset": msg("first at byte"), "system": msg("LACP system"),
    "systems": msg("LACP systems"), "kind": msg("kind"), "of_host": msg("of the host"), "total": msg("total"),
    "at_end": msg("to the end"), "state": msg("state bits"), "states": msg("state bits"), "keys": msg("keys"),
    "port": msg("port"), "mode": msg("mode"), "algorithm": msg("algorithm"), "directions": msg("stream-directions"),
    "last_ns": msg("last at"), "active": msg("active member"), "address": msg("address"), "aggregates": msg("aggregates"),
    "allowed": msg("allowed"), "arp_macs": msg("MACs by ARP"), "asked_ns": msg("interval asked for"), "at_ns": msg("seen at"),
    "captured": msg("captured"), "captured_near": msg("captured near"), "concurrent": msg("bulk streams at the same time"),
    "described": msg("by its description"), "direction": msg("direction"), "even": msg("from even ports"),
    "fast": msg("asks for fast"), "fast_of_host": msg("the host asks for fast"), "flooded": msg("flooded frames"),
    "full_share": msg("time the member was full"), "gap_ns": msg("median interval"), "hears": msg("names as its partner"),
    "idle_bps": msg("idle meanwhile"), "is": msg("the partner is"), "is_of": msg("belongs to"), "lacpdus": msg("LACPDUs"),
    "load_bps": msg("load of the member"), "loss_bound_bps": msg("rate that loss allows"), "mac": msg("MAC"),
    "member": msg("member"), "members": msg("members"), "members_used": msg("members used"), "most": msg("most in a second"),
    "named": msg("named as"), "odds": msg("chance by members used"),
    "odds_with_one_more": msg("chance by members used, with one more"), "other_addresses": msg("other addresses"),
    "other_counts": msg("units by member, other direction"), "own_share": msg("own share of the load"),
    "p_at_most": msg("chance of so few members"), "pairs": msg("pairs of hosts"), "partner": msg("partner"),
    "peak_bps": msg("busiest 100 ms"), "peer_expired": msg("the other side lost it too"),
    "peer_gap_ns": msg("median interval of the other side"), "peer_state": msg("state bits of the other side"),
    "ports": msg("ports"), "protocols": msg("protocols"), "rate_bps": msg("mean rate"),
    "rate_variation": msg("variation of the rate"), "recovering_share": msg("time in recovery from loss"),
    "resent_share": msg("sent again"), "round_trip_ns": msg("round trip"), "sender_idle_share": msg("time the sender was idle"),
    "slow": msg("asks for slow"), "source_macs": msg("source MACs"), "span_ns": msg("length of time"),
    "speed_bps": msg("speed"), "times": msg("times"), "unanswered": msg("unanswered"), "units": msg("units"),
    "values": msg("different values"), "window_blocked_share": msg("time the window was full"),
    "window_bytes": msg("window of the receiver"), "zero_windows": msg("zero windows"),
}  # fmt: skip
VALUES = {
    "captured_near": {"sender": msg("the sender"), "receiver": msg("the receiver"), "between": msg("neither end"),
                      "unknown": msg("unknown")},
    "source_macs": {"own": msg("another one on each member"), "one": msg("one for all members")},
}  # fmt: skip
"""Values that are words, by the key that they stand under."""


def word(words: dict[str, Message], value: str) -> str:
    """The word of a value, or the value itself with spaces for underscores where there is none yet."""
    return words.get(value) or value.replace("_", " ")
