"""Which member each link of each scanned capture is."""

from __future__ import annotations

from collections.abc import Sequence

from flowmap.capture.inputs import PlannedCapture
from flowmap.capture.naming import Port, ReadCapture, member_names
from flowmap.flow.scan import Scan

__all__ = ["NO_LINK", "name_links"]

NO_LINK = (-1, 0)
"""Stands for the one member of a capture without packets."""
_SLL2 = 276


def name_links(planned: Sequence[PlannedCapture], scans: Sequence[Scan]) -> list[dict[tuple[int, int], str]]:
    """For each scan: (interface ordinal, SLL2 ifindex) to member name. Raises ConfigError where two inputs collide."""
    links = [[(int(x["interface"]), int(x["ifindex"])) for x in scan.links] for scan in scans]
    captures = [
        ReadCapture(one, tuple(_port(scan, *link) for link in own), len(scan.interfaces))
        for one, scan, own in zip(planned, scans, links, strict=True)
    ]
    return [
        dict(zip(own or [NO_LINK], names, strict=True))
        for own, names in zip(links, member_names(captures), strict=True)
    ]


def _port(scan: Scan, ordinal: int, ifindex: int) -> Port:
    interface = scan.interfaces[ordinal]
    return Port(
        interface.section,
        interface.interface_id,
        interface.name,
        ifindex if interface.link_type == _SLL2 else None,
        interface.description,
    )
