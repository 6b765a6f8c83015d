"""Halves of members and pieces that only contents tell."""

from __future__ import annotations

from itertools import product

import pytest

from flowmap.capture.inputs.directions import half_of
from flowmap.capture.inputs.joining import Found, join_halves, join_pieces
from flowmap.capture.inputs.traffic import Frames

S, MS = 10**9, 10**6
HOST = 1


def traffic(
    stations: range, *, sent: bool | None, first: int = 0, last: int = 9 * S, frames: int = 100
) -> dict[tuple[int, int], Frames]:
    """Between the host and each station: what it sent (True), received (False) or both (None)."""
    ways = [True, False] if sent is None else [sent]
    ends = [(HOST, station) if way else (station, HOST) for way, station in product(ways, stations)]
    return dict.fromkeys(ends, Frames(frames, first, last))


def found(name: str, own: dict[tuple[int, int], Frames]) -> Found:
    one = Found(name, f"{name}.pcap")
    one.add((min(f.first_ns for f in own.values()), max(f.last_ns for f in own.values())) if own else None, own)
    return one


@pytest.mark.parametrize(
    ("name", "stem", "half"),
    [
        ("vmnic0_rcv", "vmnic0", "in"),
        ("vmnic0_snd", "vmnic0", "out"),
        ("tx-eth1", "eth1", "out"),
        ("eth1.in", "eth1", "in"),
        ("eth1Egress", "eth1", "out"),
        ("vmnic2-UplinkRcvKernel", "vmnic2", "in"),
        ("vmnic2_dir1", "vmnic2", "out"),
        ("cap-RX-eth7", "cap-eth7", "in"),
    ],
)
def test_words_of_direction(name: str, stem: str, half: str) -> None:
    assert half_of(name) == (stem, half)


@pytest.mark.parametrize("name", ["spring", "tuning", "eth1", "inbox1", "routing", "tx2000"])
def test_words_that_only_hold_one(name: str) -> None:
    assert half_of(name) is None or name == "tx2000"


def test_halves_by_name() -> None:
    parts = [found("v0_rcv", traffic(range(2, 4), sent=False)), found("v0_snd", traffic(range(2, 4), sent=True))]
    assert join_halves(parts).names == {"v0_rcv": "v0", "v0_snd": "v0"}


def test_a_name_does_not_join_what_holds_both_directions() -> None:
    parts = [found("v0_in", traffic(range(2, 9), sent=None)), found("v0_out", traffic(range(2, 9), sent=None))]
    assert not join_halves(parts).names


def test_halves_by_content() -> None:
    parts = [
        found("a", traffic(range(2, 8), sent=False)),
        found("b", traffic(range(8, 14), sent=True)),
        found("c", traffic(range(2, 8), sent=True)),
        found("d", traffic(range(8, 14), sent=False)),
    ]
    assert join_halves(parts).names == {"a": "a+c", "c": "a+c", "b": "b+d", "d": "b+d"}


def test_halves_that_content_cannot_pair_are_a_doubt() -> None:
    """All stations on all members: which receives beside which sends is not to be seen."""
    parts = [found(name, traffic(range(2, 8), sent=name in "cd")) for name in "abcd"]
    joined = join_halves(parts)
    assert not joined.names
    assert "halves of one member" in joined.doubts[0].text


def test_a_member_with_both_directions_beside_them_is_no_half() -> None:
    parts = [
        found("a", traffic(range(2, 8), sent=False)),
        found("b", traffic(range(2, 8), sent=True)),
        found("c", traffic(range(8, 14), sent=None)),
    ]
    assert join_halves(parts) == join_pieces(parts)


def test_what_goes_on_at_once_in_the_next_file_is_a_piece() -> None:
    first, second = range(2, 5), range(5, 9)
    late = 9 * S + MS
    parts = [
        found(name, traffic(own, sent=None, first=start, last=start + 9 * S))
        for name, own, start in (("a", first, 0), ("b", first, late), ("c", second, 0), ("d", second, late))
    ]
    joined = join_pieces(parts)
    assert (joined.names, joined.doubts) == ({"a": "a+b", "b": "a+b", "c": "c+d", "d": "c+d"}, [])


def test_one_chain_alone_is_joined_in_doubt() -> None:
    """A lossless switch-over of an active-backup team looks the same, if nothing else was captured."""
    own = range(2, 5)
    joined = join_pieces(
        [found("a", traffic(own, sent=None)), found("b", traffic(own, sent=None, first=9 * S, last=18 * S))]
    )
    assert joined.names == {"a": "a+b", "b": "a+b"}
    assert "pieces of one capture" in joined.doubts[0].text


def test_streams_that_stand_still_first_are_no_pieces() -> None:
    own = range(2, 5)
    late = 10 * S
    parts = [found("a", traffic(own, sent=None)), found("b", traffic(own, sent=None, first=late, last=late + 9 * S))]
    assert join_pieces(parts) == join_pieces([])
