"""What the fuzz targets are made of: bytes in, plain values to compare out, and what holds whatever the bytes are.

Parts that differ only in size are made small here (buffers, tables), so that short inputs reach what long ones do.
"""

from __future__ import annotations

import json
import os
import struct
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import etl_read
import numpy as np
import strategies
from strategies import Captured

from flowmap.capture import layout, reader
from flowmap.capture.source import layers
from flowmap.capture.source.files import Ending
from flowmap.capture.source.packed import FORMATS, PackedSource
from flowmap.capture.source.sniff import compression
from flowmap.capture.source.window import Counted, CountStraight, Stretch
from flowmap.errors import CaptureError, FlowmapError
from flowmap.types import HEADER, IFACE, INDEX

EVER = (-(2**63) + 1, 2**63 - 1)
MOST_UNPACKED = 1 << 20


def assert_same(found: Any, expected: Any) -> None:
    assert found == expected, f"{found!r}\nis not\n{expected!r}"


def refused_or(work: Callable[[], Any]) -> Any:
    """What `work` returns; None where it refuses its input with one of flowmap's own errors, which must have words."""
    try:
        return work()
    except FlowmapError as error:
        if not str(error):
            raise AssertionError("an error without words") from error
        return None


class Memory:
    """A source of bytes in memory, read in short pieces."""

    def __init__(self, data: bytes, most: int = 1 << 20) -> None:
        self.path, self.wrapping, self.notices = "memory", (), []
        self.size: int | None = len(data)
        self.stored_size = len(data)
        self.ending: Ending | None = None
        self._data, self._most, self._at = data, most, 0

    def readinto(self, view: memoryview) -> int:
        piece = self._data[self._at : self._at + min(len(view), self._most)]
        view[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def skip(self, count: int) -> int:
        passed = min(count, len(self._data) - self._at)
        self._at += passed
        return passed

    def tell(self) -> int:
        return self._at

    stored = tell

    def rewind(self) -> None:
        self._at = 0

    def end_at(self, stored_size: int) -> None:
        raise AssertionError

    def close(self) -> None:
        pass


class CheckedReader(reader.CaptureReader):
    """Asserts that every packet is in its block, behind the one before it, and numbered on."""

    def blocks(self, count_straight: CountStraight | None = None) -> Iterator[reader.Block]:
        end, count = 0, 0

        def noted(stretch: Stretch) -> Counted:
            nonlocal count
            done = count_straight(stretch)  # type: ignore[misc]
            assert stretch.start <= done.start <= done.end == stretch.end, "bytes of no file were taken"
            count += done.packets
            return done

        for block in super().blocks(count_straight and noted):
            assert block.first_packet == count + 1
            count += len(block.index)
            for _, offset, cap_len, _, interface, _ in block.index.tolist():
                assert offset + cap_len <= len(block.data)
                assert cap_len <= layout.MAX_FRAME
                assert block.file_offset + offset > end, "a packet begins before the one before it ends"
                end = block.file_offset + offset + cap_len - (not cap_len)
                assert interface < len(self.interfaces)
            yield block
        assert self.packets == count


def scan(data: bytes, *, compiled: bool, buffer: int, strict: bool = False) -> Any:
    """All that the first pass tells of a capture, or why it refuses."""
    from flowmap.flow.scanning.scan import Backend, Scope, scan_capture

    with patch.object(reader, "_MIN_BUFFER", buffer), patch.object(reader, "_TRIAL_BYTES", 512):
        try:
            source, _ = layers._unpack(Memory(data, buffer))  # type: ignore[arg-type]
            own = CheckedReader(source, compiled=compiled, strict=strict, block_bytes=buffer)
            found = scan_capture(own, Scope(EVER, Backend(compiled)))
        except CaptureError as error:
            return type(error).__name__, error.reason
    assert int(found.links["packets"].sum()) == int(found.links["classes"].sum()) == own.packets
    assert int(found.rows["packets"].sum()) == int(found.links["classes"][:, 0].sum())
    control = [(f.ts_ns, f.interface, f.flags, f.data) for f in found.control]
    told = (found.format, found.byte_order, found.interfaces, control, sorted(map(str, found.notices)), found.drops)
    tables = map(fields, (found.rows, found.links, found.pairs, found.bins))
    return *told, found.windows, found.gaps, found.truncated, found.damaged, *tables


def event_log(data: bytes, **options: Any) -> Any:
    """All that the reader of event trace logs tells, or why it refuses."""
    try:
        found = etl_read.read(data, block_bytes=1, **options)
    except CaptureError as error:
        return type(error).__name__, str(error)
    told = sorted(map(str, found.reader.notices))
    return found.rows, found.reader.interfaces, told, found.reader.truncated, found.reader.damaged, found.reader.windows


def fields(array: Any) -> list[dict[str, Any]]:
    return [{name: row[name].tolist() for name in array.dtype.names} for row in array]


def buffers(data: bytes) -> tuple[int, int]:
    """Of two sizes, to read the same; of one where a broken compressed stream may give more to those who ask for less."""
    return (512, 512) if compression(data) else (512, 1 << 16)


def assert_strict_agrees(data: bytes, lax: Any) -> None:
    """Strict mode has damage exactly where lax mode has a cut or damaged capture, and no packet more."""
    found = scan(data, compiled=False, buffer=512, strict=True)
    if len(lax) == 2:
        assert_same(found, lax)
    elif lax[8] or lax[9]:
        assert found[9]
        assert counted(found) <= counted(lax)
    else:
        assert_same(found, lax)


def counted(found: Any) -> int:
    """Packets of all links."""
    return sum(int(link["packets"]) for link in found[11])


def walks(data: bytes) -> Iterator[tuple[str, list[int], bytes]]:
    """The reader's state from the first bytes, the records from the others."""
    if len(data) >= 3:
        big, record, more = data[0] & 1, 16 + (data[1] & 15), data[2]
        yield "walk_pcap", [big, record, 1000 if more & 1 else 1, more >> 1 & 1], data[3:]
        yield "walk_pcapng", [big, 0, 0, 0, 0, more % 5], data[3:]


@cache
def _interfaces() -> Any:
    from flowmap.capture.blocks.pcapng import resolution

    rows = np.zeros(4, IFACE)
    for row, (value, zone, snaplen) in zip(
        rows, [(6, 0, 0), (9, -5, 60), (0x94, 3, 96), (12, -(2**63), 8)], strict=True
    ):
        row["unit"], row["factor"] = resolution(value)
        row["offset_s"], row["snaplen"] = zone, snaplen
    return rows


def walk(name: str, words: list[int], data: bytes, *, compiled: bool) -> Any:
    from flowmap.capture import kernel, reference

    index, state = np.zeros(16, INDEX), np.zeros(layout.STATE_SIZE + 4, np.int64)
    state[: len(words)] = words
    more = [_interfaces()] if name == "walk_pcapng" else []
    walker = getattr(kernel if compiled else reference, name)
    count, consumed, status = map(int, walker(index, np.frombuffer(data, np.uint8).copy(), 0, len(data), state, *more))
    rows = index[:count].tolist()
    assert 0 <= consumed <= len(data)
    assert all(row[1] + row[2] <= len(data) for row in rows)
    return count, consumed, status, rows, state.tolist()


def frames(data: bytes) -> Iterator[Captured]:
    """One frame behind four bytes: link type (two), flags, how much longer it was on the wire."""
    if len(data) >= 4:
        link_type, flags, more = struct.unpack("<HBB", data[:4])
        wire_len = 2**32 - 1 if more == 255 else max(0, len(data) - 4 + more - 8)
        yield Captured(link_type, data[4:], wire_len, flags & 3, flags >> 2 & 4, 0)


def decode_plain(packet: Captured) -> Any:
    from flowmap.decode.reference import decode_common

    return tuple(decode_common(packet.data, packet.wire_len, packet.link_type, packet.flags, packet.fcs_len))


def decode_compiled(packet: Captured) -> Any:
    from flowmap.decode import kernel

    block, ifaces = strategies.make_block([packet], b"\xff" * 3, b"\xee" * 70)
    headers = np.frombuffer(bytes([0xA5]) * HEADER.itemsize, HEADER).copy()
    assert kernel.decode_block(headers, block.data, block.index, ifaces, 0, 1) == 1
    return tuple(headers[0].tolist())


def decode_rare(packet: Captured) -> None:
    """The whole decoder, and dpkt's: what they give fits a header row, and nothing lies outside the frame."""
    from flowmap.decode import dpkt_, reference

    arguments = (packet.data, packet.wire_len, packet.link_type, packet.flags, packet.fcs_len)
    for header in (reference.decode(*arguments), dpkt_.decode(*arguments)):
        np.array([tuple(header)], HEADER)
        assert header.cls < 16
        assert header.l4_offset <= len(packet.data)


def conversation(data: bytes) -> Any:
    """Packets of few endpoints: seven bytes each choose addresses, flags, numbers, payload, time and tags."""
    packets, ts_ns = [], 0
    for at in range(0, len(data) - 6, 7):
        who, flags, seq, ack, size, step, tags = data[at : at + 7]
        ts_ns += (step - 64) * 10_000_000 * (100 if step & 1 else 1)
        segment = strategies.tcp_header(
            6600 + (who & 1), 6600 + (who >> 1 & 1), seq << 24 | seq, ack << 20 | ack, flags
        )
        segment += b"QEVM----"[: size & 8] + bytes(size & 7)
        if who & 4:
            packet, kind = strategies.ipv6_header(who >> 3 & 3, who >> 5 & 3, 6, len(segment)) + segment, 0x86DD
        else:
            packet, kind = strategies.ipv4_header(who >> 3 & 3, who >> 5 & 3, len(segment)) + segment, 0x0800
        stack = [(0x8100, tags & 3)] * (tags >> 2 & 3)
        frame = strategies.ethernet(who >> 3 & 3, tags >> 4 & 3, kind, stack) + packet
        kept = len(frame) - (size >> 4) * (tags >> 7)
        packets.append(Captured(1, frame[:kept], len(frame), tags >> 6 & 1, 0, ts_ns))
    return strategies.make_block(packets)


def count(block: Any, ifaces: Any, *, compiled: bool) -> Any:
    from flowmap.flow import table

    with patch.object(table, "_slots_for", lambda used: max(2, 1 << (2 * used).bit_length())):
        counted = table.CompiledTable(*EVER) if compiled else table.PlainTable(*EVER)
        control = counted.ingest(block, ifaces)
    return [*map(fields, counted.arrays()), counted.gaps(), control, counted.pairs_lost, counted.links_lost]


def compressed(data: bytes) -> Iterator[tuple[str, bytes]]:
    if data:
        yield list(FORMATS)[data[0] % len(FORMATS)], data[1:]


def unpack(form: str, data: bytes, piece: int) -> tuple[bytes, str | None]:
    """Up to a megabyte of what is in a compressed stream, and how it ends."""
    source, unpacked, view = PackedSource(Memory(data), form), bytearray(), memoryview(bytearray(piece))
    while len(unpacked) < MOST_UNPACKED and (got := source.readinto(view)):
        unpacked += view[:got]
    if len(unpacked) >= MOST_UNPACKED:
        return bytes(unpacked[:MOST_UNPACKED]), None
    assert source.tell() == len(unpacked)
    return bytes(unpacked), source.ending.kind if source.ending else None


def assert_unpacked_alike(small: tuple[bytes, str | None], large: tuple[bytes, str | None]) -> None:
    """Of a broken block some codecs give the begin to those who ask for little, before they see that it is broken."""
    assert_same(small[1], large[1])
    assert small[0].startswith(large[0]) if small[1] == "broken" else small[0] == large[0]


def read_control(data: bytes) -> None:
    """Frames behind two bytes each: size, and member with direction."""
    from flowmap.decode.control import ControlFrame
    from flowmap.team.lacp.bundle import read_lacpdus
    from flowmap.team.lacp.lacpdu import decode_frames
    from flowmap.team.neighbors.addresses import answered, flooded_frames
    from flowmap.team.neighbors.discovery import announced

    found, at = [], 0
    while at + 2 <= len(data):
        size, who = data[at], data[at + 1]
        found.append(ControlFrame(len(found) * 10**9, who & 1, who >> 1 & 3, data[at + 2 : at + 2 + size]))
        at += 2 + size
    slow = decode_frames(found)
    assert len(slow.pdus) + sum(slow.skipped.values()) == len(found)
    read_lacpdus(found, {0: (0, 10**11), 1: (0, 10**11)})
    list(answered(found))
    for heard in announced(found, [1]).values():
        assert heard.system or heard.chassis or heard.port
    assert flooded_frames(found, [0, 1], [1], [2], lambda _, ts_ns: ts_ns) <= len(found)


def load_file(data: bytes) -> None:
    """A settings file's bytes, through to the settings."""
    from flowmap.settings.config import load_settings
    from flowmap.settings.layers import file_layer

    path = _folder() / "flowmap.toml"
    path.write_bytes(data)
    layer = file_layer(path)
    assert layer is not None
    load_settings([layer])


def describe(data: bytes) -> None:
    """A description's bytes, through to which capture is which member."""
    from flowmap.team.description.joined import described_teams
    from flowmap.team.description.match import Seen, match_teams
    from flowmap.team.members import TeamMember
    from flowmap.team.modes.table import lookup
    from flowmap.team.read import parse_description

    teams = described_teams([parse_description(data, "team")])
    for team in teams:
        assert team.mode is None or lookup(team.mode, team.algorithm)
        assert all(0 < mac < 1 << 48 for member in team.members for mac in member.macs)
        assert all(member.speed_bps is None or member.speed_bps > 0 for member in team.members)
    names = ["eth0", "eth1", "Ethernet 2", "host nic1"]
    seen = [Seen(TeamMember(n, name, interface_names={name}), frozenset([n + 1])) for n, name in enumerate(names)]
    described = match_teams(teams, seen)
    if described is not None:
        assert len(described.members) + len(described.uncaptured) == len(described.team.members)


def texts(data: bytes) -> Iterator[tuple[str, str]]:
    """The name of a setting by the first byte, and its value."""
    names = (
        "speed",
        "migration_port",
        "local",
        "mode",
        "top",
        "jobs",
        "strict",
        "decoder",
        "threshold_spread_alpha",
        "streams",
    )
    if data:
        yield names[data[0] % len(names)], data[1:].decode("utf-8", "surrogateescape").replace("\0", "")


def load_variable(name: str, text: str) -> None:
    from flowmap.settings.config import load_settings
    from flowmap.settings.layers import environment_layer

    load_settings(environment_layer({f"FLOWMAP_{name.upper()}": text}))


def parse_option(name: str, text: str) -> None:
    """The parsers that options share, whatever the setting's name."""
    from flowmap.cli.values import parse_time
    from flowmap.settings.layers import parse_ports, parse_speed, parse_threshold
    from flowmap.team.modes.table import expectation

    parsers: tuple[Callable[[], Any], ...] = (
        lambda: parse_time(text, "--from"),
        lambda: parse_ports(text),
        lambda: parse_speed(text),
        lambda: parse_threshold(text),
        lambda: expectation(text, None),
        lambda: expectation(None, text),
    )
    refused_or(parsers[len(name) % len(parsers)])


@cache
def _folder() -> Path:
    folder = tempfile.TemporaryDirectory(prefix="flowmap-fuzz-")
    _kept.append(folder)
    return Path(folder.name)


_kept: list[Any] = []
_SEEN = Path(__file__).parent / "corpus" / "analysis" / "seed-pcapng-members"


def read_report(data: bytes) -> None:
    """All that `extract` takes from a report before it opens captures."""
    from flowmap.settings.config import Settings
    from flowmap.tools.from_report import read_report

    path = _folder() / "report.json"
    path.write_bytes(b"{" + data)  # anything else is taken for a capture
    source = read_report([str(path)])
    assert source is not None
    settings = source.settings(Settings())
    np.array([settings.from_ns or 0, settings.to_ns or 0], np.int64)
    refused_or(lambda: source.streams_of("FM301"))


@cache
def sound_report() -> str:
    """A report of a small capture."""
    return str(analyze(_SEEN.read_bytes(), compiled=True)[0])


def altered_report(data: bytes) -> bytes:
    """A sound report; each line of `data` replaces one of its values: two bytes that choose it, JSON behind."""
    document = json.loads(sound_report())
    for line in data.split(b"\n"):
        places = list(_places(document))
        try:
            holder, key = places[int.from_bytes(line[:2], "big") % len(places)]
            holder[key] = json.loads(line[2:])
        except (IndexError, ValueError, RecursionError):
            continue
    return json.dumps(document).encode()[1:]


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    items = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    for key, inner in items:
        yield value, key
        yield from _places(inner)


def analyze(data: bytes, *, compiled: bool) -> Any:
    """The report as JSON, its text and its table of flows."""
    from flowmap.analysis import analyze
    from flowmap.passes import input as opened
    from flowmap.passes import read
    from flowmap.report.formats.flows import write_flows
    from flowmap.report.formats.json_ import json_text
    from flowmap.report.formats.text.page import render
    from flowmap.settings.config import Settings

    path = _folder() / "member.pcapng"
    path.write_bytes(data)
    there = patch.multiple(read, available=lambda: compiled), patch.multiple(opened, available=lambda: compiled)
    with patch.object(layers, "tshark", lambda: None), there[0], there[1]:
        found = analyze([os.fspath(path)], Settings(jobs=1, streams="all"))
    text = render(found.report, 80, False)
    assert all(c.isprintable() or c == "\n" for c in text)
    write_flows(os.fspath(_folder() / "flows.csv"), found.flow_columns())
    return json_text(found.report), text, (_folder() / "flows.csv").read_bytes(), found.messages
