"""The HTML page: what it shows is what the report says, it needs nothing from outside, and names stay text."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from functools import cache
from typing import Any

import pytest
from factories import make_finding, make_member, make_report, make_stream
from html_material import HOSTILE, crowd, hostile, material
from pages import Page, parse

from flowmap.document.pages.pages import pages
from flowmap.document.quantities import plain
from flowmap.document.streams import Outer
from flowmap.message import PSEUDO, listed, msg
from flowmap.report.formats.html import Material, render
from flowmap.report.formats.html.charts.drawing import shortened_path
from flowmap.report.formats.html.dress import _vega
from flowmap.report.formats.html.speech import Speech

REPORT = make_report()


@cache
def small(language: str = "en", interactive: bool = False) -> str:
    return render(material(REPORT), language, interactive=interactive)


@cache
def small_page(language: str = "en", interactive: bool = False) -> Page:
    return parse(small(language, interactive))


def small_specs(language: str = "en") -> Any:
    """What its charts are drawn of."""
    return json.loads(small_page(language, True).by_id("specs").text)


@cache
def large() -> tuple[int, Page]:
    """As much as one page ever holds: 500 streams, 12 members, six streams with all their points; its size and itself."""
    text = render(crowd(600, 12, points=1_900))
    return len(text.encode()), parse(text)


@cache
def owned(interactive: bool) -> str:
    return render(hostile(HOSTILE), interactive=interactive)


@cache
def owned_page(interactive: bool) -> Page:
    return parse(owned(interactive))


def test_the_answer_is_the_first_thing_and_that_of_the_report() -> None:
    answer = small_page().by_id("answer").words()
    assert f"inconclusive {REPORT.answer.sentence}" in answer
    for claim, name in ((REPORT.claims.pinned, "claim-pinned"), (REPORT.claims.spread, "claim-spread")):
        told = small_page().by_id(name).words()
        assert claim.verdict in told
        assert claim.reason in told
    assert "2 streams, 4 directions: 3 single, 1 moved" in answer
    assert "rx: 2 remote hosts; 2 hosts counted: nic1 2, nic2 0; p = 0.5" in answer
    assert f"To do {REPORT.answer.action}" in answer
    assert REPORT.to_know_more[0] not in answer
    assert len(small_page().root.iter("h1")) == 1


def test_each_cell_of_the_matrix_has_the_bytes_of_the_report() -> None:
    rows = {int(row[0].text): row for row in small_page().tables("streams")[0]}
    assert sorted(rows) == [stream.id for stream in REPORT.streams]
    for stream in REPORT.streams:
        cells = rows[stream.id]
        assert cells[4].attributes["data-v"] == str(stream.payload_bytes)
        for first, way in ((5, "rx"), (8, "tx")):
            (direction,) = [one for one in stream.directions if one.direction == way]
            loads = {member.name: str(member.wire_bytes) for member in direction.members}
            assert cells[first].words("small").startswith(direction.placement)
            assert [cell.attributes.get("data-v") for cell in cells[first + 1 : first + 3]] == [
                loads.get("nic1"),
                loads.get("nic2"),
            ]


def test_a_stream_in_a_tunnel_shows_the_outer_addresses_that_the_team_hashes() -> None:
    stream = REPORT.streams[0]
    data = stream.directions[0].model_copy(update={"outer": Outer(src="192.0.2.1", dst="192.0.2.9")})
    inside = stream.model_copy(update={"encapsulation": "vxlan", "directions": [data, stream.directions[1]]})
    page = parse(render(Material(make_report(streams=[inside]))))
    assert "in vxlan 192.0.2.1 -> 192.0.2.9" in page.tables("streams")[0][0][1].words()


def test_members_hosts_and_migrations_have_the_numbers_of_the_report() -> None:
    members = small_page().tables("members")[0]
    assert [row[0].words() for row in members] == [
        f"{sign} {m.name}" for sign, m in zip("●■", REPORT.members, strict=True)
    ]
    assert [row[1].attributes["data-v"] for row in members] == [str(m.packets) for m in REPORT.members]
    assert [row[7].attributes["data-v"] for row in members] == [str(m.wire_bytes) for m in REPORT.members]
    hosts = {row[0].text: row[-1].attributes["data-v"] for row in small_page().tables("streams")[1]}
    assert hosts == {h.host: str(sum(h.members.values())) for h in REPORT.hosts if h.role != "teamed"}
    (migration,) = small_page().tables("migrations")[0]
    assert migration[5].attributes["data-v"] == str(REPORT.migrations[0].bytes)


def test_findings_come_with_evidence_action_and_a_filter_to_copy() -> None:
    findings = small_page().by_id("findings")
    (finding,) = REPORT.findings
    for text in (finding.title, finding.explanation, finding.action, finding.code):
        assert text in findings.words()
    assert "median interval 1.2 s silent lacpdus 4" in findings.words(), "what has no label is said too, with its unit"
    (code,) = [one for one in findings.iter("code") if one.attributes.get("class") == "copy"]
    assert code.text == finding.wireshark_filter


def test_of_many_findings_that_are_alike_three_are_open() -> None:
    one = REPORT.findings[0]
    alike = [one.model_copy(update={"explanation": f"Stream number {number} moved."}) for number in range(9)]
    found = parse(render(material(REPORT.model_copy(update={"findings": alike})))).by_id(one.code)
    folded = [part for part in found.iter("details") if "more like these" in part.words()]
    assert len(folded) == 1
    assert "6 more like these" in folded[0].words()
    assert [number for number in range(9) if f"Stream number {number} moved." in folded[0].words()] == [
        3,
        4,
        5,
        6,
        7,
        8,
    ]


def test_evidence_has_labels_units_and_nothing_twice() -> None:
    evidence = {
        "member": "nic1",
        "load_bps": 53_229_331,
        "own_share": 0.37,
        "round_trip_ns": 365_000,
        "window_bytes": 1_960_960,
        "captured_near": "between",
    }
    finding = make_finding(subject={"streams": [0, 1], "member": "nic1"}, evidence=evidence)
    page = parse(render(material(make_report(findings=[finding])), "de")).by_id("findings")
    told = {pair.iter("dt")[0].text: pair.iter("dd")[0].words() for pair in page.iter("dl")[0].iter("div")}
    assert list(told.items()) == [
        ("Streams", "0, 1"),
        ("Mitglied", "nic1"),
        ("Last des Mitglieds", "53,2 Mbit/s"),
        ("eigener Anteil an der Last", "37 %"),
        ("Umlaufzeit", "365,0 us"),
        ("Fenster des Empfängers", "2,0 MB"),
        ("mitgeschnitten nahe", "keinem der Enden"),
    ]


def test_backticks_of_names_stay_in_them_and_only_ours_are_code() -> None:
    text = msg("{member} is idle, see `flowmap explain`: {more}", member="up`link`2", more=listed(["a`b", "`c`"]))
    assert Speech("en").ticked(text) == "up`link`2 is idle, see <code>flowmap explain</code>: a`b and `c`"


def test_long_names_are_short_in_heads_and_whole_in_the_table_of_members() -> None:
    long = r"\Device\NPF_{5A3C9F1E-7B2D-4E8A-9C61-0123456789AB}"
    report = make_report(members=[make_member(long), make_member("nic2")], streams=[make_stream(1, (long, "nic2"))])
    page = parse(render(material(report)))
    heads = [one for one in page.by_id("streams").iter("th") if "Device" in one.text or "Devic" in one.words()]
    assert heads
    for head in heads:
        (name,) = [one for one in head.iter("span") if "title" in one.attributes]
        assert name.attributes["title"] == long
        assert len(name.iter("bdi")[0].text) == 16
    assert long in page.by_id("members").words()


def test_options_are_not_broken_and_names_are_no_options() -> None:
    said = Speech("en").ticked(msg("name it: --local ADDR, see {file}", file="a--b.pcap"))
    assert said == 'name it: <span class="opt">--local</span> ADDR, see a--b.pcap'


def test_notices_thresholds_and_clocks_are_there() -> None:
    quality = small_page().by_id("quality").words()
    for text in ("capture_drops", "undermines a verdict", REPORT.notices[0].detail):
        assert text in quality
    assert "The clock of nic2 is 250.0 ms ahead of nic1. That is exact to 90.0 us. It was taken out." in quality
    shown = {row[0].text: row[1].text for row in small_page().tables("method")[0]}
    assert {name: str(value) for name, value in REPORT.settings.thresholds.items()}.items() <= shown.items()


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/srv/captures/nic1.pcap", "/srv/captures/nic1.pcap"),
        (f"/home/{'a-long-folder/' * 5}blue/nic1.pcap", "…/a-long-folder/a-long-folder/a-long-folder/blue/nic1.pcap"),
        (f"D:\\{'a-long-folder' * 5}\\nic1.etl", "…\\nic1.etl"),
        (f"/srv/{'nic' * 30}.pcap", f"{'nic' * 9}ni…c{'nic' * 8}.pcap"),
    ],
)
def test_of_a_long_path_whole_folders_are_left_out(path: str, shown: str) -> None:
    assert shortened_path(path, 60) == shown


def test_each_chart_has_a_title_a_description_and_a_sentence() -> None:
    figures = [one for one in small_page().root.iter("figure") if one.iter("svg")]
    names = {one.attributes.get("id") for one in figures}
    assert names >= {
        "fig-timeline",
        "fig-throughput-rx",
        "fig-throughput-tx",
        "fig-sequence-0",
        "fig-lacp",
        "fig-windows",
    }
    for figure in figures:
        for svg in figure.iter("svg"):
            title, description = svg.iter("title")[0], svg.iter("desc")[0]
            assert svg.attributes["aria-labelledby"] == f"{title.attributes['id']} {description.attributes['id']}"
            assert svg.attributes["role"] == "img"
            assert title.text
            assert description.text
        assert [one for one in figure.iter("p") if one.text.strip()]


def test_a_move_is_marked_with_its_cause() -> None:
    timeline = small_page().by_id("fig-timeline")
    assert "failover → ■ nic2" in [text.text for text in timeline.iter("text")]
    assert re.search(r"\d\d:\d\d:\d\d\.\d{3}: #2 from nic1 to nic2\.", timeline.words()), "an event log has clock times"


def test_charts_over_time_have_one_axis_and_the_move_in_each() -> None:
    """Two members, a move of nic1's stream to nic2 at T0 + 5 s (factories)."""
    specs = small_specs()
    names = ["timeline", "throughput-rx", "throughput-tx", "lacp", "sequence-0"]
    (move,) = [move.ts_ns for s in REPORT.streams for d in s.directions for move in d.moves]
    start = min(m.first_ns for m in REPORT.members if m.first_ns is not None)
    frames, domains = [], set()
    for name in names:
        spec = specs[name]
        frames.append((spec["width"], spec["padding"]["left"], spec["padding"]["right"], spec["autosize"]))
        axes = [layer["encoding"]["x"] for layer in spec["layer"] if "x" in layer["encoding"]]
        domains |= {(tuple(x["scale"]["domain"]), x["title"]) for x in axes}
        marked = [layer for layer in spec["layer"] if layer["mark"].get("strokeDash") == [2, 3]]
        assert [row["a"] for row in spec["datasets"][marked[0]["data"]["name"]]] == [(move - start) / 1e9], name
    assert len(domains) == 1
    assert all(frame == frames[0] for frame in frames)


def test_bars_are_true_to_a_percent() -> None:
    stream = make_stream(1, ("nic1", "nic2"))
    data = stream.directions[0]
    shares = (("nic1", 333), ("nic2", 667))
    loads = [data.members[0].model_copy(update={"name": name, "wire_bytes": size}) for name, size in shares]
    report = make_report(
        streams=[stream.model_copy(update={"directions": [data.model_copy(update={"members": loads})]})]
    )
    page = parse(render(Material(report)))
    cells = [cell.attributes.get("class") for cell in page.tables("streams")[0][0] if "data-v" in cell.attributes][1:]
    assert cells == ["n", "n m0 h33", "n m1 h67"]
    (style,) = page.root.iter("style")
    assert ".h33{--w:0.33}" in style.text


def test_no_option_of_flowmap_stands_in_what_is_forwarded() -> None:
    """`to_know_more` stands apart; the commands under "Method" are for who reads on."""
    page = parse(render(material(make_report(team=REPORT.team.model_copy(update={"host": None})))))
    answer = page.by_id("answer").words().replace(" ".join(REPORT.to_know_more), "")
    assert "--" not in " ".join(
        [answer, *(page.by_id(part).words() for part in ("streams", "migrations", "time", "members"))]
    )


def test_ids_are_unique_and_every_reference_has_its_target() -> None:
    elements = small_page().root.iter()
    ids = [one.attributes["id"] for one in elements if "id" in one.attributes]
    assert len(ids) == len(set(ids))
    wanted = {part for one in elements for part in (one.attributes.get("aria-labelledby") or "").split()}
    wanted |= {(one.attributes.get("href") or "#")[1:] for one in elements if one.tag in ("a", "use")}
    wanted |= {
        found for one in elements for found in re.findall(r"url\(#([^)]+)\)", one.attributes.get("clip-path") or "")
    }
    assert wanted - {""} <= set(ids)


@pytest.mark.parametrize("interactive", [False, True])
def test_nothing_is_fetched_and_the_policy_allows_this_script_and_style_only(interactive: bool) -> None:
    page = small_page(interactive=interactive)
    for one in page.root.iter():
        assert one.tag not in ("link", "img", "iframe", "object", "embed", "base", "form")
        for name, value in one.attributes.items():
            assert not name.startswith("on")
            assert name not in ("style", "src", "srcset", "action", "xlink:href")
            assert name != "href" or (value or "").startswith("#")
    (policy,) = [one for one in page.root.iter("meta") if one.attributes.get("http-equiv") == "Content-Security-Policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in (policy.attributes["content"] or "").split(";"))
    assert rules["default-src"] == "'none'"
    run = [one.text for one in page.root.iter("script") if one.attributes.get("type") != "application/json"]
    assert sorted(rules["script-src"].split()) == sorted(map(hashed, run))
    assert rules["style-src"] == " ".join(hashed(one.text) for one in page.root.iter("style"))
    assert len(run) == 1 + interactive


def hashed(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_interactive_charts_are_the_same_ones() -> None:
    page, specs = small_page(interactive=True), small_specs()
    drawn = {one.attributes["data-chart"] for one in page.root.iter("div") if "data-chart" in one.attributes}
    assert set(specs) == drawn
    assert not re.search(r'"url"\s*:', json.dumps(specs["timeline"]))


def tooltips(spec: Any) -> list[Any]:
    if isinstance(spec, list):
        return [found for part in spec for found in tooltips(part)]
    if not isinstance(spec, dict):
        return []
    own = [spec["tooltip"]] if isinstance(spec.get("tooltip"), list) else []
    return own + [found for part in spec.values() for found in tooltips(part)]


def test_interactive_charts_tell_their_values_with_titles() -> None:
    specs = small_specs("de")
    assert {"throughput-rx", "chance"} <= specs.keys()
    for name, spec in specs.items():
        told = tooltips(spec)
        assert told, name
        assert all(len(one["title"].strip()) > 1 for tooltip in told for one in tooltip), name
    (told,) = [
        layer["encoding"]["tooltip"] for layer in specs["throughput-rx"]["layer"] if "tooltip" in layer["encoding"]
    ]
    assert [one["title"] for one in told] == ["Mitglied", "Zeit, s", "Gbit/s"], "as its scale"


def test_500_streams_fit_in_a_page_and_what_is_cut_is_said() -> None:
    size, page = large()
    assert size < 1_500_000
    assert len(page.tables("streams")[0]) == 500
    streams, times = page.by_id("streams").words(), page.by_id("time").words()
    assert "100 more are in the JSON report. 7 other streams, not migrations, are not listed." in streams
    assert "400 more are in the JSON report." in streams
    assert "400 more are in the JSON report." in page.by_id("migrations").words()
    assert "580 more streams are not drawn." in times
    assert "26 more stream-directions on several members are not drawn." in times
    assert "100 more are in the JSON report." in page.by_id("quality").words()
    assert "40 more are in the JSON report." in page.by_id("findings").words()
    assert "4 more members are not drawn." in times


def test_many_streams_are_drawn_as_groups_that_add_up() -> None:
    pictures = {one.attributes["class"]: one for one in large()[1].by_id("answer").iter("svg")}
    for picture in (pictures["wide"], pictures["narrow"]):
        titles = [one.iter("title")[0].text for one in picture.iter("g")]
        assert sum(int(count) for text in titles for count in re.findall(r"^(\d+) streams?$", text)) == 600
        assert sum(text.endswith("more members") for text in titles) == 1


@pytest.mark.parametrize("interactive", [False, True])
def test_hostile_names_are_text_and_nothing_else(interactive: bool) -> None:
    harmless = [f"nic{number}x".ljust(len(name), "x") for number, name in enumerate(HOSTILE)]
    text = owned(interactive)
    page, plain_page = owned_page(interactive), parse(render(hostile(harmless), interactive=interactive))
    assert {one.tag for one in page.root.iter()} == {one.tag for one in plain_page.root.iter()}
    assert attributes(page) == attributes(plain_page)
    for tag in ("script", "style", "title", "table", "tr", "td", "section", "figure", "meta", "code", "svg"):
        assert len(page.root.iter(tag)) == len(plain_page.root.iter(tag)), tag
    own = text.replace(_vega(), "") if interactive else text
    assert [part for part in own if not part.isprintable() and part != "\n"] == []
    words = page.root.words("script", "style")
    assert [name for name in HOSTILE if " ".join(plain(name).split()) not in words] == []


@pytest.mark.parametrize("interactive", [False, True])
def test_data_in_scripts_cannot_end_them(interactive: bool) -> None:
    page = owned_page(interactive)
    blocks = [one.text for one in page.root.iter("script") if one.attributes.get("type") == "application/json"]
    assert len(blocks) == 1 + interactive
    for block in blocks:
        assert not set(block) & set("<>&")
        json.loads(block)
    assert not interactive or HOSTILE[0] in str(json.loads(blocks[1]))


def attributes(page: Page) -> set[tuple[str, str]]:
    return {(one.tag, name) for one in page.root.iter() for name in one.attributes}


def test_an_unusable_input_gives_a_page_too() -> None:
    from flowmap.document.model import Balance, Policy

    empty = make_report(
        verdict="inconclusive",
        exit_code=4,
        members=[],
        streams=[],
        migrations=[],
        hosts=[],
        findings=[],
        notices=[],
        balance=Balance(),
        policy=Policy(),
    )
    page = parse(render(Material(empty)))
    assert "There is no stream to draw." in page.by_id("answer").words()


def test_numbers_of_charts_are_those_of_the_language() -> None:
    decimals = {text for text in chart_texts("en") if re.fullmatch(r"\d+\.\d+( Gbit/s)?", text)}
    groups = {text for text in chart_texts("en") if re.fullmatch(r"\d{1,3}(,\d{3})+", text)}
    assert decimals
    assert "1,000" in groups
    assert [text for text in chart_texts("en") if re.search(r"\d \d{3}", text)] == []
    assert set(chart_texts("de")) >= {text.translate(str.maketrans(".,", ",.")) for text in decimals | groups}


def chart_texts(language: str) -> list[str]:
    return [one.text for figure in small_page(language).root.iter("figure") for one in figure.iter("text")]


def test_the_same_report_gives_the_same_bytes() -> None:
    assert render(material(REPORT)) == small()


def test_every_text_of_the_page_can_be_translated() -> None:
    """In the language of tests what is left in Latin letters is data, units and codes."""
    page = small_page(PSEUDO)
    assert page.root.iter("html")[0].attributes["lang"] == PSEUDO
    known = [REPORT.model_dump_json(), *(text for page in pages().values() for text in page.values().values())]
    data = set(LATIN.findall(" ".join(known))) | {
        "flowmap",
        "true",
        "false",
        "MB",
        "kB",
        "ms",
        "us",
        "bit",
        "Mbit",
        "Gbit",
    }
    assert set(LATIN.findall(page.root.words("script", "style", "code"))) - data == set()
    assert len(LATIN.findall(page.root.words("script", "style", "code"))) > 100


LATIN = re.compile("[A-Za-z][A-Za-z-]+")


def test_lines_of_the_headline_do_not_end_between_a_number_and_its_unit() -> None:
    said = "nic2 was full (9.4 Gbit/s) for 3.5 s; 84 % of 3 streams <b> moved 98 ms later, 5 MB in 12 min."
    shown = Speech("en").headline(said)
    kept = ("9.4 Gbit/s", "3.5 s", "84 %", "98 ms", "5 MB", "12 min")
    assert all(part.replace(" ", "\u00a0") in shown for part in kept)
    assert "of 3 streams &lt;b&gt; moved" in shown


def test_moves_are_drawn_behind_the_texts_of_bars() -> None:
    specs = small_specs()
    for name in ("timeline", "lacp"):
        marks = [layer["mark"]["type"] for layer in specs[name]["layer"]]
        assert marks.index("rect") < marks.index("rule") < marks.index("text"), name


def test_of_many_sequence_charts_two_are_open() -> None:
    section = parse(render(crowd(40, 2))).by_id("time")
    folded = {
        name for part in section.iter("details") for figure in part.iter("figure") if (name := figure.attributes["id"])
    }
    every = {figure.attributes["id"] or "" for figure in section.iter("figure")}
    assert {name for name in every - folded if name.startswith("fig-sequence")} == {"fig-sequence-0", "fig-sequence-1"}
    assert {name for name in folded if name.startswith("fig-sequence")} == {"fig-sequence-2", "fig-sequence-3"}
