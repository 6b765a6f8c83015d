"""Readers of captures from Python, as they are used: `python -m bench.loops dpkt|scapy|nfstream FILE` counts packets of TCP."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator


def dpkt_loop(path: str) -> int:
    """A plain loop: each frame decoded, packets and bytes of each direction of a connection in a dict."""
    import dpkt

    flows: dict[tuple[bytes, bytes, int, int], list[int]] = {}
    with open(path, "rb") as file:
        for _time, data in dpkt.pcap.Reader(file):
            ip = dpkt.ethernet.Ethernet(data).data
            if isinstance(ip, dpkt.ip.IP) and isinstance(ip.data, dpkt.tcp.TCP):
                flow = flows.setdefault((ip.src, ip.dst, ip.data.sport, ip.data.dport), [0, 0])
                flow[0] += 1
                flow[1] += ip.len
    return sum(packets for packets, _ in flows.values())


def scapy_loop(path: str) -> int:
    """The same with scapy."""
    from scapy.layers.inet import IP, TCP
    from scapy.utils import PcapReader

    flows: dict[tuple[str, str, int, int], list[int]] = {}
    with PcapReader(path) as reader:
        for packet in reader:
            if TCP in packet:
                ip, tcp = packet[IP], packet[TCP]
                flow = flows.setdefault((ip.src, ip.dst, tcp.sport, tcp.dport), [0, 0])
                flow[0] += 1
                flow[1] += ip.len
    return sum(packets for packets, _ in flows.values())


def nfstream_loop(path: str) -> int:
    """Flows of nfstream, without looking into payload."""
    from nfstream import NFStreamer

    flows: Iterator[object] = iter(NFStreamer(source=path, statistical_analysis=False, n_dissections=0))
    return sum(flow.bidirectional_packets for flow in flows)  # type: ignore[attr-defined]


LOOPS: dict[str, Callable[[str], int]] = {"dpkt": dpkt_loop, "scapy": scapy_loop, "nfstream": nfstream_loop}

if __name__ == "__main__":
    print(f"packets: {LOOPS[sys.argv[1]](sys.argv[2])}")
