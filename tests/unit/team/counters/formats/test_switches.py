"""Counters as switches print them in tables.

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
        ("nxos-tables.txt", "Eth1/1"),
    ],
)
def test_a_port_s_input_is_what_the_host_sent(file: str, port: str) -> None:
    found = {one.interface: one for one in readings_in((COUNTED / file).read_text(encoding="utf-8"), file)}
    assert found[port].of_switch
    missing = {"ios.txt": {"tx_drops"}}.get(file, set())
    assert dict(found[port].values) == {name: count for name, count in ALL.items() if name not in missing}
    assert len(found) == 2, "the other port has its own"


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
