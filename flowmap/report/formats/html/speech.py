"""How the page speaks: text in the reader's language, numbers with that language's decimal sign, names made harmless.

Everything a template prints goes through `Speech.shown`: messages are translated, what does not print (control characters,
marks that turn the direction of text) is shown as its escape. Escaping for HTML is then jinja's.
"""

from __future__ import annotations

import re
from typing import Any

from markupsafe import Markup, escape

from flowmap.document import quantities as words
from flowmap.message import Message, translate

__all__ = ["Speech"]

_OPTION = re.compile(r"(?<![\w-])(--[a-z][a-z-]*)")
_QUANTITY = re.compile(r"(?<=\d) (?=(?:[kMGTP]?(?:B|bit/s)|[mun]?s|min|h|%)(?![\w/]))")
_TICK = "\ufdd0"
"""Stands for a backtick of a name while ours are looked for; no character has this code."""


class Speech:
    """One language."""

    def __init__(self, language: str) -> None:
        self.language = language

    def text(self, value: str) -> str:
        """Return a text in the reader's language and without what does not print."""
        return words.plain(translate(value, self.language))

    def _unbroken(self, text: str) -> Markup:
        """Keep options of ours (`--local`) from breaking at a hyphen at the end of a line."""
        parts = _OPTION.split(text)
        return Markup("").join(
            Markup('<span class="opt">{}</span>' if n % 2 else "{}").format(p) for n, p in enumerate(parts)
        )

    def shown(self, value: Any) -> Any:
        """Return what jinja prints for a value: text made harmless; markup, and numbers that are coordinates, as they are."""
        return self.text(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    def ticked(self, value: str) -> Markup:
        """Return text in which what stands in backticks is code: our own, not those in the names that it was made with."""
        parts = translate(_with_names_apart(value) if isinstance(value, Message) else value, self.language).split("`")
        if len(parts) % 2 == 0:
            return self._unbroken(self.text(value))
        shown = [words.plain(part.replace(_TICK, "`")) for part in parts]
        said = [
            Markup("<code>{}</code>").format(part) if n % 2 else self._unbroken(part) for n, part in enumerate(shown)
        ]
        return Markup("").join(said)

    def headline(self, value: str) -> Markup:
        """Return a sentence in large letters, whose lines do not end between a number and its unit."""
        return Markup(_QUANTITY.sub("\u00a0", escape(self.text(value))))

    def figure(self, text: str) -> str:
        """Return a number in English as the language writes it."""
        return text.replace(".", ",") if self.language == "de" else text

    @property
    def marks(self) -> dict[str, str]:
        """Return what stands before decimals and between groups of digits, as d3 names it."""
        decimal, thousands = (",", ".") if self.language == "de" else (".", ",")
        return {"decimal": decimal, "thousands": thousands}

    def amount(self, size: int | None) -> str:
        return self.figure(words.amount(size))

    def bits(self, rate: int | None) -> str:
        return self.figure(words.bits(rate))

    def duration(self, span_ns: int) -> str:
        return self.figure(words.duration(span_ns))

    def percent(self, share: float) -> str:
        return f"{share * 100:.0f} %"

    def probability(self, p: float | None) -> str:
        return self.figure(words.probability(p))

    def number(self, value: int | float | None) -> str:
        """Return a whole number in groups of three, a fraction with three digits; nothing for null."""
        if value is None:
            return ""
        if isinstance(value, int) or value.is_integer():
            return self.text(words.grouped(int(value)))
        return self.figure(f"{value:.3g}" if abs(value) < 1000 else f"{value:.1f}")


def _with_names_apart(text: Message) -> Message:
    """Return the message with the backticks of its parameters, which are data, out of the way."""
    params: dict[str, Any] = {}
    for name, part in text.params.items():
        told = _with_names_apart(part) if isinstance(part, Message) else part
        params[name] = told.replace("`", _TICK) if isinstance(told, str) and not isinstance(told, Message) else told
    return Message(text.template, params, text.many, text.number)
