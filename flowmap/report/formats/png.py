"""The report's card as a PNG. vl-convert rasterises it, with fonts of its own; nothing is fetched or looked up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowmap.report.formats.files import write_bytes
from flowmap.report.pictures.card import card

if TYPE_CHECKING:
    from flowmap.document.model import Report

__all__ = ["SCALE", "png_bytes", "write_png"]

SCALE = 2
"""Pixels per unit of the drawing, whose smallest text is 12 units: legible also where a ticket shows it at half its size."""


def png_bytes(svg: str) -> bytes:
    """Return an SVG document as PNG: pixels only, no text chunks."""
    import vl_convert

    return vl_convert.svg_to_png(svg, scale=SCALE)


def write_png(path: str, report: Report, language: str = "en") -> None:
    """Write the card to a file, whole or not at all; `-` is standard output."""
    write_bytes(path, png_bytes(card(report, language)))
