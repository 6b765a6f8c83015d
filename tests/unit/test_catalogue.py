"""Every text is in every catalogue, translated, with the same placeholders; and the catalogue that is shipped is that one."""

from __future__ import annotations

import re
import string
from functools import cache

import catalogue
import pytest

from flowmap.document.pages.pages import pages
from flowmap.message import LANGUAGES, translate

OTHERS = [language for language in LANGUAGES if language != "en"]


@cache
def texts() -> dict[tuple[str, str | None], catalogue.Text]:
    """Those of the whole package, read when a test asks for them."""
    return {(text.one, text.many): text for text in catalogue.texts()}


def placeholders(template: str) -> set[tuple[str, str, str]]:
    """Names with their conversions and formats, but a capital: German has one where a sentence begins behind a colon."""
    parts = string.Formatter().parse(template)
    return {
        (name, conversion or "", (spec or "").replace("capital", ""))
        for _, name, spec, conversion in parts
        if name is not None
    }


def test_texts_are_found_in_modules_commands_and_pages() -> None:
    places = {text.place.rpartition(".")[2] for text in texts().values()}
    assert places == {"py", "toml"}
    assert ("{number} packet", "{number} packets") in texts()
    assert any(text.place == "cli/commands/verify.py" and "\n\nExit codes" in text.one for text in texts().values())


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_is_translated_and_nothing_else(language: str) -> None:
    """What is missing: python tests/catalogue.py update LANGUAGE, translate, then compile."""
    known = {message.id: message for message in catalogue.read(language) if message.id}
    wanted = {text.one if text.many is None else (text.one, text.many) for text in texts().values()}
    assert wanted - known.keys() == set()
    assert known.keys() - wanted == set()
    strings = {key: message.string if message.pluralizable else (message.string,) for key, message in known.items()}
    assert [key for key, said in strings.items() if not all(said)] == []
    assert [key for key, message in known.items() if message.fuzzy] == []


@pytest.mark.parametrize("language", OTHERS)
def test_translations_have_the_placeholders_of_the_original(language: str) -> None:
    wrong = []
    for message in catalogue.read(language):
        if not message.id:
            continue
        if message.pluralizable:
            one, many = map(placeholders, message.id)
            same = placeholders(message.string[-1]) == many and all(
                placeholders(s) <= one | many for s in message.string
            )
        else:
            same = placeholders(message.string) == placeholders(message.id)
        if not same:
            wrong.append(message.id)
    assert wrong == []


@pytest.mark.parametrize("language", OTHERS)
def test_the_catalogue_that_is_shipped_is_made_of_the_one_that_is_edited(language: str) -> None:
    shipped = catalogue.po_path(language).with_suffix(".mo").read_bytes()
    assert shipped == catalogue.compiled(language), f"python tests/catalogue.py compile {language}"


@pytest.mark.parametrize("language", OTHERS)
def test_pages_are_said_in_every_language(language: str) -> None:
    same = [page.code for page in pages().values() if translate(page.meaning, language) == page.meaning]
    assert same == []


def test_german_calls_a_stream_by_one_word() -> None:
    """It is Wireshark's, "TCP-Stream"; "Datenstrom" is something else, the bytes that a program packs."""
    texts = [message.string if message.pluralizable else (message.string,) for message in catalogue.read("de")]
    assert [said for own in texts for said in own if re.search(r"\b(Strom|Stroms|Ströme|Strömen)\b", said)] == []
