"""Transfers that were recorded on slow links, at other speeds."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from dataclasses import replace

from kit.recordings import Record, Team, at_speed, edited, read

__all__ = ["RECIPES"]

_SHIFT = 7
"""Each frame with payload stands for 128: 2 to the power of this."""
_SCALE = 4
"""Of which the window scale takes over so much: it was 10, and may be 14."""
_SYN, _WINDOW_SCALE = 0x02, 3


def one_core() -> Team:
    """limits/paced (a sender paced to 12 Mbit/s) 2.5 times as fast, each frame 128 times as long, as segmentation offload
    makes them: 3.9 Gbit/s, as one processor core makes them."""
    return at_speed(_enlarged(read("limits/paced")), 2.5)


def paced_above_one_core() -> Team:
    """The same 6 times as fast: 9.2 Gbit/s, more than one processor core gives a stream."""
    return at_speed(_enlarged(read("limits/paced")), 6)


def one_vmotion() -> Team:
    """paced-above-one-core to port 8000 of a vSphere host."""

    def change(_at: float, _member: str, one: Record) -> Iterable[Record]:
        data = bytearray(one.data)
        for at in (34, 36):
            if data[12:14] == b"\x08\x00" and data[23] == 6 and data[at : at + 2] == (6600).to_bytes(2, "big"):
                data[at : at + 2] = (8000).to_bytes(2, "big")
        return [replace(one, data=bytes(data))]

    return edited(paced_above_one_core(), change)


RECIPES: dict[str, Callable[[], Team]] = {
    "one-core": one_core,
    "one-vmotion": one_vmotion,
    "paced-above-one-core": paced_above_one_core,
}


def _enlarged(team: Team) -> Team:
    """TCP over IPv4, untagged: sequence and acknowledgment numbers, windows and lengths times 128."""
    starts: dict[bytes, int] = {}

    def change(_at: float, _member: str, one: Record) -> Iterable[Record]:
        if one.data[12:14] != b"\x08\x00" or one.data[23] != 6:
            return [one]
        data, tcp = bytearray(one.data), 14 + 4 * (one.data[14] & 15)
        ends = bytes(data[26:34]), bytes(data[tcp : tcp + 4])
        there = ends[0] + ends[1]
        back = ends[0][4:] + ends[0][:4] + ends[1][2:] + ends[1][:2]
        seq, ack = struct.unpack_from(">II", data, tcp + 4)
        starts.setdefault(there, seq)
        starts.setdefault(back, ack - 1)
        struct.pack_into(">II", data, tcp + 4, _far(seq, starts[there]), _far(ack, starts[back]))
        header = 4 * (data[tcp + 12] >> 4)
        payload = one.wire_len - tcp - header
        if data[tcp + 13] & _SYN:
            _scale(data, tcp + 20, tcp + header)
        else:
            window = int.from_bytes(data[tcp + 14 : tcp + 16], "big") << _SHIFT - _SCALE
            data[tcp + 14 : tcp + 16] = min(window, 0xFFFF).to_bytes(2, "big")
            data[16:18] = b"\0\0" if payload > 0 else data[16:18]
            payload <<= _SHIFT
        return [replace(one, data=bytes(data), wire_len=tcp + header + max(0, payload))]

    return edited(team, change)


def _far(number: int, start: int) -> int:
    """Sequence numbers count from the one after the SYN's."""
    passed = (number - start - 1) % (1 << 32)
    if passed >= 1 << 31:
        return number
    return (start + 1 + (passed << _SHIFT)) % (1 << 32)


def _scale(data: bytearray, at: int, end: int) -> None:
    """The window scale option of a SYN."""
    while at < end and data[at]:
        if data[at] == _WINDOW_SCALE:
            data[at + 2] += _SCALE
            return
        at += 1 if data[at] == 1 else data[at + 1]
