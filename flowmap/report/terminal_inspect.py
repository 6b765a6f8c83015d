"""`flowmap inspect` as text: what is in each capture and what members would be made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowmap.report.words import amount, count, duration, moment, speed

if TYPE_CHECKING:
    from flowmap.report.canvas import Canvas
    from flowmap.report.inspect_ import CaptureInspection, InterfaceInspection

__all__ = ["render_inspection"]

_INTERFACES = 50


def render_inspection(captures: list[CaptureInspection], width: int, color: bool) -> str:
    """One block per capture, lines of at most `width` columns; ANSI colours only if `color`."""
    from flowmap.report.canvas import Canvas

    canvas = Canvas(width, color)
    for index, capture in enumerate(captures):
        if index:
            canvas.blank()
        _draw(canvas, capture)
    return canvas.text()


def _draw(canvas: Canvas, capture: CaptureInspection) -> None:
    canvas.line(capture.path, style="heading")
    if capture.error is not None:
        canvas.labelled("not read:", capture.error, label_style="error", indent=2, gap=1)
        return
    form = f"{capture.format or 'unknown format'}, {capture.byte_order or 'unknown'} endian"
    size = f", {amount(capture.size)}" if capture.size is not None else ""
    ending = ", last record cut off" if capture.truncated else ""
    ending += ", DAMAGED in the middle" if capture.damaged else ""
    canvas.line(f"{form}{size}, {count(capture.packets, 'packet')}{ending}", indent=2)
    canvas.line(_times(capture.first_ns, capture.last_ns), indent=2)
    for interface in capture.interfaces[:_INTERFACES]:
        _draw_interface(canvas, interface, alone=len(capture.interfaces) == 1)
    if len(capture.interfaces) > _INTERFACES:
        canvas.line(f"... and {count(len(capture.interfaces) - _INTERFACES, 'more interface')}", indent=2)
    canvas.line(f"members: {', '.join(capture.members) or 'none'}", indent=2)
    for notice in capture.notices:
        where = f" at byte {notice.first_offset}" if notice.first_offset is not None else ""
        label = f"{notice.severity} {notice.code}:"
        text = f"{notice.detail}{where} ({count(notice.count, 'time')})"
        canvas.labelled(label, text, label_style=notice.severity, indent=2, gap=1)


def _draw_interface(canvas: Canvas, interface: InterfaceInspection, *, alone: bool) -> None:
    name = interface.name or "no name"
    what = f"interface {interface.section}.{interface.interface}" if not alone else "interface"
    about = [name, interface.description, interface.mac, f"{interface.link_name} ({interface.link_type})"]
    about.append(f"snaplen {interface.snaplen}" if interface.snaplen else "no snaplen")
    about.append(speed(interface.speed_bps) if interface.speed_bps else "speed not recorded")
    canvas.labelled(f"{what}:", ", ".join(part for part in about if part), indent=2, gap=1)
    counts = f"{count(interface.packets, 'packet')}, {amount(interface.wire_bytes)} on the wire, "
    counts += f"{amount(interface.captured_bytes)} kept"
    counts += f", {interface.drops} dropped" if interface.drops is not None else ", drops not recorded"
    canvas.line(counts, indent=4)
    if interface.packets and not alone:
        canvas.line(_times(interface.first_ns, interface.last_ns), indent=4)
    if classes := ", ".join(f"{name} {number}" for name, number in interface.classes.items() if number):
        canvas.line(classes, indent=4)
    if interface.packets and not alone:
        canvas.line(f"member: {interface.member}" if interface.member else "left out", indent=4)


def _times(first_ns: int | None, last_ns: int | None) -> str:
    if first_ns is None or last_ns is None:
        return "no times"
    return f"{moment(first_ns)} to {moment(last_ns)}, {duration(last_ns - first_ns)}"
