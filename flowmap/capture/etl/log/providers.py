"""Which providers wrote the events of a log: what to tell of one that holds no packets."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID

import numpy as np

from flowmap.capture.etl.layout import BUFFER_HEADER
from flowmap.capture.etl.log.survey import ReadAt
from flowmap.capture.etl.reference import event_size

__all__ = ["providers"]

_NAMES = {
    "2ed6006e-4729-4609-b423-3ee7bcd678ef": "Microsoft-Windows-NDIS-PacketCapture",
    "4d4f80d9-c8bd-4d73-bb5b-19c90402c5ac": "Microsoft-Windows-PktMon",
    "d84521f7-2235-4237-a7c0-14e3a9676286": "Microsoft-Windows-Ras-NdisWanPacketCapture",
    "c22d1b14-c242-49de-9f17-1d76b8b9c458": "Microsoft-Windows-WFP",
    "2f07e2ee-15db-40f1-90ef-9d7ba282188a": "Microsoft-Windows-TCPIP",
    "cdead503-17f5-4a3e-b7ae-df8cc2902eb9": "Microsoft-Windows-NDIS",
    "7dd42a49-5329-4832-8dfd-43d979153a88": "Microsoft-Windows-Kernel-Network",
    "e53c6823-7bb8-44bb-90dc-3f86090d48a6": "Microsoft-Windows-Winsock-AFD",
    "1c95126e-7eea-49a9-a3fe-a378b03ddb4d": "Microsoft-Windows-DNS-Client",
    "988c59c5-0a1c-45b6-a555-0c62276e327d": "Microsoft-Windows-SMBClient",
}
_MOST_EVENTS = 200_000
_MOST_PROVIDERS = 1000


def providers(read_at: ReadAt, buffers: np.ndarray[Any, Any], buffer_bytes: int) -> list[tuple[str, int]]:
    """Return (name or GUID, events) of those with manifests, the busiest first, of the first events of the log's buffers."""
    found: Counter[bytes] = Counter()
    looked_at = 0
    for number, used in zip(buffers["number"].tolist(), buffers["used"].tolist(), strict=True):
        raw = bytearray(used)
        del raw[read_at(number * buffer_bytes, memoryview(raw)) :]
        p = BUFFER_HEADER
        while p + 8 <= len(raw) and looked_at < _MOST_EVENTS:
            size, reason, _ = event_size(raw, p, len(raw))
            if reason:
                break
            if raw[p + 3] == 0xC0 and raw[p + 2] in (0x12, 0x13):
                guid = bytes(raw[p + 24 : p + 40])
                if guid in found or len(found) < _MOST_PROVIDERS:
                    found[guid] += 1
            looked_at += 1
            p += size + 7 & ~7
        if looked_at >= _MOST_EVENTS:
            break
    names = [(str(UUID(bytes_le=guid)), count) for guid, count in found.most_common()]
    return [(_NAMES.get(name, f"{{{name}}}"), count) for name, count in names]
