"""Vega's SVG as the page takes it: what is not on the lists is an error, names stay text, points share their shapes."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from flowmap.errors import ReportError
from flowmap.report.formats.html.charts.svg import embedded

XMLNS = 'xmlns="http://www.w3.org/2000/svg"'


def made(body: str, title: str = "T", description: str = "D") -> str:
    return str(embedded(f'<svg {XMLNS} width="300" height="200">{body}</svg>', "c1", title, description))


def test_it_is_named_for_screen_readers() -> None:
    root = ElementTree.fromstring(made("", 'a <b> & "c"', "d < e"))
    assert root.get("role") == "img"
    assert root.get("viewBox") == "0 0 300 200"
    labels = {one.get("id"): one.text for one in root}
    assert [labels[name] for name in (root.get("aria-labelledby") or "").split()] == ['a <b> & "c"', "d < e"]


@pytest.mark.parametrize(
    "body",
    [
        "<script>alert(1)</script>",
        "<g><foreignObject/></g>",
        '<image href="http://host/x"/>',
        "<style>a{}</style>",
        '<g stroke="red"><a><text>x</text></a></g>',
        '<rect onclick="alert(1)" fill="red"/>',
        '<path d="M0,0" style="fill:url(http://host/x)"/>',
        '<text href="x">a</text>',
    ],
)
def test_what_is_not_known_is_refused(body: str) -> None:
    with pytest.raises(ReportError, match="should not have"):
        made(body)


def test_names_stay_text() -> None:
    drawn = made("<text>&lt;script&gt; &amp; <tspan>b&lt;</tspan></text>")
    assert "<text>&lt;script&gt; &amp; <tspan>b&lt;</tspan></text>" in drawn


def test_numbers_are_short_and_what_is_the_default_is_left_out() -> None:
    drawn = made('<rect x="0" y="0" width="10.123456" height="2.04" fill="red" class="mark" opacity="0.5"/>')
    assert drawn.endswith('<rect x="0" y="0" width="10.1" height="2" fill="red" opacity="0.5"/></svg>')
    assert made('<path d="M1.26,2.25" fill="none" opacity="1" stroke="red"/>').endswith(
        '<path d="M1.3,2.2" stroke="red"/></svg>'
    )


def test_points_of_one_look_share_a_shape() -> None:
    point = '<path transform="translate({},{})" d="M1,0" fill="{}"/>'
    drawn = made(point.format(1.26, 2, "red") + point.format(3, 4, "red") + point.format(5, 6, "blue"))
    root = ElementTree.fromstring(drawn)
    shapes = {one.get("id"): one.get("fill") for one in root.iter("path")}
    uses = [((one.get("href") or "")[1:], one.get("x"), one.get("y")) for one in root.iter("use")]
    assert sorted(shapes.values(), key=str) == ["blue", "red"]
    assert [(shapes[name], x, y) for name, x, y in uses] == [("red", "1.3", "2"), ("red", "3", "4"), ("blue", "5", "6")]


def test_clips_are_numbered_by_picture() -> None:
    body = '<clipPath id="clip7"><rect width="5" height="5"/></clipPath>'
    drawn = made(f'<defs>{body}</defs><g clip-path="url(#clip7)"><text>a</text></g>')
    assert '<clipPath id="c1-0">' in drawn
    assert '<g clip-path="url(#c1-0)">' in drawn
    assert "clip7" not in drawn


def test_groups_that_change_nothing_are_gone() -> None:
    drawn = made('<g class="a" fill="none"><g transform="translate(0,0)"><text>a</text></g></g><g stroke="red"></g>')
    assert drawn.endswith("</desc><text>a</text></svg>")


def test_backgrounds_of_no_colour_are_gone() -> None:
    assert made('<path class="background" d="M0,0h9v9h-9Z"/><rect fill="transparent"/>').endswith("</desc></svg>")
    assert "M0,0h9v9h-9Z" in made('<path class="background" d="M0,0h9v9h-9Z" stroke="#ddd"/>')
