"""Pieces of SVG for pictures that we lay out ourselves: text that is measured, boxes, bands, curves. Strings go out.

Colours are roles: each piece carries the class of its role (`fm-ink`, for strokes `fm-s-ink`) and the light theme's
colour as an attribute, which any style sheet of a page outranks, so a dark page recolours a picture without touching it.
Every text is escaped and made printable here, whatever a capture's names hold.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from html import escape

from flowmap.document.quantities import plain

__all__ = [
    "COLORS",
    "FONT",
    "band",
    "box",
    "curve",
    "fit",
    "group",
    "member_role",
    "number",
    "root",
    "text",
    "text_width",
    "titled",
    "warning_sign",
    "wrap",
]

FONT = "'Liberation Sans', Arial, Helvetica, sans-serif"
"""Three fonts of the same widths; the first is built into the rasteriser."""
COLORS = {
    "ink": "#1b2733",
    "quiet": "#55616d",
    "line": "#c4ccd4",
    "panel": "#f3f5f7",
    "paper": "#ffffff",
    "pass": "#12743b",
    "fail": "#b3261e",
    "by-design": "#0b57c4",
    "not-applicable": "#57606a",
    "inconclusive": "#8a5300",
    "error": "#b3261e",
    "warning": "#8a5300",
    "info": "#0b57c4",
    "m0": "#0b66c3",
    "m1": "#b84500",
    "m2": "#331826",
    "m3": "#7f00ff",
    "m4": "#9a4a80",
    "m5": "#081867",
    "m6": "#671808",
    "m7": "#e5004c",
}
"""Light theme by role, the same as the page's. m0 to m7 are the members', repeated beyond eight: each is the colour farthest
from those before it, in the worst of normal and the three dichromatic visions, on which white text can be read."""
_MEMBERS = 8
# Advance widths of Helvetica, Arial and Liberation Sans from " " to "~", thousandths of the size (Adobe's metrics).
_WIDTHS = [
    278,
    278,
    355,
    556,
    556,
    889,
    667,
    191,
    333,
    333,
    389,
    584,
    278,
    333,
    278,
    278,
    556,
    556,
    556,
    556,
    556,
    556,
    556,
    556,
    556,
    556,
    278,
    278,
    584,
    584,
    584,
    556,
    1015,
    667,
    667,
    722,
    722,
    667,
    611,
    778,
    722,
    278,
    500,
    667,
    556,
    833,
    722,
    778,
    667,
    778,
    722,
    667,
    611,
    722,
    667,
    944,
    667,
    667,
    611,
    278,
    278,
    278,
    469,
    556,
    333,
    556,
    556,
    500,
    556,
    556,
    278,
    556,
    556,
    222,
    222,
    500,
    222,
    833,
    556,
    556,
    556,
    556,
    333,
    500,
    278,
    556,
    500,
    722,
    500,
    500,
    500,
    334,
    260,
    334,
    584,
]
_BOLD = 1.08


def member_role(position: int) -> str:
    """Return the colour role of the member at a position."""
    return f"m{position % _MEMBERS}"


def number(value: float) -> str:
    """Return a coordinate, to a tenth.

    >>> number(12.0), number(0.25)
    ('12', '0.2')
    """
    return f"{value:.1f}".removesuffix(".0")


def text_width(content: str, size: float, *, bold: bool = False) -> float:
    """Return how wide a text is drawn; what the table does not have counts as a wide letter."""
    return sum(map(_width, content)) * size / 1000 * (_BOLD if bold else 1.0)


def _width(character: str) -> int:
    if " " <= character <= "~":
        return _WIDTHS[ord(character) - 32]
    if unicodedata.combining(character):
        return 0
    return 1000 if unicodedata.east_asian_width(character) in "WF" else 722


def fit(content: str, width: float, size: float, *, bold: bool = False) -> str:
    """Return the text, or where it is too wide its beginning and end."""
    shown = plain(content)
    if text_width(shown, size, bold=bold) <= width:
        return shown
    cut = "…"
    low, high = 0, len(shown) - 1
    while low < high:
        keep = (low + high + 1) // 2
        tried = f"{shown[: (keep + 1) // 2]}…{shown[len(shown) - keep // 2 :]}"
        if text_width(tried, size, bold=bold) <= width:
            low, cut = keep, tried
        else:
            high = keep - 1
    return cut


def _parts(word: str, room: float) -> Iterator[str]:
    """Return where a word may be broken: a path behind its separators, what is too wide even so behind each character."""
    if sum(map(_width, word)) <= room:
        yield word
        return
    for part in re.findall(r"[^/\\]*[/\\]|[^/\\]+", word):
        yield from [part] if sum(map(_width, part)) <= room else part


def wrap(content: str, width: float, size: float, *, bold: bool = False, most: int = 100) -> list[str]:
    """Return the text in lines that fit; beyond `most` lines the last one ends in an ellipsis."""
    room = width / (size / 1000 * (_BOLD if bold else 1.0))
    lines, used = [""], 0.0
    for word in plain(content).split(" "):
        if lines[-1] and used + _WIDTHS[0] + sum(map(_width, word)) <= room:
            lines[-1] += " "
            used += _WIDTHS[0]
        elif lines[-1]:
            lines.append("")
            used = 0.0
        for part in _parts(word, room):
            if lines[-1] and used + sum(map(_width, part)) > room:
                lines.append("")
                used = 0.0
            lines[-1] += part
            used += sum(map(_width, part))
        if len(lines) > most:
            last = lines[most - 1]
            while text_width(f"{last} …", size, bold=bold) > width:
                last = last[:-1]
            return [*lines[: most - 1], f"{last} …"]
    return lines


def text(
    x: float, y: float, content: str, *, size: float = 13, role: str = "ink", anchor: str = "start", bold: bool = False
) -> str:
    """Return one line of text; y is its base line."""
    more = (f' text-anchor="{anchor}"' if anchor != "start" else "") + (' font-weight="bold"' if bold else "")
    return (
        f'<text x="{number(x)}" y="{number(y)}" font-size="{number(size)}"{more} {_fill(role)}>{_safe(content)}</text>'
    )


def box(
    x: float,
    y: float,
    width: float,
    height: float,
    *,
    fill: str = "panel",
    stroke: str = "",
    radius: float = 4,
    wide: bool = False,
    dashed: bool = False,
) -> str:
    """Return a rectangle; its edge may be `wide` or `dashed`."""
    place = f'x="{number(x)}" y="{number(y)}" width="{number(width)}" height="{number(height)}" rx="{number(radius)}"'
    outline = f' class="fm-{fill} fm-s-{stroke}" stroke="{COLORS[stroke]}"' if stroke else f' class="fm-{fill}"'
    more = (' stroke-width="2"' if wide else "") + (' stroke-dasharray="5 4"' if dashed else "")
    return f'<rect {place} fill="{COLORS[fill]}"{outline}{more}/>'


def band(points: Sequence[tuple[float, float]], role: str) -> str:
    """Return a filled polygon."""
    return f'<polygon points="{" ".join(f"{number(x)},{number(y)}" for x, y in points)}" {_fill(role)}/>'


def curve(
    start: tuple[float, float],
    end: tuple[float, float],
    role: str,
    *,
    width: float,
    dashed: bool = False,
    tip: str = "",
) -> str:
    """Return a line that leaves and arrives horizontally; `tip` is its name for a pointer that rests on it."""
    (x1, y1), (x2, y2) = start, end
    middle = number((x1 + x2) / 2)
    shape = f"M{number(x1)} {number(y1)}C{middle} {number(y1)} {middle} {number(y2)} {number(x2)} {number(y2)}"
    dash = ' stroke-dasharray="4 4"' if dashed else ""
    return (
        f'<path d="{shape}" fill="none" class="fm-s-{role}" stroke="{COLORS[role]}" '
        f'stroke-width="{number(width)}"{dash} stroke-opacity="0.85">{_title(tip)}</path>'
    )


def warning_sign(x: float, y: float, role: str) -> str:
    """Return a triangle, 11 wide, that stands on the base line y."""
    return band([(x, y), (x + 11, y), (x + 5.5, y - 10)], role) + text(
        x + 5.5, y - 1.2, "!", size=8.5, role="paper", anchor="middle", bold=True
    )


def group(x: float, y: float, body: str) -> str:
    """Return pieces moved to a place of their own."""
    return f'<g transform="translate({number(x)} {number(y)})">{body}</g>'


def titled(title: str, body: str) -> str:
    """Return pieces with one name for a pointer that rests on any of them."""
    return f"<g>{_title(title)}{body}</g>"


def _title(tip: str) -> str:
    return f"<title>{_safe(tip)}</title>" if tip else ""


def root(width: float, height: float, body: str, *, label: str, fitted: bool = False) -> str:
    """Return an SVG document of `body`; `label` says in words what it shows, `fitted` lets it shrink to what it is in."""
    wide, high = number(width + 2), number(height + 2)  # half of a line that runs along an edge would be cut off
    size = f'width="{wide}" height="{high}" viewBox="-1 -1 {wide} {high}"'
    size += ' style="max-width:100%;height:auto"' if fitted else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="{FONT}" role="img" aria-label="{_safe(label)}">'
        f"{body}</svg>\n"
    )


def _fill(role: str) -> str:
    return f'class="fm-{role}" fill="{COLORS[role]}"'


def _safe(content: str) -> str:
    return escape(plain(content))
