"""The page over all runs: what is wrong comes first, names cannot do anything, links lead to the reports."""

from __future__ import annotations

from html.parser import HTMLParser

from flowmap.report.formats.html.index import render_index
from flowmap.report.sections.history import Run

HOUR = 3_600 * 10**9


def run(team: str, verdict: str, hour: int, **more: object) -> Run:
    values = {
        "run": f"r{hour}",
        "pinned": "pass",
        "spread": verdict,
        "jain": 0.5,
        "migration_bps": 10**9 * hour,
        "summary": "So it is.",
        "findings": (),
        "folder": f"reports/{team}/r{hour}",
    }
    return Run(team=team, analysed_ns=hour * HOUR, verdict=verdict, **{**values, **more})  # type: ignore[arg-type]


class _Page(HTMLParser):
    """Tags with their attributes, and all text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_the_worst_team_comes_first_and_the_newest_change() -> None:
    page = render_index(
        {
            "good": [run("good", "fail", 1), run("good", "pass", 4)],
            "bad": [run("bad", "pass", 2), run("bad", "fail", 3)],
        }
    )
    rows = page.partition('id="teams"')[2]
    assert rows.index("<bdi>bad</bdi>") < rows.index("<bdi>good</bdi>")
    changes = page.partition('id="changes"')[2].partition("</section>")[0]
    assert changes.index("good") < changes.index("bad")
    assert "2 teams: 1 fails, 1 passes" in page
    assert "migrations 1.0 Gbit/s to 4.0 Gbit/s" in page


def test_names_cannot_do_anything() -> None:
    evil = '"><script>alert(1)</script>\u202e{x}'
    page = _Page(render_index({evil: [run(evil, "fail", 1, summary=evil, folder="reports/%22/javascript:x")]}))
    scripts = [attributes for tag, attributes in page.tags if tag == "script"]
    assert [attributes.get("type") for attributes in scripts] == ["application/json", None]
    assert not any("\u202e" in text for text in page.text)
    links = [attributes["href"] for tag, attributes in page.tags if tag == "a" and attributes["href"] != "#answer"]
    assert set(links) == {f"reports/%2522/javascript%3Ax/report.{kind}" for kind in ("html", "json")}


def test_a_team_without_an_answer_says_why() -> None:
    page = render_index({"t": [run("t", "failed", 1, pinned=None, spread=None, jain=None, summary="It is broken.")]})
    assert "1 team: 1 error" in page
    assert "It is broken." in page


def test_the_page_of_no_team_says_so() -> None:
    assert "No team yet" in render_index({})


def test_a_superseded_analysis_leads_to_no_other_report() -> None:
    old = run("t", "fail", 1, run="r", folder="reports/t/r", current=False)
    page = _Page(render_index({"t": [old, run("t", "pass", 2, run="r", folder="reports/t/r", members=3)]}))
    links = [attributes["href"] for tag, attributes in page.tags if tag == "a" and attributes["href"] != "#answer"]
    assert (
        links == ["reports/t/r/report.html", "reports/t/r/report.json"] * 3
    )  # as a change, as the latest, in the list
    assert "".join(page.text).count("superseded") == 1
    assert "0.50 of 3" in page.text
