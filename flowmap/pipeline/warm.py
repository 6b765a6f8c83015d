"""Compiles every kernel once, by running each on a packet or two."""

from __future__ import annotations

import io
import struct

from flowmap.capture.reader import CaptureReader
from flowmap.flow.scan import Backend, scan_capture
from flowmap.trace.collect import trace_capture

__all__ = ["compile_all"]

_EVER = (-(2**63) + 1, 2**63 - 1)


class _Memory:
    """A capture in memory as a source."""

    wrapping: tuple[str, ...] = ()
    ending = None

    def __init__(self, data: bytes) -> None:
        self.path, self.size, self.notices = "built in", len(data), []  # type: ignore[var-annotated]
        self._file = io.BytesIO(data)

    def readinto(self, view: memoryview) -> int:
        return self._file.readinto(view)

    def skip(self, count: int) -> int:
        before = self._file.tell()
        return self._file.seek(min(before + count, self.size)) - before

    def tell(self) -> int:
        return self._file.tell()

    def close(self) -> None:
        self._file.close()


def compile_all() -> None:
    """Read a pcap and a pcapng of one TCP segment through both passes."""
    for data in (_pcap(), _pcapng()):
        scan = scan_capture(CaptureReader(_Memory(data)), _EVER, Backend(True))  # type: ignore[arg-type]
        wanted = scan.rows.copy()
        wanted["link"] = 0
        reader = CaptureReader(_Memory(data))  # type: ignore[arg-type]
        assert sum(map(len, trace_capture(reader, wanted, {(0, 0): 0}, _EVER, True))) == 1


def _frame() -> bytes:
    ethernet = bytes(12) + b"\x08\x00"
    ip = struct.pack("!BBHHHBBHII", 0x45, 0, 40, 1, 0, 64, 6, 0, 1, 2)
    return ethernet + ip + struct.pack("!HHIIBBHHH", 1, 2, 3, 4, 0x50, 0x10, 5, 0, 0)


def _pcap() -> bytes:
    frame = _frame()
    header = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    return header + struct.pack("<IIII", 1, 0, len(frame), len(frame)) + frame


def _pcapng() -> bytes:
    frame = _frame()
    padded = frame + bytes(-len(frame) % 4)
    section = struct.pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28)
    interface = struct.pack("<IIHHII", 1, 20, 1, 0, 65535, 20)
    length = 32 + len(padded)
    packet = struct.pack("<IIIIIII", 6, length, 0, 0, 1, len(frame), len(frame)) + padded + struct.pack("<I", length)
    return section + interface + packet
