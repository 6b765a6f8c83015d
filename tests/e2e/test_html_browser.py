"""The HTML page in a real browser: Debian's Chromium, driven by playwright, without network and with an empty profile.

Skipped where there is no Chromium; CHROMIUM names another one than the first on the PATH.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from factories import make_report
from html_material import HOSTILE, crowd, hostile, material
from pages import parse

import flowmap
from flowmap.document.model import Report
from flowmap.report.formats.html import render

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
SCREENS = {"desk": (1280, 800), "phone": (390, 844)}
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
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
        "small": render(material()),
        "german": render(material(), "de"),
        "live": render(material(), interactive=True),
        "large": render(crowd(600, 3)),
        "others": render(material(one_judged())),
        "owned": render(hostile(HOSTILE), interactive=True),
    }
    for name, text in made.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in made}


def one_judged() -> Report:
    """A report whose first stream alone is judged."""
    report = make_report()
    others = [stream.model_copy(update={"judged": False}) for stream in report.streams[1:]]
    return report.model_copy(update={"streams": [report.streams[0], *others]})


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
        for part in ("h1", "#claim-pinned", "#claim-spread", "#to-do"):
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
        payload = "rows => rows.map(row => Number(row.cells[4].dataset.v))"
        rows = table.locator("tbody tr")
        head = table.locator("thead th", has_text="payload")
        before = rows.evaluate_all(payload)
        head.get_by_role("button").click()
        assert rows.evaluate_all(payload) == sorted(before)
        assert head.get_attribute("aria-sort") == "ascending"
        head.get_by_role("button").press("Enter")
        assert rows.evaluate_all(payload) == sorted(before, reverse=True)
        assert head.get_attribute("aria-sort") == "descending"
        table.locator("thead th", has_text="stream").get_by_role("button").click()
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


def test_on_paper_there_is_no_navigation_and_only_what_is_open(visit: Open) -> None:
    with visit("small", scheme="dark") as v:
        v.page.locator("#findings summary").first.click()
        v.page.emulate_media(media="print", color_scheme="dark")
        for hidden in ("nav", ".tools", ".copy-button", "details:not([open]) > summary"):
            assert v.page.locator(hidden).locator("visible=true").count() == 0, hidden
        assert "1.2 s" in v.page.locator("#findings details").first.inner_text()
        assert v.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert v.page.pdf(format="A4").startswith(b"%PDF")


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_a_plain_pass_is_three_sheets_with_verdict_and_picture_on_the_first(
    browser: Any, tmp_path: Path, paper: str
) -> None:
    """`different-sources`: four hosts over two members, nothing wrong."""
    capture, file = Path(__file__).parents[2] / "captures" / "different-sources", tmp_path / "page.html"
    file.write_text(flowmap.analyze(str(capture)).to_html(), encoding="utf-8")
    page = browser.new_page(viewport={"width": 700, "height": 970})
    page.goto(file.as_uri())
    page.emulate_media(media="print")
    picture = box(page.locator(".map"))
    assert picture["y"] + picture["height"] < 970, "as high as the smaller of the papers within its margins"
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(format=paper, prefer_css_page_size=True))) <= 3
    page.close()


@pytest.mark.parametrize("script", [True, False])
def test_a_link_to_a_stream_or_a_folded_part_opens_what_it_is_in(visit: Open, script: bool) -> None:
    with visit("others", script=script) as v:
        row = v.page.locator("#s2")
        assert not row.is_visible(), "not judged, so folded"
        v.page.evaluate("location.hash = '#s2'")
        row.wait_for(state="visible")
        assert 0 <= box(row)["y"] < SCREENS["desk"][1]
        v.page.locator("nav a[href='#chance']").click()
        v.page.locator("#chance").wait_for(state="visible")


def test_a_link_to_a_stream_that_a_filter_hides_shows_it(visit: Open) -> None:
    with visit("large") as v:
        v.page.get_by_label("Filter streams").fill("nothing has this")
        v.page.evaluate("location.hash = '#s10'")
        v.page.locator("#s10").wait_for(state="visible")


@pytest.mark.parametrize("screen", SCREENS)
def test_charts_over_time_begin_and_end_below_each_other_as_wide_as_the_page(visit: Open, screen: str) -> None:
    with visit("small", screen) as v:
        places = [box(one) for one in v.page.locator("#time figure svg:visible").all()]
        assert len(places) >= 4
        assert len({(round(p["x"]), round(p["width"])) for p in places}) == 1
        assert screen == "phone" or round(places[0]["width"]) == round(box(v.page.locator("#time"))["width"])


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
