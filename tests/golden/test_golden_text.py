"""Text reports of sample captures, compared byte for byte with files that somebody looked at.

`pytest tests/golden --update-golden` writes the files anew; the difference is to be looked at. The numbers in them are those
of the captures' making (captures/README.md), which other tests hold against the generator and other programs.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from flowmap.analysis import analyze
from flowmap.analysis.answer import Analysis
from flowmap.report.formats.text.page import render
from flowmap.settings.config import Settings

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
SCENARIOS = ["04a-round-robin-sender", "06-failover", "12c-third-member", "15a-clock-drifting"]
FORMS = {"80-en": (80, False, "en"), "80-de": (80, False, "de"), "200-en-colour": (200, True, "en")}


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if not hasattr(time, "tzset"):
        pytest.skip("the zone cannot be set here")
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "UTC")
        patch.chdir(ROOT)
        time.tzset()
        yield
    time.tzset()


@cache
def analysis(name: str) -> Analysis:
    return analyze([f"captures/{name}"], Settings(jobs=1))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", SCENARIOS)
def test_the_report_is_the_golden_one(name: str, form: str, request: pytest.FixtureRequest) -> None:
    report = analysis(name).report.model_copy(update={"generated_at": "2026-01-02T03:04:05Z"})
    text = render(report, *FORMS[form])
    golden = HERE / f"{name}.{form}.txt"
    if request.config.getoption("--update-golden"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")
