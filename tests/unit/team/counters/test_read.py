"""Counters as programs print them: what is read of each, how two readings become a difference, and whose it is."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from flowmap.errors import ConfigError
from flowmap.team.counters.changes import changes_of
from flowmap.team.counters.match import counters_of_members
from flowmap.team.counters.model import Reading
from flowmap.team.counters.read import readings_in
from flowmap.team.description.match import Seen
from flowmap.team.members import TeamMember
from flowmap.team.read import read_team_files

COUNTED = Path(__file__).parent / "counted"


def of_file(name: str) -> list[Reading]:
    return readings_in((COUNTED / name).read_text(encoding="utf-8"), name)


def reading(**values: int) -> Reading:
    return Reading("eth1", "ip -s -j link", "counters.json", values)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["ip-{}.json", "proc-net-dev-{}.txt"])
def test_linux_as_the_kernel_counted_what_was_sent(kind: str) -> None:
    """Between both readings a packet socket on eth1 saw 40 datagrams of 98 bytes go out, and nothing else."""
    both = [*of_file(kind.format("before")), *of_file(kind.format("after"))]
    changes = {change.after.interface: change for change in changes_of(both)}
    assert (changes["eth1"].values["tx_packets"], changes["eth1"].values["tx_bytes"]) == (40, 3920)
    assert (changes["p1"].values["rx_packets"], changes["p1"].values["rx_bytes"]) == (40, 3920)
    assert (changes["eth1"].values["rx_packets"], changes["eth2"].values["tx_packets"]) == (0, 0)


def test_a_veth_has_no_counters_of_packets_in_ethtool() -> None:
    assert of_file("ethtool-eth1-after.txt") == []


def test_ethtool_is_of_the_interface_in_the_command_or_in_the_file_s_name() -> None:
    """Names as in the kernel's mlx5/counters.rst."""
    text = (
        "NIC statistics:\n     rx_packets: 10\n     rx_out_of_buffer: 3\n     rx_discards_phy: 2\n     rx_bytes_phy: 900\n"
        "     rx_vport_rdma_unicast_bytes: 700\n     rx0_packets: 4\n"
    )
    values = {"rx_packets": 10, "rx_drops": 3, "port_rx_bytes": 900, "rdma_rx_bytes": 700}
    for source, given in (("x.txt", f"# ethtool -S ens1f0\n{text}"), ("host/before/ethtool-ens1f0.txt", text)):
        (found,) = readings_in(given, source)
        assert (found.interface, dict(found.values)) == ("ens1f0", values)
    both = readings_in(f"ethtool -S a\n{text}ethtool -S b\n{text}", "x")
    assert [one.interface for one in both] == ["a", "b"]


def test_the_table_that_windows_prints_by_itself_has_bytes_and_no_sum_of_packets() -> None:
    """As Get-NetAdapterStatistics prints it without ConvertTo-Json: numbers end where the heads of their columns end."""
    text = (
        "PS C:\\> Get-NetAdapterStatistics\r\n\r\n"
        "Name                             ReceivedBytes ReceivedUnicastPackets       SentBytes SentUnicastPackets\r\n"
        "----                             ------------- ----------------------       --------- ------------------\r\n"
        "SLOT 2 Port 1                    3048513519000                2440613       712045390             639371\r\n"
        "vEthernet (LM)                               0                      0               0                  0\r\n\r\n"
    )
    found = {one.interface: dict(one.values) for one in readings_in(text, "after.txt")}
    assert found == {
        "SLOT 2 Port 1": {"rx_bytes": 3048513519000, "tx_bytes": 712045390},
        "vEthernet (LM)": {"rx_bytes": 0, "tx_bytes": 0},
    }


def test_esxcli() -> None:
    (found,) = of_file("esxcli.txt")
    assert found.interface == "vmnic2"
    assert found.values["rx_packets"] == 701280499176
    assert found.values["tx_bytes"] == 676938646792793
    assert found.values["rx_drops"] == 2452783244


def test_windows_with_rdma() -> None:
    """Properties as MSFT_NetAdapterStatisticsSettingData has them."""
    item = {
        "Name": "Ethernet 1",
        "InterfaceDescription": "Mellanox ConnectX-5",
        "ReceivedBytes": 5000,
        "ReceivedUnicastPackets": 10,
        "ReceivedMulticastPackets": 2,
        "ReceivedBroadcastPackets": 1,
        "ReceivedDiscardedPackets": 4,
        "ReceivedPacketErrors": 0,
        "SentBytes": 700,
        "SentUnicastPackets": 7,
        "SentMulticastPackets": 0,
        "SentBroadcastPackets": 1,
        "OutboundDiscardedPackets": 0,
        "OutboundPacketErrors": 0,
        "RdmaStatistics": {"InboundBytes": 9, "OutboundBytes": 8},
    }
    (found,) = readings_in(json.dumps([item]), "x.json")
    assert (found.interface, found.label) == ("Ethernet 1", "Mellanox ConnectX-5")
    assert (found.values["rx_packets"], found.values["tx_packets"], found.values["rx_drops"]) == (13, 8, 4)
    assert (found.values["rdma_rx_bytes"], found.values["rdma_tx_bytes"]) == (9, 8)
    listed = "\n".join(f"{name:<28}: {value}" for name, value in item.items() if name != "RdmaStatistics")
    (printed,) = readings_in(f"\n{listed}\n\n", "x.txt")
    assert printed.values["rx_packets"] == 13


def test_rdma_activity_gives_totals_not_the_rate_of_a_second() -> None:
    path = r"\\host\rdma activity(mellanox connectx-5 _2)\rdma {} bytes/sec"
    raw = {"inbound": 70, "outbound": 60}
    samples = [{"Path": path.format(way), "CookedValue": 1.5, "RawValue": count} for way, count in raw.items()]
    (found,) = readings_in(json.dumps({"CounterSamples": samples}), "x.json")
    assert (found.label, dict(found.values)) == ("mellanox connectx-5 _2", {"rdma_rx_bytes": 70, "rdma_tx_bytes": 60})


def test_a_switch_s_in_is_the_host_s_tx() -> None:
    text = (
        "Port            InOctets    InUcastPkts    InMcastPkts    InBcastPkts \n"
        "Gi1/0/1             5000             20              3              1 \n\n"
        "Port           OutOctets   OutUcastPkts   OutMcastPkts   OutBcastPkts \n"
        "Gi1/0/1              900              7              0              2 \n"
    )
    (found,) = readings_in(text, "x.txt")
    assert found.of_switch
    assert dict(found.values) == {"tx_packets": 24, "rx_packets": 9, "tx_bytes": 5000, "rx_bytes": 900}
    assert len(readings_in(text + text, "x.txt")) == 2


def test_names_tell_before_from_after_and_then_the_order_given() -> None:
    small, large = reading(rx_packets=5), reading(rx_packets=9)
    named = changes_of([replace(large, source="after/x.json"), replace(small, source="before/x.json")])
    given = changes_of([replace(small, source="1.json"), replace(large, source="2.json")])
    assert [dict(one.values) for one in (*named, *given)] == [{"rx_packets": 4}, {"rx_packets": 4}]


def test_files_in_the_wrong_order_are_told_by_growing_numbers_of_several_interfaces() -> None:
    both = [
        replace(reading(rx_packets=9 - 4 * file), interface=name, source=f"{file}.json")
        for file in (0, 1)
        for name in "ab"
    ]
    assert [dict(one.values) for one in changes_of(both)] == [{"rx_packets": 4}] * 2


def test_a_counter_that_fell_is_told_and_not_used() -> None:
    (change,) = changes_of([reading(rx_packets=(1 << 32) - 5, tx_packets=1), reading(rx_packets=10, tx_packets=3)])
    assert (dict(change.values), change.backwards) == ({"tx_packets": 2}, ("rx_packets",))


def test_one_reading_gives_totals_alone() -> None:
    seen = [Seen(TeamMember(0, "eth1"))]
    own = counters_of_members(changes_of([reading(rx_packets=5)]), seen, None)[0]
    assert (dict(own.values), dict(own.total)) == ({}, {"rx_packets": 5})


def test_members_are_told_by_name_then_mac_then_description() -> None:
    one, two, three = (
        TeamMember(0, "eth1"),
        TeamMember(1, "b", macs=frozenset({"02:00:00:00:00:02"})),
        TeamMember(2, "c"),
    )
    three = replace(three, descriptions=frozenset({"Intel(R) X710"}))
    given = [replace(reading(rx_packets=1), source="before"), replace(reading(rx_packets=3), source="after")]
    by_mac = [replace(item, interface="ens9", macs=frozenset({0x020000000002})) for item in given]
    by_label = [replace(item, interface="NIC", label="Intel[R] X710") for item in given]
    found = counters_of_members(changes_of([*given, *by_mac, *by_label]), [Seen(one), Seen(two), Seen(three)], None)
    assert [dict(own.values) for own in found.values()] == [{"rx_packets": 2}] * 3


def test_team_takes_counters_beside_descriptions_and_alone(tmp_path: Path) -> None:
    teams, readings = read_team_files([str(COUNTED / "proc-net-dev-before.txt"), str(COUNTED / "ip-after.json")])
    assert not teams
    assert {one.kind for one in readings} == {"/proc/net/dev", "ip -s -j link"}
    none = tmp_path / "none.txt"
    none.write_text("NIC statistics:\n     no_such: 5\n")
    with pytest.raises(ConfigError, match="ethtool -S"):
        read_team_files([str(none)])


@pytest.mark.parametrize(
    "text",
    ["[" * 5000, "[\n" * 5000, "NIC statistics:\n" * 5000, "Port InOctets\n" + "a 1\n" * 30_000, '{"ifname": 1}'],
)
def test_hostile_texts_are_no_counters(text: str) -> None:
    assert readings_in(text, "x") == []
