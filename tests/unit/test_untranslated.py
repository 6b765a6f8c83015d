"""No text for people outside the catalogues: in the code where such text goes, and in what comes out.

What comes out is written in the pseudo-language, whose templates have no Latin letters: a Latin word in it is data (a name, a
code, a unit, a word of the command line) or was forgotten.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from flowmap.analysis import analyze
from flowmap.analysis.answer import Analysis
from flowmap.document.model import ReportSettings
from flowmap.document.pages.pages import pages, render_list, render_page
from flowmap.message import PSEUDO, msg, translate
from flowmap.report.formats.html import Material, render
from flowmap.report.formats.markdown.page import markdown
from flowmap.report.formats.text.page import render as render_text
from flowmap.settings.config import Settings
from flowmap.team.hashes.policy import POLICIES
from flowmap.team.modes.table import every_row
from flowmap.tools.inspect.captures import inspect
from flowmap.tools.inspect.text import render_inspection
from flowmap.tools.verify.found import CaptureVerification, Difference, render_verification

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "flowmap"
SCENARIOS = sorted(path.relative_to(ROOT) for path in ROOT.glob("captures/[0-9]*"))

# Calls by the arguments that hold text for people: positions and names.
TEXT_ARGUMENTS: dict[str, tuple[tuple[int, ...], tuple[str, ...]]] = {
    "say": ((0,), ()),
    "line": ((0,), ()),
    "heading": ((0,), ()),
    "labelled": ((0, 1), ()),
    "table": ((0,), ()),
    "Option": ((), ("help",)),
    "Argument": ((), ("help",)),
    "Typer": ((), ("help",)),
    "Notice": ((1,), ("detail",)),
    "Finding": ((2,), ("explanation",)),
    "Placed": ((1,), ("reason",)),
    "Fit": ((), ("detail",)),
    "ConfigError": ((0,), ()),
    "ReportError": ((0,), ()),
    "LedgerError": ((0,), ()),
    **dict.fromkeys(
        ("CaptureError", "NotACapture", "UnreadableCapture", "UnsupportedFormat"),
        ((1,), ("reason", "needed", "found", "length_source", "hint")),
    ),
}
MAKERS = {"msg", "nmsg", "tell", "count", "word"}
NOT_WORDS = {"tx", "rx", "LACP", "Jain", "Wireshark:", "id", "pinned", "spread", "tshark", "flowmap", "utf-8"}


def spoken(node: ast.expr) -> Iterator[str]:
    """Literals in an expression that a person would read, but for those that messages are made of."""
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str) and re.search("[A-Za-z]{2}", node.value) and node.value not in NOT_WORDS:
            yield node.value
        return
    if isinstance(node, ast.Call):
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name in MAKERS:
            return
        children: list[Any] = [*node.args, *(keyword.value for keyword in node.keywords)] if name == "glue" else []
        children += [node.func.value] if isinstance(node.func, ast.Attribute) else []
    elif isinstance(node, ast.IfExp):
        children = [node.body, node.orelse]
    elif isinstance(node, ast.Compare | ast.Subscript | ast.Attribute | ast.Dict):
        children = []
    else:
        children = list(ast.iter_child_nodes(node))
    for child in children:
        if isinstance(child, ast.expr):
            yield from spoken(child)


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_text_for_people_is_made_of_messages(path: Path) -> None:
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        positions, names = TEXT_ARGUMENTS.get(name, ((), ()))
        arguments = [node.args[position] for position in positions if position < len(node.args)]
        arguments += [keyword.value for keyword in node.keywords if keyword.arg in names]
        found += [(node.lineno, text) for argument in arguments for text in spoken(argument)]
    assert found == []


def test_literals_in_text_are_seen() -> None:
    code = 'f"{n} packets" if n else ("none" if x == "idle" else glue(a, "of it", msg("said")))'
    assert list(spoken(ast.parse(code, mode="eval").body)) == [" packets", "none", "of it"]


UNITS = {"B", "kB", "MB", "GB", "bit", "kbit", "Mbit", "Gbit", "ms", "us", "ns", "min"}
CODES = {"FM", "EN", "LACP", "LLDP", "CDP", "tx", "rx", "id", "streams", "migration"}
PRODUCTS = {"Wireshark", "flowmap"}
COMMAND_LINE = re.compile(r"flowmap (?:explain|verify|extract|analyze) [^\n`]*|--[a-z-]+")
SAID = {
    "sentence",
    "reason",
    "title",
    "explanation",
    "action",
    "detail",
    "confidence",
    "placement",
    "cause",
    "role",
    "verdict",
    "severity",
    "unit",
}
"""Fields of the report with text for people, or with closed words that people read in their language."""


@cache
def analysis(scenario: Path) -> Analysis:
    return analyze([str(ROOT / scenario)], Settings(jobs=1))


def leaves(value: Any) -> Iterator[str]:
    """Texts in a document that are data."""
    if isinstance(value, dict):
        for name, part in value.items():
            if name not in SAID:
                yield from leaves(part)
    elif isinstance(value, list):
        for part in value:
            yield from leaves(part)
    elif isinstance(value, str):
        yield value


def latin(text: str) -> list[str]:
    return re.findall(r"[A-Za-z][A-Za-z_-]+", text)


def data_words(done: Analysis) -> set[str]:
    document = done.report.model_dump()
    names = [
        *document["settings"],
        *document["settings"]["thresholds"],
        *(name for member in document["members"] for name in member["classes"]),
    ]
    names += [row.label for row in every_row()]
    words = {word for text in [*leaves(document), *POLICIES, *names] for word in latin(text)}
    return words | {part for word in words for part in re.split("[_-]", word)} | UNITS | CODES | PRODUCTS


def forgotten(text: str, data: set[str]) -> list[str]:
    bare = re.sub(r"\d[.,]?\d*e-\d+", "", COMMAND_LINE.sub("", text))
    return sorted({word for word in latin(bare) if word.strip("_-") not in data})


def test_forgotten_words_are_seen() -> None:
    data = {"nic1", "nic"}
    assert forgotten(translate(msg("{member} is idle: {why}", member="nic1", why="no cable"), PSEUDO), data) == [
        "cable",
        "no",
    ]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_reports_as_text(scenario: Path) -> None:
    done = analysis(scenario)
    data = data_words(done)
    for full in (False, True):
        assert forgotten(render_text(done.report, 400, False, PSEUDO, full=full), data) == []
    inspected = inspect([str(ROOT / scenario)], Settings(jobs=1))
    assert forgotten(render_inspection(inspected, 400, False, PSEUDO), data) == []
    evidence_is_json = re.sub(r"`\{.*\}`", "", markdown(done.report, PSEUDO))
    assert forgotten(evidence_is_json, data) == []


class Shown(HTMLParser):
    """What a page shows or tells a screen reader."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in ("style", "script", "code")
        self.texts += [
            value for name, value in attrs if value and name in ("alt", "title", "aria-label", "data-filter")
        ]

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("style", "script", "code")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.texts.append(data)


@pytest.mark.parametrize("name", ["04a-round-robin-sender", "06-failover", "13b-two-switches", "18b-empty-file"])
def test_pages(name: str) -> None:
    done = analysis(Path("captures") / name)
    page = Shown()
    page.feed(render(Material(done.report, done.evidence, done.series), PSEUDO))
    settings = {"true", "false", *ReportSettings.model_fields, *PAGES} | {
        part for code in PAGES for part in code.split("_")
    }
    assert forgotten("\n".join(page.texts), data_words(done) | settings) == []


PAGES = pages()


def test_what_explain_and_verify_say() -> None:
    codes = {word for code in PAGES for word in (*latin(code), *latin(code.replace("-", "_")))} | {"FM"}
    assert forgotten(render_list(list(PAGES.values()), 400, PSEUDO), codes) == []
    assert forgotten("".join(render_page(page, 400, PSEUDO) for page in PAGES.values()), codes) == []
    captures = [
        CaptureVerification("a.pcap", 5, 3),
        CaptureVerification(
            "b.pcap", 5, 3, 22, (Difference(msg("the capture"), "packets", 5, None),), remark=msg("said")
        ),
        CaptureVerification("c.pcap", error=msg("no such file")),
    ]
    data = {"tshark", "flowmap", "pcap", "packets"}
    assert forgotten(render_verification(captures, 400, False, PSEUDO), data) == []
