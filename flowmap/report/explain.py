"""The pages of `flowmap explain`: what each finding, notice and word means, read from explain.toml."""

from __future__ import annotations

import difflib
import functools
import textwrap
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files
from itertools import takewhile
from types import MappingProxyType

from flowmap.errors import ConfigError
from flowmap.message import LANGUAGES, Message, glue, msg, translate
from flowmap.verdict.words import WORDS

__all__ = ["Page", "find_page", "is_page", "pages", "render_list", "render_page"]

_KINDS = {"finding": msg("Findings"), "notice": msg("Notices"), "word": msg("Words")}


_ALIASES = {"p": "p_value", "p =": "p_value", "max/mean": "max_over_mean", "coefficient of variation": "cov"}


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
        """The page as plain values."""
        return asdict(self)


@functools.cache
def pages() -> Mapping[str, Page]:
    """All pages by code, findings first, each kind in its own order."""
    document = tomllib.loads(files("flowmap.report").joinpath("explain.toml").read_text(encoding="utf-8"))
    found: dict[str, Page] = {}
    for kind in _KINDS:
        for code, text in document[kind].items():
            said = {name: _message(value) for name, value in text.items()}
            if (see := text.get("see")) is not None:  # what a finding is about: the rest is as there
                del said["see"]
                action = msg("{action} See {code} too.", action=found[see].action, code=see)
                said |= {"evidence": found[see].evidence, "action": action}
            found[code] = Page(code, kind, **said)
    return MappingProxyType(found)


def _message(text: str) -> Message:
    """A text of the file; the catalogues have it too."""
    return msg(" ".join(text.split()).replace("{", "{{").replace("}", "}}"))


def find_page(code: str, others: Sequence[str] = ()) -> Page:
    """The page of a code as a person types it; ConfigError with the nearest ones, also among `others`, where there is none."""
    known = _known()
    wanted = code.strip().lower()
    for spelling in _spellings(wanted):
        if spelling in known:
            return known[spelling]
    close = difflib.get_close_matches(wanted, [*known, *others], n=8)
    near = sorted(close, key=lambda name: -_alike(wanted, name))[:3]
    hint = msg("without a code all are listed")
    if near:
        codes = [known[name].code if name in known else name for name in near]
        hint = msg("did you mean {code}?", code=codes[0])
        if len(codes) > 1:
            hint = msg("did you mean {codes} or {last}?", codes=glue(*codes[:-1], between=", "), last=codes[-1])
    raise ConfigError(msg("there is nothing to explain about {code!r}; {hint}", code=code, hint=hint))


def _alike(one: str, other: str) -> int:
    """How many letters both begin with: of codes that are equally near those of one kind come first."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def is_page(code: str) -> bool:
    """Whether find_page has it."""
    return any(spelling in _known() for spelling in _spellings(code.strip().lower()))


def _known() -> dict[str, Page]:
    """By what a person may type, in small letters."""
    known = {name.lower(): page for name, page in pages().items()}
    known.update({alias: known[name] for alias, name in _ALIASES.items()})
    for name, said in WORDS.items():  # as another language says them
        if name in known:
            known.update({translate(said, language).lower(): known[name] for language in LANGUAGES})
    return known


def _spellings(wanted: str) -> tuple[str, ...]:
    return wanted, wanted.replace("-", "_"), wanted.replace("_", "-").replace(" ", "-")


def render_page(page: Page, width: int, language: str = "en") -> str:
    """One page as text of at most `width` columns."""
    parts = [(msg("Means:"), page.meaning), (msg("Rests on:"), page.evidence), (msg("Do:"), page.action)]
    lines = textwrap.wrap(f"{_named(page, language)}: {translate(page.title, language)}", width)
    for label, text in parts:
        said = textwrap.wrap(translate(text, language), width, initial_indent="  ", subsequent_indent="  ")
        lines += ["", translate(label, language), *said]
    return "\n".join(lines) + "\n"


def _named(page: Page, language: str) -> str:
    """The code, and the word that reports in this language have for it."""
    said = translate(WORDS[page.code], language) if page.code in WORDS else page.code
    return page.code if said.lower() == page.code.lower() else f"{page.code} ({said})"


def render_list(chosen: Sequence[Page], width: int, language: str = "en") -> str:
    """All codes with their titles, by kind."""
    lines: list[str] = []
    room = max(24, *(len(_named(page, language)) for page in chosen))
    for kind, title in _KINDS.items():
        heading = translate(title, language)
        lines += ["", heading] if lines else [heading]
        for page in (page for page in chosen if page.kind == kind):
            text = f"{_named(page, language):<{room}} {translate(page.title, language)}"
            lines += textwrap.wrap(text, width, initial_indent="  ", subsequent_indent=" " * (room + 3))
    return "\n".join(lines) + "\n"
