"""Messages of errors that came before all names were known: whatever could be a name is replaced, whole.

In a report names are replaced because they were told. An error may end the work before a file's names are told, and quotes
what was not expected: a host in a text of several, a mode that is none, a name on the command line. So here it is the other
way round: only flowmap's own words, those of the system and numbers stay.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Set
from functools import cache
from typing import Any

from flowmap.message import Message
from flowmap.privacy.anonymizer import COMMANDS, OPTIONS, Anonymizer

__all__ = ["without_names"]

_WORD = re.compile(r"[^\s,;()'\"=]+")
_OURS = frozenset({"flowmap", *COMMANDS, *OPTIONS, *(f"--{name}" for name in OPTIONS)})
_NUMBER = re.compile(r"[-+]?\d[\d.,:]*[kMGT]?%?")


def without_names(text: str, hide: Anonymizer, words: Set[str]) -> str:
    """Return a message without names: only its template and `words` stay.

    `words` are the names of modes and settings in lower case; the rest is replaced.
    """
    if isinstance(text, Message):
        params = {name: _value(part, hide, words) for name, part in text.params.items()}
        return Message(text.template, params, text.many, text.number)
    if (shown := hide.names.get(text)) is not None:
        return shown
    if hide.is_address(text) or not text.strip():
        return hide.text(text)
    return text if _is_ours(text, words) else hide.names.add("name", text)


def _value(value: Any, hide: Anonymizer, words: Set[str]) -> Any:
    if isinstance(value, int | float) or value is None:
        return value
    return without_names(value if isinstance(value, str) else str(value), hide, words)


def _is_ours(text: str, words: Set[str]) -> bool:
    if text in _of_the_system():
        return True
    return all(word.lower() in _OURS | words or _NUMBER.fullmatch(word) for word in _WORD.findall(text))


@cache
def _of_the_system() -> frozenset[str]:
    """Return what the system says of errors, in whichever language it does."""
    return frozenset(os.strerror(number) for number in errno.errorcode)
