"""The page's words: harmless, in the reader's language, numbers as that language writes them."""

from __future__ import annotations

import pytest
from markupsafe import Markup

from flowmap.message import msg
from flowmap.report.formats.html.speech import Speech

EN, DE = Speech("en"), Speech("de")


def test_text_shows_what_does_not_print() -> None:
    assert EN.text("a\x1b[31m\u202eb") == "a\\x1b[31m\\u202eb"
    assert EN.shown("a\x00") == "a\\x00"
    assert EN.shown(Markup("<b>\x00</b>")) == "<b>\x00</b>"
    assert EN.shown(1.5) == 1.5


def test_backticks_are_code() -> None:
    assert EN.ticked("run `flowmap <x>` now") == "run <code>flowmap &lt;x&gt;</code> now"


def test_backticks_of_names_are_not_ours() -> None:
    text = msg("see `{command}` for {name}", command="flowmap `id`", name="host`1")
    assert EN.ticked(text) == "see <code>flowmap `id`</code> for host`1"


def test_a_backtick_without_another_is_text() -> None:
    assert EN.ticked("a ` b <i>") == "a ` b &lt;i&gt;"


def test_options_are_kept_in_one_piece() -> None:
    assert EN.ticked("give --local-net <x>") == 'give <span class="opt">--local-net</span> &lt;x&gt;'
    assert EN.ticked("a--b ---c") == "a--b ---c"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("9.4 MB in 20 s", "9.4\u00a0MB in 20\u00a0s"),
        ("2 Gbit/s, 3 min, 50 % of 4 members", "2\u00a0Gbit/s, 3\u00a0min, 50\u00a0% of 4 members"),
        ("<b> 5 sides", "&lt;b&gt; 5 sides"),
    ],
)
def test_headlines_keep_numbers_with_their_units(text: str, shown: str) -> None:
    assert EN.headline(text) == shown


@pytest.mark.parametrize(
    ("value", "english", "german"),
    [
        (None, "", ""),
        (0, "0", "0"),
        (0.12345, "0.123", "0,123"),
        (1234.56, "1234.6", "1234,6"),
        (3.0, "3", "3"),
    ],
)
def test_numbers(value: float | None, english: str, german: str) -> None:
    assert (EN.number(value), DE.number(value)) == (english, german)


def test_amounts() -> None:
    assert (EN.amount(9_365_837), DE.amount(9_365_837)) == ("9.4 MB", "9,4 MB")
    assert (EN.percent(0.126), DE.percent(0.126)) == ("13 %", "13 %")
    assert EN.marks == {"decimal": ".", "thousands": ","}
    assert DE.marks == {"decimal": ",", "thousands": "."}  # DIN 1333
