"""Which language is spoken: the option, then the variable, then the files, then the locale."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flowmap.cli import language
from flowmap.cli.app import app
from flowmap.message import msg


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    language.settle([], {}, Path("/nonexistent"))


def settled(arguments: list[str], environ: dict[str, str], folder: Path = Path("/nonexistent")) -> str:
    language.settle(arguments, environ, folder)
    return language.language()


def test_the_option_beats_the_variable_beats_the_file_beats_the_locale(tmp_path: Path) -> None:
    (tmp_path / "flowmap.toml").write_text('lang = "de"\n', encoding="utf-8")
    assert settled(["analyze", "x", "--lang", "en"], {"FLOWMAP_LANG": "de"}, tmp_path) == "en"
    assert settled(["analyze", "x"], {"FLOWMAP_LANG": "en", "LANG": "de_DE.UTF-8"}, tmp_path) == "en"
    assert settled(["analyze", "x"], {"LANG": "en_US.UTF-8"}, tmp_path) == "de"
    assert settled(["analyze", "x"], {"LANG": "de_DE.UTF-8"}) == "de"


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, "en"),
        ({"LANG": "de_AT.UTF-8"}, "de"),
        ({"LANG": "de"}, "de"),
        ({"LANG": "de_DE", "LC_MESSAGES": "en_GB.UTF-8"}, "en"),
        ({"LANG": "de_DE", "LC_ALL": "C"}, "en"),
        ({"LC_ALL": "", "LC_MESSAGES": "de_CH.UTF-8"}, "de"),
        ({"LC_ALL": "POSIX"}, "en"),
        ({"LANG": "fr_FR.UTF-8"}, "en"),
        ({"LANG": "den_XX"}, "en"),
    ],
)
def test_the_locale_by_its_variables(environ: dict[str, str], expected: str) -> None:
    assert settled([], environ) == expected


@pytest.mark.parametrize(
    ("arguments", "rest", "chosen"),
    [
        (["--lang", "de", "explain"], ["explain"], "de"),
        (["explain", "--lang=de", "FM101"], ["explain", "FM101"], "de"),
        (["explain", "--", "--lang", "de"], ["explain", "--", "--lang", "de"], ""),
        (["explain", "--lang"], ["explain", "--lang"], ""),
    ],
)
def test_the_option_may_stand_anywhere(arguments: list[str], rest: list[str], chosen: str) -> None:
    assert language.without_option(arguments) == (rest, chosen)


@pytest.mark.parametrize("content", [b"lang = ", b"\xff\xfe", b"lang = 3\n"])
def test_a_file_that_cannot_be_read_is_left_to_who_reads_its_settings(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "flowmap.toml").write_bytes(content)
    assert settled([], {}, tmp_path) == "en"


def test_messages_are_said_in_it() -> None:
    assert settled(["--lang", "de"], {}) == "de"
    assert language.said(msg("no such file")) == "keine solche Datei"
    assert language.tell("No text and no progress bar.") == "Kein Text und kein Fortschrittsbalken."


@pytest.mark.parametrize(
    ("wrong", "german"),
    [
        (["analyze", "x", "--top", "abc"], "Fehler: Ungültiger Wert für '--top': "),
        (["analyze", "x", "--topp", "3"], "Fehler: Diese Option gibt es nicht: --topp (Ähnliche: "),
        (["analyze", "x", "--speed"], "Fehler: Die Option '--speed' braucht einen Wert."),
        (["analyze", "x", "--quiet=3"], "Fehler: Die Option '--quiet' hat keinen Wert."),
        (["analyz"], "Fehler: Den Befehl 'analyz' gibt es nicht. Ist 'analyze' gemeint?"),
        (["zzz"], "Fehler: Den Befehl 'zzz' gibt es nicht."),
        (["extract", "x"], "Fehler: Es fehlt die Option '-o' / '--output'."),
        (["schema", "1"], "Fehler: Überzählige Argumente (1)"),
        (["analyze", "x", "--jobs", "-1"], "jobs = -1 ist nicht erlaubt; erlaubt ist eine ganze Zahl, mindestens 1"),
        (
            ["analyze", "x", "--streams", "y"],
            "flowmap: Kommandozeile: streams = 'y' ist nicht erlaubt; erlaubt ist 'migration', 'bulk' oder 'all'",
        ),
        (
            ["analyze", "x", "--threshold", "spread_alpha=z"],
            "thresholds.spread_alpha = 'z' ist nicht erlaubt; erlaubt ist eine Zahl, ",
        ),
    ],
)
def test_what_libraries_say_of_a_wrong_line_is_german_too(
    wrong: list[str], german: str, capsys: pytest.CaptureFixture[str]
) -> None:
    settled(["--lang", "de"], {})
    with pytest.raises(SystemExit) as ended:
        app(wrong, prog_name="flowmap")
    assert ended.value.code == 2
    assert german in capsys.readouterr().err


def test_that_there_is_no_such_language_is_said_in_what_else_was_chosen() -> None:
    assert settled(["--lang", "fr"], {"LC_ALL": "de_DE.UTF-8"}) == "de"
    assert settled(["--lang", "fr"], {"FLOWMAP_LANG": "en", "LC_ALL": "de_DE.UTF-8"}) == "en"
    assert settled(["--lang", "fr"], {}) == "en"
