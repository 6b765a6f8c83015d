"""Counters as Windows prints them."""

from __future__ import annotations

import json

from flowmap.team.counters.read import readings_in


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
