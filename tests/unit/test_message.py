"""Messages are English text that keeps what it was made of, wherever it is carried."""

from __future__ import annotations

import copy
import json
import pickle
from typing import ClassVar

import pytest
from pydantic import Field

from flowmap import message
from flowmap.document.base import Model, Text
from flowmap.message import PSEUDO, Message, glue, listed, msg, nmsg, packed, translate, unpacked


class _Part(Model):
    text: Text
    texts: list[Text] = Field(default=[])


@pytest.fixture
def catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    """A language of three entries."""

    class Catalogue:
        known: ClassVar = {"{name} is idle": "{name} ruht", "{first} and {last}": "{first} und {last}"}

        def gettext(self, template: str) -> str:
            return self.known.get(template, template)

        def ngettext(self, one: str, many: str, count: int) -> str:
            return "{count} Paket" if count == 1 else "{count} Pakete"

    monkeypatch.setattr(message, "_catalogue", lambda language: Catalogue())


def test_a_message_is_its_english_text() -> None:
    assert msg("{name} is idle", name="nic1") == "nic1 is idle"
    assert (nmsg("{count} packet", "{count} packets", 1), nmsg("{count} packet", "{count} packets", 0)) == (
        "1 packet",
        "0 packets",
    )
    assert translate(msg("{name} is idle", name="nic1"), "en") == "nic1 is idle"


@pytest.mark.usefixtures("catalogue")
def test_messages_within_messages_are_translated_with_them() -> None:
    pieces = listed([msg("{name} is idle", name="a"), nmsg("{count} packet", "{count} packets", 2), "c"])
    assert pieces == "a is idle, 2 packets and c"
    assert translate(pieces, "de") == "a ruht, 2 Pakete und c"
    assert translate(glue(msg("{name} is idle", name="{x}"), "", "end"), "de") == "{x} ruht end"


@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize("carry", [copy.deepcopy, lambda text: pickle.loads(pickle.dumps(text))])
def test_copies_keep_the_template(carry: object) -> None:
    assert translate(carry(msg("{name} is idle", name="a")), "de") == "a ruht"  # type: ignore[operator]


@pytest.mark.usefixtures("catalogue")
def test_documents_keep_messages_and_write_english() -> None:
    part = _Part(text=msg("{name} is idle", name="a"), texts=[msg("{name} is idle", name="b\udcff")])
    assert [translate(text, "de") for text in (part.text, *part.texts)] == ["a ruht", "b\\xff ruht"]
    assert part.model_dump_json() == '{"text":"a is idle","texts":["b\\\\xff is idle"]}'


def test_beyond_six_words_the_rest_is_counted() -> None:
    assert listed(list("abcdefgh")) == "a, b, c, d, e and 3 more"
    assert isinstance(listed([]), Message)


@pytest.mark.usefixtures("catalogue")
def test_a_sentence_begins_with_a_capital_unless_with_a_name() -> None:
    of_name = msg("{detail:capital}.", detail=msg("{name} is idle", name="nic1"))
    nested = msg("{detail:capital}.", detail=msg("{said}!", said=msg("all is well")))
    assert (of_name, nested) == ("nic1 is idle.", "All is well!.")
    assert (translate(of_name, "de"), translate(nested, "de")) == ("nic1 ruht.", "All is well!.")


def test_german_has_a_decimal_comma_and_english_a_point() -> None:
    text = glue(msg("{x:.1f}", x=1234.5), msg("{n:,}", n=12000), msg("{n}", n=3))
    assert text == "1234.5 12,000 3"
    assert translate(text, "de") == "1234,5 12.000 3"


def test_the_pseudo_language_disguises_what_templates_say_and_leaves_data() -> None:
    text = nmsg("{count} lost of {path}", "{count} lost in {path}", 2, path="nic1.pcap")
    said = translate(text, PSEUDO)
    assert said.endswith(" nic1.pcap")
    assert said.startswith("2 ")
    assert "lost" not in said
    assert len(said) == len(text)


@pytest.mark.parametrize(
    "text",
    [
        "a name",
        msg("{name} is idle", name="nic1"),
        nmsg("{count} packet", "{count} packets", 2),
        glue(msg("{share:.2f}", share=0.5), listed([msg("{name} is idle", name=name) for name in "abc"]), between="; "),
    ],
)
def test_a_message_that_was_kept_as_json_is_the_same_message(text: str) -> None:
    kept = unpacked(json.loads(json.dumps(packed(text))), str(text))
    assert kept == text
    assert translate(kept, PSEUDO) == translate(text, PSEUDO)


@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        [],
        {},
        {"template": "{a}", "params": {}, "many": None, "number": 1},
        "other",
        {"template": "x", "params": 3, "many": None, "number": 1},
    ],
)
def test_what_was_damaged_or_says_something_else_stays_english(value: object) -> None:
    assert unpacked(value, "it is so") == "it is so"


def test_parameters_that_json_does_not_know_leave_the_english(catalogue: None) -> None:
    assert packed(msg("{error}", error=KeyError("k"))) == "'k'"
