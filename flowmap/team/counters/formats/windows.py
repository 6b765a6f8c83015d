"""Windows: the objects of Get-NetAdapterStatistics, with RdmaStatistics in them, and the counters of "RDMA Activity".

As JSON (`| ConvertTo-Json`) or as text that PowerShell printed whole (`| Format-List *`). Of performance counters the raw
values are totals: RawValue of Get-Counter's samples, or Win32_PerfRawData; a rate of one second tells nothing of a capture.
Sources: learn.microsoft.com, MSFT_NetAdapterStatisticsSettingData, MSFT_NetAdapter_RdmaStatistics, Get-Counter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from flowmap.team.counters.model import Counter, Reading, whole

__all__ = ["adapter_statistics", "adapter_table", "is_adapter_statistics", "rdma_activity"]

_SUMS: Mapping[Counter, tuple[str, ...]] = {
    "rx_packets": ("ReceivedUnicastPackets", "ReceivedMulticastPackets", "ReceivedBroadcastPackets"),
    "tx_packets": ("SentUnicastPackets", "SentMulticastPackets", "SentBroadcastPackets"),
    "rx_bytes": ("ReceivedBytes",),
    "tx_bytes": ("SentBytes",),
    "rx_drops": ("ReceivedDiscardedPackets",),
    "tx_drops": ("OutboundDiscardedPackets",),
    "rx_errors": ("ReceivedPacketErrors",),
    "tx_errors": ("OutboundPacketErrors",),
}
_RDMA: Mapping[Counter, tuple[str, ...]] = {"rdma_rx_bytes": ("InboundBytes",), "rdma_tx_bytes": ("OutboundBytes",)}
_SAMPLE = re.compile(r"\\rdma activity\((.+)\)\\rdma (inbound|outbound) bytes/sec$", re.IGNORECASE)
_RAW: Mapping[Counter, tuple[str, ...]] = {
    "rdma_rx_bytes": ("RDMAInboundBytesPersec",),
    "rdma_tx_bytes": ("RDMAOutboundBytesPersec",),
}
_TABLE = ("Name", "ReceivedBytes", "ReceivedUnicastPackets", "SentBytes", "SentUnicastPackets")
_SIDES: Mapping[str, Counter] = {"inbound": "rdma_rx_bytes", "outbound": "rdma_tx_bytes"}


def is_adapter_statistics(item: Mapping[str, Any]) -> bool:
    """Return whether an object is one of Get-NetAdapterStatistics."""
    return "ReceivedBytes" in item and "SentBytes" in item


def adapter_statistics(item: Mapping[str, Any], source: str) -> Iterator[Reading]:
    """Yield one adapter."""
    if not is_adapter_statistics(item):
        return
    rdma = item.get("RdmaStatistics")
    values = _sums(item, _SUMS) | (_sums(rdma, _RDMA) if isinstance(rdma, dict) else {})
    name, label = _text(item.get("Name")), _text(item.get("InterfaceDescription"))
    if values and (name or label):
        host = _text(item.get("PSComputerName")) or _text(item.get("SystemName"))
        yield Reading(name, "Get-NetAdapterStatistics", source, values, label, host=host.casefold() if host else None)


def adapter_table(text: str, source: str) -> Iterator[Reading]:
    """Yield the table that Get-NetAdapterStatistics prints by itself: of packets it has the unicast ones only, so no sum."""
    lines = text.splitlines() if _TABLE[2] in text else []
    heads = [at for at, line in enumerate(lines) if tuple(line.split()) == _TABLE]
    for head in heads:
        for line in lines[head + 2 :]:
            cells = line.rsplit(None, 4)  # names may hold spaces
            counts = [whole(cell) for cell in cells[1:]]
            if len(cells) < 5 or None in counts:
                break
            values: dict[Counter, int] = {"rx_bytes": counts[0] or 0, "tx_bytes": counts[2] or 0}
            yield Reading(cells[0].strip(), "Get-NetAdapterStatistics", source, values)


def rdma_activity(item: Mapping[str, Any], source: str) -> Iterator[Reading]:
    """Yield the samples of one Get-Counter, or an instance of Win32_PerfRawData."""
    if values := _sums(item, _RAW):
        yield Reading(None, "RDMA Activity", source, values, _text(item.get("Name")))
    found: dict[str, dict[Counter, int]] = {}
    samples = item.get("CounterSamples")
    for sample in samples if isinstance(samples, list) else []:
        path, raw = (sample.get("Path"), whole(sample.get("RawValue"))) if isinstance(sample, dict) else (None, None)
        if isinstance(path, str) and raw is not None and (match := _SAMPLE.search(path)):
            found.setdefault(match[1], {})[_SIDES[match[2].casefold()]] = raw
    for label, counts in found.items():
        yield Reading(None, "RDMA Activity", source, counts, label)


def _sums(item: Mapping[str, Any], names: Mapping[Counter, tuple[str, ...]]) -> dict[Counter, int]:
    """Return the sums of which every part is there."""
    found: dict[Counter, int] = {}
    for field, parts in names.items():
        counts = [whole(item.get(part)) for part in parts]
        if None not in counts:
            found[field] = sum(count or 0 for count in counts)
    return found


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
