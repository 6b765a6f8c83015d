"""Analyzes two small captures that are part of flowmap, and compares what comes out with what is known of them.

In: nothing but the files beside this one. Out: a `Check` each for the kernel, the report's bytes, the second decoder, the page
and the picture. It tells whether an installation is whole (a wheel, a frozen build, a container), not whether flowmap is right:
that is what the tests are for.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from flowmap.dataclass import dataclass
from flowmap.message import Message, msg

if TYPE_CHECKING:
    from flowmap.analysis.answer import Analysis

__all__ = ["Check", "analyze_bundled", "checks", "report_of"]

_PNG = b"\x89PNG\r\n\x1a\n"
_TIME = "2026-01-01T00:00:00Z"


@dataclass(frozen=True)
class Check:
    """What was looked at, and whether it was as it should be; `why`: what was found in its place."""

    what: Message
    good: bool
    why: Message | None = None


def checks() -> Iterator[Check]:
    """Yield each check when it is done."""
    from flowmap.kernels import available

    yield Check(msg("the compiled kernel can be loaded"), available(), msg("packets are read with its plain twin"))
    with as_file(files("flowmap.tools.selftest")) as folder:
        found = analyze_bundled(folder)
        yield _compared(report_of(found, folder), (folder / "expected.json").read_text(encoding="utf-8"))
        flows, others = found.flow_columns(), analyze_bundled(folder, "dpkt").flow_columns()
        same = all(list(flows[name]) == list(others[name]) for name in flows)
        yield Check(msg("kernel and dpkt count the same flows"), same)
        yield from _drawn(found)


def _drawn(found: Analysis) -> Iterator[Check]:
    from flowmap.report.formats.html import Material, render
    from flowmap.report.formats.markdown.page import markdown
    from flowmap.report.formats.png import png_bytes
    from flowmap.report.pictures.card import card

    page = render(Material(found.report, found.evidence, found.series), "en")
    yield Check(msg("the page is drawn"), page.count("<svg") > 1 and page.rstrip().endswith("</html>"))
    yield Check(msg("the picture is drawn"), png_bytes(card(found.report, "en")).startswith(_PNG))
    yield Check(msg("the report is there in German"), markdown(found.report, "de") != markdown(found.report, "en"))


def analyze_bundled(folder: Path, decoder: Literal["auto", "dpkt"] = "auto") -> Analysis:
    """Return the analysis of the two captures in the folder."""
    from flowmap.analysis import analyze
    from flowmap.settings.config import Settings

    settings = Settings(jobs=1, decoder=decoder, default_speed=10**9)
    return analyze([f"{name}={folder / name}.pcap.gz" for name in ("nic1", "nic2")], settings)


def report_of(found: Analysis, folder: Path) -> str:
    """Return the JSON report, without when it was made, by which version, and where the captures lie."""
    import json

    from flowmap.report.formats.json_ import json_text

    values = json.loads(json_text(found.report))
    values["generated_at"], values["tool"]["version"] = _TIME, ""
    text = json.dumps(values, indent=1, sort_keys=True, ensure_ascii=False)
    return text.replace(json.dumps(str(folder))[1:-1], "").replace("/nic", "nic").replace("\\\\nic", "nic") + "\n"


def _compared(found: str, expected: str) -> Check:
    what = msg("the report of two bundled captures is the same, byte for byte")
    for number, (left, right) in enumerate(zip(found.splitlines(), expected.splitlines(), strict=False), start=1):
        if left != right:
            why = msg(
                "line {number} is {found}, not {expected}", number=number, found=left.strip(), expected=right.strip()
            )
            return Check(what, False, why)
    return Check(what, found == expected, msg("it has another length"))
