"""Migrations in tunnels: what the team hashes, and so what the claims count, are the outer headers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from made import Interface, lacpdus, report, stream, write
from strategies import ethernet, gre_header, ipv4_header, ipv6_header, udp_header

from flowmap.analysis import analyze
from flowmap.report.formats.text.page import render
from flowmap.settings.config import Settings

VNI = bytes([8, 0, 0, 0, 0, 0, 9, 0])
TEAM_END = 0xC0000201


def vxlan(end: int, port: int) -> Callable[[bytes, bool], bytes]:
    """Between tunnel endpoint 192.0.2.`end` and the team's, 192.0.2.1; `port` is the peer's source port, ours is 40000."""

    def wrap(frame: bytes, inbound: bool) -> bytes:
        body = udp_header(4789, len(VNI + frame), port if inbound else 40000) + VNI + frame
        ends = (0xC0000200 + end, TEAM_END) if inbound else (TEAM_END, 0xC0000200 + end)
        macs = (0x50 + end, 0x99) if inbound else (0x99, 0x50 + end)
        return ethernet(*macs, 0x0800) + ipv4_header(*ends, len(body), protocol=17) + body

    return wrap


def gre(frame: bytes, inbound: bool) -> bytes:
    body = gre_header(0x6558) + frame
    ends = (2, 1) if inbound else (1, 2)
    return ethernet(0x52, 0x99, 0x86DD) + ipv6_header(*ends, 47, len(body)) + body


def test_the_outer_headers_are_told(tmp_path: Path) -> None:
    path = write(tmp_path / "nic1.pcapng", Interface(stream(11, wrap=vxlan(7, 51111)) + lacpdus(1)))
    (stream_row,) = report(path)["streams"]
    assert stream_row["encapsulation"] == "vxlan"
    assert stream_row["client"]["ip"] == "10.0.0.11"
    outer = {d["direction"]: d["outer"] for d in stream_row["directions"]}
    common = {"src_port_count": 1, "dst_port": 4789, "address_pairs": 1}
    assert outer["rx"] == {"src": "192.0.2.7", "dst": "192.0.2.1", "src_ports": [51111], **common}
    assert outer["tx"] == {"src": "192.0.2.1", "dst": "192.0.2.7", "src_ports": [40000], **common}


def test_a_tunnel_without_ports_and_a_stream_without_a_tunnel(tmp_path: Path) -> None:
    path = write(tmp_path / "nic1.pcapng", Interface(stream(11, wrap=gre) + stream(12)))
    rows = {row["client"]["ip"]: row for row in report(path)["streams"]}
    inside = next(d["outer"] for d in rows["10.0.0.11"]["directions"] if d["src"]["ip"] == "10.0.0.11")
    assert inside == {
        "src": "::2",
        "dst": "::1",
        "src_ports": [],
        "src_port_count": 0,
        "dst_port": None,
        "address_pairs": 1,
    }
    assert [d["outer"] for d in rows["10.0.0.12"]["directions"]] == [None, None]


def two_members(tmp_path: Path, first: list[int], wrap: Callable[[int], Callable[[bytes, bool], bytes]]) -> list[str]:
    """Ten hosts' migrations, those of `first` on nic1, the others on nic2."""
    sides: list[list] = [[], []]  # type: ignore[type-arg]
    for peer in range(11, 21):
        sides[peer not in first] += stream(peer, wrap=wrap(peer))
    return [write(tmp_path / f"nic{k}.pcapng", Interface(side + lacpdus(k))) for k, side in enumerate(sides, 1)]


def test_hosts_behind_one_tunnel_are_one_host_of_one_key(tmp_path: Path) -> None:
    """Ten inner hosts on one member would be a fault (2/2^10); with one outer header it is the only thing that can be."""
    document = report(*two_members(tmp_path, list(range(11, 21)), lambda _: vxlan(7, 51111)))
    spread = document["claims"]["spread"]
    assert (spread["verdict"], spread["hosts"], spread["units"]) == ("not-applicable", 1, 1)
    assert "one vxlan tunnel from 192.0.2.7 to 192.0.2.1" in spread["reason"]
    assert document["claims"]["pinned"]["verdict"] == "pass"


@pytest.mark.parametrize(("first", "verdict"), [([11, 13, 15, 17, 19], "pass"), (list(range(11, 21)), "fail")])
def test_tunnel_endpoints_are_the_hosts(tmp_path: Path, first: list[int], verdict: str) -> None:
    spread = report(*two_members(tmp_path, first, lambda peer: vxlan(peer, 51000 + peer)))["claims"]["spread"]
    assert (spread["verdict"], spread["hosts"], spread["unit"], spread["units"]) == (verdict, 10, "host", 10)


def test_streams_that_share_an_outer_header_are_one_unit(tmp_path: Path) -> None:
    """One endpoint whose source ports spread ten streams over two members: five outer flows, five units."""
    document = report(*two_members(tmp_path, [11, 12, 13, 14], lambda peer: vxlan(7, 51000 + (peer - 11) // 2)))
    spread = document["claims"]["spread"]
    assert (spread["hosts"], spread["unit"], spread["units"]) == (1, "stream", 5)
    keys = {row["key"]: row["verdict"] for row in document["policy"]["rx"] if row["key"]}
    assert keys["ip"] == "refuted"
    assert keys["4tuple"] == "fits"


def test_the_text_names_the_tunnel(tmp_path: Path) -> None:
    path = write(tmp_path / "nic1.pcapng", Interface(stream(11, wrap=vxlan(7, 51111))))
    text = render(analyze([path], Settings()).report, 100, False)
    assert "in vxlan 192.0.2.7 -> 192.0.2.1, UDP source port 51111" in text
