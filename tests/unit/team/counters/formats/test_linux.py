"""Counters as Linux prints them."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowmap.team.counters.changes import changes_of
from flowmap.team.counters.model import Reading
from flowmap.team.counters.read import readings_in

COUNTED = Path(__file__).parents[1] / "counted"


def of_file(name: str) -> list[Reading]:
    return readings_in((COUNTED / name).read_text(encoding="utf-8"), name)


@pytest.mark.parametrize("kind", ["ip-{}.json", "proc-net-dev-{}.txt"])
def test_linux_as_the_kernel_counted_what_was_sent(kind: str) -> None:
    """Between both readings a packet socket on eth1 saw 40 datagrams of 98 bytes go out, and nothing else."""
    both = [*of_file(kind.format("before")), *of_file(kind.format("after"))]
    changes = {change.after.interface: change for change in changes_of(both)}
    assert (changes["eth1"].values["tx_packets"], changes["eth1"].values["tx_bytes"]) == (40, 3920)
    assert (changes["p1"].values["rx_packets"], changes["p1"].values["rx_bytes"]) == (40, 3920)
    assert (changes["eth1"].values["rx_packets"], changes["eth2"].values["tx_packets"]) == (0, 0)
