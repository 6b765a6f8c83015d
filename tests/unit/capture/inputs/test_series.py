"""Names that capture programs give to pieces, and windows that follow each other."""

from __future__ import annotations

import pytest

from flowmap.capture.inputs import PlannedCapture
from flowmap.capture.inputs.series import following, piece_of
from flowmap.capture.inputs.settle import settle

S = 10**9


@pytest.mark.parametrize(
    ("one", "other", "stem"),
    [
        ("eth1.pcap", "eth1.pcap1", "eth1"),  # tcpdump -C
        ("eth1.pcap00", "eth1.pcap11.gz", "eth1"),  # tcpdump -C -W, older files compressed
        ("eth1.pcap.1", "eth1.pcap.2", "eth1"),  # log rotation
        ("eth1-095500.pcap", "eth1-100000.pcap", "eth1"),  # tcpdump -G, %H%M%S
        ("eth1_2026-01-01_23:59:00.pcap", "eth1_2026-01-02_00:00:00.pcap", "eth1"),
        ("eth1.2026-01-01T09-55-00Z.pcapng", "eth1.2026-01-01T09-56-00Z.pcapng", "eth1"),
        ("trace-eth1-1767261300.pcap", "trace-eth1-1767261360.pcap", "trace-eth1"),  # %s
        ("20260101095500-eth1.pcap", "20260101095600-eth1.pcap", "eth1"),
        ("eth1-0955.pcap", "eth1-0955.pcap1", "eth1"),  # tcpdump -G -C
        ("p2p1-Thu.pcap", "p2p1-Fri.pcap", "p2p1"),  # %a
        ("0955.pcap", "0956.pcap", ""),
        ("eth1_0059.pcap", "eth1_0060.pcap", "eth1"),  # a counter, of which some look like times
        ("eth1-00.pcap", "eth1-01.pcap", "eth1"),
    ],
)
def test_names_of_pieces(one: str, other: str, stem: str) -> None:
    a, b = piece_of(one), piece_of(other)
    assert (a.key, a.stem, b.stem) == (b.key, stem, stem)
    assert {a.kind, b.kind} != {"none"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("eth1.pcap", "eth2.pcap"),
        ("vmnic3.pcap", "vmnic4.pcap"),
        ("NIC2.pcap", "NIC3.pcap"),
        ("a-1.pcap", "a-2.pcap"),
        ("eth1-095500.pcap", "eth2-095500.pcap"),
        ("enp1s0f0.pcap", "enp1s0f1.pcap"),
    ],
)
def test_numbers_of_interfaces_are_no_counters(one: str, other: str) -> None:
    a, b = piece_of(one), piece_of(other)
    assert a.kind == b.kind == "none" or a.key != b.key


def test_windows_that_follow() -> None:
    assert following([(60 * S, 119 * S), (0, 59 * S)]) is True
    assert following([(0, 60 * S), (59_900_000_000, 120 * S)]) is True  # several queues
    assert following([(0, 60 * S), (1 * S, 61 * S)]) is False
    assert following([(0, 60 * S), (30 * S, 30 * S)]) is False  # an idle member's one broadcast
    assert following([(0, 60 * S), (1 * S, 61 * S), (61 * S, 120 * S)]) is None
    assert following([(5, 5), (5, 5)]) is False  # one time for all: nothing is known
    assert following([(0, 60 * S), (200 * S, 260 * S)], closely=True) is False


def plan(*names: str) -> list[PlannedCapture]:
    return [PlannedCapture(name, None, "stem", n, piece=piece_of(name), folder="/x") for n, name in enumerate(names)]


def test_pieces_come_in_the_order_of_their_times() -> None:
    """A ring that has wrapped: the file with the lowest number is the latest."""
    settled = settle(plan("e.pcap0", "e.pcap1", "e.pcap2"), [(20 * S, 29 * S), (0, 9 * S), (10 * S, 19 * S)])
    assert [one.path for one in settled.captures] == ["e.pcap1", "e.pcap2", "e.pcap0"]
    assert {(one.member, one.name_from) for one in settled.captures} == {("e", "series")}


def test_captures_of_one_time_are_no_pieces() -> None:
    settled = settle(plan("n-01.pcap", "n-02.pcap"), [(0, 9 * S), (1, 9 * S)])
    assert [one.member for one in settled.captures] == [None, None]
    assert not settled.doubts


def test_some_that_follow_and_some_that_do_not_are_a_doubt() -> None:
    spans = [(0, 59 * S), (1, 59 * S), (60 * S, 119 * S), (60 * S, 118 * S)]
    settled = settle(plan("c-095500.pcap", "c-095501.pcap", "c-095600.pcap", "c-095601.pcap"), spans)
    (doubt,) = settled.doubts
    assert "NAME=PATTERN" in doubt.text
    assert len(doubt.paths) == 4
