"""What typer's click and pydantic say, recognised by its wording: asked of these libraries as they are installed."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field, ValidationError

from flowmap.message import Message, translate
from flowmap.settings.retold import retold


class Model(BaseModel):
    whole: int = Field(default=1, ge=0, lt=10)
    part: float = Field(default=0.5, gt=0, le=1, allow_inf_nan=False)
    word: Literal["a", "b", "c"] = "a"
    flag: bool = False
    name: str = ""


def said(**values: Any) -> str:
    with pytest.raises(ValidationError) as raised:
        Model(**values)
    return raised.value.errors()[0]["msg"]


@pytest.mark.parametrize(
    "values",
    [
        {"whole": "x"},
        {"whole": 1.5},
        {"whole": None},
        {"whole": -1},
        {"whole": 10},
        {"part": "x"},
        {"part": None},
        {"part": 0},
        {"part": 2},
        {"part": float("nan")},
        {"word": "d"},
        {"flag": "maybe"},
        {"flag": None},
        {"name": 1},
    ],
)
def test_what_pydantic_says_of_settings_can_be_said_in_german(values: dict[str, Any]) -> None:
    text = said(**values)
    told = retold(text)
    assert told == text  # English stays as the library has it
    assert isinstance(told, Message)
    assert "should" not in translate(told, "de")


@pytest.mark.parametrize(
    "arguments",
    [["--jsn", "x"], ["--top", "few", "."], ["--quiet=5", "."], ["--json"]],
    ids=lambda one: " ".join(one),
)
def test_what_the_library_of_commands_says_can_be_said_in_german(arguments: list[str]) -> None:
    """Of the version that is installed: its own words, all of which a German has to get as German."""
    said = {}
    for language in ("en", "de"):
        command = [sys.executable, "-m", "flowmap", "--lang", language, "analyze", *arguments]
        environ = {**os.environ, "NO_COLOR": "1", "COLUMNS": "300"}
        ended = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=environ, timeout=60)
        assert ended.returncode == 2
        said[language] = ended.stderr.strip().splitlines()[-1].partition(": ")[2]
    assert isinstance(retold(said["en"]), Message)
    assert said["de"] == translate(retold(said["en"]), "de") != said["en"]


def test_what_is_not_known_stays_as_it_is() -> None:
    assert retold("Something else.") == "Something else."
    assert not isinstance(retold("Something else."), Message)
