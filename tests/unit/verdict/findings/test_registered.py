"""All rules: each has its page beside it, every page its rule."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import flowmap.verdict
from flowmap.document.pages.pages import pages
from flowmap.verdict.findings.registered import FAMILIES, RULES


def test_every_rule_has_a_page_and_every_page_of_a_finding_its_rule() -> None:
    assert {code for code, page in pages().items() if page.kind == "finding"} == set(RULES)


@pytest.mark.parametrize("digit", sorted(FAMILIES))
def test_rules_and_pages_stand_in_the_folder_of_their_digit(digit: str) -> None:
    module = FAMILIES[digit]
    text = (Path(module.__file__ or "").parent / "pages.toml").read_text(encoding="utf-8")
    own = sorted(code for code in RULES if code[2] == digit)
    assert own == sorted(module.__all__) == sorted(getattr(module, code).code for code in module.__all__)
    assert [code for code in own if f"[finding.{code}]" not in text] == []


def test_what_explains_a_finding_explains_one_that_there_is() -> None:
    assert {code for rule in RULES.values() for code in rule.explains} <= set(RULES)


def test_rules_are_referred_to_by_name_so_that_an_unknown_code_fails_at_import() -> None:
    sources = Path(next(iter(flowmap.verdict.__path__))).rglob("*.py")
    texts = {path.name: path.read_text(encoding="utf-8") for path in sources if path.name != "rules.py"}
    assert {name for name, text in texts.items() if re.search(r'"FM[1-5]\d\d"', text)} == set()
