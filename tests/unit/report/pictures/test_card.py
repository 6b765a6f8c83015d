"""The picture for a ticket: its texts are the report's, nothing is cut off, and the PNG holds pixels and nothing else."""

from __future__ import annotations

import struct
import zlib
from typing import Any
from xml.etree import ElementTree

import pytest
from factories import make_answer, make_finding, make_member, make_report, make_stream

from flowmap.document.model import Report, Totals
from flowmap.report.formats.png import SCALE, png_bytes
from flowmap.report.pictures.card import card
from flowmap.report.pictures.svg import text_width

SVG = "{http://www.w3.org/2000/svg}"


def texts(report: Report) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(card(report)).iter(f"{SVG}text"))


def words(report: Report) -> str:
    return " ".join(one.text or "" for one in texts(report))


def test_it_says_what_the_report_says() -> None:
    report = make_report()
    told = words(report)
    assert told.startswith("INCONCLUSIVE")
    for text in (
        report.answer.sentence,
        report.claims.pinned.reason,
        report.claims.spread.reason,
        report.answer.action,
    ):
        assert text in told
    assert "--" not in told  # it is forwarded to people who do not run flowmap
    assert "12,654 packets, 4 flows, 12 streams, 2 judged; made 2026-01-02T03:04:05Z" in told
    assert "rx 9.4 MB, tx 134 kB" in told  # 9 365 837 and 133 510 bytes


@pytest.mark.parametrize("text", ["x" * 5000, "many words " * 900, "漢字" * 900, "</text><script>\x1b\u202e"])
def test_no_text_leaves_the_picture_or_becomes_markup(text: str) -> None:
    finding = make_finding(title=text, explanation=text, action=text)
    report = make_report(
        members=[make_member(text)],
        streams=[make_stream(1, (text, text))],
        answer=make_answer(sentence=text),
        findings=[finding],
    )
    root = ElementTree.fromstring(card(report))
    assert {one.tag for one in root.iter()} <= {
        SVG + tag for tag in ("svg", "g", "text", "rect", "title", "path", "polygon")
    }
    width = float(root.get("width", "0"))
    for one in texts(report):
        size, bold = float(one.get("font-size", "0")), one.get("font-weight") == "bold"
        right = float(one.get("x", "0")) + (
            text_width(one.text or "", size, bold=bold) if one.get("text-anchor") is None else 0
        )
        assert size >= 12 or one.text == "!"
        assert right + 24 <= width
        assert (one.text or "").isprintable()


def chunks(png: bytes) -> list[tuple[bytes, bytes]]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    found, place = [], 8
    while place < len(png):
        length, kind = struct.unpack_from(">I4s", png, place)
        body = png[place + 8 : place + 8 + length]
        assert struct.unpack_from(">I", png, place + 8 + length) == (zlib.crc32(kind + body),)
        found.append((kind, body))
        place += 12 + length
    return found


@pytest.mark.parametrize("parts", [{}, {"members": [], "streams": [], "findings": [], "totals": Totals()}])
def test_the_png_has_the_size_of_the_drawing_and_nothing_but_pixels(parts: dict[str, Any]) -> None:
    svg = card(make_report(**parts))
    root = ElementTree.fromstring(svg)
    found = chunks(png_bytes(svg))
    assert {kind for kind, _body in found} <= {b"IHDR", b"pHYs", b"sRGB", b"gAMA", b"IDAT", b"IEND"}
    width, height, depth, color = struct.unpack_from(">IIBB", found[0][1])
    assert (depth, color) == (8, 6)
    assert abs(width - SCALE * float(root.get("width", "0"))) <= SCALE
    assert abs(height - SCALE * float(root.get("height", "0"))) <= SCALE
    pixels = zlib.decompress(b"".join(body for kind, body in found if kind == b"IDAT"))
    assert len(pixels) == height * (1 + 4 * width)
    assert len(set(pixels)) > 20  # something is drawn: text has many shades at its edges


def test_the_same_report_gives_the_same_bytes() -> None:
    assert png_bytes(card(make_report())) == png_bytes(card(make_report()))
