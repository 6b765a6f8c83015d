"""Counters of RDMA devices."""

from __future__ import annotations

from flowmap.team.counters.changes import changes_of
from flowmap.team.counters.match import counters_of_members
from flowmap.team.counters.read import readings_in
from flowmap.team.description.match import Seen
from flowmap.team.members import TeamMember


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
