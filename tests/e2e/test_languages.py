"""The installed command in German: help, reports, errors; and JSON that does not care."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import warm

ROOT = Path(__file__).parents[2]
CAPTURE = "captures/06-failover"


def run(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "FLOWMAP_LANG"))}
    return warm.run(
        [sys.executable, "-m", "flowmap", *arguments],
        cwd=ROOT,
        env={**kept, "SOURCE_DATE_EPOCH": "1", **environ},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


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
    assert done.stdout.startswith("BESTANDEN  nic1 verlor um 09:00:03,9 UTC den Link")
    assert "\nBEFUNDE\n" in done.stdout
    assert "Jeder Migrations-Stream liegt auf einem Mitglied" in done.stdout


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


def test_no_language_is_named() -> None:
    failed = run("analyze", CAPTURE, "--lang")
    assert (failed.returncode, failed.stderr) == (2, "flowmap: --lang: name a language; there are en and de\n")


def test_what_language_there_is_not_is_said_in_the_one_that_was_chosen_else() -> None:
    told = "flowmap: --lang fr: Diese Sprache gibt es nicht; es gibt en und de\n"
    assert run("analyze", CAPTURE, "--lang", "fr", FLOWMAP_LANG="de").stderr == told


def test_the_setting_says_where_it_came_from() -> None:
    shown = json.loads(run("config", "show", "--json", "-", "--lang", "de").stdout)["settings"]["lang"]
    assert (shown["value"], shown["origin"]) == ("de", "command line")


def test_what_was_stored_in_english_is_told_in_german(tmp_path: Path) -> None:
    """The ledger keeps what its sentences were made of, findings have the titles of their pages."""
    shutil.copytree(ROOT / "captures" / "lacp-down", tmp_path / "in" / "down")
    out = tmp_path / "out"
    batch = ("batch", str(tmp_path / "in"), "--out", str(out), "--settle", "0", "--fail-on", "never")
    assert "hvT_nic2 never joined the team" in run(*batch, "--lang", "en").stdout
    (out / "index.html").unlink()
    assert run(*batch, "--lang", "de").stdout == ""
    page = (out / "index.html").read_text(encoding="utf-8")
    assert "hvT_nic2 trat dem Team nie bei" in page
    assert "never joined" not in page
    run("analyze", "captures/13a-bundle-proven", "-q", "--json", str(tmp_path / "before.json"))
    reports = [str(tmp_path / "before.json"), str(out / "reports" / "down" / "-" / "report.json")]
    told = run("diff", *reports, "--lang", "de").stdout
    assert "neu: FM301" in told
    assert "FM314 Ein Port darf nicht gebündelt werden" in " ".join(told.split())
