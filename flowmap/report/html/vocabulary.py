"""Closed sets of values of the report in words for people, beyond those in `labels`."""

from __future__ import annotations

from flowmap.message import Message, msg

__all__ = ["DIRECTIONS", "EVIDENCE", "ROLES", "SUBJECTS", "word"]

DIRECTIONS = {"tx": msg("sent (tx)"), "rx": msg("received (rx)"), "unknown": msg("direction unknown")}
ROLES = {
    "teamed": msg("teamed host"), "source": msg("source"), "destination": msg("destination"), "both": msg("both"),
    "other": msg("other"),
}  # fmt: skip
SUBJECTS = {
    "stream": msg("stream"), "direction": msg("direction"), "members": msg("members"), "member": msg("member"),
    "host": msg("host"), "path": msg("file"), "migration": msg("migration"),
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
    "last_ns": msg("last at"),
}  # fmt: skip


def word(words: dict[str, Message], value: str) -> str:
    """The word of a value, or the value itself with spaces for underscores where there is none yet."""
    return words.get(value) or value.replace("_", " ")
