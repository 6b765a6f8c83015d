"""The map in words: what its boxes say from all to the shortest, how much each member carried, and what is not in it."""

from __future__ import annotations

import pytest
from factories import make_member, make_report, make_stream, moved_stream

from flowmap.document.model import Stream
from flowmap.document.streams import Outer
from flowmap.message import translate
from flowmap.report.sections.map import map_figure, member_words, stream_words
from flowmap.report.sections.streams.bundles import drawn_of


def tunnelled() -> Stream:
    outer = Outer(src="192.0.2.1", dst="192.0.2.2", src_ports=[50_000], src_port_count=1, dst_port=4789)
    stream = make_stream(1, encapsulation="vxlan")
    data, answers = stream.directions
    member = data.members[0].model_copy(update={"wire_packets": 9000})
    return stream.model_copy(
        update={"directions": [data.model_copy(update={"outer": outer, "members": [member]}), answers]}
    )


def test_of_a_tunnel_the_outer_addresses_are_told() -> None:
    report = make_report(streams=[tunnelled()])
    (note,) = [one for one in map_figure(report, drawn_of(report)).notes if "tunnels" in one]
    assert "192.0.2.1 and 192.0.2.2" in note
    assert not [one for one in map_figure(make_report(), drawn_of(make_report())).notes if "tunnels" in one]


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_shorter_words_for_trouble_keep_the_direction(language: str) -> None:
    words = [translate(one, language) for one in stream_words(moved_stream(2))]
    assert [one.lower() for one in words[-3:-1]] == ["rx failover", "failover"]
    assert words[-1] in ("moved", "gewechselt"), "whole, where the cause would be cut"


def test_the_shares_of_the_data_are_told() -> None:
    """Wire bytes of both streams' data: 9 499 347 and 4 500 000 on nic1, 4 500 000 on nic2."""
    report = make_report()
    figure = map_figure(report, drawn_of(report))
    assert figure.text == "2 streams; share of the data: nic1 76 % and nic2 24 %."
    assert figure.title == "Where the data went: received from the hosts, placed by the switch"


def test_a_member_is_told_with_its_load_and_its_state() -> None:
    assert member_words(make_member()) == ("rx 9.4 MB, tx 134 kB", "in the LACP bundle, 10G")
    assert member_words(make_member(lacp=None, speed_bps=None)) == ("rx 9.4 MB, tx 134 kB", "")
