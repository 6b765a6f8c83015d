"""What is not decoded is counted by EtherType and protocol, of all link types that have them."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from flowmap.capture.reader import Block
from flowmap.flow.scanning.undecoded import Undecoded
from flowmap.types import IFACE, INDEX

MACS = bytes(12)
IPV4 = bytes.fromhex("450000140000000040") + b"%c" + bytes(10)
SLL2 = bytes(18)


def counted(frames: list[bytes], link_type: int = 1) -> dict[tuple[str, int], tuple[int, int]]:
    index = np.zeros(len(frames), INDEX)
    index["cap_len"] = index["wire_len"] = [len(frame) for frame in frames]
    index["offset"] = np.concatenate([[0], np.cumsum(index["cap_len"])[:-1]])
    ifaces = np.zeros(1, IFACE)
    ifaces["link_type"] = link_type
    undecoded = Undecoded()
    undecoded.take(Block(np.frombuffer(b"".join(frames), np.uint8), index, 0, 1), ifaces)
    return {(kind, number): found for (_, kind, number), found in undecoded.counts.items()}


def ethernet(*words: int, body: bytes = bytes(46)) -> bytes:
    return MACS + struct.pack(f"!{len(words)}H", *words) + body


def test_ethertypes_also_behind_tags() -> None:
    frames = [ethernet(0x88B5), ethernet(0x8100, 5, 0x88B5), ethernet(0x88A8, 5, 0x8100, 6, 0xFF00)]
    assert counted(frames) == {("ethertype", 0x88B5): (2, 124), ("ethertype", 0xFF00): (1, 68)}


def test_protocols_of_both_versions() -> None:
    ipv6 = struct.pack("!IHBB", 6 << 28, 0, 50, 64) + bytes(32)
    frames = [
        ethernet(0x0800, body=IPV4 % bytes([50])),
        ethernet(0x86DD, body=ipv6),
        ethernet(0x0800, body=IPV4 % b"\x84"),
    ]
    assert counted(frames) == {("protocol", 50): (2, 34 + 54), ("protocol", 132): (1, 34)}


def test_what_is_decoded_or_has_its_own_class_is_left_out() -> None:
    kinds = (0x0806, 0x8035, 0x8809, 0x88CC)
    packets = [ethernet(0x0800, body=IPV4 % bytes([protocol])) for protocol in (1, 6, 17, 47)]
    assert counted([*(ethernet(kind) for kind in kinds), *packets]) == {}


def test_llc() -> None:
    assert counted([ethernet(39)]) == {("llc", 0): (1, 60)}


def test_cooked_frames() -> None:
    assert counted([b"\x88\xb5" + SLL2 + bytes(20)], 276) == {("ethertype", 0x88B5): (1, 40)}


@pytest.mark.parametrize("length", range(20))
def test_cut_frames_never_crash(length: int) -> None:
    counted([ethernet(0x8100, 5, 0x88B5)[:length], ethernet(0x8100, 5, 0x8100)[:length]])
