"""Which language is spoken: --lang, FLOWMAP_LANG, `lang` in a flowmap.toml, else the locale's; English where that is not ours.

It is settled before anything else is imported, since help texts are made at import. The standard library alone does it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from flowmap.errors import ConfigError
from flowmap.message import LANGUAGES, encodable, msg, translate
from flowmap.settings.files import config_files
from flowmap.settings.regular import read_small

__all__ = ["given", "language", "said", "settle", "tell", "without_option"]

_OPTION = "--lang"
_LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")
_settled = {"language": "en", "given": ""}


def settle(arguments: Sequence[str], environ: Mapping[str, str], folder: Path) -> list[str]:
    """Settle the language, and give the arguments without --lang, which may stand anywhere.

    A name that is none of ours is left to the reader of the settings, and to `given`.
    """
    rest, chosen = without_option(arguments)
    _settled["given"] = chosen
    named = (chosen, environ.get("FLOWMAP_LANG"), _in_files(environ, folder), _of_locale(environ))
    wanted = next(filter(None, named), "en")
    if wanted not in LANGUAGES:  # said in what else was chosen
        wanted = next((one for one in named if one in LANGUAGES), "en")
    _settled["language"] = str(wanted)
    return rest


def language() -> str:
    """Return the language that is spoken."""
    return _settled["language"]


def given() -> str | None:
    """Return what --lang named, if anything."""
    return _settled["given"] or None


def said(text: str) -> str:
    """Return a message in that language; bytes of names that are no UTF-8 as everywhere else."""
    return str(encodable(translate(text, language())))


def tell(text: str) -> str:
    """Return a text of the help in that language; catalogues have it too."""
    return said(msg(text.replace("{", "{{").replace("}", "}}")))


def without_option(arguments: Sequence[str]) -> tuple[list[str], str]:
    """Return the arguments before and after --lang with its value, and that value; after -- there are no options."""
    rest: list[str] = []
    chosen = ""
    waiting = list(arguments)
    while waiting:
        one = waiting.pop(0)
        if one == "--":
            return [*rest, one, *waiting], chosen
        if one == _OPTION and waiting:
            chosen = waiting.pop(0)
        elif one.startswith(f"{_OPTION}="):
            chosen = one.removeprefix(f"{_OPTION}=")
        else:
            rest.append(one)
    return rest, chosen


def _in_files(environ: Mapping[str, str], folder: Path) -> str:
    """Return what the first file with a `lang` says; what is wrong with a file is told when its settings are read."""
    for path in config_files(environ, folder):
        try:
            text = read_small(path).decode("utf-8-sig")
        except (OSError, ValueError, ConfigError):
            continue
        import tomllib

        try:
            found = tomllib.loads(text).get("lang")
        except (ValueError, RecursionError):
            continue
        if isinstance(found, str):
            return found
    return ""


def _of_locale(environ: Mapping[str, str]) -> str:
    """Return the language of a locale: de for `de_AT.UTF-8`, none for C and POSIX."""
    value = next((environ[name] for name in _LOCALE if environ.get(name)), "")
    return value.replace("-", "_").partition(".")[0].partition("_")[0].lower()
