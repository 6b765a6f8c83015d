"""Recorded captures to edit: records of classic pcap files by member, read and written byte by byte."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

__all__ = ["Change", "Record", "Team", "at_speed", "edited", "read", "seconds", "write"]

_FOLDER = Path(__file__).resolve().parent.parent
_UNITS = {0xA1B2C3D4: 1000, 0xA1B23C4D: 1}
"""Nanoseconds in a unit of time, by the magic number."""


@dataclass(frozen=True)
class Record:
    """One frame: nanoseconds UTC, captured bytes, original length."""

    ts_ns: int
    data: bytes
    wire_len: int


Team = dict[str, list[Record]]
"""Records in order of time, by member."""
Change = Callable[[float, str, Record], Iterable[Record]]
"""(seconds since the team's first frame, member, record) -> what stands in its place."""


def read(folder: str) -> Team:
    """All members of a folder of captures/."""
    paths = sorted(path for path in (_FOLDER / folder).iterdir() if ".pcap" in path.name)
    return {path.name.split(".")[0]: _records(path) for path in paths}


def _records(path: Path) -> list[Record]:
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    unit = _UNITS[struct.unpack_from("<I", data)[0]]  # little-endian, as all that are edited
    found, at = [], 24
    while at + 16 <= len(data):
        second, part, captured, wire = struct.unpack_from("<4I", data, at)
        found.append(Record(second * 10**9 + part * unit, data[at + 16 : at + 16 + captured], wire))
        at += 16 + captured
    return found


def edited(team: Team, change: Change) -> Team:
    """Every record changed; then in order of time again."""
    begin = _begin(team)
    return {
        member: sorted(
            (new for one in records for new in change((one.ts_ns - begin) / 1e9, member, one)),
            key=lambda one: one.ts_ns,
        )
        for member, records in team.items()
    }


def _begin(team: Team) -> int:
    return min(records[0].ts_ns for records in team.values() if records)


def at_speed(team: Team, factor: float) -> Team:
    """As if it had gone so many times as fast (below 1: as slow)."""
    begin = _begin(team)
    return {
        member: [replace(one, ts_ns=begin + round((one.ts_ns - begin) / factor)) for one in records]
        for member, records in team.items()
    }


def seconds(team: Team) -> float:
    """From the first frame to the last."""
    return (max(records[-1].ts_ns for records in team.values() if records) - _begin(team)) / 1e9


def write(folder: Path, team: Team) -> None:
    """One pcap (nanoseconds) for each member."""
    folder.mkdir(parents=True, exist_ok=True)
    for member, records in team.items():
        out = [struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, 1)]
        for one in records:
            second, nano = divmod(one.ts_ns, 10**9)
            out += (struct.pack("<4I", second, nano, len(one.data), one.wire_len), one.data)
        (folder / f"{member}.pcap").write_bytes(b"".join(out))
