"""What the charts of throughput say."""

from __future__ import annotations

import pytest

from flowmap.report.sections.figures.throughput import Carried, throughput_figure

FAST = Carried("nic1", 1_500_000_000, 9_400_000_000, 10**10)
UNKNOWN = Carried("nic2", 0, 0)


def test_mean_peak_and_line_rate_are_told_of_each_member() -> None:
    figure = throughput_figure("rx", [FAST, UNKNOWN], 100_000_000, True, 0)
    assert figure.name == "throughput-rx"
    assert figure.text == (
        "nic1: mean 1.5 Gbit/s, peak 9.4 Gbit/s, line rate 10.0 Gbit/s. nic2: mean 0 bit/s, peak 0 bit/s."
    )
    assert figure.notes[0] == "Each step is 100.0 ms, wire bytes of all frames."


@pytest.mark.parametrize(
    ("carried", "lines", "told"),
    [
        ([FAST], True, "The dashed line is the member's line rate."),
        ([FAST], False, "The line rate is far above what is drawn."),
        ([UNKNOWN], False, "The line rate is not known."),
    ],
)
def test_why_there_is_a_line_or_none(carried: list[Carried], lines: bool, told: str) -> None:
    assert throughput_figure("tx", carried, 10**9, lines, 0).notes[1:] == (told,)


def test_members_without_a_lane_are_counted() -> None:
    assert throughput_figure("tx", [FAST], 10**9, True, 1).notes[-1] == "1 more member is not drawn."
    assert throughput_figure("tx", [FAST], 10**9, True, 4).notes[-1] == "4 more members are not drawn."
