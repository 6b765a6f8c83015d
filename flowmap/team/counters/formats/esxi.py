"""`esxcli network nic stats get -n vmnicN`. An example: Broadcom's knowledge base, article 341594."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from flowmap.team.counters.model import Counter, Reading, whole

__all__ = ["nic_stats"]

_HEAD = re.compile(r"^ *NIC statistics for (\S+?):? *$", re.MULTILINE)
_ROW = re.compile(r"^ +([A-Z][A-Za-z ]+): (\d+) *$", re.MULTILINE)
_NAMES: Mapping[str, Counter] = {
    "Packets received": "rx_packets",
    "Packets sent": "tx_packets",
    "Bytes received": "rx_bytes",
    "Bytes sent": "tx_bytes",
    "Receive packets dropped": "rx_drops",
    "Transmit packets dropped": "tx_drops",
    "Total receive errors": "rx_errors",
    "Total transmit errors": "tx_errors",
}


def nic_stats(text: str, source: str) -> Iterator[Reading]:
    """Yield all outputs in the text."""
    heads = list(_HEAD.finditer(text))
    for number, head in enumerate(heads):
        end = heads[number + 1].start() if number + 1 < len(heads) else len(text)
        values = {
            _NAMES[row[1]]: count
            for row in _ROW.finditer(text, head.end(), end)
            if row[1] in _NAMES and (count := whole(row[2])) is not None
        }
        if values:
            yield Reading(head[1], "esxcli network nic stats get", source, values)
