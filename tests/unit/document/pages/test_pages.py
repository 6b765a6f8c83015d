"""Every code has a page, and every page says what to do."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import get_args

import pytest

import flowmap
from flowmap.document import model as document
from flowmap.document import streams
from flowmap.document.pages.pages import find_page, pages, render_list, render_page
from flowmap.errors import ConfigError

SOURCES = sorted(Path(flowmap.__file__).parent.rglob("*.py"))


def test_pages_are_complete() -> None:
    for page in pages().values():
        assert all(page.values().values()), page.code
        assert len(page.title) <= 70, page.code
        assert page.title[0].isupper()
        assert not page.title.endswith(".")
        assert page.meaning.endswith("."), page.code
        assert page.action.endswith("."), page.code


def test_no_page_of_the_file_is_left_out_and_each_is_its_own() -> None:
    package = Path(flowmap.__file__).parent
    families = [
        package / "verdict" / "findings" / name for name in ("placement", "spread", "team", "limits", "capture")
    ]
    document: dict[str, dict[str, dict[str, str]]] = {"finding": {}}
    for number, family in enumerate(families, start=1):
        (table,) = tomllib.loads((family / "pages.toml").read_text(encoding="utf-8")).values()
        assert {code[:3] for code in table} == {f"FM{number}"}, family
        document["finding"] |= table
    document |= tomllib.loads((package / "document" / "pages" / "explain.toml").read_text(encoding="utf-8"))
    kinds = ("finding", "notice", "word")
    assert set(document) == set(kinds)
    expected = {code: kind for kind in kinds for code in document[kind]}  # a word goes before a notice of its name
    assert [(page.code, page.kind) for page in pages().values()] == list(expected.items())
    for page in pages().values():
        text = document[page.kind][page.code]
        assert page.title == " ".join(text["title"].split())
        assert page.meaning == " ".join(text["meaning"].split())


def test_every_word_of_the_closed_sets_has_a_page() -> None:
    words = {*get_args(streams.Placement), *get_args(streams.Cause), *get_args(document.Verdict), "tx", "rx"}
    assert sorted(words - set(pages())) == []


def test_every_code_in_the_sources_has_a_page() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)
    emitted = set(re.findall(r'"(FM[0-9]{3})"', text)) | set(re.findall(r'Notice\(\s*(?:code=)?"([a-z0-9_]+)"', text))
    assert sorted(emitted - set(pages())) == []


def test_pages_refer_to_codes_that_exist() -> None:
    for page in pages().values():
        for code in re.findall(r"FM[0-9]{3}", f"{page.meaning} {page.evidence} {page.action}"):
            assert code in pages(), page.code


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("FM101", "FM101"),
        ("fm101", "FM101"),
        (" Sprayed ", "sprayed"),
        ("capture-drops", "capture_drops"),
        ("member_set_change", "member-set-change"),
        ("Member set change", "member-set-change"),
        ("p", "p_value"),
        ("Jain", "jain"),
        ("max-over-mean", "max_over_mean"),
        ("inferred", "inferred"),
        ("erschlossen", "inferred"),
    ],
)
def test_codes_are_found_as_people_type_them(typed: str, code: str) -> None:
    assert find_page(typed).code == code


def test_an_unknown_code_gets_the_nearest_ones() -> None:
    with pytest.raises(ConfigError, match=r"did you mean .*sprayed"):
        find_page("spraid")
    with pytest.raises(ConfigError, match="all are listed"):
        find_page("zzzzzzzzz")


@pytest.mark.parametrize("width", [40, 80, 200])
def test_pages_and_list_fit_the_width(width: int) -> None:
    texts = [render_list(list(pages().values()), width)]
    texts += [render_page(page, width) for page in pages().values()]
    for text in texts:
        assert max(len(line) for line in text.split("\n")) <= width
    for code in pages():
        assert re.search(rf"^  {code} ", texts[0], re.MULTILINE)


def test_a_word_that_a_finding_is_about_says_what_the_finding_does() -> None:
    for page in pages().values():
        assert not re.fullmatch(r"See FM[0-9]{3}\.", page.action), page.code
    sprayed = render_page(find_page("sprayed"), 200, "de")
    assert "balance-rr" in sprayed
    assert "Siehe auch FM101." in sprayed


def test_every_measure_of_evenness_has_a_page() -> None:
    measures = set(document.BalanceNumbers.model_fields) - {"peak_concurrency"}
    assert sorted(measures - set(pages())) == []
