"""Captures that cost a reader most for their size: time and peak memory of `flowmap analyze` with every report.

    python -m bench.pathological [NAME...] [--scale 1]

Each is made with none of flowmap's code, read once, and deleted. Prints a Markdown table: size, seconds of the processor and of
the clock, the most anonymous memory that the process had, and its exit code. Linux.
"""

from __future__ import annotations

import argparse
import gzip
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from builders import epb, idb, shb  # noqa: E402
from many import short_streams  # noqa: E402
from strategies import ethernet, ipv4_header, tcp_header  # noqa: E402

from bench.measure import watch_memory  # noqa: E402

HOST, PEER = 0x0A000064, 0x0B000000
BEGIN = 1_790_000_000
SECOND = 10**9
SNAP = 96
Frame = tuple[int, bytes, int]
"""(nanoseconds since the begin, the frame, its length on the wire)."""


def pcap(path: Path, frames: Iterable[Frame]) -> None:
    with path.open("wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, 1))
        for at, frame, wire in frames:
            out.write(struct.pack("<IIII", BEGIN + at // SECOND, at % SECOND, len(frame), wire) + frame)


def data(number: int, seq: int, *, back: bool = False, payload: int = 1400, tag: bytes = b"") -> tuple[bytes, int]:
    """A segment of the stream of a host, to port 6600 of the team, or its acknowledgment."""
    ends, ports, macs = (PEER + number, HOST), (50000, 6600), (2, 1)
    if back:
        ends, ports, macs, payload = ends[::-1], ports[::-1], macs[::-1], 0
    tcp = tcp_header(*ports, 1 if back else seq, seq if back else 1, 16)
    start = ethernet(*macs, 0x0800)
    frame = start[:12] + tag + start[12:] + ipv4_header(*ends, len(tcp) + payload) + tcp
    return frame[:SNAP], len(frame) + payload


def moves(folder: Path, scale: float) -> None:
    """One stream that changes its member after each ten packets."""
    count = int(100_000 * scale)
    for member in (0, 1):
        pcap(
            folder / f"nic{member + 1}.pcap",
            (
                (n * 10**6 + k * 1000, *data(1, 1 + (n * 10 + k) * 1400))
                for n in range(member, count, 2)
                for k in range(10)
            ),
        )


def members(folder: Path, scale: float) -> None:
    """A team of two hundred interfaces in one pcapng, with a host on each."""
    count = int(200 * scale)
    with (folder / "team.pcapng").open("wb") as out:
        out.write(shb() + b"".join(idb(name=f"nic{n}", resolution=9) for n in range(count)))
        for k in range(200):
            for n in range(count):
                frame, wire = data(n, 1 + k * 1400)
                out.write(epb(BEGIN * SECOND + k * 10**7 + n * 1000, frame, interface=n, wire=wire))


def days(folder: Path, scale: float) -> None:
    """Thirty days of a few packets a second on two members."""
    for member in (0, 1):
        pcap(
            folder / f"nic{member + 1}.pcap",
            ((n * SECOND, *data(member, 1 + n * 1400)) for n in range(int(30 * 86400 * scale))),
        )


def hosts(folder: Path, scale: float) -> None:
    """Twenty thousand hosts, a short migration each."""
    short_streams(folder / "nic1.pcap", int(20_000 * scale), hosts=int(20_000 * scale))
    short_streams(folder / "nic2.pcap", 10, hosts=10)


def streams(folder: Path, scale: float) -> None:
    """Fifty thousand migrations of a hundred hosts."""
    short_streams(folder / "nic1.pcap", int(50_000 * scale), hosts=100)
    short_streams(folder / "nic2.pcap", 10, hosts=10)


def vlans(folder: Path, scale: float) -> None:
    """The same flow in each of 262,144 stacks of two VLAN tags."""

    def frames() -> Iterator[Frame]:
        for n in range(int(262_144 * scale)):
            tag = struct.pack("!HHHH", 0x88A8, n // 512, 0x8100, n % 512)
            yield n * 10_000, *data(1, 1 + n * 1400, tag=tag)

    pcap(folder / "nic1.pcap", frames())
    pcap(folder / "nic2.pcap", [(0, *data(2, 1))])


def lacp(folder: Path, scale: float) -> None:
    """Two hundred thousand LACPDUs, each of another system."""

    def frames() -> Iterator[Frame]:
        for n in range(int(200_000 * scale)):
            systems = ((kind, (0x020000000000 + n * kind).to_bytes(6, "big")) for kind in (1, 2))
            sides = b"".join(
                struct.pack("!BBH6sHHHB3x", kind, 20, 1, system, 1, 1, n & 0xFFFF, 0x3D) for kind, system in systems
            )
            frame = bytes.fromhex("0180c2000002") + (0x020000000000 + n).to_bytes(6, "big") + b"\x88\x09\1\1" + sides
            yield n * 100_000, frame.ljust(124, b"\0"), 124

    pcap(folder / "nic1.pcap", frames())
    pcap(folder / "nic2.pcap", [(0, *data(2, 1))])


def lldp(folder: Path, scale: float) -> None:
    """Two hundred thousand announcements of neighbors, each with another name."""

    def tlv(kind: int, value: bytes) -> bytes:
        return struct.pack("!H", kind << 9 | len(value)) + value

    def frames() -> Iterator[Frame]:
        for n in range(int(200_000 * scale)):
            name = b"switch-%d" % n
            body = (
                tlv(1, b"\7" + name)
                + tlv(2, b"\7" + name)
                + tlv(3, b"\0\x78")
                + tlv(5, name)
                + tlv(6, b"x" * 400)
                + b"\0\0"
            )
            frame = bytes.fromhex("0180c200000e") + (0x020000000000 + n).to_bytes(6, "big") + b"\x88\xcc" + body
            yield n * 100_000, frame, len(frame)

    pcap(folder / "nic1.pcap", frames())
    pcap(folder / "nic2.pcap", [(0, *data(2, 1))])


def bomb(folder: Path, scale: float) -> None:
    """A megabyte of gzip that is a gigabyte of empty records' zeros behind a capture's header."""
    with gzip.open(folder / "nic1.pcap.gz", "wb", compresslevel=9) as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        for _ in range(int(1024 * scale)):
            out.write(bytes(1 << 20))
    pcap(folder / "nic2.pcap", [(0, *data(2, 1))])


SETS: dict[str, Callable[[Path, float], None]] = {
    "moves": moves,
    "members": members,
    "days": days,
    "hosts": hosts,
    "streams": streams,
    "vlans": vlans,
    "lacp": lacp,
    "lldp": lldp,
    "bomb": bomb,
}


def measured(folder: Path, out: Path) -> tuple[float, float, int, int]:
    """Seconds of the processor and of the clock, most anonymous bytes, exit code."""
    import resource

    reports = [
        f"--{kind}={out / name}"
        for kind, name in (("json", "r.json"), ("html", "r.html"), ("markdown", "r.md"), ("flows", "f.csv"))
    ]
    command = [sys.executable, "-m", "flowmap", "analyze", str(folder), *reports, "-q"]
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)
    most = watch_memory(process, 0.01)
    code = process.wait()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return spent, time.monotonic() - begun, most, code


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(SETS))
    parser.add_argument("--scale", type=float, default=1.0)
    options = parser.parse_args()
    print("| capture | MB | processor, s | clock, s | memory, MB | exit |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |", flush=True)
    for name in options.names or SETS:
        with tempfile.TemporaryDirectory() as scratch:
            folder, out = Path(scratch, "in"), Path(scratch, "out")
            folder.mkdir()
            out.mkdir()
            SETS[name](folder, options.scale)
            size = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
            spent, passed, most, code = measured(folder, out)
            told = (SETS[name].__doc__ or name).rstrip(".")
            print(f"| {told} | {size:.1f} | {spent:.1f} | {passed:.1f} | {most / 1e6:.0f} | {code} |", flush=True)


if __name__ == "__main__":
    main()
