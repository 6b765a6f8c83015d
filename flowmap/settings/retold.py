"""What the library of commands says of options, as messages: recognised by its wording, so that it can be said in German.

English stays as the library has it. What is not recognised stays English in every language.
"""

from __future__ import annotations

import re
import string
from functools import cache

from flowmap.message import Message, msg

__all__ = ["retold"]

_NAME, _REST = r"(\S+)", "(.+)"
_KNOWN = (
    msg("Invalid value for {option}: {problem}", option="(.+?)", problem=_REST),
    msg("No such option: {name} (Possible options: {choices})", name=_NAME, choices=_REST),
    msg("No such option: {name}", name=_NAME),
    msg("No such command {name}. Did you mean {choices}?", name=_NAME, choices=_REST),
    msg("No such command {name}.", name=_NAME),
    msg("Missing option {name}.", name=_REST),
    msg("Missing argument {name}.", name=_REST),
    msg("Missing command."),
    msg("Option {name} does not take a value.", name=_NAME),
    msg("Option {name} requires an argument.", name=_NAME),
    msg("Got unexpected extra argument(s) ({arguments})", arguments=_REST),
)


def retold(text: str) -> Message | str:
    """Return the message that a library's text is, or the text.

    >>> retold("No such option: --jsn").template
    'No such option: {name}'
    """
    for known in _KNOWN:
        found = _pattern(known).fullmatch(text)
        if found:
            return Message(known.template, found.groupdict())
    return text


@cache
def _pattern(known: Message) -> re.Pattern[str]:
    """Return the template, each field the pattern that stands in it."""
    parts = []
    for literal, name, _spec, _conversion in string.Formatter().parse(known.template):
        parts.append(re.escape(literal))
        if name is not None:
            parts.append(f"(?P<{name}>{known.params[name][1:]}")
    return re.compile("".join(parts), re.DOTALL)
