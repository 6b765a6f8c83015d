"""The installed command in German: help, reports, errors; and JSON that does not care."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CAPTURE = "captures/06-failover"


def run(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "FLOWMAP_LANG"))}
    return subprocess.run(
        [sys.executable, "-m", "flowmap", *arguments], cwd=ROOT, env={**kept, "SOURCE_DATE_EPOCH": "1", **environ},
        capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "environ"),
    [
        (["--lang", "de", "analyze", CAPTURE], {}),
        (["analyze", CAPTURE, "--lang", "de"], {}),
        (["analyze", CAPTURE], {"FLOWMAP_LANG": "de"}),
        (["analyze", CAPTURE], {"LC_ALL": "de_DE.UTF-8"}),
    ],
)
def test_the_report_is_german(arguments: list[str], environ: dict[str, str]) -> None:
    done = run(*arguments, **environ)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("BESTANDEN  Jeder der drei Migrations-Streams")
    assert "\nMITGLIEDER\n" in done.stdout
    assert "Jeder Migrations-Stream bleibt auf einem Mitglied" in done.stdout


def test_json_is_the_same_bytes_in_every_language() -> None:
    english, german = (run("analyze", CAPTURE, "--json", "-", "--lang", language) for language in ("en", "de"))
    assert json.loads(english.stdout)["claims"]["pinned"]["reason"]
    assert german.stdout == english.stdout


def test_help_and_errors_are_german() -> None:
    told = run("explain", "--help", "--lang", "de").stdout
    assert "Aufruf: flowmap explain" in told
    assert "Diese Hilfe ausgeben und enden." in told
    failed = run("explain", "nonsense", "--lang", "de")
    assert (failed.returncode, failed.stdout) == (2, "")
    assert failed.stderr.startswith("flowmap: zu 'nonsense' gibt es nichts zu erklären")
    missing = run("inspect", "nonsense.pcap", "--lang=de")
    assert "nicht gelesen: nonsense.pcap: keine solche Datei" in missing.stdout


def test_words_are_explained_as_they_are_said() -> None:
    assert run("explain", "verstreut", "--lang", "de").stdout.startswith("sprayed (verstreut): ")
    assert run("explain", "verstreut").stdout.startswith("sprayed: ")


def test_a_language_that_there_is_not() -> None:
    failed = run("analyze", CAPTURE, "--lang", "fr")
    told = "flowmap: --lang fr: there is no such language; there are en and de\n"
    assert (failed.returncode, failed.stdout, failed.stderr) == (2, "", told)


def test_the_setting_says_where_it_came_from() -> None:
    shown = json.loads(run("config", "show", "--json", "-", "--lang", "de").stdout)["settings"]["lang"]
    assert (shown["value"], shown["origin"]) == ("de", "command line")
