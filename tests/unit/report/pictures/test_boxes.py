"""Boxes of the picture: what is in them fits, and trouble has its colour."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from factories import make_stream, moved_stream

from flowmap.document.model import Stream
from flowmap.report.pictures.boxes import Box, alarm_of, draw_box
from flowmap.report.pictures.svg import text_width

SIZE = 13.0


def changed(stream: Stream, **values: object) -> Stream:
    """Its first direction is another."""
    first = stream.directions[0].model_copy(update=values)
    return stream.model_copy(update={"directions": [first, *stream.directions[1:]]})


@pytest.mark.parametrize(
    ("stream", "alarm"),
    [
        (make_stream(), ""),
        (changed(make_stream(), placement="mirrored"), ""),
        (moved_stream(1), "warning"),  # a failover
        (changed(moved_stream(1), cause="unexplained"), "error"),
        (changed(moved_stream(1), cause="flowlet", expected=False), "error"),
        (changed(moved_stream(1), cause="rebalance", expected=True), "warning"),  # the mode does that
        (changed(make_stream(), placement="sprayed"), "error"),
        (changed(make_stream(judged=False), placement="sprayed"), ""),
        (make_stream(directions=[]), ""),
    ],
)
def test_alarms(stream: Stream, alarm: str) -> None:
    assert alarm_of(stream) == alarm


def test_where_lines_meet_it() -> None:
    one = Box(10, 20, 100, 40, "t")
    assert (one.left, one.right) == ((10, 40), (110, 40))


def test_a_longer_title_only_where_it_fits() -> None:
    one = Box(0, 0, 120, 40, "short")
    assert one.titled("longer", "3 %", SIZE).title == "longer"
    assert one.titled("much longer than any box of this width", "3 %", SIZE).title == "short"


def test_it_takes_the_first_words_that_fit() -> None:
    one = Box(0, 0, 130, 40, "title")
    full = one.filled("aside", ["far too many words for a box of this width", "few words"], SIZE)
    assert (full.aside, full.details) == ("aside", ("few words",))
    narrow = Box(0, 0, 60, 40, "a title").filled("aside", ["more than it holds", "no"], SIZE)
    assert (narrow.aside, narrow.details) == ("", ("aside",))  # the aside has no room beside the title
    none = Box(0, 0, 40, 40, "a title").filled("aside that is long", ["as long as that", "still too long"], SIZE)
    assert none.details == ("still too long",)  # cut when it is drawn


@pytest.mark.parametrize("alarm", ["", "error"])
@pytest.mark.parametrize("text", ["nic1", "a name of a switch that is longer than its box " * 3, "漢字" * 40, "<b>&"])
def test_all_texts_are_within(text: str, alarm: str) -> None:
    one = Box(5, 5, 150, 60, text, (text, text), role="m1", alarm=alarm)
    root = ElementTree.fromstring(f"<svg>{draw_box(one, SIZE)}</svg>")
    texts = list(root.iter("text"))
    assert len([one for one in texts if one.text != "!"]) == 3  # a sign stands before trouble
    for each in texts:
        bold = each.get("font-weight") in ("bold", "600", "700")
        end = float(each.get("x") or 0) + text_width(each.text or "", float(each.get("font-size") or SIZE), bold=bold)
        assert end <= 5 + 150
    assert (root.find(".//title") is not None) or any("title" in one.tag for one in root.iter())


def test_a_share_is_a_bar_of_that_width() -> None:
    def widths(share: float) -> list[float]:
        one = Box(0, 0, 168, 60, "nic1", ("x",), role="m0", bar=(share, "50 %"))
        root = ElementTree.fromstring(f"<svg>{draw_box(one, SIZE)}</svg>")
        return [float(rect.get("width") or 0) for rect in root.iter("rect") if rect.get("height") == "9"]

    whole, part = widths(0.5)
    assert part == pytest.approx(whole / 2, abs=0.1)
    assert len(widths(0.0)) == 1
    assert widths(0.0001)[1] == 1  # a little is seen
