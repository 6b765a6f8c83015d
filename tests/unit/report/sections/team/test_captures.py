"""Captures and clocks: how exact a clock's offset is, what it drifts, and that it was taken out."""

from __future__ import annotations

from factories import make_member, make_report

from flowmap.document.model import Clock, ClockOffset
from flowmap.report.blocks import Items, Table, Word
from flowmap.report.sections.team.captures import captures_section


def clocks(**changes: object) -> list[str]:
    offset = ClockOffset(member="nic2", offset_ns=-250_219_000, corrected=False).model_copy(update=changes)
    report = make_report(clock=Clock(reference="nic1", offsets=[offset]))
    return [str(line) for block in captures_section(report).blocks if isinstance(block, Items) for line in block.lines]


def test_a_clock_is_told_with_how_exact_that_is() -> None:
    assert clocks(uncertainty_ns=13_000, corrected=True) == [
        "The clock of nic2 is 250.2 ms behind nic1. That is exact to 13.0 us. It was taken out."
    ]
    assert clocks(uncertainty_ns=None) == [
        "The clock of nic2 is 250.2 ms behind nic1. How exact that is cannot be told."
    ]


def test_a_drift_is_told_where_there_is_one() -> None:
    (said,) = clocks(uncertainty_ns=13_000, drift_ppm=20.0)
    assert "It drifts by 20.0 ppm." in said
    assert clocks(offset_ns=0) == []


def test_a_capture_that_lost_packets_is_trouble() -> None:
    member = make_member()
    lost = member.captures[0].model_copy(update={"drops": 12})
    report = make_report(members=[member.model_copy(update={"captures": [member.captures[0], lost]})])
    (table,) = [block for block in captures_section(report).blocks if isinstance(block, Table)]
    assert [cell.tone for row in table.rows for cell in row if isinstance(cell, Word)] == ["", "trouble"]
