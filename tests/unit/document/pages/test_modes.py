"""The pages of modes: every row has words, and the words say what the row's codes say."""

from __future__ import annotations

import pytest

from flowmap.document.pages.modes import find_modes, mode_values, render_mode_list, render_modes
from flowmap.message import translate
from flowmap.team.modes.table import Row, every_row, switches

ALL = [*every_row(), *switches()]


def told(name: str) -> str:
    return " ".join(render_modes(find_modes(name), 80).split())


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("width", [40, 80])
def test_every_row_has_a_page_with_its_source_that_fits(width: int, language: str) -> None:
    for one in ALL:
        page = render_modes([one], width, language)
        assert max(map(len, page.splitlines())) <= width
        assert translate(one.source, "en") in " ".join(page.split())


def test_every_row_is_found_by_its_name_alone() -> None:
    for one in ALL:
        assert find_modes(mode_values(one)["name"]) == [one]
        assert mode_values(one)["name"] in " ".join(render_mode_list(80).split())


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (
            "lbfo/switch-independent/transport-ports",
            [
                "addresses and ports",
                "everything on one member, the primary",
                "cannot receive faster than one member",
                "the others put their own",
                "Unverified: whether fragments",
            ],
        ),
        ("SET/dynamic", ["may move in a pause", "tied to", "never LACP"]),
        ("aft", ["all on the active member", "Hash: none"]),
        ("rlb", ["told by ARP", "not under Hyper-V"]),
        ("balance-rr", ["packet by packet", "keep the packets of a stream in order", "in a static channel"]),
        (
            "802.3ad/layer3+4",
            ["computes it", "Switch ports: in a channel with LACP", "that is the switch's load balancing"],
        ),
        ("802.3ad/encap3+4", ["not known as a function", "after a retransmission timeout"]),
        ("vsphere/mac-hash", ["Unverified: how it is reduced"]),
        ("lagg/failover", ["Unverified: from general knowledge"]),
        ("cisco", ["3 get 3:3:2"]),
    ],
)
def test_pages_say_what_the_documents_say(name: str, says: list[str]) -> None:
    assert [words for words in says if words not in told(name)] == []


def test_many_rows_are_listed_few_are_told() -> None:
    assert told("linux").startswith("Modes of that name;")
    assert len(find_modes("port-channel")) == len(switches())
    assert find_modes("nonsense") == []


def test_all_that_the_documents_leave_open_is_marked() -> None:
    """The platforms and modes with open points in the source material; rows that hold only by hearsay are marked whole."""
    doubted = {(row.platform, row.mode) for row in every_row() if row.doubt}
    assert doubted == {
        ("lbfo", "switch-independent"),
        ("lbfo", "static"),
        ("lbfo", "lacp"),
        ("set", "switch-embedded"),
        ("ans", "alb"),
        ("vsphere", "mac-hash"),
        ("vsphere", "lag"),
        ("lagg", "failover"),
        ("broadcom", "smart-load-balancing"),
    }
    assert {row.platform for row in every_row() if row.unverified} == {"lagg", "broadcom"}


def test_a_policy_is_named_only_where_it_is_computed() -> None:
    named = {row.algorithm or row.mode for row in every_row() if mode_values(row)["policy"]}
    assert named == {"layer2", "layer2+3", "layer3+4", "encap2+3", "vlan+srcmac", "ip-hash"}


def test_rows_of_one_mode_are_told_together() -> None:
    names = [mode_values(row)["name"] for row in find_modes("balance-tlb") if isinstance(row, Row)]
    assert names == ["linux/balance-tlb/tlb-dynamic", "linux/balance-tlb/tlb-hash"]
