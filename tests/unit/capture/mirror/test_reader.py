"""Mirror headers as their makers document them; sessions as interfaces."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from flowmap.capture.opened import reader_of
from flowmap.capture.source.layers import open_source

INNER = bytes.fromhex("02aa00000001 02bb00000002 0800".replace(" ", "")) + bytes(range(46))
ANSWER = INNER[6:12] + INNER[:6] + INNER[12:]


def ipv4(protocol: int, body: bytes, source: int = 1, target: int = 200) -> bytes:
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), 7, 0, 64, protocol, 0)
    return bytes(12) + b"\x08\x00" + head + bytes((192, 0, 2, source, 192, 0, 2, target)) + body


def ipv6(following: int, body: bytes, source: int = 1) -> bytes:
    addresses = (
        bytes.fromhex("20010db8") + bytes(11) + bytes([source]) + bytes.fromhex("20010db8") + bytes(11) + b"\xc8"
    )
    return bytes(12) + b"\x86\xdd" + struct.pack("!IHBB", 6 << 28, len(body), following, 64) + addresses + body


def udp(port: int, body: bytes) -> bytes:
    return struct.pack("!HHHH", 40000, port, 8 + len(body), 0) + body


SECOND = struct.pack("!HHIHHI", 0x1000, 0x88BE, 5, 0x1001, 7, 0)
THIRD = struct.pack("!HHIHHIHH", 0x1000, 0x22EB, 5, 0x2001, 7, 9, 0, 0)
THIRD_LONG = struct.pack("!HHIHHIHH", 0x1000, 0x22EB, 5, 0x2001, 7, 9, 0, 1) + bytes(8)
SHIMS = {
    "ERSPAN I": (lambda inner: ipv4(47, struct.pack("!HH", 0, 0x88BE) + inner), "session0"),
    "ERSPAN II": (lambda inner: ipv4(47, SECOND + inner), "session7"),
    "ERSPAN III": (lambda inner: ipv4(47, THIRD + inner), "session7"),
    "ERSPAN III, subheader": (lambda inner: ipv4(47, THIRD_LONG + inner), "session7"),
    "ERSPAN II over IPv6": (lambda inner: ipv6(47, SECOND + inner), "session7"),
    "TZSP": (lambda inner: ipv4(17, udp(37008, b"\1\0\0\1\x0a\1\5\0\1" + inner)), "session0"),
    "VXLAN": (lambda inner: ipv4(17, udp(4789, b"\x08\0\0\0\0\0\x07\0" + inner)), "session7"),
    "GRE with a key": (lambda inner: ipv4(47, struct.pack("!HHI", 0x2000, 0x6558, 7) + inner), "session7"),
}


def written(path: Path, frames: list[bytes]) -> str:
    records = [struct.pack("<IIII", 1, n, len(f), len(f)) + f for n, f in enumerate(frames)]
    path.write_bytes(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1) + b"".join(records))
    return str(path)


def frames_of(path: str) -> list[tuple[str | None, bytes]]:
    """(name of the interface, frame) of each record."""
    source = open_source(path)
    reader = reader_of(source, compiled=False)
    found = []
    for block in reader.blocks():
        for _, offset, cap_len, wire_len, interface, _ in block.index.tolist():
            assert cap_len == wire_len
            found.append((reader.interfaces[interface].name, block.data[offset : offset + cap_len].tobytes()))
    source.close()
    return found


@pytest.mark.parametrize("kind", SHIMS)
def test_the_frame_inside_on_its_session(tmp_path: Path, kind: str) -> None:
    wrap, session = SHIMS[kind]
    found = frames_of(written(tmp_path / "m.pcap", [wrap(INNER), wrap(ANSWER)] * 3))
    assert found == [(session, INNER), (session, ANSWER)] * 3


@pytest.mark.parametrize("kind", ["VXLAN", "GRE with a key"])
def test_tunnels_between_hosts_are_no_mirrors(tmp_path: Path, kind: str) -> None:
    """Each host sends its half of the conversation to the other."""
    wrap, _ = SHIMS[kind]
    there = wrap(INNER)
    back = wrap(ANSWER)
    back = back[:26] + back[30:34] + back[26:30] + back[34:]
    found = frames_of(written(tmp_path / "t.pcap", [there, back] * 3))
    assert found == [(None, there), (None, back)] * 3


def test_frames_beside_the_mirrored_ones_stay_on_their_interface(tmp_path: Path) -> None:
    own = bytes(12) + b"\x08\x06" + bytes(46)
    wrap, session = SHIMS["ERSPAN II"]
    found = frames_of(written(tmp_path / "b.pcap", [own, wrap(INNER), wrap(INNER), own, wrap(INNER)]))
    assert found == [(None, own), (session, INNER), (session, INNER), (None, own), (session, INNER)]


@pytest.mark.parametrize("kind", SHIMS)
def test_every_cut_is_survived(tmp_path: Path, kind: str) -> None:
    frame = SHIMS[kind][0](INNER)
    for length in range(len(frame)):
        assert len(frames_of(written(tmp_path / "c.pcap", [frame, frame[:length]]))) == 2
