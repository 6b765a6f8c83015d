"""The report as Markdown, read back by a Markdown parser: it says what the JSON says, and names stay names."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
from factories import make_answer, make_finding, make_member, make_report, make_stream
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from flowmap.document.model import NoticeRow, Report, Totals
from flowmap.document.quantities import plain
from flowmap.report.formats.markdown.escaped import code, name, safe, table
from flowmap.report.formats.markdown.page import markdown

PARSER = MarkdownIt("commonmark", {"html": True}).enable("table").enable("strikethrough")
HOSTILE = "n`\\|<b>[x](http://e)*_~\n# t\x1b[2J\u202e&lt;!-- www.e.org @all"


class Page(HTMLParser):
    """What a reader sees: headings, paragraphs, code, and tables as rows of cells; and all tags."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.tables: list[list[list[str]]] = []
        self.words = ""
        self.cell = False
        self.feed(PARSER.render(text))

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.add(tag)
        self.cell = self.cell or tag in ("td", "th")
        assert [key for key, _value in attrs if key != "style"] == []
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")

    def handle_endtag(self, tag: str) -> None:
        self.cell = self.cell and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        self.words += data
        if self.cell:
            self.tables[-1][-1][-1] += data


def page(report: Report) -> Page:
    return Page(markdown(report))


ANY = st.text(st.characters(codec="utf-8"), max_size=30) | st.text("`|\\<>&;*_[]()!#~\n -=+1.:/w@$x", max_size=20)


@given(ANY)
@example(HOSTILE)
@example("1. x")
@example("    code")
@example("&#35;")
def test_any_text_shows_itself(text: str) -> None:
    seen = Page(safe(text))
    assert seen.tags <= {"p"}
    assert seen.words.strip() == plain(text).strip()


@given(ANY, ANY)
@example(HOSTILE, "a\\|b")
@example("`", "a\\")
def test_any_name_is_one_cell(first: str, second: str) -> None:
    seen = Page("\n".join(table(["a", "b"], [[name(first), name(second)]])))
    assert seen.tags <= {"table", "thead", "tbody", "tr", "th", "td", "code"}
    assert [one.strip() for one in seen.tables[0][1]] == [plain(first).strip(), plain(second).strip()]
    assert len(seen.tables) == 1
    assert len(seen.tables[0]) == 2


@given(ANY.filter(lambda text: plain(text).strip() != ""))
def test_any_text_fits_in_a_code_span(text: str) -> None:
    seen = Page(f"x {code(text)} y")
    assert seen.tags == {"p", "code"}
    assert seen.words.removeprefix("x ").rstrip("\n").removesuffix(" y") == plain(text)


def test_it_says_what_the_report_says() -> None:
    report = make_report()
    seen = page(report)
    assert "flowmap: INCONCLUSIVE" in seen.words
    for text in (report.answer.sentence, report.claims.pinned.reason, report.claims.spread.reason):
        assert text in seen.words
    assert "2 streams, 4 directions: 3 single, 1 moved" in seen.words
    assert "rx: 2 remote hosts; 2 hosts counted: nic1 2, nic2 0; p = 0.5" in seen.words
    finding = report.findings[0]
    for text in (finding.title, finding.explanation, finding.action, "median interval: 1.2 s; silent lacpdus: 4"):
        assert text in seen.words
    assert finding.wireshark_filter in seen.words
    assert "warning capture_drops: the capture says that it lost 12 packets" in seen.words
    assert "12,654 packets, 4 flows, 12 streams, 2 judged" in seen.words


def test_plain_words_and_numbers_have_no_escapes() -> None:
    """A ticket is often read as it was typed."""
    for text in (
        "10.77.0.10:52460 left nic_2",
        "17.7 MB",
        "8.7 Mbit/s (97 % of it)!",
        "a - b + c = d",
        "802.3ad {layer2+3}",
        "C:\\captures x * y",
        "it's ^ here; 5 # 6 @ 7 $ 8 ~ 9 ]",
    ):
        assert safe(text) == text
    told = markdown(make_report()).replace("\\#2", "#2")
    assert "\\" not in told, "but for #2, which would be a link to an issue"


def test_the_tables_have_the_numbers_of_the_report() -> None:
    members, streams, migrations = page(make_report()).tables
    # tx_bytes 133 510, rx_bytes 9 365 837, wire_bytes 9 499 347 of 14 266 367
    assert members[1][:8] == ["nic1", "6,327", "134 kB", "9.4 MB", "in the LACP bundle", "10G", "67 %", "9.5 MB"]
    assert streams[0][-2:] == ["nic1", "nic2"]
    moved = streams[1]
    assert moved[:7] == [
        "#2",
        "qemu (high)",
        "10.77.0.12:53002",
        "10.77.0.100:49152",
        "9.1 MB",
        "rx",
        "moved: failover",
    ]
    assert streams[4] == ["#1", "", "", "", "", "tx", "single", "-", "134 kB"]
    assert migrations[0][-1] == "limited by"
    assert migrations[1] == [
        "1",
        "qemu",
        "10.77.0.11",
        "10.77.0.100",
        "#1",
        "9.1 MB",
        "03:04:05.000",
        "20.0 s",
        "3.6 Mbit/s",
        "sender: it had nothing to send",
    ]


def test_names_of_captures_stay_text() -> None:
    finding = make_finding(explanation=HOSTILE, action=HOSTILE, evidence={"name": HOSTILE}, wireshark_filter=HOSTILE)
    notice = NoticeRow(code="capture_drops", severity="info", member=HOSTILE, path=HOSTILE, detail=HOSTILE)
    report = make_report(
        members=[make_member(HOSTILE)],
        streams=[make_stream(1, (HOSTILE, HOSTILE))],
        answer=make_answer(sentence=HOSTILE),
        findings=[finding],
        notices=[notice],
    )
    seen = page(report)
    headings = {"h1", "h2", "h3"}
    assert seen.tags <= headings | {"p", "ul", "li", "code", "strong", "table", "thead", "tbody", "tr", "th", "td"}
    assert [len({len(row) for row in rows}) for rows in seen.tables] == [1, 1, 1]
    assert seen.tables[0][1][0] == plain(HOSTILE)
    assert all(character.isprintable() or character == "\n" for character in markdown(report))


def test_what_is_cut_is_said() -> None:
    streams = [make_stream(number) for number in range(60)]
    report = make_report(
        streams=streams,
        totals=Totals(streams=75, streams_judged=60),
        findings=[make_finding()] * 13,
        notices=[NoticeRow(code="capture_drops", severity="info", detail="x")] * 33,
    )
    seen = page(report)
    assert "60 judged of 75" in seen.words
    assert "10 more are in the JSON report." in seen.words
    assert "15 other streams, not migrations, are not listed." in seen.words
    assert len({row[0] for row in seen.tables[1][1:]}) == 50
    assert "The same holds for 3 more." in seen.words
    assert "3 more are in the JSON report." in seen.words


def test_many_members_share_a_column() -> None:
    members = [make_member(f"nic{number}") for number in range(9)]
    streams = page(make_report(members=members)).tables[1]
    assert streams[0][-1] == "members"
    assert streams[3][-1] == "nic1 9.5 MB"


@pytest.mark.parametrize("parts", [{"members": [], "streams": [], "migrations": [], "findings": [], "notices": []}])
def test_nothing_captured_can_be_told(parts: dict[str, Any]) -> None:
    words = page(make_report(**parts, totals=Totals())).words
    assert "Streams" not in words
    assert "Findings" not in words
