"""What pktmon tells of the components that it logged frames at: names, properties, filters, frames that Windows dropped.

In: the payloads of its events, in any order (names are written when the log is stopped). Out: for each component its name, the
adapter that it belongs to and its MAC. Source: the manifest of Microsoft-Windows-PktMon.
"""

from __future__ import annotations

import struct
from collections import Counter
from dataclasses import field

from flowmap.dataclass import dataclass

__all__ = ["Component", "Components"]

_NAME, _NUMBER, _NUMBER_AGAIN, _BYTES = 20, 30, 50, 70
_FILTERS = (100, 110)
_DROPS = (170, 240)
_IF_INDEX, _MINIPORT_INDEX, _MAC = 1, 2, 6
_MINIPORT, _ADAPTER = 2, 14
"""Component types that are network adapters."""
_MOST_COMPONENTS = 4096
_MOST_TEXT = 400


@dataclass
class Component:
    """A place in the network stack. `index` is its own interface index, `miniport` that of the adapter it sits on."""

    name: str | None = None
    description: str | None = None
    kind: int = 0
    index: int | None = None
    miniport: int | None = None
    mac: str | None = None

    @property
    def is_port(self) -> bool:
        """Whether it is an adapter, or nothing says on which it sits."""
        return self.kind in (_MINIPORT, _ADAPTER) or self.miniport is None

    @property
    def title(self) -> str | None:
        """What a person knows it by: the adapter's name, else the driver's (two adapters of one kind share that)."""
        return self.description or self.name


@dataclass
class Components:
    """All components of a log, by id."""

    by_id: dict[int, Component] = field(default_factory=dict)
    dropped: Counter[tuple[int, int]] = field(default_factory=Counter)
    """Frames that Windows dropped, by (component, reason)."""
    filtered: bool = False
    """Whether packet filters were set."""

    def take(self, number: int, payload: bytes) -> None:
        """Read an event of pktmon that is no frame; pass over what is cut or unknown."""
        if number in _FILTERS:
            self.filtered = True
        elif number in _DROPS and len(payload) >= 26:
            key = int.from_bytes(payload[16:18], "little"), int.from_bytes(payload[22:26], "little")
            if key in self.dropped or len(self.dropped) < _MOST_COMPONENTS:
                self.dropped[key] += 1
        elif len(payload) >= 4 and number in (_NAME, _NUMBER, _NUMBER_AGAIN, _BYTES):
            ident, kind = struct.unpack_from("<HH", payload)
            self._describe(number, ident, kind, payload[4:])

    def _describe(self, number: int, ident: int, kind: int, rest: bytes) -> None:
        if ident not in self.by_id and len(self.by_id) >= _MOST_COMPONENTS:
            return
        one = self.by_id.setdefault(ident, Component())
        if number == _NAME:
            texts = rest.decode("utf-16-le", "replace").split("\0")
            one.kind, one.name = kind, texts[0][:_MOST_TEXT].strip() or None
            one.description = texts[1][:_MOST_TEXT].strip() or None if len(texts) > 1 else None
        elif number == _BYTES:
            if kind == _MAC and rest[:4] == b"\6\0\0\0" and len(rest) >= 10:
                one.mac = rest[4:10].hex(":")
        elif len(rest) >= 4 and kind in (_IF_INDEX, _MINIPORT_INDEX):
            value = int.from_bytes(rest[:4], "little")
            if kind == _IF_INDEX:
                one.index = value
            else:
                one.miniport = value

    def port_of(self, ident: int) -> int:
        """Return the component that is the adapter `ident` belongs to, by the adapter's index; else `ident` itself."""
        one = self.by_id.get(ident)
        if one is None:
            return ident
        index = one.index if one.is_port else one.miniport
        if index is None:
            return ident
        ports = [other for other, each in self.by_id.items() if each.is_port and each.index == index]
        return min(ports, default=ident)
