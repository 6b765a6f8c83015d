"""Time grows with the number of streams and hosts, not with its square: the same work on eight times as much, in one run."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path

import pytest
from durations import seconds
from many import halved_bulk, short_streams

from flowmap.analysis import analyze
from flowmap.analysis.answer import Analysis
from flowmap.report.formats.json_ import json_pieces
from flowmap.report.formats.markdown.page import markdown
from flowmap.report.formats.text.page import render
from flowmap.report.sections.streams.bundles import drawn_of
from flowmap.settings.config import Settings

FEW, MANY = 600, 4800
ROOM = 2
"""A square grows eight times faster than that; what is sorted, and a busy machine, take a part of the room."""


@pytest.fixture(scope="module")
def captures(tmp_path_factory: pytest.TempPathFactory) -> dict[int, list[str]]:
    """Two members each; every second stream is of a host of its own."""
    folder: Path = tmp_path_factory.mktemp("growth")
    return {
        count: [
            short_streams(folder / f"{count}-{n}.pcap", count // 2, hosts=count // 4, server=0x0A640005 + n)
            for n in range(2)
        ]
        for count in (FEW, MANY)
    }


def analyzed(paths: list[str]) -> Analysis:
    analysis = analyze(paths, Settings())
    assert analysis.report.totals.streams_judged == len(analysis.report.streams)
    return analysis


@pytest.fixture(scope="module")
def judged(captures: dict[int, list[str]]) -> dict[int, Analysis]:
    """What is said of them."""
    return {count: analyzed(captures[count]) for count in (FEW, MANY)}


def test_judging_grows_with_the_streams(captures: dict[int, list[str]]) -> None:
    few, many = (seconds(lambda paths=captures[count]: analyzed(paths)) for count in (FEW, MANY))  # type: ignore[misc]
    assert many < ROOM * MANY / FEW * few


def test_bulk_of_which_half_is_missing_grows_with_the_streams_where_no_host_is_known(tmp_path: Path) -> None:
    sets = {count: [halved_bulk(tmp_path / f"{count}.pcap", count)] for count in (FEW // 2, MANY // 2)}
    few, many = (seconds(lambda paths=paths: analyzed(paths)) for paths in sets.values())  # type: ignore[misc]
    report = analyzed(sets[FEW // 2]).report
    assert {d.direction for stream in report.streams for d in stream.directions} == {"unknown"}
    assert report.claims.pinned.undermined_by == ["missing_bytes"]
    assert many < ROOM * MANY / FEW * few


@pytest.mark.parametrize(
    "written",
    [
        lambda found: sum(map(len, json_pieces(found.report))),
        lambda found: render(found.report, 80, False),
        lambda found: markdown(found.report),
        lambda found: drawn_of(found.report).bundles(12),
        lambda found: len(found.flow_columns()["src"]),
    ],
    ids=["json", "text", "markdown", "picture", "flows"],
)
def test_writing_grows_with_the_streams(judged: dict[int, Analysis], written: Callable[[Analysis], object]) -> None:
    few, many = (seconds(lambda one=judged[count]: written(one)) for count in (FEW, MANY))  # type: ignore[misc]
    assert many < ROOM * MANY / FEW * max(few, 1e-3)


def test_what_a_person_reads_stays_a_page(judged: dict[int, Analysis]) -> None:
    few, many = (judged[count].report for count in (FEW, MANY))
    for write in (lambda report: render(report, 80, False), markdown):
        assert len(write(many)) < 1.2 * len(write(few))


def test_of_more_streams_than_are_looked_into_those_with_most_payload_are_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gather = importlib.import_module("flowmap.analysis.gather")
    monkeypatch.setattr(gather, "MOST_ADDED", 3)
    small, large = (
        short_streams(tmp_path / f"{name}.pcap", count, hosts=1, server=0x0A640005 + k, payload=payload)
        for k, (name, count, payload) in enumerate((("small", 4, 100), ("large", 2, 900)))
    )
    settings = Settings(streams="all", migration_ports=((1, 1),), top=0)  # none is a migration
    report = analyze([small, large], settings).report
    assert sorted(stream.payload_bytes for stream in report.streams) == [100, 900, 900]
    assert (report.totals.streams, report.totals.streams_judged) == (6, 3)
    counts = {notice.code: notice.count for notice in report.notices}
    assert (counts["streams_cut"], "rows_cut" in counts) == (3, False)
