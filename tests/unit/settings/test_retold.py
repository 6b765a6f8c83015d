"""What typer's click says, recognised by its wording: asked of the library as it is installed."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from flowmap.message import Message, translate
from flowmap.settings.retold import retold


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
