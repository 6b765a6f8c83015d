"""`--anonymize KEYFILE`: the key, and messages without names."""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from flowmap.cli.boundary import hide_errors, say
from flowmap.cli.language import tell
from flowmap.errors import ConfigError
from flowmap.message import msg
from flowmap.privacy.key import KEY_HINT, MOST_KEY_BYTES, parse_key

if TYPE_CHECKING:
    from flowmap.privacy.anonymizer import Anonymizer

__all__ = ["KeyFile", "anonymizer", "read_key"]

KeyFile = Annotated[
    str | None,
    typer.Option("--anonymize", metavar="KEYFILE", help=tell("Replace addresses and names, by the key in this file.")),
]


def anonymizer(keyfile: str | None, paths: Sequence[str]) -> Anonymizer | None:
    """Return what replaces addresses and names, also in messages from now on; None where that is not asked for.

    `paths` are the inputs as given: their names are replaced too. Raises ConfigError for what is no key.
    """
    if keyfile is None:
        return None
    key = read_key(keyfile)
    from flowmap.privacy.anonymizer import Anonymizer

    hide = Anonymizer(key)

    def hidden(text: str) -> str:
        from flowmap.privacy.unknown import without_names

        for kind, name in _names(paths):
            hide.names.tell(kind, name)
        return without_names(text, hide, _known_words())

    hide_errors(hidden, hide.text)
    return hide


def _known_words() -> frozenset[str]:
    """Return the names of settings, modes, algorithms and platforms, in lower case."""
    from flowmap.settings.config import Settings, Thresholds
    from flowmap.team.modes.table import aliases_of, every_row, known_names

    rows = every_row()
    words = {
        *Settings.model_fields,
        *Thresholds.model_fields,
        *known_names("mode"),
        *known_names("algorithm"),
        *(row.platform for row in rows),
        *(name for row in rows for name in aliases_of(row)),
    }
    return frozenset(part.lower() for word in words for part in (word, *word.split()))


def read_key(path: str) -> bytes:
    """Return the 32 bytes of a key file: as they are, or as 64 hexadecimal digits. Raises ConfigError."""
    try:
        with open(path, "rb") as file:
            content = file.read(MOST_KEY_BYTES)
            mode = os.fstat(file.fileno()).st_mode
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(
            msg("--anonymize {path}: {reason}; {hint}", path=path, reason=reason, hint=KEY_HINT)
        ) from error
    key = parse_key(content, path)
    if os.name == "posix" and stat.S_ISREG(mode) and mode & (stat.S_IRGRP | stat.S_IROTH):
        say(msg("others can read the key in {path}, and with it undo the mapping: chmod 600", path=path))
    return key


def _names(paths: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield names of members, and the files that the arguments stand for."""
    for argument in paths:
        name, equals, path = argument.partition("=")
        if equals:
            yield "member", name
        for one in (path, argument) if equals else (argument,):
            yield "capture", one
            for match in glob.glob(one, recursive=True) if glob.has_magic(one) else [one]:
                yield "capture", match
                if os.path.isdir(match):
                    yield from (("capture", os.path.join(match, entry)) for entry in sorted(os.listdir(match)))
