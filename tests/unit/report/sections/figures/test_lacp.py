"""What the chart of LACP says, of histories written by hand."""

from __future__ import annotations

import pytest

from flowmap.document.evidence import Evidence, LacpHistory, LacpSide
from flowmap.report.sections.figures.lacp import lacp_figure, says
from flowmap.words import Party

SPAN = (100, 200)


def side(party: Party, system: str = "02:00:00:00:00:01") -> LacpSide:
    return LacpSide(party, system, ())


def test_the_share_of_the_capture_is_that_of_what_lies_in_it() -> None:
    history = LacpHistory("nic1", ((50, 120), (180, 900)), (side("host"), side("switch")))
    figure = lacp_figure(Evidence(lacp=(history,)), SPAN, 40, 0)
    assert figure.text == "nic1 was in the bundle for 40 % of the capture."  # 20 and 20 of 100
    assert figure.notes == ()


def test_members_beyond_the_most_are_counted_not_told() -> None:
    histories = tuple(LacpHistory(f"nic{k}", ((100, 200),), (side("host"),)) for k in range(3))
    figure = lacp_figure(Evidence(lacp=histories), SPAN, 2, 1)
    assert "nic1" in figure.text
    assert "nic2" not in figure.text
    assert figure.notes == ("1 more row is not drawn.",)


@pytest.mark.parametrize(
    ("parties", "told"),
    [(("unknown", "unknown"), True), (("unknown",), False), (("host", "unknown"), False), (("host", "switch"), False)],
)
def test_two_sides_of_which_neither_is_known_are_pointed_out(parties: tuple[Party, ...], told: bool) -> None:
    history = LacpHistory("nic1", (), tuple(side(party) for party in parties))
    notes = lacp_figure(Evidence(lacp=(history,)), SPAN, 40, 0).notes
    assert (notes == ("Which of the two is the host is not known.",)) == told


def test_a_side_goes_by_what_it_is_or_by_its_system() -> None:
    assert [says(side("host")), says(side("switch"))] == ["host says", "switch says"]
    assert says(side("unknown", "02:00:00:00:00:fe")) == "02:00:00:00:00:fe says"
