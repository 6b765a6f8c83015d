"""/sys/class/infiniband: the counters of an RDMA device's ports, as `grep -H .` or `head` print many files.

    grep -H . /sys/class/infiniband/*/ports/*/{counters,gid_attrs/ndevs}/*

port_rcv_data and port_xmit_data are words of 4 bytes. They count what RDMA moved: a RoCE driver such as mlx5 answers with its
counters of RDMA alone. Which network interface a device is of, `gid_attrs/ndevs` or `rdma link` says; else its own name may.
Sources: kernel Documentation/ABI/stable/sysfs-class-infiniband, drivers/infiniband/hw/mlx5/mad.c; the InfiniBand architecture
specification, volume 1, 16.1.3.5 (PortCounters).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from flowmap.team.counters.model import Counter, Reading, whole

__all__ = ["infiniband_ports"]

_PORT = r"(?:/sys/class/infiniband/)?(?P<device>[\w-]+)/ports/(?P<port>\d+)"
_COUNT = re.compile(
    rf"^(?:==> )?{_PORT}/(?:hw_)?counters/(?P<name>\w+)(?: <==\s*\n|: ?)(?P<count>\d+) *$", re.MULTILINE
)
_NETDEV = re.compile(rf"^(?:==> )?{_PORT}/gid_attrs/ndevs/\d+(?: <==\s*\n|: ?)(?P<netdev>\S+) *$", re.MULTILINE)
_LINK = re.compile(r"^(?:\d+: +)?(?:link )?(?P<device>[\w-]+)/(?P<port>\d+):? .*\bnetdev (?P<netdev>\S+)", re.MULTILINE)
_WORD = 4
_NAMES: Mapping[str, tuple[Counter, int]] = {
    "port_rcv_data": ("rdma_rx_bytes", _WORD),
    "port_xmit_data": ("rdma_tx_bytes", _WORD),
    "port_xmit_discards": ("tx_drops", 1),
    "port_rcv_errors": ("rx_errors", 1),
    "out_of_buffer": ("rx_drops", 1),
}


def infiniband_ports(text: str, source: str) -> Iterator[Reading]:
    """Yield all ports in the text; a counter that comes again begins a later reading."""
    if "/counters/port_" not in text:
        return
    netdevs = {
        (match["device"], match["port"]): match["netdev"]
        for pattern in (_LINK, _NETDEV)
        for match in pattern.finditer(text)
    }
    ports: dict[tuple[str, str], dict[Counter, int]] = {}
    for match in _COUNT.finditer(text):
        known, count, port = _NAMES.get(match["name"]), whole(match["count"]), (match["device"], match["port"])
        if known is None or count is None:
            continue
        own = ports.setdefault(port, {})
        if known[0] in own:
            yield Reading(netdevs.get(port, port[0]), "/sys/class/infiniband", source, own)
            own = ports[port] = {}
        own[known[0]] = count * known[1]
    for port, own in ports.items():
        yield Reading(netdevs.get(port, port[0]), "/sys/class/infiniband", source, own)
