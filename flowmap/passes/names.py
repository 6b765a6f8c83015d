"""Which member each link of each scanned capture is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from flowmap.capture.inputs import PlannedCapture
from flowmap.capture.inputs.naming import Port, ReadCapture, member_names
from flowmap.capture.inputs.settle import Doubt
from flowmap.capture.inputs.traffic import Frames
from flowmap.flow.scanning.scan import Scan
from flowmap.types import TS_NONE

__all__ = ["NO_LINK", "name_links"]

NO_LINK = (-1, 0)
"""Stands for the one member of a capture without packets."""
_SLL2 = 276
_MOST_PAIRS, _MOST_LINKS = 4096, 256


def name_links(
    planned: Sequence[PlannedCapture], scans: Sequence[Scan], doubts: list[Doubt] | None = None
) -> list[dict[tuple[int, int], str]]:
    """Return for each scan the member name of each (interface ordinal, SLL2 ifindex).

    `doubts` gets what may be halves of members. Raises ConfigError where two inputs collide.

    A capture of another time than is asked for is no member then, but a piece of one: it has no name, unless all are so.
    """
    inside = [place for place, scan in enumerate(scans) if not scan.outside] or [*range(len(scans))]
    own = _name_links([planned[place] for place in inside], [scans[place] for place in inside], doubts)
    found = dict(zip(inside, own, strict=True))
    return [found.get(place, {}) for place in range(len(scans))]


def _name_links(
    planned: Sequence[PlannedCapture], scans: Sequence[Scan], doubts: list[Doubt] | None
) -> list[dict[tuple[int, int], str]]:
    links = [[(int(x["interface"]), int(x["ifindex"])) for x in scan.links] for scan in scans]
    captures = [
        ReadCapture(one, tuple(_port(scan, number, *link) for number, link in enumerate(own)), len(scan.interfaces))
        for one, scan, own in zip(planned, scans, links, strict=True)
    ]
    named = member_names(captures)
    if doubts is not None:
        doubts += named.doubts
    return [
        {link: name for link, name in zip(own or [NO_LINK], names, strict=True) if name}
        for own, names in zip(links, named.names, strict=True)
    ]


def _port(scan: Scan, number: int, ordinal: int, ifindex: int) -> Port:
    interface, link = scan.interfaces[ordinal], scan.links[number]
    timed = int(link["first_ns"]) != TS_NONE
    return Port(
        interface.section,
        interface.interface_id,
        interface.name,
        ifindex if interface.link_type == _SLL2 else None,
        interface.description,
        interface.mac,
        interface.link_type,
        (int(link["first_ns"]), int(link["last_ns"])) if timed else None,
        _traffic(scan, number),
        interface.port,
        interface.mirror,
    )


def _traffic(scan: Scan, number: int) -> dict[tuple[int, int], Frames]:
    """Return frames by source and destination of one link, those to a single station; of a great many pairs none."""
    if len(scan.links) > _MOST_LINKS:
        return {}
    own = scan.pairs[scan.pairs["link"] == number]
    own = own[(own["dmac"] >> np.uint64(40) & np.uint64(1) == 0) & (own["smac"] != own["dmac"])]
    if len(own) > _MOST_PAIRS:
        return {}
    columns = (own[name].tolist() for name in ("smac", "dmac", "frames", "first_ns", "last_ns"))
    return {(source, target): Frames(*rest) for source, target, *rest in zip(*columns, strict=True)}
