"""What the packet capture of netsh tells of itself: how much of a packet it keeps, and the names of interfaces.

In: the payloads of its rules (u8 id, u8 directive, u16 length, value) and sources (u8 id, name in UTF-16 up to a zero, u32
interface index, ...). Source: the manifest of Microsoft-Windows-NDIS-PacketCapture, as OTRF/OSSEM lists it.
"""

from __future__ import annotations

from dataclasses import field

from flowmap.capture.etl import layout
from flowmap.dataclass import dataclass

__all__ = ["Netsh"]

_TRUNCATE = 17
"""The rule that packettruncatebytes= is."""
_MOST_NAMES = 4096
_MOST_TEXT = 400


@dataclass
class Netsh:
    """What was told so far. `snaplen`: bytes that are kept of a packet, 0 where no rule says it."""

    snaplen: int = 0
    _names: dict[int, str] = field(default_factory=dict)

    def take(self, number: int, payload: bytes) -> None:
        """Read an event that is no frame; pass over what is cut or unknown."""
        if number == layout.NDIS_RULE and len(payload) >= 8 and payload[0] == _TRUNCATE and payload[2:4] == b"\4\0":
            self.snaplen = int.from_bytes(payload[4:8], "little") & 0x7FFFFFFF
        elif number == layout.NDIS_SOURCE:
            end = next((at for at in range(1, len(payload) - 1, 2) if payload[at : at + 2] == b"\0\0"), None)
            if end is not None and len(payload) >= end + 6 and len(self._names) < _MOST_NAMES:
                name = payload[1:end].decode("utf-16-le", "replace")[:_MOST_TEXT].strip()
                self._names[int.from_bytes(payload[end + 2 : end + 6], "little")] = name

    def name_of(self, index: int) -> str | None:
        """Return the interface's name; None if it is not logged, or is only the name of its kind."""
        name = self._names.get(index)
        return name if name and list(self._names.values()).count(name) == 1 and len(self._names) > 1 else None
