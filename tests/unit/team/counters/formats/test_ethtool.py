"""Counters of a driver."""

from __future__ import annotations

from pathlib import Path

from flowmap.team.counters.model import Reading
from flowmap.team.counters.read import readings_in

COUNTED = Path(__file__).parents[1] / "counted"


def of_file(name: str) -> list[Reading]:
    return readings_in((COUNTED / name).read_text(encoding="utf-8"), name)


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
