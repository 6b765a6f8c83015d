"""Counters as switches and RDMA devices print them.

The forms are those of real devices (github.com/networktocode/ntc-templates, tests/; Cisco's, Juniper's, Aruba's and Huawei's
command references); the numbers are made up, each another, so that none can be taken for another one.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from flowmap.team.counters.changes import changes_of
from flowmap.team.counters.match import counters_of_members
from flowmap.team.counters.model import Reading
from flowmap.team.counters.read import readings_in
from flowmap.team.description.match import Seen, same_port
from flowmap.team.members import TeamMember

COUNTED = Path(__file__).parent / "counted"
ALL = {
    "tx_packets": 101,
    "tx_bytes": 102,
    "tx_errors": 103,
    "tx_drops": 104,
    "rx_packets": 201,
    "rx_bytes": 202,
    "rx_errors": 203,
    "rx_drops": 204,
}


@pytest.mark.parametrize(
    ("file", "port"),
    [
        ("junos.txt", "xe-0/0/1"),
        ("aos-cx.txt", "1/1/1"),
        ("aos-cx-old.txt", "1/1/1"),
        ("nxos.txt", "Ethernet1/1"),
        ("ios.txt", "GigabitEthernet1/0/1"),
        ("vrp.txt", "10GE1/0/1"),
        ("nxos-tables.txt", "Eth1/1"),
    ],
)
def test_a_port_s_input_is_what_the_host_sent(file: str, port: str) -> None:
    found = {one.interface: one for one in readings_in((COUNTED / file).read_text(encoding="utf-8"), file)}
    assert found[port].of_switch
    missing = {"ios.txt": {"tx_drops"}}.get(file, set())
    assert dict(found[port].values) == {name: count for name, count in ALL.items() if name not in missing}
    assert len(found) == 2, "the other port has its own"


def test_logical_interfaces_queues_and_other_protocols_add_nothing() -> None:
    (xe1, xe2) = readings_in((COUNTED / "junos.txt").read_text(encoding="utf-8"), "x")
    assert (xe1.interface, xe2.interface, xe2.values["tx_packets"]) == ("xe-0/0/1", "xe-0/0/2", 7)


@pytest.mark.parametrize(
    ("one", "another", "same"),
    [
        ("Gi1/0/1", "GigabitEthernet1/0/1", True),
        ("GE1/0/1", "GigabitEthernet1/0/1", True),
        ("1/1/1", "1/1/1", True),
        ("XGE0/0/1", "XGigabitEthernet0/0/1", True),
        ("10GE1/0/1", "10GE1/0/1", True),
        ("xe-0/0/1.0", "xe-0/0/1", True),
        ("Te1/0/1", "TwentyFiveGigE1/0/1", False),
        ("GE0/0/1", "XGigabitEthernet0/0/1", False),
        ("502", "Po502", False),
        ("10GE1/0/1", "GE1/0/1", False),
        ("1/1/1", "1/1/11", False),
    ],
)
def test_ports_are_the_same_however_long_their_type_is_written(one: str, another: str, same: bool) -> None:
    assert same_port(one, another) is same
    assert same_port(another, one) is same


def test_rdma_counts_words_of_4_bytes_and_is_of_the_interface_that_sysfs_names() -> None:
    port = "/sys/class/infiniband/mlx5_0/ports/1"
    counts = (
        f"{port}/counters/port_rcv_data:1000\n{port}/counters/port_xmit_data:2000\n{port}/counters/port_rcv_packets:9\n"
    )
    named = (f"{port}/gid_attrs/ndevs/0:ens1f0\n", "link mlx5_0/1 state ACTIVE physical_state LINK_UP netdev ens1f0\n")
    for text in named:
        (one,) = readings_in(counts + text, "x")
        assert (one.interface, dict(one.values)) == ("ens1f0", {"rdma_rx_bytes": 4000, "rdma_tx_bytes": 8000})
    by_head = "".join(f"==> {line.replace(':', ' <==' + chr(10), 1)}\n\n" for line in counts.splitlines())
    assert [dict(one.values) for one in readings_in(by_head, "x")] == [{"rdma_rx_bytes": 4000, "rdma_tx_bytes": 8000}]


def test_an_rdma_device_that_is_named_by_its_place_on_the_bus_is_the_interface_there() -> None:
    port = "/sys/class/infiniband/rocep1s0f1/ports/1/counters/"
    both = [
        reading
        for when, count in ((0, 5), (1, 7))
        for reading in readings_in(f"{port}port_rcv_data:{count}\n", f"{when}")
    ]
    members = [Seen(TeamMember(0, "enp1s0f0np0")), Seen(TeamMember(1, "enp1s0f1np1"))]
    assert dict(counters_of_members(changes_of(both), members, None)[1].values) == {"rdma_rx_bytes": 8}


def _ip(mac: str, packets: int) -> str:
    stats = f'"rx":{{"packets":{packets},"bytes":{packets}}},"tx":{{"packets":0,"bytes":0}}'
    return f'[{{"ifname":"eth1","address":"{mac}","stats64":{{{stats}}}}}]\n'


def _ethtool(dropped: int) -> str:
    return f"NIC statistics:\n     rx_dropped: {dropped}\n"


def test_counters_of_two_hosts_in_one_text_are_told_apart_by_prompts_and_macs() -> None:
    """Both hosts have an eth1; the member's MAC is the second host's. What fits only by name follows its host."""

    def text(first: int, second: int) -> str:
        return (
            f"[root@hv1 ~]# ip -s -j link\n{_ip('02:00:00:00:00:01', first)}[root@hv1 ~]# ethtool -S eth1\n{_ethtool(first)}"
            f"root@hv2:~# ip -s -j link\n{_ip('02:00:00:00:00:02', second)}root@hv2:~# ethtool -S eth1\n{_ethtool(second)}"
        )

    both = [*readings_in(text(1000, 50), "before.txt"), *readings_in(text(5000, 57), "after.txt")]
    member = Seen(TeamMember(0, "eth1"), frozenset({0x020000000002}))
    found = counters_of_members(changes_of(both), [member], None)[0].values
    assert (found["rx_packets"], found["rx_drops"]) == (7, 7)


def test_of_two_switches_the_name_in_lldp_decides() -> None:
    def shown(first: int, second: int) -> list[Reading]:
        table = "Port        OutOctets  OutUcastPkts OutMcastPkts OutBcastPkts\nEth1/1   {0}  {0}  0  0\n"
        text = f"leaf1# show interface counters\n{table.format(first)}leaf2# show interface counters\n{table.format(second)}"
        return readings_in(text, "x")

    changes = changes_of([*shown(10, 100), *shown(11, 102)])
    members = [
        Seen(TeamMember(0, "a"), switch_port="Ethernet1/1", switch_name="leaf1.example.com"),
        Seen(TeamMember(1, "b"), switch_port="Ethernet1/1", switch_name="Leaf2"),
    ]
    found = counters_of_members(changes, members, None)
    assert [found[number].values["rx_bytes"] for number in (0, 1)] == [1, 2]


def test_a_member_may_be_called_by_its_switch_port() -> None:
    both = [Reading("Ethernet1/1", "show interfaces", "x", {"rx_packets": count}, of_switch=True) for count in (3, 9)]
    found = counters_of_members(changes_of(both), [Seen(TeamMember(0, "Eth1/1"))], None)
    assert dict(found[0].values) == {"rx_packets": 6}
