"""Which broadcasts count as flooded to all members; frames by RFC 826, expectations follow from who sent what where."""

from __future__ import annotations

from flowmap.decode.control import ControlFrame
from flowmap.team.neighbors.addresses import flooded_frames

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
