"""Every word that a report can print is explained: closed sets of the schema, keys, labels, headings and cells of tables.

Words are collected from what prints them: the schema, the tables of labels, and every short text without a place for data in
the modules that make a report. A new one needs a page, or an alias of one in `explain_words.toml`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import flowmap
from flowmap.document.model import Report, ReportSettings
from flowmap.document.pages.modes import find_modes, mode_names
from flowmap.document.pages.pages import aliases_of_pages, find_page, is_page, pages
from flowmap.errors import ConfigError
from flowmap.facts.flows import ENCAPSULATIONS
from flowmap.finding import SUBJECTS
from flowmap.flow.streams.platforms import KINDS
from flowmap.message import LANGUAGES, Message, translate
from flowmap.report.sections.streams.hosts import ROLES
from flowmap.settings.config import Settings, Thresholds
from flowmap.team.modes.table import every_row
from flowmap.types import PacketClass
from flowmap.verdict.findings.registered import RULES
from flowmap.verdict.mode.policy import KEYS
from flowmap.words import DIRECTIONS, WORDS

REPORT = Path(flowmap.__file__).parent / "report"
NO_REPORT = {"flowmap", "flowmap.report/2", "it is closed", "standard output", "Copy", "Copied", "from", "to"}
"""Names, messages, buttons, and the heads of two columns of hosts."""


def _enums(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        yield from (word for word in part.get("enum", []) if isinstance(word, str))
        for value in part.values():
            yield from _enums(value)
    elif isinstance(part, list):
        for value in part:
            yield from _enums(value)


def _short_texts() -> Iterator[str]:
    """Texts of at most three words with no data in them, wherever a module of the report makes a message of one."""
    for path in sorted(REPORT.rglob("*.py")):
        if path.stem in ("index", "history", "controls"):  # pages and tables over many reports
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "msg":
                text = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else ""
                if text and "{" not in text and len(text.split()) <= 3:
                    yield text


@cache
def printed() -> list[str]:
    rested_on = RULES.keys_by_name
    words = [key.words for key in rested_on.values()]
    labels = {str(label) for table in (DIRECTIONS, ROLES, SUBJECTS, *words) for label in table.values()}
    labels |= {str(key.label) for key in rested_on.values()}
    keys = {*rested_on, *SUBJECTS, *ROLES, *KEYS, *KINDS, *WORDS, *ReportSettings.of(Settings()).thresholds}
    counted = {kind.name.lower() for kind in PacketClass} | set(ENCAPSULATIONS)
    modes = {row.family for row in every_row()} | {row.mode for row in every_row()}
    enums = _enums(Report.model_json_schema())
    return sorted({*enums, *_short_texts(), *labels, *keys, *counted, *modes} - NO_REPORT - {""})


def test_words_are_collected_from_all_that_print() -> None:
    cells = {"unclear", "NOT in", "bundled", "aggregate", "other team", "of all bytes", "not usable", "last record cut"}
    keys = {"untestable", "ip_malformed", "vxlan", "window_blocked_share", "p-value", *Thresholds.model_fields}
    assert sorted((cells | keys) - {*printed()}) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_word_of_the_report_is_explained_in_the_language_that_it_is_printed_in(language: str) -> None:
    said = {**{word: word for word in printed()}, **{_word(word, language): word for word in printed()}}
    assert [typed for typed in said if not (is_page(typed) or find_modes(typed))] == []


def _word(word: str, language: str) -> str:
    return translate(Message(word, {}), language)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("refuted", "fit"),
        ("QEMU", "platform"),
        ("4tuple", "key"),
        ("medium", "confidence"),
        ("nobody", "decider"),
        ("unclear", "bundled"),
        ("NOT in", "bundled"),
        ("multifd", "multichannel"),
        ("aggregate", "aggregate_left_out"),
        ("other team", "other_team"),
        ("(by its MAC)", "host_source"),
        ("To do:", "answer"),
        ("spread_alpha", "threshold"),
        ("LACP", "lacp"),
        ("unklar", "bundled"),
        ("of all bytes", "bytes"),
        ("round trip", "limited_by"),
        ("stream", "stream"),
    ],
)
def test_words_lead_to_the_page_that_has_them(typed: str, code: str) -> None:
    assert find_page(typed).code == code


def test_a_page_has_the_words_that_lead_to_it() -> None:
    for word in ("refuted", "qemu", "4tuple", "teamed", "between", "bulk", "NOT in", "unclear", "tcp_short", "vxlan"):
        assert word in find_page(word).meaning, word


def test_an_alias_is_of_a_page_that_there_is_and_of_one_only() -> None:
    assert sorted(aliases_of_pages().keys() - pages().keys()) == []
    every = [alias.lower() for aliases in aliases_of_pages().values() for alias in aliases]
    assert [alias for alias in set(every) if every.count(alias) > 1] == []
    assert [alias for alias in every if alias in pages()] == [], "a page of that name is found without"


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        ("spraid", "sprayed"),
        ("jian", "jain"),
        ("balance-xr", "balance-xor"),
        ("lbfo/dynamc", "lbfo/"),
        ("unclaer", "unclear"),
        ("FM1010", "FM101"),
        ("capture-drop", "capture_drops"),
        ("verstreud", "verstreut"),
    ],
)
def test_what_is_nearly_a_word_gets_it(typed: str, near: str) -> None:
    with pytest.raises(ConfigError, match=f"did you mean .*{near}"):
        find_page(typed, mode_names())


@pytest.mark.parametrize(
    "typed", ["zzz", "xyz", "unicast", "firewall", "kubernetes", "q", "42", "FM", "--", "../etc/passwd"]
)
def test_what_is_no_word_gets_no_guess(typed: str) -> None:
    with pytest.raises(ConfigError, match="without a code all are listed"):
        find_page(typed, mode_names())
