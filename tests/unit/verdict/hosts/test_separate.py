"""The commands that analyze each of two hosts by itself say again what the user had said, and nothing of the other host."""

from __future__ import annotations

from typing import Any

import pytest
from judged_teams import stream, way

from flowmap.settings.config import Settings, Thresholds
from flowmap.team.members import MemberCapture, TeamMember
from flowmap.verdict.hosts.separate import HostGroup, separate_commands


def member(number: int, *paths: str, interfaces: tuple[tuple[int, int], ...] = ((0, 0),), name: str = "") -> TeamMember:
    captures = [
        MemberCapture(path, "pcapng", (1,), 1, 1, 1, 0, 0, None, None, False, False, None, interfaces) for path in paths
    ]
    return TeamMember(number, name or f"nic{number + 1}", captures)


FIRST, SECOND = HostGroup([member(0, "a/nic1.pcap")], (4, 0x0A000001)), HostGroup([member(1, "b/nic2.pcap")])


def commands(*groups: HostGroup, own: Any = (), **settings: Any) -> list[str]:
    return [str(one) for one in separate_commands(groups or (FIRST, SECOND), own, Settings(**settings))]


def test_each_host_has_its_captures_and_its_address() -> None:
    assert commands() == ["flowmap analyze a/nic1.pcap --local 10.0.0.1", "flowmap analyze b/nic2.pcap"]


def test_a_member_whose_file_does_not_tell_its_name_is_named_and_words_are_quoted() -> None:
    odd = HostGroup([member(0, "my captures/x.pcap", name="Ethernet 2"), member(1, "x/nic2_a.pcap", "x/nic2_b.pcap")])
    assert commands(odd) == ["flowmap analyze 'Ethernet 2'='my captures/x.pcap' x/nic2_a.pcap x/nic2_b.pcap"]


def test_a_file_of_both_hosts_is_parted_by_its_interfaces() -> None:
    both = [
        HostGroup([member(0, "all.pcapng", interfaces=((0, 0), (0, 2)))]),
        HostGroup([member(1, "all.pcapng", interfaces=((0, 1),))]),
    ]
    assert commands(*both) == [
        "tshark -r all.pcapng -Y 'frame.interface_id == 0 || frame.interface_id == 2' -w host1-1.pcapng",
        "flowmap analyze nic1=host1-1.pcapng",
        "tshark -r all.pcapng -Y 'frame.interface_id == 1' -w host2-1.pcapng",
        "flowmap analyze nic2=host2-1.pcapng",
    ]


def test_interfaces_of_several_sections_are_told_with_their_section() -> None:
    both = [HostGroup([member(k, "all.pcapng", interfaces=((k, 0),))]) for k in range(2)]
    assert commands(*both)[0] == (
        "tshark -r all.pcapng -Y '(frame.section_number == 0 && frame.interface_id == 0)' -w host1-1.pcapng"
    )


@pytest.mark.parametrize(
    ("settings", "options"),
    [
        ({"default_speed": 25 * 10**9}, "--speed 25G"),
        ({"default_speed": 2_500_000_000}, "--speed 2500M"),
        ({"default_speed": 64_000}, "--speed 64k"),
        ({"default_speed": 1_001}, "--speed 1001"),
        ({"mode": "lacp", "algorithm": "transport-ports"}, "--mode lacp --algorithm transport-ports"),
        ({"migration_ports": ((6600, 6600), (49152, 49215))}, "--migration-port 6600 --migration-port 49152-49215"),
        ({"streams": "bulk", "top": 3}, "--streams bulk --top 3"),
        ({"decoder": "dpkt"}, "--decoder dpkt"),
        ({"from_ns": 1_500_000_000, "to_ns": 2_000_000_001}, "--from 1.500000000 --to 2.000000001"),
        ({"strict": True}, "--strict"),
        ({"thresholds": Thresholds(spread_alpha=0.05)}, "--threshold spread_alpha=0.05"),
    ],
)
def test_what_was_said_is_said_again_to_both(settings: dict[str, Any], options: str) -> None:
    assert commands(**settings) == [
        f"flowmap analyze a/nic1.pcap --local 10.0.0.1 {options}",
        f"flowmap analyze b/nic2.pcap {options}",
    ]


def test_speeds_and_descriptions_go_to_the_host_that_they_are_about() -> None:
    groups = FIRST, HostGroup(SECOND.members, described=False)
    assert commands(*groups, team=("t.txt",), speeds={"nic1": 10**10, "nic2": 10**9, "other": 1}) == [
        "flowmap analyze a/nic1.pcap --local 10.0.0.1 --team t.txt --speed nic1=10G",
        "flowmap analyze b/nic2.pcap --speed nic2=1G",
    ]


def test_an_address_that_was_told_goes_to_the_host_that_all_streams_there_have() -> None:
    own = [
        stream(0, way("rx", 1, 1), way("tx", 1, 1)),
        stream(1, way("rx", 2, 1, macs=(0x11, 0x22)), way("tx", 2, 1, macs=(0x22, 0x11))),
    ]
    told = ("10.0.0.100", "10.0.0.1", "00:00:00:00:00:22")
    assert commands(own=own, local=told)[1] == "flowmap analyze b/nic2.pcap --local 10.0.0.100"
    assert (
        commands(own=own[1:], local=told)[1]
        == "flowmap analyze b/nic2.pcap --local 10.0.0.100 --local 00:00:00:00:00:22"
    )
    assert commands(local=told)[1] == "flowmap analyze b/nic2.pcap"
