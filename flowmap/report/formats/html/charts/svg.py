"""SVG that Vega made, as the page wants it: known elements and attributes only, short, named for screen readers.

What is not on the lists below is an error, not something to pass on: the pictures hold names out of captures.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from xml.etree import ElementTree

from markupsafe import Markup

from flowmap.errors import ReportError
from flowmap.message import msg

__all__ = ["embedded"]

_ELEMENTS = frozenset({"svg", "g", "path", "line", "rect", "text", "tspan", "defs", "clipPath", "circle"})
_KEPT = (
    "d",
    "x",
    "y",
    "x1",
    "y1",
    "x2",
    "y2",
    "width",
    "height",
    "cx",
    "cy",
    "r",
    "transform",
    "fill",
    "fill-opacity",
    "stroke",
    "stroke-width",
    "stroke-opacity",
    "stroke-dasharray",
    "stroke-linecap",
    "stroke-linejoin",
    "opacity",
    "text-anchor",
    "font-size",
    "font-weight",
    "dx",
    "dy",
    "clip-path",
    "id",
)
_DROPPED = frozenset(
    {
        "class",
        "role",
        "pointer-events",
        "font-family",
        "font-style",
        "stroke-miterlimit",
        "display",
        "version",
        "viewBox",
        "cursor",
        "aria-hidden",
        "aria-label",
        "aria-roledescription",
    }
)
_LENGTH = re.compile(r"-?\d+\.\d{2,}(?:e-?\d+)?")
_POINT = re.compile(r"translate\((-?[\d.e-]+),(-?[\d.e-]+)\)")
_REFERENCE = re.compile(r"url\(#([\w-]+)\)")
_NEEDLESS = {"fill": "none", "opacity": "1", "x": "0", "y": "0", "fill-opacity": "1", "stroke-opacity": "1"}


def embedded(svg: str, name: str, title: str, description: str) -> Markup:
    """Return the picture for the page. `name` is unique in it; ids inside begin with it."""
    root = ElementTree.fromstring(svg)
    width, height = root.get("width", "0"), root.get("height", "0")
    writer = _Writer(name)
    body = "".join(writer.written(child) for child in root)
    return Markup(
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" fill="none" role="img" '
        f'aria-labelledby="{name}-t {name}-d"><title id="{name}-t">{escape(title)}</title>'
        f'<desc id="{name}-d">{escape(description)}</desc>{"".join(writer.symbols.values())}{body}</svg>'
    )


class _Writer:
    """Writes elements; `symbols`: shapes of points by what they look like, each written once and then used."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.symbols: dict[str, str] = {}
        self._ids: dict[str, str] = {}

    def written(self, element: ElementTree.Element) -> str:
        tag = element.tag.rpartition("}")[2]
        if tag not in _ELEMENTS:
            raise ReportError(msg("a chart has an element {tag!r} that it should not have", tag=tag))
        if _is_empty(element, tag):
            return ""
        inside = escape(element.text or "", quote=False) if tag in ("text", "tspan") else ""
        inside += "".join(map(self.written, element))
        if tag == "path" and (place := _POINT.fullmatch(element.get("transform", ""))):
            return self._point(element, place)
        attributes = "".join(self._attributes(element, tag))
        if tag == "g" and (not attributes or not inside):
            return inside
        return f"<{tag}{attributes}>{inside}</{tag}>" if inside else f"<{tag}{attributes}/>"

    def _point(self, element: ElementTree.Element, place: re.Match[str]) -> str:
        """Return a symbol at a place: thousands of points are drawn with a few shapes."""
        del element.attrib["transform"]
        look = "".join(self._attributes(element, "path"))
        number = list(self.symbols).index(look) if look in self.symbols else len(self.symbols)
        self.symbols.setdefault(look, f'<defs><path id="{self.name}-p{number}"{look}/></defs>')
        x, y = (_LENGTH.sub(_rounded, part) for part in place.groups())
        return f'<use href="#{self.name}-p{number}" x="{x}" y="{y}"/>'

    def _id(self, given: str) -> str:
        """Return a number of the chart's own: Vega counts on from one chart to the next."""
        return self._ids.setdefault(given, f"{self.name}-{len(self._ids)}")

    def _attributes(self, element: ElementTree.Element, tag: str) -> Iterator[str]:
        for key, value in element.attrib.items():
            if key in _DROPPED or (tag == "g" and key == "fill") or (_NEEDLESS.get(key) == value and tag != "rect"):
                continue
            if key not in _KEPT:
                raise ReportError(msg("a chart has an attribute {key!r} that it should not have", key=key))
            if key == "transform" and value == "translate(0,0)":
                continue
            if key == "id":
                value = self._id(value)
            elif key == "clip-path" and (target := _REFERENCE.fullmatch(value)):
                value = f"url(#{self._id(target[1])})"
            yield f' {key}="{escape(_LENGTH.sub(_rounded, value))}"'


def _is_empty(element: ElementTree.Element, tag: str) -> bool:
    """Return frames that Vega draws of nothing and in no colour."""
    drawn = any(element.get(name, "none") not in ("none", "transparent") for name in ("stroke", "fill"))
    role = element.get("class", "")
    if tag == "path" and role in ("background", "foreground"):
        return not drawn or element.get("d") in (None, "", "M0,0h0v0h0Z")
    return tag == "rect" and element.get("fill") == "transparent"


def _rounded(number: re.Match[str]) -> str:
    return f"{float(number[0]):.1f}".removesuffix(".0")
