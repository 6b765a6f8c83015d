"""The schema that is printed: one that validators take, and that reports fulfil."""

from __future__ import annotations

import json

import pytest
from factories import make_report, moved_stream
from jsonschema import Draft202012Validator, ValidationError

from flowmap.cli.commands.schema import schema


@pytest.fixture
def printed(capfd: pytest.CaptureFixture[str]) -> dict[str, object]:
    with pytest.raises(SystemExit) as ended:
        schema()
    assert ended.value.code in (0, None)
    loaded: dict[str, object] = json.loads(capfd.readouterr().out)
    return loaded


def test_it_is_a_schema(printed: dict[str, object]) -> None:
    assert printed["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(printed)


def test_reports_fulfil_it(printed: dict[str, object]) -> None:
    report = json.loads(make_report(streams=[moved_stream(1)]).model_dump_json(by_alias=True))
    validator = Draft202012Validator(printed)
    validator.validate(report)
    del report["claims"]
    with pytest.raises(ValidationError, match="claims"):
        validator.validate(report)
