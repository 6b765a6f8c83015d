"""The interfaces of a log: one for each place in the network stack that frames were logged at, named as etl2pcapng names them.

netsh: `eth:LOWER:0` (`wifi:`, `mbb:`), described as "LWF over IfIndex MINIPORT" where it is a filter driver over an adapter;
frames at a virtual switch: `vNIC:TYPE:PORT:LOWER:VLAN`. pktmon: the adapter's name, as the components say.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from flowmap.capture.blocks.interfaces import Interface
from flowmap.capture.etl import layout
from flowmap.capture.etl.components import Components
from flowmap.capture.etl.log.netsh import Netsh
from flowmap.dataclass import dataclass
from flowmap.types import IFACE, TimeUnit

__all__ = ["Ports"]

_PREFIXES = {layout.LINK_ETHERNET: "eth", layout.LINK_WIFI: "wifi", layout.LINK_RAW: "mbb"}
_MOST_TEXT = 100


@dataclass(frozen=True)
class _Place:
    """An interface before it has its name: `component` of pktmon, else named already."""

    link_type: int
    component: int | None
    name: str | None = None
    description: str | None = None
    index: int | None = None
    """Of the adapter itself, where netsh logged right above it."""


class Ports:
    """The table that the walker looks interfaces up in, and what is known of each."""

    def __init__(self) -> None:
        self.components, self.netsh = Components(), Netsh()
        self.keys = np.zeros((16, layout.KEY_COLUMNS), np.int64)
        self.ifaces = np.zeros(16, IFACE)
        self._places: list[_Place] = []

    def __len__(self) -> int:
        return len(self._places)

    @property
    def full(self) -> bool:
        """Whether no more interfaces are told apart."""
        return len(self._places) >= layout.MOST_INTERFACES

    def add(self, key: list[int], payload: bytes) -> None:
        """Add the interface of `key` (see layout.KEY_COLUMNS), whose first frame is in an event with this payload."""
        number = len(self._places)
        if number == len(self.keys):
            self.keys = np.concatenate([self.keys, np.zeros_like(self.keys)])
            self.ifaces = np.concatenate([self.ifaces, np.zeros_like(self.ifaces)])
        self.keys[number] = key
        event, link = key[0] >> 16, key[0] & 0xFFFF
        row = self.ifaces[number]
        row["factor"], row["unit"], row["link_type"] = 1, TimeUnit.MULTIPLY, link
        self._places.append(_Place(link, key[1]) if event == layout.PKTMON_FRAME else _ndis(event, link, key, payload))

    def interfaces(self) -> list[Interface]:
        """Return all interfaces, with the names known by now."""
        titles = self._titles()
        found = []
        for ordinal, place in enumerate(self._places):
            snaplen = self.netsh.snaplen if place.component is None else 0
            told = self.netsh.name_of(place.index) if place.index is not None else None
            title = place.description or told
            plain = Interface(ordinal, 0, ordinal, place.link_type, snaplen, place.name, title, None, None, 0)
            found.append(plain if place.component is None else self._component(plain, place.component, titles))
        return found

    def _component(self, plain: Interface, ident: int, titles: dict[int, str]) -> Interface:
        told, port = self.components.by_id.get(ident), self.components.port_of(ident)
        if told is None:
            return replace(plain, name=f"component {ident}")
        name = titles[ident] if port == ident else told.title or f"component {ident}"
        return replace(
            plain, name=name, description=told.name if told.name != name else None, mac=told.mac, port=titles.get(port)
        )

    def _titles(self) -> dict[int, str]:
        """Return names of the components that are adapters, all different."""
        told = self.components.by_id
        ports = sorted(
            {self.components.port_of(place.component) for place in self._places if place.component is not None}
        )
        titles: dict[int, str] = {}
        for ident in ports:
            one = told.get(ident)
            title = (one.title if one else None) or f"component {ident}"
            titles[ident] = title if title not in titles.values() else f"{title} (component {ident})"
        return titles


def _ndis(event: int, link: int, key: list[int], payload: bytes) -> _Place:
    miniport, lower = key[1], key[2]
    if event == layout.NDIS_SWITCH_FRAME:
        vlan = key[3] >> 32
        texts = payload[12:].decode("utf-16-le", "replace").split("\0", 3)
        texts += [""] * (3 - len(texts))
        port, kind = texts[0][:_MOST_TEXT], texts[2][:_MOST_TEXT]
        return _Place(link, None, f"vNIC:{kind}:{port}:{lower}:{vlan}", f"VlanID={vlan}")
    over = f"LWF over IfIndex {miniport}" if lower != miniport else None
    return _Place(link, None, f"{_PREFIXES[link]}:{lower}:0", over, None if over else lower)
