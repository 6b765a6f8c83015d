"""What `flowmap verify` found: where flowmap and tshark count alike, and each place where they do not."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from flowmap.report.base import encodable
from flowmap.report.words import count

if TYPE_CHECKING:
    from flowmap.report.canvas import Canvas

__all__ = ["CaptureVerification", "Difference", "PacketDetail", "render_verification", "verification_values"]


@dataclass(frozen=True)
class Difference:
    """One number that differs; `subject` is the capture, an interface or a 5-tuple; None: not known there."""

    subject: str
    field: str
    tshark: int | None
    flowmap: int | None


@dataclass(frozen=True)
class PacketDetail:
    """A packet that the two read differently (`read` has both ways), with its layers as tshark shows them."""

    packet: int
    read: tuple[str, ...]
    layers: tuple[str, ...]


@dataclass(frozen=True)
class CaptureVerification:
    """One input. `error` is set where one of the two could not read it; then nothing was compared.

    `rows` counts directional 5-tuples (by interface where the capture has several), `differing` the numbers that differ, of
    which `differences` has the first. `complaint` is what tshark said where it ended with an error.
    """

    path: str
    packets: int = 0
    rows: int = 0
    differing: int = 0
    differences: tuple[Difference, ...] = ()
    details: tuple[PacketDetail, ...] = ()
    remark: str | None = None
    complaint: str | None = None
    damaged: bool = False
    error: str | None = None

    @property
    def agrees(self) -> bool:
        return self.error is None and not self.differing


def verification_values(captures: list[CaptureVerification], exit_code: int) -> dict[str, Any]:
    """The comparison as one plain JSON value; unknown is null."""
    rows = [{"path": one.path, "agrees": one.agrees} | asdict(one) for one in captures]
    return {"schema": "flowmap.verify/1", "exit_code": exit_code, "captures": _plain(rows)}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return encodable(value)


def render_verification(captures: list[CaptureVerification], width: int, color: bool) -> str:
    """A line per capture that agrees, a block per one that does not; lines of at most `width` columns."""
    from flowmap.report.canvas import Canvas

    canvas = Canvas(width, color)
    for capture in captures:
        _draw(canvas, capture)
    compared = [capture for capture in captures if capture.error is None]
    wrong = [capture for capture in compared if capture.differing]
    canvas.blank()
    if wrong:
        numbers = count(sum(c.differing for c in wrong), "number")
        canvas.line(f"{len(wrong)} of {count(len(compared), 'capture')} differ, in {numbers}.", style="fail")
    elif compared:
        totals = f"{count(sum(c.packets for c in compared), 'packet')}, {count(sum(c.rows for c in compared), 'row')}"
        canvas.line(f"flowmap and tshark agree: {count(len(compared), 'capture')}, {totals}.", style="pass")
    if len(compared) < len(captures):
        canvas.line(f"Not compared: {count(len(captures) - len(compared), 'input')}.", style="error")
    return canvas.text()


def _draw(canvas: Canvas, capture: CaptureVerification) -> None:
    counts = f"{count(capture.packets, 'packet')}, {count(capture.rows, 'row')}"
    if capture.error is not None:
        canvas.labelled("not compared", f"{capture.path}: {capture.error}", label_style="error")
        return
    if capture.agrees:
        canvas.labelled("agrees", f"{capture.path}: {counts}", label_style="pass")
    else:
        differing = count(capture.differing, "number differs", "numbers differ")
        canvas.labelled("differs", f"{capture.path}: {counts}; {differing}", label_style="fail")
    if capture.complaint is not None:
        canvas.line(f"tshark says: {capture.complaint}", indent=2)
    for one in capture.differences:
        canvas.line(f"{one.subject}: {one.field}: tshark {_number(one.tshark)}, flowmap {_number(one.flowmap)}", indent=2)
    if (more := capture.differing - len(capture.differences)) > 0:
        canvas.line(f"... and {count(more, 'more number')}", indent=2)
    if capture.remark is not None:
        canvas.line(capture.remark, indent=2)
    for detail in capture.details:
        canvas.line(f"packet {detail.packet}", style="heading", indent=2)
        for line in (*detail.read, *detail.layers):
            canvas.line(line, indent=4)


def _number(value: int | None) -> str:
    return "none" if value is None else str(value)
