"""Which broadcasts count as flooded to all members; frames by RFC 826, expectations follow from who sent what where."""

from __future__ import annotations

from flowmap.decode.control import ControlFrame
from flowmap.team.neighbors.addresses import announcements, answered, flooded_frames, told_macs

HOST, PEERS, PORT = 0x020000000064, (0x02000000000A, 0x02000000000B, 0x02000000000C), 0x0200000000F1
S = 10**9


def arp(sender: int, at: float, member: int) -> ControlFrame:
    """Who has 10.0.0.100, asked by `sender`, as captured on `member`."""
    mac = sender.to_bytes(6, "big")
    body = (
        bytes.fromhex("0001080006040001") + mac + bytes([10, 0, 0, sender & 0xFF]) + bytes(6) + bytes([10, 0, 0, 100])
    )
    return ControlFrame(round(at * S), member, 0, b"\xff" * 6 + mac + b"\x08\x06" + body)


def flooded(frames: list[ControlFrame]) -> int:
    return flooded_frames(frames, [0, 1], [HOST], {HOST, *PEERS}, lambda _, ts_ns: ts_ns)


def everywhere() -> list[ControlFrame]:
    return [arp(peer, 1 + n, member) for n, peer in enumerate(PEERS) for member in (0, 1)]


def test_what_reaches_every_member_is_flooded() -> None:
    assert flooded(everywhere()) == 3


def test_what_the_port_at_the_end_of_a_link_says_reaches_that_member_alone() -> None:
    assert flooded(everywhere() + [arp(PORT, 5 + n, 0) for n in range(9)]) == 3


def test_a_switch_that_aggregates_sends_each_talker_on_one_member() -> None:
    assert flooded([arp(peer, 1 + n, n % 2) for n, peer in enumerate(PEERS)]) == 0


def test_a_talker_on_one_member_alone_contradicts_flooding() -> None:
    assert flooded([*everywhere(), arp(PEERS[0], 9, 1)]) == 0


def sent(
    sender: int,
    body: bytes,
    ethertype: bytes,
    *,
    to: bytes = b"\xff" * 6,
    at: float = 1,
    member: int = 0,
    direction: int = 0,
) -> ControlFrame:
    mac = sender.to_bytes(6, "big")
    return ControlFrame(round(at * S), member, direction, to + mac + ethertype + body)


def arp_body(operation: int, mac: int, address: int, target: int) -> bytes:
    """RFC 826 for Ethernet and IPv4: operation 1 asks, 2 answers."""
    fixed = bytes.fromhex("000108000604") + operation.to_bytes(2, "big")
    return fixed + mac.to_bytes(6, "big") + address.to_bytes(4, "big") + bytes(6) + target.to_bytes(4, "big")


def neighbor(kind: int, src: int, dst: int, target: int, mac: int | None = None) -> bytes:
    """RFC 4861: type 135 solicits, 136 advertises; option 2 is the target's link-layer address."""
    header = b"\x60" + bytes(3) + b"\0\x20\x3a\xff" + src.to_bytes(16, "big") + dst.to_bytes(16, "big")
    option = b"" if mac is None else b"\2\1" + mac.to_bytes(6, "big")
    return header + bytes([kind]) + bytes(7) + target.to_bytes(16, "big") + option


ARP, IPV6, RARP, TAG = b"\x08\x06", b"\x86\xdd", b"\x80\x35", b"\x81\x00\x00\x07"
ALL_NODES, ANYBODY = 0xFF02 << 112 | 1, 0
HOST_6, PEER_6 = 0xFE80 << 112 | 0x64, 0xFE80 << 112 | 0x0A


def test_who_answers_or_is_asked_by_whom() -> None:
    frames = [
        sent(PEERS[0], arp_body(1, PEERS[0], 10, 100), ARP),  # 10 asks for 100
        sent(HOST, arp_body(2, HOST, 100, 10), TAG + ARP),  # 100 answers 10, in a VLAN
        sent(HOST, arp_body(1, HOST, 100, 100), ARP),  # an announcement asks nobody
        sent(HOST, arp_body(1, HOST, 0, 100), ARP),  # a probe tells no address (RFC 5227)
        sent(PEERS[0], arp_body(1, PEERS[0], 10, 100)[:27], ARP),
        sent(PEERS[0], b"\0\1\x08\0\6\x06" + bytes(30), ARP),  # addresses of another length
    ]
    assert list(answered(frames)) == [((4, 100), (4, 10)), ((4, 100), (4, 10))]


def test_neighbour_discovery_says_the_same_of_ipv6() -> None:
    frames = [
        sent(PEERS[0], neighbor(135, PEER_6, ALL_NODES, HOST_6), IPV6),
        sent(HOST, neighbor(136, HOST_6, PEER_6, HOST_6), IPV6),
        sent(HOST, neighbor(136, HOST_6, ALL_NODES, HOST_6), IPV6),  # to all: nobody asked
        sent(HOST, neighbor(135, ANYBODY, ALL_NODES, HOST_6), IPV6),  # duplicate address detection
        sent(HOST, neighbor(134, HOST_6, PEER_6, HOST_6), IPV6),  # a router's
        sent(HOST, neighbor(136, HOST_6, PEER_6, HOST_6)[:63], IPV6),
    ]
    assert list(answered(frames)) == [((6, HOST_6), (6, PEER_6)), ((6, HOST_6), (6, PEER_6))]


def test_macs_are_told_by_the_sender_of_arp_and_by_advertisements_with_the_option() -> None:
    frames = [
        sent(PORT, arp_body(1, PEERS[0], 10, 100), ARP),  # the sender is in the packet, whoever carried the frame
        sent(HOST, arp_body(2, HOST, 100, 10), ARP),
        sent(HOST, arp_body(1, PORT, 100, 10), ARP),
        sent(HOST, arp_body(1, HOST, 0, 10), ARP),
        sent(HOST, arp_body(1, 0, 77, 10), ARP),
        sent(HOST, neighbor(136, HOST_6, PEER_6, HOST_6, HOST), IPV6),
        sent(HOST, neighbor(136, PEER_6, HOST_6, PEER_6), IPV6),
        sent(HOST, neighbor(135, HOST_6, PEER_6, PEER_6, HOST), IPV6),
        sent(HOST, b"", b"\x88\xcc"),
    ]
    assert told_macs(frames) == {(4, 10): {PEERS[0]}, (4, 100): {HOST, PORT}, (6, HOST_6): {HOST}}


def moments(*frames: ControlFrame) -> list[tuple[float, int]]:
    found = announcements(frames, [HOST], lambda member, ts_ns: ts_ns - member * S)
    return [(ts_ns / S, member) for ts_ns, member in found]


def test_the_host_announces_itself_by_rarp_by_arp_for_its_own_address_and_to_all_nodes() -> None:
    own = arp_body(1, HOST, 100, 100)
    assert moments(sent(HOST, bytes(28), RARP)) == [(1, 0)]
    assert moments(sent(HOST, own, ARP)) == [(1, 0)]
    assert moments(sent(HOST, neighbor(136, HOST_6, ALL_NODES, HOST_6), IPV6, to=b"\x33\x33" + bytes(4))) == [(1, 0)]
    assert moments(sent(HOST, arp_body(1, HOST, 100, 10), ARP)) == []  # it asks somebody
    assert moments(sent(HOST, neighbor(135, HOST_6, ALL_NODES, HOST_6), IPV6)) == []
    assert moments(sent(HOST, own, ARP, to=b"\2" + bytes(5))) == []  # to one station
    assert moments(sent(PEERS[0], arp_body(1, PEERS[0], 10, 10), ARP)) == []
    assert moments(sent(HOST, own, ARP, direction=1)) == []  # it came in
    assert moments(sent(HOST, own[:27], ARP)) == []


def test_a_flooded_announcement_was_sent_once_on_the_first_member() -> None:
    own = arp_body(1, HOST, 100, 100)
    back = sent(HOST, own, ARP, at=2.5, member=1)  # half a second later by the true time
    assert moments(back, sent(HOST, own, ARP)) == [(1, 0)]
    again = sent(HOST, own, ARP, at=3.1, member=1)
    assert moments(sent(HOST, own, ARP), again) == [(1, 0), (2.1, 1)]
