"""Text for people: English that knows how to be said in another language.

A `Message` is a `str`, its English, and keeps what that was made of: a template and its parameters. So it can be made
where the facts are, carried through every stage and document, written as it is where English is wanted (JSON), and said
in the reader's language by `translate` where a person reads it. Templates are `str.format` templates with named fields;
they are the keys of the gettext catalogues in `locale/`, which the extractor finds by the names `msg` and `nmsg`.

A message inside a message is translated with it, and numbers get the decimal mark of the language. Joining with `+` or
an f-string makes a plain `str`, which no language but English has: use a template, `glue` or `listed`.

The language `PSEUDO` is for tests: it writes the letters of every template in another alphabet, so that Latin letters
in a text are data or were forgotten.
"""

from __future__ import annotations

import gettext
import string
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

__all__ = [
    "LANGUAGES",
    "PSEUDO",
    "Message",
    "all_of",
    "aside",
    "encodable",
    "encodable_parts",
    "glue",
    "listed",
    "msg",
    "nmsg",
    "number_word",
    "packed",
    "times_word",
    "translate",
    "unpacked",
]

LANGUAGES = ("en", "de")
PSEUDO = "qps"
_COMMA = frozenset({"de"})
_SWAPPED = str.maketrans(".,", ",.")
_LATIN = string.ascii_lowercase + string.ascii_uppercase
_OTHER = "".join(chr(start + n) for start in (0x430, 0x410) for n in range(26))
_LOCALE = Path(__file__).with_name("locale")
_MOST_LISTED = 6


class Message(str):
    """English text with the template and parameters that it was made of."""

    __slots__ = ("many", "number", "params", "template")
    template: str
    many: str | None
    number: int
    params: dict[str, Any]

    def __new__(cls, template: str, params: dict[str, Any], many: str | None = None, number: int = 1) -> Message:
        """Make a message; `template` is for one, `many` for any other `number` (None: there is no number)."""
        chosen = template if many is None or number == 1 else many
        self = super().__new__(cls, chosen.format_map(params))
        self.template, self.many, self.number, self.params = template, many, number, params
        return self

    def __getnewargs__(self) -> tuple[Any, ...]:
        """Return the template too, so that copies and pickles keep it."""
        return self.template, self.params, self.many, self.number

    def __format__(self, spec: str) -> str:
        return _formatted(self, self.template, self.params, spec)


def _formatted(text: str, template: str, params: dict[str, Any], spec: str) -> str:
    """Return the text, with a capital if the specification is `capital`, unless it begins with a name."""
    if spec != "capital":
        return str.__format__(text, spec)
    return str(text) if _begins_with_name(template, params) else text[:1].upper() + text[1:]


def _begins_with_name(template: str, params: dict[str, Any]) -> bool:
    first = next(iter(string.Formatter().parse(template)), None)
    if first is None or first[0] or first[1] is None:
        return False
    part = params.get(first[1])
    return _begins_with_name(part.template, part.params) if isinstance(part, Message) else True


def msg(template: str, /, **params: Any) -> Message:
    """Return a message of a template and its parameters. `{part:capital}` begins a sentence with another message.

    >>> msg("{member} is idle", member="nic1")
    'nic1 is idle'
    >>> msg("{what:capital}!", what=msg("it is idle"))
    'It is idle!'
    """
    return Message(template, params)


def nmsg(one: str, many: str, count: int, /, **params: Any) -> Message:
    """Return a message that depends on a number, which both templates may name as `{count}`.

    >>> nmsg("{count} packet", "{count} packets", 3)
    '3 packets'
    """
    return Message(one, {"count": count, **params}, many, count)


def glue(*parts: str, between: str = " ") -> Message:
    """Join messages one after the other; empty ones are left out.

    >>> glue(msg("It is so."), "", msg("It stays so."))
    'It is so. It stays so.'
    """
    kept = [part for part in parts if part]
    return Message(between.join(f"{{p{n}}}" for n in range(len(kept))), {f"p{n}": part for n, part in enumerate(kept)})


def listed(words: Sequence[str]) -> Message:
    """Return words as a person lists them; beyond six the rest is counted.

    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    if len(words) > _MOST_LISTED:
        rest = len(words) - _MOST_LISTED + 1
        words = [*words[: _MOST_LISTED - 1], nmsg("{count} more", "{count} more", rest)]
    if len(words) < 2:
        return glue(*words)
    return msg("{first} and {last}", first=glue(*words[:-1], between=", "), last=words[-1])


def number_word(number: int, *, capital: bool = False) -> Message:
    """Return a number as it stands in a sentence, or, with a capital, at its beginning; zero, and above ten, in digits.

    >>> number_word(4), number_word(4, capital=True), number_word(12)
    ('four', 'Four', '12')
    """
    words = _CAPITALS if capital else _WORDS
    return words[number - 1] if 1 <= number <= len(words) else glue(str(number))


def all_of(count: int) -> Message:
    """Return how a sentence about all of two or more begins.

    >>> all_of(2), all_of(4)
    ('Both', 'All four')
    """
    return msg("Both") if count == 2 else msg("All {number}", number=number_word(count))


def times_word(count: int) -> Message:
    """Return how often something happened, as it stands in a sentence.

    >>> times_word(2), times_word(4)
    ('twice', 'four times')
    """
    return msg("twice") if count == 2 else nmsg("once", "{number} times", count, number=number_word(count))


def aside(text: str) -> Message:
    """` (text)`, to follow a word; nothing where there is no text.

    >>> msg("done{so}.", so=aside("at last"))
    'done (at last).'
    """
    return Message(" ({text})", {"text": text}) if text else glue()


def packed(text: str) -> Any:
    """Return a text as JSON can keep it, so that `unpacked` gives the same message again.

    What has parameters that JSON does not know is kept as its English alone.

    >>> packed(msg("{count} of {name}", count=2, name="nic1"))["params"]
    {'count': 2, 'name': 'nic1'}
    """
    if not isinstance(text, Message):
        return str(text)
    params = {name: packed(part) if isinstance(part, str) else part for name, part in text.params.items()}
    if not all(type(part) in (str, int, float, bool, dict, type(None)) for part in params.values()):
        return str(text)
    return {"template": text.template, "params": params, "many": text.many, "number": int(text.number)}


def unpacked(value: Any, english: str) -> str:
    """Return the message that `packed` made this of; `english`, which it has to say, where that is not to be had.

    >>> unpacked(packed(msg("{name} is idle", name="nic1")), "nic1 is idle").template
    '{name} is idle'
    """
    try:
        found = _unpacked(value)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return english
    return found if found == english else english


def _unpacked(value: Any) -> str:
    if not isinstance(value, dict):
        return str(value)
    params = {name: _unpacked(part) if isinstance(part, str | dict) else part for name, part in value["params"].items()}
    return Message(value["template"], params, value["many"], value["number"])


def encodable(value: object) -> object:
    r"""Return text that can be written as UTF-8: bytes of a file name that are none are shown as \xNN.

    >>> encodable("nic\udcff")
    'nic\\xff'
    """
    if not isinstance(value, str) or not any("\ud800" <= character <= "\udfff" for character in value):
        return value
    if isinstance(value, Message):
        return Message(
            value.template, {name: encodable(part) for name, part in value.params.items()}, value.many, value.number
        )
    try:
        return value.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:
        return value.encode("utf-8", "backslashreplace").decode("utf-8")


def encodable_parts(value: Any) -> Any:
    """Return the same of all text in lists and dicts."""
    if isinstance(value, dict):
        return {encodable(key): encodable_parts(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [encodable_parts(part) for part in value]
    return encodable(value)


def translate(text: str, language: str) -> str:
    """`text` in `language`; what is no message, or not in the catalogue, stays as it is."""
    if language == "en" or not isinstance(text, Message):
        return str(text)
    return str(_say(text, language))


def _say(text: Message, language: str) -> _Said:
    template = _template(text, language)
    said = _Said(template.format_map({name: _translated(value, language) for name, value in text.params.items()}))
    said.template, said.params = template, text.params
    return said


class _Said(str):
    """Text in the language that is wanted, to be put into another template."""

    __slots__ = ("params", "template")
    template: str
    params: dict[str, Any]

    def __format__(self, spec: str) -> str:
        return _formatted(self, self.template, self.params, spec)


def _template(text: Message, language: str) -> str:
    one, many = text.template, text.many
    if many is None:
        return _said(one, language)
    if language == PSEUDO:
        return _said(one if text.number == 1 else many, language)
    return _catalogue(language).ngettext(one, many, text.number)


@cache
def _said(template: str, language: str) -> str:
    """Return a template without letters of its own says nothing that had to be translated."""
    parts = list(string.Formatter().parse(template))
    if not any(any(map(str.isalpha, literal)) for literal, *_ in parts):
        return template
    return _disguised(template) if language == PSEUDO else _catalogue(language).gettext(template)


def _disguised(template: str) -> str:
    """Return the template with the letters outside of its fields in another alphabet.

    >>> _disguised("{n} packets")
    '{n} павкдут'
    """
    other = str.maketrans(_LATIN, _OTHER)
    return "".join(
        literal.translate(other).replace("{", "{{").replace("}", "}}")
        + ("" if name is None else f"{{{name}{f'!{conversion}' if conversion else ''}{f':{spec}' if spec else ''}}}")
        for literal, name, spec, conversion in string.Formatter().parse(template)
    )


def _translated(value: Any, language: str) -> Any:
    if isinstance(value, Message):
        return _say(value, language)
    if language in _COMMA and type(value) in (int, float):
        return _Float(value) if isinstance(value, float) else _Int(value)
    return value


class _Float(float):
    """Written with a decimal comma."""

    def __format__(self, spec: str) -> str:
        return float.__format__(self, spec).translate(_SWAPPED)


class _Int(int):
    """Its thousands, where they are asked for, set off by a point."""

    def __format__(self, spec: str) -> str:
        return int.__format__(self, spec).translate(_SWAPPED)


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation("flowmap", _LOCALE, [language], fallback=True)


_WORDS = (
    msg("one"),
    msg("two"),
    msg("three"),
    msg("four"),
    msg("five"),
    msg("six"),
    msg("seven"),
    msg("eight"),
    msg("nine"),
    msg("ten"),
)
_CAPITALS = (
    msg("One"),
    msg("Two"),
    msg("Three"),
    msg("Four"),
    msg("Five"),
    msg("Six"),
    msg("Seven"),
    msg("Eight"),
    msg("Nine"),
    msg("Ten"),
)
