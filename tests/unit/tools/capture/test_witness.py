"""What the host says of itself: files of /sys that no program prints."""

from __future__ import annotations

from pathlib import Path

from flowmap.team.counters.read import readings_in
from flowmap.tools.capture.find import Found
from flowmap.tools.capture.witness import write_witness


def test_counters_of_rdma_are_those_of_the_members_devices_and_are_read_back(tmp_path: Path) -> None:
    """Two devices, one of a member; the tree as the kernel's sysfs-class-infiniband has it."""
    for device, netdev, count in (("mlx5_0", "ens1f0", 7), ("mlx5_1", "ens2f0", 9)):
        port = tmp_path / "infiniband" / device / "ports" / "1"
        (tmp_path / "net" / netdev / "device" / "infiniband" / device).mkdir(parents=True)
        for name, text in (
            ("counters/port_rcv_data", f"{count}\n"),
            ("hw_counters/out_of_buffer", "2\n"),
            ("gid_attrs/ndevs/0", f"{netdev}\n"),
        ):
            (port / name).parent.mkdir(parents=True, exist_ok=True)
            (port / name).write_text(text)
    found = Found(("ens1f0",))
    written = write_witness(found, tmp_path / "out", lambda command: "", tmp_path)
    assert "infiniband.txt" in written["counters"]
    text = (tmp_path / "out" / "infiniband.txt").read_text()
    (one,) = readings_in(text.replace(str(tmp_path), "/sys/class"), "infiniband.txt")
    assert (one.interface, dict(one.values)) == ("ens1f0", {"rdma_rx_bytes": 28, "rx_drops": 2})
