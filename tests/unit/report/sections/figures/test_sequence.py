"""What the charts of sequence numbers say."""

from __future__ import annotations

import numpy as np
from factories import make_stream

from flowmap.document.evidence import SequencePoints
from flowmap.message import translate
from flowmap.report.sections.figures.sequence import change_figure, sequence_figure

DIRECTION = make_stream(1).directions[0]


def points(*members: str, packets: int = 12345) -> SequencePoints:
    none = np.zeros(0, np.int64)
    return SequencePoints(7, ("10.77.0.11", 53_001), members, none, none, none, none.astype(bool), packets)


def test_how_many_of_how_many_packets_are_drawn_is_told() -> None:
    figure = sequence_figure(0, points("nic1", "nic2"), DIRECTION, 2000)
    assert figure.name == "sequence-0"
    assert figure.title == "#7 10.77.0.11:53001 → 10.77.0.100:49152: sequence"
    assert "2,000 of 12,345 packets with payload, drawn on nic1 and nic2." in figure.text
    assert "2.000 von 12.345" in translate(figure.text, "de")


def test_a_name_that_does_not_print_is_shown_as_its_escape() -> None:
    assert "\\x1b" in sequence_figure(0, points("nic\x1b[2J"), DIRECTION, 1).text


def test_packets_around_a_change_are_counted() -> None:
    assert change_figure(2, points(), DIRECTION, 1).text == "1 packet around the first change of member."
    assert change_figure(2, points(), DIRECTION, 2).text == "2 packets around the first change of member."
