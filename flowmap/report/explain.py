"""The pages of `flowmap explain`: what each finding, notice and word means, read from explain.toml."""

from __future__ import annotations

import difflib
import functools
import textwrap
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files
from types import MappingProxyType

from flowmap.errors import ConfigError
from flowmap.message import msg

__all__ = ["Page", "find_page", "pages", "render_list", "render_page"]

_KINDS = {"finding": "Findings", "notice": "Notices", "word": "Words"}


@dataclass(frozen=True)
class Page:
    """One page; `kind` is finding, notice or word."""

    code: str
    kind: str
    title: str
    meaning: str
    evidence: str
    action: str

    def values(self) -> dict[str, str]:
        """The page as plain values."""
        return asdict(self)


@functools.cache
def pages() -> Mapping[str, Page]:
    """All pages by code, findings first, each kind in its own order."""
    document = tomllib.loads(files("flowmap.report").joinpath("explain.toml").read_text(encoding="utf-8"))
    found = {}
    for kind in _KINDS:
        for code, text in document[kind].items():
            found[code] = Page(code, kind, **{name: " ".join(value.split()) for name, value in text.items()})
    return MappingProxyType(found)


def find_page(code: str) -> Page:
    """The page of a code as a person types it; ConfigError with the nearest ones where there is none."""
    wanted = code.strip().lower()
    known = {name.lower(): page for name, page in pages().items()}
    for spelling in (wanted, wanted.replace("-", "_"), wanted.replace("_", "-").replace(" ", "-")):
        if spelling in known:
            return known[spelling]
    near = difflib.get_close_matches(wanted, known, n=3)
    hint = (
        f"did you mean {' or '.join(known[name].code for name in near)}?" if near else "without a code all are listed"
    )
    raise ConfigError(msg("there is nothing to explain about {code!r}; {hint}", code=code, hint=hint))


def render_page(page: Page, width: int) -> str:
    """One page as text of at most `width` columns."""
    parts = [("Means", page.meaning), ("Rests on", page.evidence), ("Do", page.action)]
    lines = textwrap.wrap(f"{page.code}: {page.title}", width)
    for label, text in parts:
        lines += ["", f"{label}:", *textwrap.wrap(text, width, initial_indent="  ", subsequent_indent="  ")]
    return "\n".join(lines) + "\n"


def render_list(chosen: Sequence[Page], width: int) -> str:
    """All codes with their titles, by kind."""
    lines: list[str] = []
    for kind, heading in _KINDS.items():
        lines += ["", heading] if lines else [heading]
        for page in (page for page in chosen if page.kind == kind):
            text = f"{page.code:<24} {page.title}"
            lines += textwrap.wrap(text, width, initial_indent="  ", subsequent_indent=" " * 27)
    return "\n".join(lines) + "\n"
