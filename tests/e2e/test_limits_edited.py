"""What limits a migration, of the same recordings with something missing or other: right, or unknown with the reason.

Without TCP timestamps, without the SYNs, with several packets in a record as segmentation offload shows them, with jumbo
frames, with acknowledgments that end early; and with a speed that nobody gives but the switch, by LLDP. What each
recording's limit is, truth.json says.
"""

from __future__ import annotations

import gzip
import json
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

import flowmap

FOLDER = Path(__file__).resolve().parents[2] / "captures" / "limits"
TRUTH = {path.parent.name: json.loads(path.read_text())["scenario"] for path in sorted(FOLDER.glob("*/truth.json"))}
SYN, FIN, RST = 2, 1, 4


@dataclass(frozen=True)
class Record:
    """Of a little-endian pcap of Ethernet frames with IPv4 without options."""

    us: int
    wire_len: int
    data: bytes

    @property
    def tcp(self) -> bytes:
        return self.data[34:] if self.data[12:14] == b"\x08\x00" and self.data[23] == 6 else b""

    @property
    def payload(self) -> int:
        return int.from_bytes(self.data[16:18], "big") - 20 - (self.tcp[12] >> 4) * 4

    def has(self, flags: int) -> bool:
        return bool(self.tcp) and bool(self.tcp[13] & flags)

    def with_options(self, change: Callable[[int, bytes], bytes]) -> Record:
        """`change` gives the new octets of each option, by its kind."""
        tcp, at, end = bytearray(self.tcp), 20, (self.tcp[12] >> 4) * 4
        while at < end and tcp[at]:
            length = 1 if tcp[at] == 1 else tcp[at + 1]
            tcp[at : at + length] = change(tcp[at], bytes(tcp[at : at + length]))
            at += length
        return replace(self, data=self.data[:34] + bytes(tcp))


def read(path: Path) -> tuple[bytes, list[Record]]:
    data, at, records = gzip.decompress(path.read_bytes()), 24, []
    while at < len(data):
        seconds, us, captured, wire = struct.unpack_from("<4I", data, at)
        records.append(Record(seconds * 10**6 + us, wire, data[at + 16 : at + 16 + captured]))
        at += 16 + captured
    return data[:24], records


def write(path: Path, head: bytes, records: Iterable[Record]) -> None:
    parts = [struct.pack("<4I", r.us // 10**6, r.us % 10**6, len(r.data), r.wire_len) + r.data for r in records]
    path.write_bytes(head + b"".join(parts))


def without_timestamps(records: list[Record]) -> list[Record]:
    return [r.with_options(lambda kind, old: b"\1" * len(old) if kind == 8 else old) if r.tcp else r for r in records]


def without_syns(records: list[Record]) -> list[Record]:
    return [r for r in records if not r.has(SYN)]


def offloaded(records: list[Record], most: int = 40) -> list[Record]:
    """Up to `most` segments that follow one another within 2 ms in one record, as the host that sends or receives has them."""
    out: list[Record] = []
    last: dict[bytes, tuple[int, int, int]] = {}
    for r in records:
        if r.tcp and r.payload > 0 and not r.has(SYN | FIN | RST):
            key, seq = r.data[26:38], int.from_bytes(r.tcp[4:8], "big")
            place, following, count = last.get(key, (-1, -1, 0))
            if following == seq and count < most and r.us - out[place].us < 2000:
                wire = out[place].wire_len + r.payload
                data = out[place].data[:16] + (wire - 14).to_bytes(2, "big") + out[place].data[18:]
                out[place] = replace(out[place], wire_len=wire, data=data)
                last[key] = place, (seq + r.payload) % 2**32, count + 1
                continue
            last[key] = len(out), (seq + r.payload) % 2**32, 1
        out.append(r)
    return out


def acknowledged_for(part: float) -> Callable[[list[Record]], list[Record]]:
    """Acknowledgments are there for a part of the time only: the capture of the member that they came by ends early."""

    def edit(records: list[Record]) -> list[Record]:
        end = max((r.us for r in records), default=0)
        until = records[0].us + part * (end - records[0].us) if records else 0
        return [r for r in records if r.us < until or not r.tcp or r.payload > 0]

    return edit


def jumbo(records: list[Record]) -> list[Record]:
    """Six segments in one packet, and both sides' MSS says so."""
    mss = (8948).to_bytes(2, "big")
    changed = [
        r.with_options(lambda kind, old: old[:2] + mss if kind == 2 else old) if r.has(SYN) else r for r in records
    ]
    return offloaded(changed, most=6)


def lldp(us: int, mau: int) -> Record:
    """A switch announces its port and the medium that it runs (IEEE 802.1AB 8.5; IEEE 802.3 79.3.1)."""
    tlvs = [
        (1, b"\4" + bytes.fromhex("021b21000001")),
        (2, b"\5Eth1/1"),
        (3, b"\0\x78"),
        (7, b"\0\4\0\4"),
        (127, b"\0\x12\x0f\1\3\0\0" + mau.to_bytes(2, "big")),
        (0, b""),
    ]
    said = b"".join((kind << 9 | len(value)).to_bytes(2, "big") + value for kind, value in tlvs)
    frame = bytes.fromhex("0180c200000e021b2100000188cc") + said
    return Record(us, max(60, len(frame)), frame.ljust(60, b"\0"))


def heard(mau: int) -> Callable[[list[Record]], list[Record]]:
    """The switch's announcement before everything else; a member without packets stays without."""
    return lambda records: [*(lldp(first.us, mau) for first in records[:1]), *records]


EDITS: dict[str, Callable[[list[Record]], list[Record]]] = {
    "without timestamps": without_timestamps,
    "without SYNs": without_syns,
    "without both": lambda records: without_syns(without_timestamps(records)),
    "offloaded": offloaded,
    "acknowledged for a third of the time": acknowledged_for(1 / 3),
    "acknowledged for two thirds of the time": acknowledged_for(2 / 3),
    "jumbo": jumbo,
    "jumbo without both": lambda records: without_syns(without_timestamps(jumbo(records))),
}


def analyzed(name: str, edit: Callable[[list[Record]], list[Record]], speed: str | None) -> Iterator[dict[str, Any]]:
    """The judged streams."""
    with TemporaryDirectory() as folder:
        for path in sorted((FOLDER / name).glob("*.pcap.gz")):
            head, records = read(path)
            write(Path(folder) / path.stem, head, edit(records))
        report = flowmap.analyze(folder, **({} if speed is None else {"speed": speed})).report
    yield from (stream.model_dump() for stream in report.streams if stream.judged)


@cache
def limits(name: str, edit: str) -> list[dict[str, Any]]:
    return list(analyzed(name, EDITS[edit], TRUTH[name]["speed"]))


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("name", TRUTH)
def test_right_or_unknown_with_the_reason(name: str, edit: str) -> None:
    for stream in limits(name, edit):
        assert stream["limited_by"] in (TRUTH[name]["expect"], "unknown")
        assert stream["limited_by"] != "unknown" or stream["limit_evidence"]["reason"]


@pytest.mark.parametrize(
    "name", [name for name in TRUTH if TRUTH[name]["expect"] in ("member-line-rate", "shared-member")]
)
@pytest.mark.parametrize("edit", EDITS)
def test_a_full_member_needs_neither(name: str, edit: str) -> None:
    assert {stream["limited_by"] for stream in limits(name, edit)} == {TRUTH[name]["expect"]}


@pytest.mark.parametrize("name", ["window-tx", "window-rx", "slow-reader"])
def test_without_syns_the_window_is_not_known(name: str) -> None:
    """Its scale is in the SYNs (RFC 7323, 2.2); that it closed now and then is not enough for a limit, nor for its absence."""
    (stream,) = limits(name, "without SYNs")
    assert stream["limited_by"] == "unknown"
    assert "scale" in stream["limit_evidence"]["reason"]


def test_loss_is_of_packets_not_of_records() -> None:
    """1 % of the packets was dropped at random; that several are in one record does not change it."""
    for edit in ("offloaded", "without timestamps"):
        (stream,) = limits("loss-rx", edit)
        assert stream["limited_by"] == "loss"
        assert stream["limit_evidence"]["resent_share"] == pytest.approx(
            TRUTH["loss-rx"]["loss_percent"] / 100, rel=0.5
        )


@pytest.mark.parametrize(
    ("mau", "speed", "limit"), [(30, 10**9, "sender"), (36, 10**10, "sender"), (0, None, "unknown")]
)
def test_the_switch_tells_the_speed(mau: int, speed: int | None, limit: str) -> None:
    """1000BASE-T in full duplex, 10GBASE-SR, and a medium that is none of the list."""
    (stream,) = analyzed("paced", heard(mau), None)
    assert (stream["limited_by"], stream["limit_evidence"]["speed_bps"]) == (limit, speed)


def test_a_switch_that_tells_too_little_is_not_believed() -> None:
    """10BASE-T, on a link that was shaped to 20 Mbit/s and carried that."""
    found = list(analyzed("shared-tx", heard(11), None))
    assert {stream["limited_by"] for stream in found} == {"unknown"}
    assert all("more than its stated speed" in stream["limit_evidence"]["reason"] for stream in found)


@pytest.mark.parametrize("name", ["window-tx", "window-rx", "paced"])
def test_acknowledgments_of_most_of_the_time_are_enough(name: str) -> None:
    (stream,) = limits(name, "acknowledged for two thirds of the time")
    assert stream["limited_by"] == TRUTH[name]["expect"]
    (stream,) = limits(name, "acknowledged for a third of the time")
    assert stream["limited_by"] == "unknown"
