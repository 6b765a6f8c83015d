"""What all parts of the document share: strict fields, whole numbers as they are, text that can be encoded."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from pydantic import Field, ValidationError

from flowmap.document.base import JsonObject, Model, Nanoseconds, Number, Text, unchecked
from flowmap.message import Message, msg, translate


class Part(Model):
    name: Text = ""
    at_ns: Nanoseconds = 0
    share: Number | None = None
    evidence: JsonObject = Field(default={})


def test_nanoseconds_of_numpy_stay_whole() -> None:
    """2^62 + 1 is no double: 53 bits are not enough."""
    number = 2**62 + 1
    part = Part(at_ns=np.int64(number), evidence={"deep": [{"at": np.uint64(number)}]})
    assert (part.at_ns, type(part.at_ns)) == (number, int)
    assert json.loads(part.model_dump_json())["evidence"] == {"deep": [{"at": number}]}


@pytest.mark.parametrize(
    "values",
    [{"at_ns": 2**63}, {"at_ns": -(2**63) - 1}, {"share": float("nan")}, {"share": float("inf")}, {"nam": "x"}],
)
def test_what_the_schema_does_not_have_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Part(**values)


def test_a_part_does_not_change() -> None:
    with pytest.raises(ValidationError):
        Part().name = "other"  # type: ignore[misc]


def test_a_message_stays_one_so_that_it_can_be_translated() -> None:
    text = msg("host says")
    kept = Part(name=text).name
    assert isinstance(kept, Message)
    assert translate(kept, "de") != "host says"


def test_bytes_that_are_no_text_are_shown() -> None:
    name = b"latin\xe9".decode("utf-8", "surrogateescape")
    part = Part(name=name, evidence={name: [name]})
    assert part.name == "latin\\xe9"
    assert json.loads(part.model_dump_json())["evidence"] == {"latin\\xe9": ["latin\\xe9"]}
    assert Part(name="\ud800").name == "\\ud800"


def test_a_part_that_is_not_checked_equals_one_that_is() -> None:
    values = {"name": "nic1", "at_ns": 5, "share": None, "evidence": {"a": 1}}
    quick, checked = unchecked(Part)(**values), Part(**values)
    assert quick == checked
    assert quick.model_dump_json() == checked.model_dump_json()
    assert quick.model_fields_set == checked.model_fields_set
