"""Counters as switches print them of each port.

The forms are those of real devices (github.com/networktocode/ntc-templates, tests/; Cisco's, Juniper's, Aruba's and Huawei's
command references); the numbers are made up, each another, so that none can be taken for another one.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from flowmap.team.counters.read import readings_in

COUNTED = Path(__file__).parents[1] / "counted"


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
