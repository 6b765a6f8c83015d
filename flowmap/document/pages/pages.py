"""The pages of `flowmap explain`: what each finding, notice and word means.

Those of findings lie beside their rules, as pages.toml of each family, the others here, in explain.toml.
"""

from __future__ import annotations

import functools
import re
import textwrap
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from importlib.resources import files
from itertools import takewhile
from typing import get_args

from flowmap.dataclass import dataclass
from flowmap.errors import ConfigError
from flowmap.finding import SUBJECTS
from flowmap.message import LANGUAGES, Message, glue, msg, translate
from flowmap.verdict.findings.registered import FAMILIES, RULES
from flowmap.words import WORDS, Platform

__all__ = ["Page", "aliases_of_pages", "find_page", "is_page", "pages", "render_list", "render_page"]

_KINDS = {"finding": msg("Findings"), "notice": msg("Notices"), "word": msg("Words")}
_HEAD = re.compile(r'^\[(\w+)\."?([^]"]+)"?\]$', re.MULTILINE)
"""The line a page begins with."""
_FILES = (*(f"{module.__package__}:pages.toml" for module in FAMILIES.values()), "flowmap.document.pages:explain.toml")
"""All files with pages, as PACKAGE:NAME."""

_NEAR = 0.75
"""A letter too many or too few of four; less is no typing error, and the nearest of a hundred words would be a riddle."""
_TOO_SHORT = 2
"""Of so few letters any word that has them would be near."""


@dataclass(frozen=True)
class Page:
    """One page; `kind` is finding, notice or word."""

    code: str
    kind: str
    title: Message
    meaning: Message
    evidence: Message
    action: Message

    def values(self) -> dict[str, str]:
        """Return the page as plain values."""
        return asdict(self)


class _Pages(Mapping[str, Page]):
    """The files, their tables read one by one as they are asked for: all of them take as long as the rest of a small report."""

    def __init__(self, text: str) -> None:
        self._text = text
        heads = list(_HEAD.finditer(text))
        ends = [head.start() for head in heads[1:]] + [len(text)]
        places = [(head[1], head[2], head.start(), end) for head, end in zip(heads, ends, strict=True)]
        order = list(_KINDS)
        self._places = {
            code: (kind, begin, end) for kind, code, begin, end in sorted(places, key=lambda p: order.index(p[0]))
        }
        self._read: dict[str, Page] = {}

    def __getitem__(self, code: str) -> Page:
        if code not in self._read:
            kind, begin, end = self._places[code]
            self._read[code] = self._page(code, kind, tomllib.loads(self._text[begin:end])[kind][code])
        return self._read[code]

    def __contains__(self, code: object) -> bool:
        return code in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def _page(self, code: str, kind: str, text: Mapping[str, str]) -> Page:
        said = {name: _message(value) for name, value in text.items()}
        if (see := text.get("see")) is not None:  # what a finding is about: the rest is as there
            del said["see"]
            action = msg("{action} See {code} too.", action=self[see].action, code=see)
            said |= {"evidence": self[see].evidence, "action": action}
        return Page(code, kind, **said)


@functools.cache
def pages() -> Mapping[str, Page]:
    """Return all pages by code, findings first, each kind in its own order."""
    places = (name.split(":") for name in _FILES)
    return _Pages("\n".join(files(package).joinpath(name).read_text(encoding="utf-8") for package, name in places))


@functools.cache
def aliases_of_pages() -> Mapping[str, Sequence[str]]:
    """Return words that lead to a page without being its code, by the page's code."""
    return tomllib.loads(files("flowmap.document.pages").joinpath("explain_words.toml").read_text(encoding="utf-8"))


def _message(text: str) -> Message:
    """Return a text of the file; the catalogues have it too."""
    return msg(" ".join(text.split()).replace("{", "{{").replace("}", "}}"))


def find_page(code: str, others: Sequence[str] = ()) -> Page:
    """Return the page of a code as typed; ConfigError with the nearest ones, also among `others`, where there is none."""
    found = _code(code)
    if found is not None:
        return pages()[found]
    import difflib

    known, wanted = _known(), _bare(code)
    close = difflib.get_close_matches(wanted, [*known, *others], n=8, cutoff=_NEAR) if len(wanted) > _TOO_SHORT else []
    near = sorted(close, key=lambda name: -_alike(wanted, name))[:3]
    hint = msg("without a code all are listed")
    if near:
        names = [known[name] if name == known.get(name, "").lower() else name for name in near]
        hint = msg("did you mean {code}?", code=names[0])
        if len(names) > 1:
            hint = msg("did you mean {codes} or {last}?", codes=glue(*names[:-1], between=", "), last=names[-1])
    raise ConfigError(msg("there is nothing to explain about {code!r}; {hint}", code=code, hint=hint))


def _alike(one: str, other: str) -> int:
    """Return how many letters both begin with: of codes that are equally near those of one kind come first."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def is_page(code: str) -> bool:
    """Return whether find_page has it."""
    return _code(code) is not None


def _code(typed: str) -> str | None:
    """Return the code of the page that a person means, or None."""
    wanted = _bare(typed)
    spellings = (wanted, wanted.replace("-", "_"), wanted.replace("_", "-").replace(" ", "-"))
    return next((_known()[spelling] for spelling in spellings if spelling in _known()), None)


def _bare(text: str) -> str:
    """Return a word without what stands around it in a report, in small letters."""
    return text.strip(" ():").lower()


@functools.cache
def _known() -> Mapping[str, str]:
    """Return the code of a page by what a person may type, in any language; a page's own code outranks the rest.

    A number that a finding rests on leads to the page of the first one that does, unless it has a page or is listed under
    another.
    """
    own = {code: code for code in pages()}
    aliases = dict.fromkeys(get_args(Platform), "platform")
    aliases |= {alias: code for code, words in aliases_of_pages().items() for alias in words}
    numbers = {key.name: code for code in reversed(list(RULES)) for key in RULES[code].evidence}
    codes = {**numbers, **aliases, **own}
    said: dict[str, str] = {Message(text, {}): code for text, code in codes.items()}
    labels = {name: key.label for name, key in RULES.keys_by_name.items()} | SUBJECTS
    said |= {label: codes[key] for key, label in labels.items() if key in codes}
    told = {translate(text, language): code for text, code in said.items() for language in LANGUAGES}
    return {_bare(text): code for part in (told, codes) for text, code in part.items()}


def render_page(page: Page, width: int, language: str = "en") -> str:
    """Return one page as text of at most `width` columns."""
    parts = [(msg("Means:"), page.meaning), (msg("Rests on:"), page.evidence), (msg("Do:"), page.action)]
    lines = textwrap.wrap(f"{_named(page, language)}: {translate(page.title, language)}", width)
    for label, text in parts:
        said = textwrap.wrap(translate(text, language), width, initial_indent="  ", subsequent_indent="  ")
        lines += ["", translate(label, language), *said]
    return "\n".join(lines) + "\n"


def _named(page: Page, language: str) -> str:
    """Return the code, and the word that reports in this language have for it."""
    said = translate(WORDS[page.code], language) if page.code in WORDS else page.code
    return page.code if said.lower() == page.code.lower() else f"{page.code} ({said})"


def render_list(chosen: Sequence[Page], width: int, language: str = "en") -> str:
    """Return all codes with their titles, by kind."""
    lines: list[str] = []
    room = max(24, *(len(_named(page, language)) for page in chosen))
    for kind, title in _KINDS.items():
        heading = translate(title, language)
        lines += ["", heading] if lines else [heading]
        for page in (page for page in chosen if page.kind == kind):
            text = f"{_named(page, language):<{room}} {translate(page.title, language)}"
            lines += textwrap.wrap(text, width, initial_indent="  ", subsequent_indent=" " * (room + 3))
    return "\n".join(lines) + "\n"
