"""The interfaces of one capture, as they are described along the way."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from flowmap.capture import layout
from flowmap.capture.blocks.pcapng import Description, Statistics, Unit
from flowmap.capture.reference import to_ns
from flowmap.dataclass import dataclass
from flowmap.types import IFACE, TS_NONE

__all__ = ["Interface", "InterfaceTable"]


@dataclass(frozen=True)
class Interface:
    """An interface of a capture; a pcap file has one. `section` counts from 1 in pcapng and is 0 in pcap."""

    ordinal: int
    section: int
    interface_id: int
    link_type: int
    snaplen: int
    name: str | None
    description: str | None
    mac: str | None
    speed_bps: int | None
    fcs_len: int
    filter: str | None = None
    port: str | None = None
    """Name of the port that it is, or is a layer of, where the capture tells."""
    mirror: str | None = None
    """Of a mirror session: the address that it was sent from."""
    mirror_kind: str | None = None
    """What it was sent in: erspan, tzsp, vxlan or gre."""


class InterfaceTable:
    """Interfaces with their clocks and drops, and the walkers' state array, which counts drops by interface.

    `ifaces` and `state` are replaced by larger arrays as interfaces come: take them anew for each walk.
    """

    def __init__(self) -> None:
        self.interfaces: list[Interface] = []
        self.ifaces: npt.NDArray[np.void] = np.zeros(1, IFACE)
        self.state: npt.NDArray[np.int64] = np.zeros(layout.STATE_SIZE + 1, np.int64)
        self.windows: dict[int, tuple[int, int]] = {}
        self.section = 0
        self._described = 0
        self._sealed = False
        self._statistics: dict[int, int] = {}

    @property
    def drops(self) -> dict[int, int]:
        """Recorded drops by interface: the larger of its statistics and the sum of its packets' drop counts.

        Both count the same losses, so they are not added.
        """
        counters = self.state[layout.STATE_SIZE : layout.STATE_SIZE + len(self.interfaces)]
        counted = {int(i): int(counters[i]) for i in np.flatnonzero(counters)}
        return {i: max(counted.get(i, 0), self._statistics.get(i, 0)) for i in sorted({*counted, *self._statistics})}

    @property
    def current(self) -> npt.NDArray[np.void]:
        """(interfaces of this section,) IFACE by interface id."""
        base = int(self.state[layout.S_SECTION_BASE])
        return self.ifaces[base : base + int(self.state[layout.S_INTERFACES])]

    def begin_section(self, big: bool) -> None:
        """Begin a section: interfaces are numbered from 0 again."""
        self.section += 1
        self._described = 0
        self._sealed = False
        self.state[layout.S_BIG] = big
        self.state[layout.S_SECTION_BASE], self.state[layout.S_INTERFACES] = len(self.interfaces), 0

    def seal(self, *, section: bool) -> None:
        """Leave out later interfaces of this section: descriptions may have been lost, so their numbers are unknown.

        `section`: its header was lost, and so are the interfaces that are meant from here on.
        """
        self._sealed = True
        if section:
            self.state[layout.S_INTERFACES] = 0

    def add_pcap(self, link_type: int, snaplen: int, fcs_len: int) -> None:
        """Add the only interface of a pcap file."""
        self.add(Description(link_type, snaplen, None, None, None, None, fcs_len, None, Unit()))

    def add(self, described: Description) -> None:
        """Add an interface description; leave out those beyond the limit, and with them their packets."""
        ordinal, interface_id = len(self.interfaces), self._described
        self._described += 1
        if ordinal >= layout.MAX_INTERFACES or self._sealed:
            return
        if ordinal >= len(self.ifaces):
            self.ifaces = np.concatenate([self.ifaces, np.zeros(len(self.ifaces), IFACE)])
            self.state = np.concatenate([self.state, np.zeros(len(self.ifaces), np.int64)])
        self.interfaces.append(
            Interface(
                ordinal=ordinal,
                section=self.section,
                interface_id=interface_id,
                link_type=described.link_type,
                snaplen=described.snaplen,
                name=described.name,
                description=described.description,
                mac=described.mac,
                speed_bps=described.speed_bps,
                fcs_len=described.fcs_len,
                filter=described.filter,
            )
        )
        row, clock = self.ifaces[ordinal], described.clock
        row["factor"], row["offset_s"], row["unit"] = clock.factor, clock.offset_s, clock.unit
        row["snaplen"], row["link_type"], row["fcs_len"] = described.snaplen, described.link_type, described.fcs_len
        self.state[layout.S_INTERFACES] += 1

    def add_statistics(self, statistics: Statistics) -> None:
        """Take interface statistics; later ones replace earlier ones."""
        if statistics.interface_id >= self.state[layout.S_INTERFACES]:
            return
        ordinal = int(self.state[layout.S_SECTION_BASE]) + statistics.interface_id
        dropped = [n for n in (statistics.dropped_interface, statistics.dropped_os) if n is not None]
        if dropped:
            self._statistics[ordinal] = min(sum(dropped), layout.DROPS_CAP)
        if statistics.start is not None and statistics.end is not None:
            row = self.ifaces[ordinal]
            unit, factor, zone = int(row["unit"]), int(row["factor"]), int(row["offset_s"])
            window = to_ns(statistics.start, unit, factor, zone), to_ns(statistics.end, unit, factor, zone)
            if TS_NONE not in window:
                self.windows[ordinal] = window
