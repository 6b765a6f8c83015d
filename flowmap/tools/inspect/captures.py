"""What is in captures, before anything is made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flowmap.capture.inputs import in_natural_order, plan_inputs
from flowmap.capture.reader import Interface
from flowmap.decode.linktypes import link_name
from flowmap.errors import ConfigError
from flowmap.flow.scanning.scan import Scan
from flowmap.passes.input import Input
from flowmap.passes.names import name_links
from flowmap.passes.read import read_all
from flowmap.settings.config import Settings
from flowmap.tools.inspect.model import CaptureInspection, InterfaceInspection
from flowmap.types import TS_NONE, PacketClass

__all__ = ["inspect"]


def inspect(paths: Sequence[str], settings: Settings) -> list[CaptureInspection]:
    """Return each capture by itself, in the order given; inputs that cannot be read have their error."""
    plan = plan_inputs(list(paths))
    read = read_all(plan.captures, settings)
    planned = [one.planned for one in read.inputs]
    try:
        names = name_links(planned, read.scans)
    except ConfigError:
        names = [name_links([p], [s])[0] for p, s in zip(planned, read.scans, strict=True)]
    found = [_inspection(one, scan, own) for one, scan, own in zip(read.inputs, read.scans, names, strict=True)]
    found += [CaptureInspection(failure.path, error=failure.message) for failure in [*plan.failures, *read.failures]]
    return found


def _inspection(one: Input, scan: Scan, names: dict[tuple[int, int], str]) -> CaptureInspection:
    timed = scan.links[scan.links["first_ns"] != TS_NONE]
    return CaptureInspection(
        path=scan.path,
        format=scan.format,
        byte_order=scan.byte_order,
        size=one.size,
        packets=scan.packets,
        first_ns=int(timed["first_ns"].min()) if len(timed) else None,
        last_ns=int(timed["last_ns"].max()) if len(timed) else None,
        truncated=scan.truncated,
        damaged=scan.damaged,
        interfaces=tuple(_interfaces(scan, names)),
        members=tuple(in_natural_order(list(set(names.values())))),
        notices=tuple(scan.notices),
    )


def _interfaces(scan: Scan, names: dict[tuple[int, int], str]) -> list[InterfaceInspection]:
    rows = []
    for interface in scan.interfaces:
        own = scan.links[scan.links["interface"] == interface.ordinal]
        if not len(own):
            rows.append(_interface(interface, scan, None, names))
        rows += [_interface(interface, scan, link, names) for link in own]
    return rows


def _interface(interface: Interface, scan: Scan, link: Any, names: dict[tuple[int, int], str]) -> InterfaceInspection:
    described = InterfaceInspection(
        section=interface.section,
        interface=interface.interface_id,
        link_type=interface.link_type,
        link_name=link_name(interface.link_type),
        packets=0,
        name=interface.name,
        description=interface.description,
        mac=interface.mac,
        snaplen=interface.snaplen or None,
        speed_bps=interface.speed_bps,
        drops=scan.drops.get(interface.ordinal),
    )
    if link is None:
        return described
    return replace(
        described,
        packets=int(link["packets"]),
        wire_bytes=int(link["wire_bytes"]),
        captured_bytes=int(link["captured_bytes"]),
        first_ns=_time(link["first_ns"]),
        last_ns=_time(link["last_ns"]),
        member=names.get((interface.ordinal, int(link["ifindex"]))),
        classes={cls.name.lower(): int(link["classes"][cls]) for cls in PacketClass if link["classes"][cls]},
    )


def _time(ts_ns: Any) -> int | None:
    return None if ts_ns == TS_NONE else int(ts_ns)
