"""`ip -s -j link` and /proc/net/dev: the kernel's counters of every interface.

Sources: iproute2 ip/ipaddress.c (print_stats64, print_vf_stats64), kernel net/core/net-procfs.c: its drop column is rx_dropped
and rx_missed_errors together. The loopback interface counts every packet as sent and again as received, and a capture holds it
once: what it received is all there was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from flowmap.team.counters.model import Counter, Reading, whole
from flowmap.team.description.model import mac_of

__all__ = ["ip_statistics", "proc_net_dev"]

_IP = "ip -s -j link"
_LOOPBACK = "lo"
_HEAD = re.compile(r"^ *face \|bytes +packets errs drop fifo frame compressed multicast\|bytes +packets", re.MULTILINE)
_ROW = re.compile(r"^ *(\S+?): *((?:\d+ +){15}\d+) *$", re.MULTILINE)


def ip_statistics(item: Mapping[str, Any], source: str) -> Iterator[Reading]:
    """Yield one link of the JSON array. Of a member the bond's MAC is left out: all members have it."""
    name, stats = item.get("ifname"), item.get("stats64", item.get("stats"))
    if not isinstance(name, str) or not isinstance(stats, dict):
        return
    values: dict[Counter, int] = {}
    sides = {side: part for side in ("rx", "tx") if isinstance(part := stats.get(side), dict)}
    for field, side, names in (
        ("rx_packets", "rx", ("packets",)),
        ("tx_packets", "tx", ("packets",)),
        ("rx_bytes", "rx", ("bytes",)),
        ("tx_bytes", "tx", ("bytes",)),
        ("rx_errors", "rx", ("errors",)),
        ("tx_errors", "tx", ("errors",)),
        ("rx_drops", "rx", ("dropped", "missed_errors")),
        ("tx_drops", "tx", ("dropped",)),
    ):
        counts = [count for one in names if (count := whole(sides.get(side, {}).get(one))) is not None]
        if counts:
            values[field] = sum(counts)  # type: ignore[index]
    values |= _virtual_functions(item.get("vfinfo_list"))
    own = item.get("permaddr") or (None if item.get("master") else item.get("address"))
    if values:
        yield Reading(name, _IP, source, _once(name, values), macs=mac_of(own))


def _once(name: str, values: dict[Counter, int]) -> dict[Counter, int]:
    """Return the counters with each packet of the loopback interface once: as received."""
    return values | {"tx_packets": 0, "tx_bytes": 0} if name == _LOOPBACK else values


def _virtual_functions(functions: Any) -> dict[Counter, int]:
    """Return bytes of all virtual functions (SR-IOV)."""
    stats = (
        [one["stats"] for one in functions if isinstance(one, dict) and isinstance(one.get("stats"), dict)]
        if isinstance(functions, list)
        else []
    )
    sums: dict[Counter, int] = {}
    for field, side in (("vf_rx_bytes", "rx"), ("vf_tx_bytes", "tx")):
        counts = [whole(part.get("bytes")) for one in stats if isinstance(part := one.get(side), dict)]
        if counts and None not in counts:
            sums[field] = sum(count or 0 for count in counts)  # type: ignore[index]
    return sums


def proc_net_dev(text: str, source: str) -> Iterator[Reading]:
    """Yield all tables in the text: an interface that comes again is a later reading."""
    if not _HEAD.search(text):
        return
    for match in _ROW.finditer(text):
        counts = [whole(one) for one in match[2].split()]
        known = [
            (0, "rx_bytes"),
            (1, "rx_packets"),
            (2, "rx_errors"),
            (3, "rx_drops"),
            (8, "tx_bytes"),
            (9, "tx_packets"),
            (10, "tx_errors"),
            (11, "tx_drops"),
        ]
        values: dict[Counter, int] = {field: count for at, field in known if (count := counts[at]) is not None}  # type: ignore[misc]
        yield Reading(match[1], "/proc/net/dev", source, _once(match[1], values))
