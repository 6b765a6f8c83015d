"""The report as JSON text: in pieces the same bytes as at once, and in the document's own order."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from factories import make_report, make_stream

from flowmap.document.listing import Listing
from flowmap.document.model import Stream
from flowmap.report.formats.json_ import json_pieces, json_text, plain_json, write_json


def listing(count: int, *, text: bool) -> Listing[Stream]:
    def made(places: Any) -> list[Stream]:
        return [make_stream(place + 1) for place in places]

    def written(places: Any) -> list[str]:
        own = [one.model_dump_json(indent=2, by_alias=True) for one in made(places)]
        return ["\n".join(f"    {line}" for line in one.splitlines()).lstrip() for one in own]

    return Listing(count, made, written if text else made)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", [False, True])
@pytest.mark.parametrize("count", [0, 1, 5])
def test_streams_that_are_made_when_asked_for_give_the_bytes_of_a_list(count: int, text: bool) -> None:
    whole = make_report(streams=[make_stream(number + 1) for number in range(count)])
    lazy = whole.model_copy(update={"streams": listing(count, text=text)})
    assert json_text(lazy) == json_text(whole)


def test_a_report_is_itself_again() -> None:
    report = make_report()
    values = json.loads(json_text(report))
    assert type(report).model_validate(values) == report
    assert list(values)[1:5] == list(type(report).model_fields)[1:5]  # the document's order, not the alphabet's
    assert json_text(report).endswith("}\n")
    assert json_text(report).startswith('{\n  "')


def test_names_that_look_like_the_text_around_lists_change_nothing() -> None:
    evil = '\n  "streams": []'
    report = make_report(streams=[make_stream(1)])
    report = report.model_copy(update={"answer": report.answer.model_copy(update={"sentence": evil})})
    lazy = report.model_copy(update={"streams": listing(1, text=False)})
    assert json_text(lazy) == json_text(report)
    assert json.loads(json_text(lazy))["answer"]["sentence"] == evil


def test_a_file_has_the_pieces_and_plain_values_are_written_alike(tmp_path: Path) -> None:
    report = make_report()
    write_json(str(tmp_path / "a.json"), report)
    assert (tmp_path / "a.json").read_bytes() == b"".join(json_pieces(report))
    plain_json(str(tmp_path / "b.json"), {"ü": [1]})
    assert (tmp_path / "b.json").read_text(encoding="utf-8") == '{\n  "ü": [\n    1\n  ]\n}\n'
