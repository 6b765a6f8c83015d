"""What all charts share: names are data, never markup, and long ones keep their ends."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from factories import SECOND, T0, make_member, make_report
from hypothesis import given
from hypothesis import strategies as st

from flowmap.message import msg
from flowmap.report.blocks import Figure
from flowmap.report.formats.html.charts.drawing import (
    Sheet,
    chart_of,
    nominal,
    quantity,
    shortened,
    shortened_path,
    span_of,
)
from flowmap.report.formats.html.speech import Speech


@given(st.text(max_size=60), st.integers(1, 40))
def test_a_shortened_text_keeps_both_ends(text: str, most: int) -> None:
    short = shortened(text, most)
    assert len(short) <= max(most, 1)
    if len(text) > most:
        head, _, tail = short.partition("…")
        assert text.startswith(head)
        assert text.endswith(tail)
    else:
        assert short == text


@pytest.mark.parametrize(
    ("path", "most", "shown"),
    [
        ("/a/b.pcap", 20, "/a/b.pcap"),
        ("/srv/captures/monday/nic1.pcap", 22, "…/monday/nic1.pcap"),
        ("/srv/captures/monday/nic1.pcap", 12, "…/nic1.pcap"),
        ("C:\\captures\\nic1.pcap", 12, "…\\nic1.pcap"),
    ],
)
def test_a_shortened_path_ends_with_whole_folders_and_its_file(path: str, most: int, shown: str) -> None:
    assert shortened_path(path, most) == shown


def test_a_files_name_that_is_too_long_is_shortened_itself() -> None:
    assert shortened_path("/srv/" + "x" * 50 + ".pcap", 20) == shortened("x" * 50 + ".pcap", 20)


def test_the_span_is_that_of_members_with_a_time() -> None:
    members = [
        make_member("nic1", first_ns=T0 + 5, last_ns=T0 + 9),
        make_member("nic2", first_ns=None, last_ns=None),
        make_member("bond0", aggregate=True, first_ns=T0, last_ns=T0 + SECOND),
    ]
    assert span_of(make_report(members=members)) == (T0 + 5, T0 + 9)
    assert span_of(make_report(members=members[1:])) == (0, 0)


def test_a_drawn_chart_is_markup_with_its_words_and_no_name_becomes_any() -> None:
    evil = '"><script>alert(1)</script>'
    sheet = Sheet()
    spec = {
        "data": sheet.data([{"n": evil, "v": 3}]),
        "mark": "bar",
        "encoding": {"x": nominal("n"), "y": quantity("v")},
    }
    figure = Figure("test", msg("A title"), msg("What {name} did", name=evil))
    chart = chart_of(figure, spec, sheet, Speech("en"))
    assert "<script" not in chart.svg
    root = ElementTree.fromstring(str(chart.svg))
    texts = {element.tag.rpartition("}")[2]: element.text for element in root.iter() if element.text}
    assert texts["title"] == "A title"
    assert texts["desc"] == f"What {evil} did"
    assert chart.spec["datasets"]["data-0"] == [{"n": evil, "v": 3}]
