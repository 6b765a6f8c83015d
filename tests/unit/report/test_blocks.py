"""Blocks: quantities say their value in their unit, what is not known is not made up, and nothing can be changed."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from flowmap.message import msg, translate
from flowmap.report.blocks import Code, Line, Name, Names, Quantity, StreamNumbers, Unit, Word, words_of


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (9_499_347, "bytes", "9.5 MB"),
        (3_632_706, "rate", "3.6 Mbit/s"),
        (10**10, "speed", "10G"),
        (1_200_000_000, "duration", "1.2 s"),
        (12_654, "count", "12,654"),
        (0.666, "share", "67 %"),
        (0.735, "figure", "0.73"),
        (0.0078125, "probability", "0.00781"),
    ],
)
def test_a_quantity_is_said_in_its_unit(value: float, unit: Unit, said: str) -> None:
    assert Quantity(value, unit).words == said


def test_a_quantity_has_the_decimal_mark_of_the_language() -> None:
    assert translate(Quantity(0.74, "figure").words, "de") == "0,74"
    assert translate(Quantity(9_499_347, "bytes").words, "de") == "9,5 MB"


def test_what_is_not_known_is_no_zero() -> None:
    assert (Quantity(None, "bytes").words, Quantity(None, "count").words) == ("?", "")


def test_a_cell_is_said_with_what_else_there_is_to_know() -> None:
    assert words_of(Quantity(6327, "count", msg("{count} on the wire", count=9000))) == "6,327 (9000 on the wire)"
    assert words_of(Name("nic1", "Uplink")) == "nic1 (Uplink)"
    assert words_of(Names(("nic1", "nic1.pcap"))) == "nic1, nic1.pcap"
    assert words_of(StreamNumbers((1, 2))) == "#1, #2"
    assert words_of(Code("spread_alpha")) == "spread_alpha"
    assert (
        words_of(Word(msg("NOT in the LACP bundle"), "trouble", why="no answer")) == "NOT in the LACP bundle: no answer"
    )


def test_a_block_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        Line("x").text = "y"  # type: ignore[misc]
