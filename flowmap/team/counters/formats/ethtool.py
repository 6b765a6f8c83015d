"""`ethtool -S NIC`: the driver's own counters, which have RDMA and the port as a whole where the driver knows them.

The output does not name the interface: the command before it does, or the name of the file. Every driver has its own names. Of
several that may count the same the largest is taken, so that nothing is counted twice.
Sources: kernel Documentation/networking/device_drivers/ethernet/mellanox/mlx5/counters.rst, drivers igb, ixgbe, i40e, ice, sfc.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePath

from flowmap.team.counters.model import Counter, Reading, whole

__all__ = ["ethtool"]

_HEAD = re.compile(r"^NIC statistics: *$", re.MULTILINE)
_COMMAND = re.compile(r"ethtool +(?:-S|--statistics) +(\S+)")
_ROW = re.compile(r"^ +([\w.\[\]() -]+?): (\d+) *$", re.MULTILINE)
_NOISE = re.compile(
    r"^(?:ethtool|s|statistics?|stats?|counters?|before|after|vorher|nachher|pre|post|start|end|\d{6,})$"
)
_NAMES: Mapping[Counter, tuple[str, ...]] = {
    "rx_packets": ("rx_packets",),
    "tx_packets": ("tx_packets",),
    "rx_bytes": ("rx_bytes",),
    "tx_bytes": ("tx_bytes",),
    "rx_drops": (
        "rx_dropped",
        "rx_missed_errors",
        "rx_out_of_buffer",
        "rx_discards_phy",
        "rx_no_dma_resources",
        "port.rx_dropped",
        "rx_fifo_errors",
        "rx_no_buffer_count",
        "rx_discards",
        "rx_nodesc_drops",
        "port_rx_nodesc_drops",
    ),
    "tx_drops": ("tx_dropped", "tx_discards_phy", "tx_queue_dropped", "port.tx_dropped_link_down", "tx_discards"),
    "rx_errors": (
        "rx_errors",
        "rx_crc_errors",
        "rx_crc_errors_phy",
        "port.rx_crc_errors",
        "rx_symbol_err_phy",
        "port_rx_bad",
    ),
    "tx_errors": ("tx_errors", "tx_errors_phy", "port.tx_errors"),
    "rdma_rx_bytes": ("rx_vport_rdma_unicast_bytes", "rx_rdma_unicast_bytes"),
    "rdma_tx_bytes": ("tx_vport_rdma_unicast_bytes", "tx_rdma_unicast_bytes"),
    "port_rx_bytes": ("rx_bytes_phy", "port.rx_bytes", "port_rx_bytes"),
    "port_tx_bytes": ("tx_bytes_phy", "port.tx_bytes", "port_tx_bytes"),
}


def ethtool(text: str, source: str) -> Iterator[Reading]:
    """Yield all outputs in the text."""
    heads = list(_HEAD.finditer(text))
    for number, head in enumerate(heads):
        earlier = heads[number - 1].end() if number else 0
        commands = _COMMAND.findall(text, earlier, head.start())
        end = heads[number + 1].start() if number + 1 < len(heads) else len(text)
        own = {
            match[1]: count for match in _ROW.finditer(text, head.end(), end) if (count := whole(match[2])) is not None
        }
        values = {
            field: max(found)
            for field, names in _NAMES.items()
            if (found := [own[name] for name in names if name in own])
        }
        name = commands[-1] if commands else _of_file(source) if len(heads) == 1 else None
        if values and name:
            yield Reading(name, "ethtool -S", source, values)


def _of_file(source: str) -> str | None:
    """Return the interface in a file's name: eth1 of ethtool-eth1.txt and of eth1_before.txt."""
    words = re.split(r"[-_ ]+", PurePath(source.replace("\\", "/")).stem)
    return "-".join(word for word in words if not _NOISE.match(word.casefold())) or None
