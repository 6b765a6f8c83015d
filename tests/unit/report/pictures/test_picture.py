"""The picture of hosts, streams and members: what is in it, what is left out and said so, and that names stay text."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest
from factories import make_answer, make_finding, make_member, make_report, make_stream, moved_stream

from flowmap.document.model import Endpoint, Lacp, Report, Stream, Team, Totals
from flowmap.document.streams import Outer
from flowmap.report.formats.markdown.page import markdown
from flowmap.report.formats.tables.rows import stream_columns
from flowmap.report.pictures.picture import CARD, PAGE, PHONE, Shape, draw, picture
from flowmap.report.pictures.svg import fit, text_width, wrap
from flowmap.report.sections.streams.bundles import drawn_of

SVG = "{http://www.w3.org/2000/svg}"
SHARES = ["76 %", "24 %"]
"""Of the wire bytes of both streams' data: 9 499 347 and 4 500 000 on nic1, 4 500 000 on nic2."""
HOSTILE = 'n<b>"&\x1b[2J\u202e</text><script>alert(1)</script>'


def drawn(report: Report) -> tuple[ElementTree.Element, list[str]]:
    """The picture's root and its texts in their order."""
    root = ElementTree.fromstring(picture(report))
    return root, [one.text or "" for one in root.iter(f"{SVG}text")]


def team(members: int, streams: int, **changes: Any) -> Report:
    """Streams from as many hosts, one after the other on the members, their answers on the next one."""
    names = [f"nic{number}" for number in range(members)]
    made = [
        from_host(make_stream(number, (names[number % members], names[(number + 1) % members])), f"10.9.0.{number + 1}")
        for number in range(streams)
    ]
    totals = Totals(streams=streams, streams_judged=streams, streams_listed=streams)
    return make_report(members=[make_member(name) for name in names], streams=made, totals=totals, **changes)


def from_host(stream: Stream, address: str) -> Stream:
    end = Endpoint(ip=address, port=50_000)
    data, answers = stream.directions
    ways = [data.model_copy(update={"src": end}), answers.model_copy(update={"dst": end})]
    return stream.model_copy(update={"client": end, "directions": ways})


def test_the_numbers_are_those_of_the_report() -> None:
    _root, texts = drawn(make_report())
    told = " ".join(texts)
    for words in ("10.77.0.11", "#1 qemu", "rx single, tx single", "rx moved: failover", "nic2", "10G"):
        assert words in told
    assert "rx 9.4 MB, tx 134 kB" in texts  # 9 365 837 and 133 510 bytes
    assert [text for text in texts if text.endswith("%")] == SHARES
    assert "Members of 10.77.0.100" in texts


@pytest.mark.parametrize("members", [1, 2, 4, 8, 20])
@pytest.mark.parametrize("streams", [0, 1, 12, 13, 60])
@pytest.mark.parametrize(("shape", "boxes", "most"), [(CARD, 12, 16), (PAGE, 9, 8), (PHONE, 5, 8)])
def test_each_stream_and_member_is_drawn_or_counted(
    members: int, streams: int, shape: Shape, boxes: int, most: int
) -> None:
    drawing = draw(team(members, streams), drawn_of(team(members, streams)), shape)
    root = ElementTree.fromstring(f"<svg>{drawing.body}</svg>")
    titles = [group[0].text or "" for group in root.iter("g")]
    alone = [title for title in titles if title.startswith("#")]
    grouped = [int(title.split()[0]) for title in titles if title.endswith((" stream", " streams"))]
    assert len(alone) + sum(grouped) == streams
    assert len(alone) + len(grouped) <= boxes
    assert (len(alone) == streams) == (streams <= boxes)
    assert len([title for title in titles if title.startswith("nic")]) == (members if members <= most else most - 1)
    assert (f"{members - most + 1} more members" in titles) == (members > most)
    assert ("No TCP stream was captured" in drawing.body) == (streams == 0)
    places = [float(one.get("x", "0")) + float(one.get("width", "0")) for one in root.iter("rect")]
    assert max(places, default=0) <= drawing.width


def test_trouble_comes_before_the_cut_and_has_a_sign_and_words() -> None:
    report = team(2, 60)
    moved = from_host(moved_stream(59), "10.9.0.60")
    _root, texts = drawn(report.model_copy(update={"streams": [*report.streams[:59], moved]}))
    assert "#59 qemu" in texts
    assert texts.count("!") == 1
    assert "rx moved: failover, tx single" in texts


def tunnelled() -> Stream:
    outer = Outer(src="192.0.2.1", dst="192.0.2.2", src_ports=[50_000], src_port_count=1, dst_port=4789)
    stream = make_stream(1, encapsulation="vxlan")
    data, answers = stream.directions
    member = data.members[0].model_copy(update={"wire_packets": 9000})
    return stream.model_copy(
        update={"directions": [data.model_copy(update={"outer": outer, "members": [member]}), answers]}
    )


def test_a_tunnel_is_named() -> None:
    assert "#1 qemu in vxlan" in drawn(make_report(streams=[tunnelled()]))[1]
    assert "qemu (high) in vxlan 192.0.2.1 -> 192.0.2.2, UDP source port 50000" in markdown(
        make_report(streams=[tunnelled()])
    )
    columns = stream_columns(make_report(streams=[tunnelled()]))
    rows = list(
        zip(*(columns[name] for name in ("encapsulation", "outer_src", "outer_dst", "wire_packets")), strict=True)
    )
    assert rows == [("vxlan", "192.0.2.1", "192.0.2.2", 9000), ("vxlan", None, None, None)]


def test_streams_of_unknown_side_that_are_placed_alike_say_it_once() -> None:
    stream = make_stream(1)
    ways = [way.model_copy(update={"direction": "unknown"}) for way in stream.directions]
    assert "single" in drawn(make_report(streams=[stream.model_copy(update={"directions": ways})]))[1]


def test_a_member_out_of_the_bundle_says_so() -> None:
    out = make_member("nic2", lacp=Lacp(bundled=False), wire_bytes=0)
    assert "NOT in the LACP bundle" in drawn(make_report(members=[make_member("nic1"), out]))[1]


def test_streams_that_were_not_judged_are_shown_as_such() -> None:
    other = make_stream(1, kind="other", confidence=None, judged=False)
    _root, texts = drawn(make_report(streams=[other], totals=Totals(streams=5, streams_listed=1)))
    assert "TCP streams" in texts
    assert "None of these streams was judged: no migration stream is among them." in texts
    assert "4 more streams are not drawn." in texts


def test_an_interface_that_carries_the_others_is_left_out() -> None:
    report = make_report(members=[make_member("nic1"), make_member("nic2"), make_member("bond0", aggregate=True)])
    texts = drawn(report)[1]
    assert "bond0" not in texts
    assert "bond0 carries the union of the others and is left out." in texts


def test_names_of_captures_stay_text() -> None:
    report = make_report(
        members=[make_member(HOSTILE)],
        streams=[make_stream(1, (HOSTILE, HOSTILE))],
        team=Team(host=HOSTILE),
        answer=make_answer(sentence=HOSTILE),
    )
    root = ElementTree.fromstring(picture(report))
    tags = {one.tag.removeprefix(SVG) for one in root.iter()}
    assert tags <= {"svg", "g", "text", "rect", "title", "path", "polygon"}
    assert all(character.isprintable() for one in root.iter() for character in one.text or "")
    assert {
        name for one in root.iter() for name in one.attrib if name.startswith("on") or name.endswith("href")
    } == set()
    assert root.get("aria-label") == 'n<b>"&\\x1b[2J\\u202e</text><script>alert(1)</script>'


def test_nothing_captured_can_be_drawn() -> None:
    texts = drawn(make_report(members=[], streams=[], team=Team()))[1]
    assert texts[:3] == ["Remote hosts", "TCP streams", "Members"]


def test_long_texts_are_shortened_in_the_middle_and_wrapped() -> None:
    assert fit("nic1", 100, 13) == "nic1"
    short = fit("a-very-long-name-of-an-interface", 100, 13)
    assert short.startswith("a-very")
    assert short.endswith("face")
    assert text_width(short, 13) <= 100
    lines = wrap("all four hosts " * 10, 200, 13)
    assert " ".join(lines).split() == ("all four hosts " * 10).split()
    assert max(text_width(line, 13) for line in lines) <= 200
    assert "".join(wrap("x" * 90, 100, 13)) == "x" * 90
    assert wrap("all four hosts " * 10, 200, 13, most=2)[1].endswith("…")


def test_a_path_is_broken_at_its_separators() -> None:
    path = "/srv/of-monday/team-blue/upper-port.pcap"
    lines = wrap(f"{path}: the file is empty", 100, 13)
    assert " ".join(lines).replace("/ ", "/") == f"{path}: the file is empty"
    assert max(text_width(line, 13) for line in lines) <= 100
    assert all(
        folder in "\n".join(lines).split("\n")[number] for number, folder in enumerate(["of-monday/", "team-blue/"])
    )


def test_captures_of_two_hosts_are_no_members_of_one_and_have_no_sides() -> None:
    unsided = make_member("nic1", wire_bytes=311_380, tx_bytes=None, rx_bytes=None)
    texts = drawn(make_report(members=[unsided], findings=[make_finding(code="FM307", severity="error")]))[1]
    assert "311 kB, direction not known" in texts
    assert "Members" in texts


def test_the_picture_shrinks_to_what_it_stands_in_and_its_notes_fit() -> None:
    """In a notebook's cell, which may be narrower than 1,042."""
    root, _texts = drawn(make_report())
    assert root.attrib["style"] == "max-width:100%;height:auto"
    for one in root.findall(f"{SVG}text"):
        assert text_width(one.text or "", float(one.attrib["font-size"])) <= CARD.width
