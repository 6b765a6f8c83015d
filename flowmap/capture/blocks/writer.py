"""Writing pcapng: a section, its interfaces, packets. Little endian, nanoseconds.

In: packets with integer nanoseconds UTC. Out: blocks as draft-ietf-opsawg-pcapng lays them out (sections 4.1 to 4.3), to a
binary file that is written forward. Times before 1970, which the format cannot hold as such, shift all interfaces by
if_tsoffset.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import BinaryIO

from flowmap.dataclass import dataclass

__all__ = ["MOST_CAPTURED", "PcapngWriter", "WrittenInterface"]

MOST_CAPTURED = 262_144
"""Bytes of a packet that readers accept (Wireshark refuses a file with more); the original length says what is cut."""
_END = struct.pack("<HH", 0, 0)
_PACKET = struct.Struct("<7I")
_FLAGS = struct.Struct("<HHIHHI")
_NANO = 10**9
_EPB, _EPB_WITHOUT_OPTIONS, _EPB_OPTIONS = 6, 32, 12
_COMMENT, _USERAPPL = 1, 4
_NAME, _DESCRIPTION, _SPEED, _RESOLUTION, _FCS, _TS_OFFSET = 2, 3, 8, 9, 13, 14


@dataclass(frozen=True)
class WrittenInterface:
    """An interface to describe; `speed_bps` bits per second, `snaplen` 0: no limit."""

    name: str | None
    link_type: int
    snaplen: int = 0
    speed_bps: int | None = None
    fcs_len: int = 0
    description: str | None = None


class PcapngWriter:
    """Writes the headers when made; then call `packet` for each."""

    def __init__(
        self,
        out: BinaryIO,
        interfaces: Sequence[WrittenInterface],
        *,
        application: str = "flowmap",
        comment: str | None = None,
        first_ns: int = 0,
    ) -> None:
        """`first_ns` is the time of the earliest packet to come: it matters where that is before 1970."""
        self._out = out
        self._shift_s = min(0, first_ns // _NANO)
        options = [(_USERAPPL, application.encode())]
        if comment is not None:
            options.insert(0, (_COMMENT, _text(comment)))
        self._block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + _options(options))
        for interface in interfaces:
            self._interface(interface)

    def packet(self, interface: int, ts_ns: int, frame: bytes, wire_len: int, flags: int = 0) -> None:
        """Write an enhanced packet block; `flags` is epb_flags, 0: not known. More than MOST_CAPTURED bytes are cut."""
        frame = frame[:MOST_CAPTURED]
        ticks = ts_ns - self._shift_s * _NANO
        padding = -len(frame) & 3
        length = _EPB_WITHOUT_OPTIONS + len(frame) + padding + (_EPB_OPTIONS if flags else 0)
        head = _PACKET.pack(_EPB, length, interface, ticks >> 32, ticks & 0xFFFFFFFF, len(frame), wire_len)
        options = _FLAGS.pack(2, 4, flags, 0, 0, length) if flags else length.to_bytes(4, "little")
        self._out.write(b"".join((head, frame, bytes(padding), options)))

    def _interface(self, one: WrittenInterface) -> None:
        options: list[tuple[int, bytes]] = []
        if one.name is not None:
            options.append((_NAME, _text(one.name)))
        if one.description is not None:
            options.append((_DESCRIPTION, _text(one.description)))
        if one.speed_bps is not None:
            options.append((_SPEED, struct.pack("<Q", one.speed_bps)))
        options.append((_RESOLUTION, b"\x09"))
        if one.fcs_len:
            options.append((_FCS, bytes([one.fcs_len])))
        if self._shift_s:
            options.append((_TS_OFFSET, struct.pack("<q", self._shift_s)))
        self._block(1, struct.pack("<HHI", one.link_type, 0, one.snaplen) + _options(options))

    def _block(self, kind: int, body: bytes) -> None:
        length = 12 + len(body)
        self._out.write(struct.pack("<II", kind, length) + body + struct.pack("<I", length))


def _text(value: str) -> bytes:
    return value.encode("utf-8", "backslashreplace")[:60000]


def _options(options: Sequence[tuple[int, bytes]]) -> bytes:
    parts = [struct.pack("<HH", code, len(value)) + value + bytes(-len(value) & 3) for code, value in options]
    return b"".join(parts) + _END
