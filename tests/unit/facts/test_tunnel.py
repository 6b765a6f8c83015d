"""The outer headers of a direction: the pair of addresses with most packets, and one header where all have the same."""

from __future__ import annotations

from collections import Counter

from flowmap.decode.outer import OuterHeader
from flowmap.facts.flows import ENCAPSULATIONS
from flowmap.facts.tunnel import find_tunnel
from flowmap.trace.collecting.outer import NOT_TOLD, OuterHeaders

VXLAN = ENCAPSULATIONS.index("vxlan")
A, B, C = 0x0A000001, 0x0A000002, 0x0A000003


def outer(dst: int, sport: int, dport: int = 4789) -> OuterHeader:
    return OuterHeader(
        src_hi=0, src_lo=A, dst_hi=0, dst_lo=dst, sport=sport, dport=dport, version=4, protocol=17 if sport else 47
    )


def numbered(*headers: OuterHeader) -> tuple[OuterHeaders, list[int]]:
    outers = OuterHeaders()
    return outers, [outers.number(header) for header in headers]


def test_the_pair_with_most_packets_gives_addresses_and_ports() -> None:
    outers, (one, two, far) = numbered(outer(B, 50001), outer(B, 50000), outer(C, 50009))
    tunnel = find_tunnel(VXLAN, Counter({one: 2, two: 2, far: 3}), outers)
    assert tunnel is not None
    assert (tunnel.name, tunnel.src, tunnel.dst) == ("vxlan", (4, A), (4, B))  # 4 packets of two flows, against 3
    assert (tunnel.src_ports, tunnel.dst_port, tunnel.pairs) == ((50000, 50001), 4789, 2)
    assert tunnel.header is None


def test_one_header_of_all_packets_is_what_the_team_hashes() -> None:
    outers, (one,) = numbered(outer(B, 50001))
    tunnel = find_tunnel(VXLAN, Counter({one: 7}), outers)
    assert tunnel is not None
    assert tunnel.header == ((4, A), 50001, (4, B), 4789, 17)


def test_a_tunnel_without_ports_has_none() -> None:
    outers, (one,) = numbered(outer(B, 0, 0))
    tunnel = find_tunnel(ENCAPSULATIONS.index("gre"), Counter({one: 7}), outers)
    assert tunnel is not None
    assert (tunnel.src_ports, tunnel.dst_port) == ((), None)


def test_without_a_tunnel_or_a_header_that_was_read_there_is_none() -> None:
    outers, (one,) = numbered(outer(B, 50001))
    assert find_tunnel(0, Counter({one: 7}), outers) is None
    assert find_tunnel(VXLAN, Counter({0: 7}), outers) is None
    assert find_tunnel(VXLAN, Counter({NOT_TOLD: 7}), outers) is None
