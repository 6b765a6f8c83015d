"""Counters as ESXi prints them."""

from __future__ import annotations

from pathlib import Path

from flowmap.team.counters.model import Reading
from flowmap.team.counters.read import readings_in

COUNTED = Path(__file__).parents[1] / "counted"


def of_file(name: str) -> list[Reading]:
    return readings_in((COUNTED / name).read_text(encoding="utf-8"), name)


def test_esxcli() -> None:
    (found,) = of_file("esxcli.txt")
    assert found.interface == "vmnic2"
    assert found.values["rx_packets"] == 701280499176
    assert found.values["tx_bytes"] == 676938646792793
    assert found.values["rx_drops"] == 2452783244
