"""`flowmap inspect` as text: what is in each capture and what members would be made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowmap.document.quantities import amount, count, duration, moment, speed
from flowmap.message import Message, aside, glue, msg
from flowmap.words import word

if TYPE_CHECKING:
    from flowmap.report.formats.canvas import Canvas
    from flowmap.tools.inspect.model import CaptureInspection, InterfaceInspection

__all__ = ["render_inspection"]

_INTERFACES = 50
_BYTE_ORDERS = {"little": msg("little endian"), "big": msg("big endian")}


def render_inspection(captures: list[CaptureInspection], width: int, color: bool, language: str = "en") -> str:
    """Return one block per capture, lines of at most `width` columns, in `language`; ANSI colours only if `color`."""
    from flowmap.report.formats.canvas import Canvas

    canvas = Canvas(width, color, language)
    for index, capture in enumerate(captures):
        if index:
            canvas.blank()
        _draw(canvas, capture)
    return canvas.text()


def _draw(canvas: Canvas, capture: CaptureInspection) -> None:
    canvas.line(capture.path, style="heading")
    if capture.error is not None:
        canvas.labelled(msg("not read:"), capture.error, label_style="error", indent=2, gap=1)
        return
    facts = [
        capture.format or msg("unknown format"),
        _BYTE_ORDERS.get(capture.byte_order or "", msg("unknown endian")),
        amount(capture.size) if capture.size is not None else "",
        count("{number} packet", "{number} packets", capture.packets),
        msg("last record cut off") if capture.truncated else "",
        msg("DAMAGED in the middle") if capture.damaged else "",
    ]
    canvas.line(glue(*facts, between=", "), indent=2)
    canvas.line(_times(capture.first_ns, capture.last_ns), indent=2)
    for interface in capture.interfaces[:_INTERFACES]:
        _draw_interface(canvas, interface, alone=len(capture.interfaces) == 1)
    if len(capture.interfaces) > _INTERFACES:
        more = len(capture.interfaces) - _INTERFACES
        canvas.line(count("... and {number} more interface", "... and {number} more interfaces", more), indent=2)
    names = glue(*capture.members, between=", ") or msg("none")
    canvas.line(msg("members: {names}", names=names), indent=2)
    for notice in capture.notices:
        text: Message = notice.detail
        if notice.first_offset:
            text = msg("{detail}; first at byte {offset}", detail=text, offset=notice.first_offset)
        times = aside(count("{number} time", "{number} times", notice.count))
        label = glue(word(notice.severity), f"{notice.code}:")
        canvas.labelled(label, glue(text, times, between=""), label_style=notice.severity, indent=2, gap=1)


def _draw_interface(canvas: Canvas, interface: InterfaceInspection, *, alone: bool) -> None:
    number = f"{interface.section}.{interface.interface}"
    about = [
        interface.name or msg("no name"),
        interface.description or "",
        interface.mac or "",
        f"{interface.link_name} ({interface.link_type})",
        msg("snaplen {bytes}", bytes=interface.snaplen) if interface.snaplen else msg("no snaplen"),
        speed(interface.speed_bps) if interface.speed_bps else msg("speed not recorded"),
    ]
    label = msg("interface:") if alone else msg("interface {number}:", number=number)
    canvas.labelled(label, glue(*about, between=", "), indent=2, gap=1)
    counts = [
        count("{number} packet", "{number} packets", interface.packets),
        msg("{amount} on the wire", amount=amount(interface.wire_bytes)),
        msg("{amount} kept", amount=amount(interface.captured_bytes)),
        msg("drops not recorded") if interface.drops is None else msg("{packets} dropped", packets=interface.drops),
    ]
    canvas.line(glue(*counts, between=", "), indent=4)
    if interface.packets and not alone:
        canvas.line(_times(interface.first_ns, interface.last_ns), indent=4)
    if classes := ", ".join(f"{name} {number}" for name, number in interface.classes.items() if number):
        canvas.line(classes, indent=4)
    if interface.packets and not alone:
        canvas.line(msg("member: {name}", name=interface.member) if interface.member else msg("left out"), indent=4)


def _times(first_ns: int | None, last_ns: int | None) -> Message:
    if first_ns is None or last_ns is None:
        return msg("no times")
    return msg(
        "{begin} to {end}, {time}", begin=moment(first_ns), end=moment(last_ns), time=duration(last_ns - first_ns)
    )
