"""Whose counters they are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flowmap.team.counters.changes import changes_of
from flowmap.team.counters.match import counters_of_members
from flowmap.team.counters.model import Reading
from flowmap.team.counters.read import readings_in
from flowmap.team.description.match import Seen, same_port
from flowmap.team.members import TeamMember


def reading(**values: int) -> Reading:
    return Reading("eth1", "ip -s -j link", "counters.json", values)  # type: ignore[arg-type]


def test_one_reading_gives_totals_alone() -> None:
    seen = [Seen(TeamMember(0, "eth1"))]
    own = counters_of_members(changes_of([reading(rx_packets=5)]), seen, None)[0]
    assert (dict(own.values), dict(own.total)) == ({}, {"rx_packets": 5})


def test_members_are_told_by_name_then_mac_then_description() -> None:
    one, two = TeamMember(0, "eth1"), TeamMember(1, "b", macs=frozenset({"02:00:00:00:00:02"}))
    three = TeamMember(2, "c", descriptions=frozenset({"Intel(R) X710"}))
    given = [replace(reading(rx_packets=1), source="before"), replace(reading(rx_packets=3), source="after")]
    by_mac = [replace(item, interface="ens9", macs=frozenset({0x020000000002})) for item in given]
    by_label = [replace(item, interface="NIC", label="Intel[R] X710") for item in given]
    found = counters_of_members(changes_of([*given, *by_mac, *by_label]), [Seen(one), Seen(two), Seen(three)], None)
    assert [dict(own.values) for own in found.values()] == [{"rx_packets": 2}] * 3


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
