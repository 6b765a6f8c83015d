"""Text for people: English that knows how to be said in another language.

A `Message` is a `str`, its English, and keeps what that was made of: a template and its parameters. So it can be made
where the facts are, carried through every stage and document, written as it is where English is wanted (JSON), and said
in the reader's language by `translate` where a person reads it. Templates are `str.format` templates with named fields;
they are the keys of the gettext catalogues in `locale/`, which the extractor finds by the names `msg` and `nmsg`.

A message inside a message is translated with it. Joining with `+` or an f-string makes a plain `str`, which no language
but English has: use a template, `glue` or `listed`.
"""

from __future__ import annotations

import gettext
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["LANGUAGES", "Message", "glue", "listed", "msg", "nmsg", "translate"]

LANGUAGES = ("en", "de")
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
        """`template` says it of one, `many` of any other `number` (None: there is no number)."""
        chosen = template if many is None or number == 1 else many
        self = super().__new__(cls, chosen.format_map(params))
        self.template, self.many, self.number, self.params = template, many, number, params
        return self

    def __getnewargs__(self) -> tuple[Any, ...]:
        """Copies and pickles keep the template."""
        return self.template, self.params, self.many, self.number


def msg(template: str, /, **params: Any) -> Message:
    """A message of a template and its parameters.

    >>> msg("{member} is idle", member="nic1")
    'nic1 is idle'
    """
    return Message(template, params)


def nmsg(one: str, many: str, count: int, /, **params: Any) -> Message:
    """A message that depends on a number, which both templates may name as `{count}`.

    >>> nmsg("{count} packet", "{count} packets", 3)
    '3 packets'
    """
    return Message(one, {"count": count, **params}, many, count)


def glue(*parts: str, between: str = " ") -> Message:
    """Messages one after the other; empty ones are left out.

    >>> glue(msg("It is so."), "", msg("It stays so."))
    'It is so. It stays so.'
    """
    kept = [part for part in parts if part]
    return Message(between.join(f"{{p{n}}}" for n in range(len(kept))), {f"p{n}": part for n, part in enumerate(kept)})


def listed(words: Sequence[str]) -> Message:
    """Words as a person lists them; beyond six the rest is counted.

    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    if len(words) > _MOST_LISTED:
        rest = len(words) - _MOST_LISTED + 1
        words = [*words[: _MOST_LISTED - 1], nmsg("{count} more", "{count} more", rest)]
    if len(words) < 2:
        return glue(*words)
    return msg("{first} and {last}", first=glue(*words[:-1], between=", "), last=words[-1])


def translate(text: str, language: str) -> str:
    """`text` in `language`; what is no message, or not in the catalogue, stays as it is."""
    if language == "en" or not isinstance(text, Message):
        return str(text)
    catalogue = _catalogue(language)
    template = text.template
    if text.many is not None:
        template = catalogue.ngettext(text.template, text.many, text.number)
    elif template:
        template = catalogue.gettext(template)
    return template.format_map({name: _translated(value, language) for name, value in text.params.items()})


def _translated(value: Any, language: str) -> Any:
    return translate(value, language) if isinstance(value, Message) else value


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation("flowmap", _LOCALE, [language], fallback=True)
