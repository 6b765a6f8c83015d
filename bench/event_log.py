"""Speed of Windows event trace logs beside pcapng: the same frames of bulk in both, 96 bytes of each, two members in one file.

    python -m bench.event_log --packets 3e6 --runs 5      # prints packets per second, net of start-up, and the ratio
    python -m bench.event_log --packets 3e6 --parts 2     # the same, each frame in two events, as Server 2012 logs them

The log is as netsh writes it: an event a frame (all of one size; what is behind a short frame is not its), buffers of 64 KB of
eight processors, closed when they are full.
"""

from __future__ import annotations

import argparse
import resource
import struct
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np

from bench.frames import START_S, Columns, enhanced_blocks, frames, pcapng_header, put
from bench.sets import Member, Set

BUFFER, EVENT, PROCESSORS, BATCH = 65536, 80 + 12, 8, 16
FREQUENCY, FILETIME_1970 = 10_000_000, 116_444_736_000_000_000
NDIS = UUID("2ed6006e-4729-4609-b423-3ee7bcd678ef").bytes_le
KEYWORD, KEY_START, KEY_END = 0x2_0000_0001, 0x4000_0000, 0x8000_0000
Bytes = np.ndarray[Any, np.dtype[np.uint8]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packets", type=float, default=3e6)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--parts", type=int, default=1, help="events of each frame")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        small, large = (made(Path(folder), int(count), given.parts) for count in (2000, given.packets))
        seconds: dict[str, list[float]] = {path.name: [] for path in (*small, *large)}
        for _ in range(given.runs):  # in turn, so that another load meets all of them
            for path in (*small, *large):
                seconds[path.name].append(processor_time(path))
    net = [min(seconds[b.name]) - min(seconds[a.name]) for a, b in zip(small, large, strict=True)]
    for path, taken in zip(large, net, strict=True):
        print(f"{path.suffix[1:]:8} {given.packets / taken / 1e6:6.2f} million packets/s of processor time")
    print(f"the log is read at {net[0] / net[1]:.2f} of pcapng's speed")


def made(folder: Path, count: int, parts: int = 1) -> tuple[Path, Path]:
    """The same packets as pcapng and as a log."""
    one = Set(max(count // 2, 100))
    pair = [next(Member(one, number).chunks()) if count < 10_000 else whole(Member(one, number)) for number in (0, 1)]
    pcapng, log = folder / f"{count}.pcapng", folder / f"{count}.etl"
    pcapng.write_bytes(pcapng_header() + enhanced_blocks(pair, one).tobytes())
    with log.open("wb") as file:
        for buffer in buffers(pair, one, parts):
            file.write(buffer)
    return pcapng, log


def whole(member: Member) -> Columns:
    """All packets of a member."""
    chunks = list(member.chunks())
    return Columns(**{name: np.concatenate([getattr(c, name) for c in chunks]) for name in Columns.__annotations__})


def buffers(pair: list[Columns], one: Set, parts: int) -> list[bytes]:
    """A log's buffers in the order in which they are full."""
    events = np.concatenate([_events(packets, one, number, parts) for number, packets in enumerate(pair)])
    times = np.concatenate([packets.time_us for packets in pair])
    events = events[np.argsort(times, kind="stable")].reshape(len(times) * parts, -1)
    batch = BATCH * parts
    processor = np.repeat(np.random.default_rng(1).integers(0, PROCESSORS, len(events) // batch + 1), batch)[
        : len(events)
    ]
    room, full = (BUFFER - 72) // events.shape[1], []
    room -= parts > 1 and room % parts == 0  # so that frames go on in the next buffer of their processor
    for number in range(PROCESSORS):
        own = np.flatnonzero(processor == number)
        full += [
            (int(own[min(at + room, len(own)) - 1]), number, own[at : at + room]) for at in range(0, len(own), room)
        ]
    full.sort(key=lambda buffer: buffer[0])
    made = [_buffer(_header(), 0, 0, 4)]
    made += [_buffer(events[own].tobytes(), number, place + 1, 0) for place, (_, number, own) in enumerate(full)]
    return made


def _events(packets: Columns, one: Set, member: int, parts: int) -> Bytes:
    """(frames, parts, bytes of an event): the last part of a frame is the shortest, perhaps empty."""
    rows, kept, _ = frames(packets, one, member)
    most = -(-rows.shape[1] // parts)
    events = np.zeros((len(rows), parts, (EVENT + most + 7) // 8 * 8), np.uint8)
    for part in range(parts):
        keyword = KEYWORD | KEY_START * (part == 0) | KEY_END * (part == parts - 1)
        own, piece = events[:, part], rows[:, part * most : (part + 1) * most]
        head = struct.pack("<HBB12xq", 0, 0x13, 0xC0, 0) + NDIS + struct.pack("<H6xQ", 1001, keyword)
        own[:, : len(head)] = np.frombuffer(head, np.uint8)
        own[:, 16:24] = (packets.time_us * 10).astype("<i8").view(np.uint8).reshape(-1, 8)
        sizes = np.clip(np.asarray(kept, np.int64) - part * most, 0, most)
        for column, value, width in ((0, EVENT + most, 2), (80, 12 + member, 4), (84, 12 + member, 4), (88, sizes, 4)):
            put(own, column, value, width, "<")
        own[:, EVENT : EVENT + piece.shape[1]] = piece
    return events


def _header() -> bytes:
    start = START_S * FREQUENCY + FILETIME_1970
    body = struct.pack(
        "<IIIIqIIIIIIII", BUFFER, 0x0501000A, 17763, PROCESSORS, start + 10**9, 156_250, 0, 1, 1, 1, 8, 0, 2400
    )
    body += bytes(16 + 176) + struct.pack("<qqqII", 0, FREQUENCY, start, 1, 0) + bytes(4)
    return struct.pack("<HBBHHIIqII", 2, 2, 0xC0, 32 + len(body), 0, 0, 0, 0, 0, 0) + body


def _buffer(body: bytes, processor: int, sequence: int, kind: int) -> bytes:
    used = 72 + len(body)
    head = struct.pack("<IIIiqqQHHIIHH", BUFFER, used, used, 0, 0, sequence, 0, processor, 1, 3, used, 0x20, kind)
    return (head + bytes(16) + body).ljust(BUFFER, b"\xff")


def processor_time(path: Path) -> float:
    """Of one analysis, in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "flowmap", "analyze", "-q", "--exit-zero", "--decoder", "kernel", str(path)]
    subprocess.run(command, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
