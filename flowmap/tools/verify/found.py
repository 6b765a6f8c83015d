"""What `flowmap verify` found: where flowmap and tshark count alike, and each place where they do not."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from flowmap.dataclass import dataclass
from flowmap.document.base import encodable
from flowmap.document.quantities import count
from flowmap.message import Message, glue, msg
from flowmap.words import word

if TYPE_CHECKING:
    from flowmap.report.formats.canvas import Canvas

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
    which `differences` has the first. `complaint` is what tshark said where it ended with an error. `damaged_at`: only what is
    before this byte was compared.
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
    damaged_at: int | None = None
    error: str | None = None

    @property
    def agrees(self) -> bool:
        return self.error is None and not self.differing


def verification_values(captures: list[CaptureVerification], exit_code: int) -> dict[str, Any]:
    """Return the comparison as one plain JSON value; unknown is null."""
    rows = [{"path": one.path, "agrees": one.agrees} | asdict(one) for one in captures]
    return {"schema": "flowmap.verify/1", "exit_code": exit_code, "captures": _plain(rows)}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return encodable(value)


def render_verification(captures: list[CaptureVerification], width: int, color: bool, language: str = "en") -> str:
    """Return a line per capture that agrees, a block per one that does not; lines of at most `width` columns."""
    from flowmap.report.formats.canvas import Canvas

    canvas = Canvas(width, color, language)
    for capture in captures:
        _draw(canvas, capture)
    compared = [capture for capture in captures if capture.error is None]
    wrong = [capture for capture in compared if capture.differing]
    canvas.blank()
    if wrong:
        numbers = count("{number} number", "{number} numbers", sum(c.differing for c in wrong))
        text = count(
            "{wrong} of {number} capture differ, in {numbers}.",
            "{wrong} of {number} captures differ, in {numbers}.",
            len(compared),
            wrong=len(wrong),
            numbers=numbers,
        )
        canvas.line(text, style="fail")
    elif compared:
        totals = [
            count("{number} capture", "{number} captures", len(compared)),
            _counts(sum(capture.packets for capture in compared), sum(capture.rows for capture in compared)),
        ]
        canvas.line(msg("flowmap and tshark agree: {counts}.", counts=glue(*totals, between=", ")), style="pass")
    if missing := len(captures) - len(compared):
        canvas.line(count("Not compared: {number} input.", "Not compared: {number} inputs.", missing), style="error")
    return canvas.text()


def _counts(packets: int, rows: int) -> Message:
    return glue(
        count("{number} packet", "{number} packets", packets),
        count("{number} row", "{number} rows", rows),
        between=", ",
    )


def _draw(canvas: Canvas, capture: CaptureVerification) -> None:
    if capture.error is not None:
        said = (
            capture.error if capture.error.startswith(capture.path) else glue(capture.path, capture.error, between=": ")
        )
        canvas.labelled(msg("not compared"), said, label_style="error")
        return
    numbers = glue(capture.path, _counts(capture.packets, capture.rows), between=": ")
    if capture.agrees:
        canvas.labelled(msg("agrees"), numbers, label_style="pass")
    else:
        differing = count("{number} number differs", "{number} numbers differ", capture.differing)
        canvas.labelled(msg("differs"), glue(numbers, differing, between="; "), label_style="fail")
    if capture.damaged_at is not None:
        text = msg("damaged at byte {offset}: only what comes before was compared", offset=capture.damaged_at)
        canvas.line(text, indent=2, style="error")
    if capture.complaint is not None:
        canvas.line(msg("tshark says: {words}", words=capture.complaint), indent=2)
    for one in capture.differences:
        counted = glue(glue("tshark", _number(one.tshark)), glue("flowmap", _number(one.flowmap)), between=", ")
        canvas.line(glue(one.subject, one.field, counted, between=": "), indent=2)
    if (more := capture.differing - len(capture.differences)) > 0:
        canvas.line(count("... and {number} more number", "... and {number} more numbers", more), indent=2)
    if capture.remark is not None:
        canvas.line(capture.remark, indent=2)
    for detail in capture.details:
        canvas.line(msg("packet {number}", number=detail.packet), style="heading", indent=2)
        for line in (*detail.read, *detail.layers):
            canvas.line(line, indent=4)


def _number(value: int | None) -> str:
    return word("none") if value is None else str(value)
