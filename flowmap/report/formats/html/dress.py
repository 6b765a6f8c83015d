"""One file, styles and script in it, nothing fetched, and a policy that forbids all else: the frame of every page.

`Content-Security-Policy` allows this very style and script by their hashes. JSON in script blocks has its `<`, `>` and `&`
escaped, so that no text ends the block.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from flowmap.dataclass import dataclass
from flowmap.report.blocks import Line
from flowmap.report.formats.html.controls import CONTROLS, SCRIPT, made
from flowmap.report.formats.html.speech import Speech
from flowmap.version import __version__

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["Head", "dress"]


@dataclass(frozen=True)
class Head:
    """What a page says of itself: its title, its answer in a sentence, and when its report was made."""

    title: str
    summary: str
    made_at: str


def dress(template: str, speech: Speech, head: Head, *, specs: Mapping[str, Any] | None = None, **values: Any) -> str:
    """Return a page of a template that extends `frame.html.jinja`. `specs`: charts that Vega draws anew, by name."""
    style, script = _style(), _resource("script.js")
    vega = _vega() if specs else ""
    return (
        _environment(speech.language)
        .get_template(template)
        .render(
            **values,
            title=head.title,
            summary=head.summary,
            made=made(head.made_at),
            control=CONTROLS,
            language=speech.language,
            version=__version__,
            style=Markup(style),
            script=Markup(script),
            vega=Markup(vega),
            specs=Markup(_json(specs) if specs else ""),
            words=Markup(_json(_script_words(speech))),
            policy=_policy(style, [script, vega] if vega else [script]),
        )
    )


@cache
def _environment(language: str) -> Environment:
    """Return the templates of a language, which are kept: a run over many teams renders many pages."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    speech = Speech(language)
    templates = Environment(
        loader=PackageLoader("flowmap.report.formats.html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=speech.shown,
    )
    templates.filters["ticked"] = speech.ticked
    templates.filters["headline"] = speech.headline
    templates.filters["kind"] = lambda block: type(block).__name__
    templates.tests["line"] = lambda block: isinstance(block, Line)
    return templates


def _script_words(speech: Speech) -> dict[str, str]:
    """Return what the script says."""
    return {name: speech.text(text) for name, text in SCRIPT.items()}


def _policy(style: str, scripts: list[str]) -> str:
    allowed = " ".join(_hash(script) for script in scripts)
    return (
        f"default-src 'none'; style-src {_hash(style)}; script-src {allowed}; img-src data:; base-uri 'none'; "
        "form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _json(value: Any) -> str:
    """Return JSON that may stand in a script block."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return re.sub("[<>&\u2028\u2029]", lambda found: f"\\u{ord(found[0]):04x}", text)


@cache
def _resource(name: str) -> str:
    return files("flowmap.report.formats.html").joinpath(name).read_text(encoding="utf-8").strip()


@cache
def _style() -> str:
    """Return the style sheet, with the widths of bars to a percent: the policy allows no style at an element."""
    return _resource("style.css") + "\n" + "".join(f".h{n}{{--w:{n / 100:g}}}" for n in range(101))


@cache
def _vega() -> str:
    """Return Vega, Vega-Lite and vega-embed as vl-convert brings them."""
    import vl_convert

    return vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;").replace("</script", "<\\/script")
