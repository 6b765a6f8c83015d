"""Reads `show interfaces counters` of a switch and its error tables: Cisco IOS and NX-OS, Arista EOS.

What a switch prints of a port at a time is read in ports.py.

Tables under a line that begins with Port; wide ones come in several parts, each with its own columns. The switch's "in" is what
the host sent. Its octets have the 4 bytes of the frame check sequence.
Sources: the command references of IOS, NX-OS and EOS.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from flowmap.team.counters.model import Counter, Reading, whole

__all__ = ["interface_counters"]

_HEAD = re.compile(r"^ *(?:Port|Interface)((?: +[\w-]+)+) *$")
_ROW = re.compile(r"^ *([A-Za-z][\w/.:-]*)((?: +[\d,]+)+) *$")
_SUMS: Mapping[Counter, tuple[str, ...]] = {
    "tx_packets": ("inucastpkts", "inmcastpkts", "inbcastpkts"),
    "rx_packets": ("outucastpkts", "outmcastpkts", "outbcastpkts"),
    "tx_bytes": ("inoctets",),
    "rx_bytes": ("outoctets",),
    "rx_drops": ("outdiscards",),
    "tx_drops": ("indiscards",),
    "tx_errors": ("fcs-err",),
    "rx_errors": ("xmit-err",),
}
_KNOWN = frozenset(name for names in _SUMS.values() for name in names)


def interface_counters(text: str, source: str) -> Iterator[Reading]:
    """Yield ports with all columns known of them; a column that comes again begins a later reading."""
    columns: list[str] = []
    ports: dict[str, dict[str, int]] = {}
    for line in text.splitlines():
        if head := _HEAD.match(line):
            columns = head[1].casefold().split()
            columns = columns if _KNOWN & set(columns) else []
        elif columns and (row := _ROW.match(line)) and len(counts := row[2].split()) == len(columns):
            own = ports.setdefault(row[1], {})
            if not own.keys().isdisjoint(_KNOWN & set(columns)):
                yield from _reading(row[1], own, source)
                own = ports[row[1]] = {}
            own |= {name: count for name, one in zip(columns, counts, strict=True) if (count := whole(one)) is not None}
    for port, own in ports.items():
        yield from _reading(port, own, source)


def _reading(port: str, own: Mapping[str, int], source: str) -> Iterator[Reading]:
    values = {
        field: sum(own[name] for name in names) for field, names in _SUMS.items() if all(name in own for name in names)
    }
    if values:
        yield Reading(port, "show interfaces counters", source, values, of_switch=True)
