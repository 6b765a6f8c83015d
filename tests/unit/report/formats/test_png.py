"""The card as PNG (ISO/IEC 15948): twice the drawing's size, pixels and no text."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

from factories import make_report

from flowmap.report.formats.png import SCALE, png_bytes, write_png

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20"><rect width="30" height="20" fill="#ff0000"/></svg>'
)


def chunks(png: bytes) -> list[tuple[str, bytes]]:
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    found, at = [], 8
    while at < len(png):
        (length,) = struct.unpack_from(">I", png, at)
        kind, data = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        assert zlib.crc32(kind + data) == struct.unpack_from(">I", png, at + 8 + length)[0]
        found.append((kind.decode(), data))
        at += 12 + length
    return found


def test_its_size_and_its_pixels() -> None:
    found = chunks(png_bytes(SVG))
    width, height, depth, colour = struct.unpack_from(">IIBB", found[0][1])
    assert (width, height, depth, colour) == (30 * SCALE, 20 * SCALE, 8, 6)  # 6: RGB with alpha
    rows = zlib.decompress(b"".join(data for kind, data in found if kind == "IDAT"))
    first, size = rows[1:5], 1 + 4 * width
    assert first == b"\xff\x00\x00\xff"
    assert len(rows) == size * height


def test_it_holds_no_text() -> None:
    assert {kind for kind, _ in chunks(png_bytes(SVG))} <= {"IHDR", "IDAT", "IEND", "pHYs", "sRGB"}


def test_a_report_s_card(tmp_path: Path) -> None:
    path = tmp_path / "card.png"
    write_png(str(path), make_report())
    (kind, head), *_ = chunks(path.read_bytes())
    assert kind == "IHDR"
    assert min(struct.unpack_from(">II", head)) > 200
