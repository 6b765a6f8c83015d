"""The HTML page in a real browser: Debian's Chromium, driven by playwright, without network and with an empty profile.

Skipped where there is no Chromium; CHROMIUM names another one than the first on the PATH.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from html_material import HOSTILE, crowd, hostile, material
from pages import parse

from flowmap.report.html import render

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
SCREENS = {"desk": (1280, 800), "phone": (390, 844)}
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
]  # fmt: skip
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed (Debian: apt install chromium)")


@dataclass
class Visit:
    """An open page and all that it said or asked for."""

    page: Any
    said: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


Open = Callable[..., Any]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Pages of a small team, of 500 streams, of hostile names, and one with charts to zoom in."""
    folder = tmp_path_factory.mktemp("pages")
    made = {
        "small": render(material()), "german": render(material(), "de"), "live": render(material(), interactive=True),
        "large": render(crowd(600, 3)), "owned": render(hostile(HOSTILE), interactive=True),
    }  # fmt: skip
    for name, text in made.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in made}


@pytest.fixture
def visit(browser: Any, pages: dict[str, Path]) -> Open:
    """`with visit(name) as v:` opens a page; at the end it must have said nothing and asked for nothing but itself."""

    @contextmanager
    def opened(name: str, screen: str = "desk", scheme: str = "light", script: bool = True) -> Iterator[Visit]:
        width, height = SCREENS[screen]
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, java_script_enabled=script, locale="en-US"
        )
        found = Visit(context.new_page())
        for event in ("console", "pageerror", "dialog"):
            found.page.on(event, lambda what: found.said.append(str(getattr(what, "text", what))))
        found.page.on("request", lambda request: found.requests.append(request.url))
        found.page.goto(pages[name].as_uri())
        yield found
        assert found.said == []
        assert found.requests == [pages[name].as_uri()]
        context.close()

    return opened


def box(locator: Any) -> dict[str, float]:
    return locator.bounding_box()  # type: ignore[no-any-return]


@pytest.mark.parametrize("screen", SCREENS)
def test_the_first_screen_has_the_answer(visit: Open, screen: str) -> None:
    with visit("small", screen) as v:
        height = SCREENS[screen][1]
        for part in ("h1", "#claim-pinned", "#claim-spread", ".step"):
            assert box(v.page.locator(part))["y"] + box(v.page.locator(part))["height"] <= height, part
        shown = v.page.locator(".map svg:visible")
        assert shown.count() == 1
        assert box(shown)["y"] + 150 <= height


@pytest.mark.parametrize("name", ["small", "large", "owned", "german"])
@pytest.mark.parametrize("screen", SCREENS)
def test_nothing_is_wider_than_the_screen(visit: Open, name: str, screen: str) -> None:
    with visit(name, screen) as v:
        assert v.page.evaluate("document.documentElement.scrollWidth") <= SCREENS[screen][0]


@pytest.mark.parametrize(
    ("name", "screen", "scheme"),
    [("small", "desk", "light"), ("small", "phone", "dark"), ("german", "desk", "dark"), ("live", "desk", "light")],
)
def test_axe_finds_nothing(visit: Open, name: str, screen: str, scheme: str) -> None:
    from axe_playwright_python.base import AXE_SCRIPT

    with visit(name, screen, scheme) as v:
        if name == "live":
            v.page.locator(".vega-embed").first.wait_for()
        v.page.evaluate(AXE_SCRIPT)
        found = v.page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
        assert [(one["id"], one["impact"], one["nodes"][0]["html"][:120]) for one in found] == []


def test_tables_sort_by_number_and_by_name(visit: Open) -> None:
    with visit("large") as v:
        table = v.page.locator("#streams table").first
        payload = "rows => rows.map(row => Number(row.cells[3].dataset.v))"
        rows = table.locator("tbody tr")
        head = table.locator("thead th", has_text="payload")
        before = rows.evaluate_all(payload)
        head.get_by_role("button").click()
        assert rows.evaluate_all(payload) == sorted(before)
        assert head.get_attribute("aria-sort") == "ascending"
        head.get_by_role("button").press("Enter")
        assert rows.evaluate_all(payload) == sorted(before, reverse=True)
        assert head.get_attribute("aria-sort") == "descending"
        table.locator("thead th", has_text="#").get_by_role("button").click()
        ids = rows.evaluate_all("rows => rows.map(row => Number(row.cells[0].textContent))")
        assert ids == sorted(ids)
        assert head.get_attribute("aria-sort") is None


def test_a_filter_keeps_what_fits(visit: Open) -> None:
    with visit("large") as v:
        field = v.page.get_by_label("Filter streams")
        rows = v.page.locator("#streams table").first.locator("tbody tr")
        field.fill("10.77.1.7: moved")
        shown = rows.evaluate_all("rows => rows.filter(row => !row.hidden).map(row => row.textContent)")
        assert shown == []
        field.fill("10.77.1.10: MOVED")
        shown = rows.evaluate_all("rows => rows.filter(row => !row.hidden).map(row => row.textContent)")
        assert len(shown) == 1
        assert "10.77.1.10:" in shown[0]
        assert v.page.locator("#spoken").text_content() == "1 / 500 shown"
        field.fill("")
        assert rows.locator("visible=true").count() == 500


def test_a_filter_for_wireshark_is_copied(visit: Open) -> None:
    with visit("small") as v:
        v.page.evaluate(
            "Object.defineProperty(navigator, 'clipboard', {value: {writeText: async text => {window.copied = text}}})"
        )
        button = v.page.locator("#findings .copy-button").first
        button.click()
        v.page.locator("#findings .copy-button", has_text="Copied").wait_for()
        assert v.page.evaluate("window.copied") == "ip.addr == 10.77.0.12 && tcp.port == 53002"


def test_copying_works_without_a_clipboard_of_its_own(visit: Open) -> None:
    with visit("small") as v:
        v.page.evaluate(
            "Object.defineProperty(navigator, 'clipboard', {value: undefined});"
            "document.execCommand = what => {window.copied = [what, getSelection().toString()]; return true}"
        )
        v.page.locator("#findings .copy-button").first.click()
        v.page.locator("#findings .copy-button", has_text="Copied").wait_for()
        assert v.page.evaluate("window.copied")[0] == "copy"


def test_without_script_everything_is_there_and_nothing_is_dead(visit: Open, pages: dict[str, Path]) -> None:
    with visit("small", script=False) as v:
        assert v.page.locator("button, input").count() == 0
        shown = " ".join(v.page.locator("main").inner_text().split())
        for section in parse(pages["small"].read_text(encoding="utf-8")).root.iter("section"):
            assert section.iter("h1", "h2")[0].words("svg").split()[-1].lower() in shown.lower()
        v.page.locator("#findings summary").first.click()
        assert "1.2 s" in v.page.locator("#findings details").first.inner_text()


def test_it_is_read_with_the_keyboard(visit: Open) -> None:
    with visit("small") as v:
        v.page.keyboard.press("Tab")
        assert v.page.evaluate("document.activeElement.className") == "skip"
        seen = set()
        for _ in range(80):
            v.page.keyboard.press("Tab")
            seen.add(v.page.evaluate("document.activeElement.tagName + '.' + document.activeElement.className"))
        assert seen >= {"A.", "BUTTON.", "BUTTON.copy-button", "DIV.chart", "DIV.table", "SUMMARY."}


def test_on_paper_there_is_no_navigation_and_all_evidence(visit: Open) -> None:
    with visit("small", scheme="dark") as v:
        v.page.emulate_media(media="print", color_scheme="dark")
        v.page.evaluate("dispatchEvent(new Event('beforeprint'))")
        for hidden in ("nav", ".tools", ".copy-button"):
            assert v.page.locator(hidden).locator("visible=true").count() == 0
        assert v.page.locator("details:not([open])").count() == 0
        assert v.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert v.page.pdf(format="A4").startswith(b"%PDF")


def test_hostile_names_do_nothing(visit: Open) -> None:
    with visit("owned") as v:
        v.page.locator(".vega-embed").first.wait_for()
        v.page.mouse.move(400, 400)
        assert v.page.evaluate("window.owned") is None
        assert v.page.locator("h1").is_visible()
        assert HOSTILE[0] in v.page.locator("#members").inner_text()


def test_live_charts_replace_the_drawn_ones_and_tell_values(visit: Open) -> None:
    with visit("live") as v:
        charts = v.page.locator(".chart").count()
        v.page.wait_for_function("n => document.querySelectorAll('.vega-embed').length === n", arg=charts)
        timeline = v.page.locator("#fig-timeline .vega-embed svg")
        timeline.scroll_into_view_if_needed()
        place = box(timeline)
        v.page.mouse.move(place["x"] + place["width"] / 2, place["y"] + 16)
        tip = v.page.locator("#vg-tooltip-element.visible")
        tip.wait_for()
        assert "nic1" in tip.inner_text()
