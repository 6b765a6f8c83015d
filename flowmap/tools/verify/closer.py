"""Where two flow tables differ: the packets behind it.

The capture is read once more, packet by packet: by tshark and by the plain twin of flowmap's decoder. The first packets of
the differing rows that the two read differently are shown, with their layers as pyshark has them.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Generator, Sequence
from contextlib import closing
from functools import lru_cache
from itertools import zip_longest
from typing import Any, NamedTuple

from flowmap.capture.blocks.writer import PcapngWriter, WrittenInterface
from flowmap.capture.reader import Interface
from flowmap.dataclass import dataclass
from flowmap.decode.reference import Header, decode
from flowmap.message import Message, glue, msg, nmsg
from flowmap.passes.input import Input
from flowmap.passes.tshark.recount import RowKey, Seen, Tshark
from flowmap.team.host import address_text
from flowmap.tools.verify.found import PacketDetail
from flowmap.types import TS_NONE, Have, PacketClass

__all__ = ["Closer", "address", "look_closer"]

_MOST_PACKETS = 3
_MOST_LINES = 60
_MOST_FIELDS = 12
_LINE = 200
_REPEATS = re.compile(
    r"^[01. ]+ = |^Source or Destination|^(?:Source|Destination) Host:|^Time since|^Unused|[Pp]ayload \(\d+ bytes"
)
_ALIKE = msg(
    "Packet by packet flowmap reads these rows as tshark does: it is its counting that is wrong, not its reading. "
    "The first packet of the first row:"
)


@dataclass(frozen=True)
class Closer:
    """`remark` says what was found where that is not plain from the packets."""

    details: tuple[PacketDetail, ...]
    remark: Message | None = None


class _Own(NamedTuple):
    """One packet as flowmap's twin reads it, in tshark's terms, and what writes it down again."""

    seen: Seen
    frame: bytes
    interface: Interface
    flags: int


def look_closer(one: Input, keys: Sequence[RowKey], program: str, by_interface: bool) -> Closer:
    """Return the first packets of the rows `keys` on which the two do not agree."""
    wanted = set(keys)
    first: tuple[int, Seen | None, _Own] | None = None
    found: list[PacketDetail] = []
    with closing(Tshark(program).packets(one, by_interface)) as theirs, closing(_own(one, by_interface)) as ours:
        for number, (seen, own) in enumerate(zip_longest(theirs, ours), start=1):
            if own is None:
                break
            if not {seen.key if seen else None, own.seen.key} & wanted:
                continue
            first = first or (number, seen, own)
            if seen is None or not _alike(seen, own.seen):
                found.append(_detail(number, seen, own, program))
            if len(found) == _MOST_PACKETS:
                break
    if found or first is None:
        return Closer(tuple(found))
    return Closer((_detail(*first, program),), _ALIKE)


def _alike(theirs: Seen, ours: Seen) -> bool:
    """Return whether both count the packet alike; what tshark does not tell is not compared."""
    same = theirs.key == ours.key and theirs.wire_len == ours.wire_len
    same = same and (theirs.flags is None or theirs.flags & 7 == (ours.flags or 0) & 7)
    same = same and (theirs.payload is None or theirs.payload == ours.payload)
    return same and (theirs.ts_ns is None or theirs.ts_ns == ours.ts_ns)


def _own(one: Input, by_interface: bool) -> Generator[_Own, None, None]:
    source = one.open()
    try:
        reader = one.reader(source, compiled=False)
        for block in reader.blocks():
            data = block.data.tobytes()
            for ts_ns, offset, cap_len, wire_len, ordinal, flags in block.index.tolist():
                interface = reader.interfaces[ordinal]
                frame = data[offset : offset + cap_len]
                header = decode(frame, wire_len, interface.link_type, flags, interface.fcs_len)
                number = (interface.section, interface.interface_id) if by_interface else None
                yield _Own(_seen(header, ts_ns, wire_len, number), frame, interface, flags)
    finally:
        one.close(source)


def _seen(h: Header, ts_ns: int, wire_len: int, interface: tuple[int, int] | None) -> Seen:
    time = None if ts_ns == TS_NONE else ts_ns
    if h.cls != PacketClass.TCP:
        return Seen(interface, time, wire_len, None, None, None)
    src, dst = address(h.version, h.src_hi, h.src_lo), address(h.version, h.dst_hi, h.dst_lo)
    key = RowKey(interface, src, dst, h.sport, h.dport, h.encap != 0)
    return Seen(interface, time, wire_len, key, h.payload, h.flags if h.have & Have.FLAGS else None)


def _detail(number: int, theirs: Seen | None, own: _Own, program: str) -> PacketDetail:
    read = glue("tshark: ", _described(theirs)), glue("flowmap:", _described(own.seen))
    return PacketDetail(number, read, tuple(_layers(own, program)))


def _described(seen: Seen | None) -> Message:
    if seen is None:
        return msg("not read")
    unknown = msg("unknown")
    facts = {"length": seen.wire_len, "time": unknown if seen.ts_ns is None else seen.ts_ns}
    if seen.key is None:
        return msg("{length} bytes, time {time}, no TCP", **facts)
    key = seen.key
    ends = {"src": key.src, "src_port": key.src_port, "dst": key.dst, "dst_port": key.dst_port}
    return msg(
        "{length} bytes, time {time}, TCP {ends}, payload {payload}, flags {flags}",
        **facts,
        ends=msg("{src} port {src_port} -> {dst} port {dst_port} in a tunnel", **ends)
        if key.tunnelled
        else msg("{src} port {src_port} -> {dst} port {dst_port}", **ends),
        payload=unknown if seen.payload is None else seen.payload,
        flags=unknown if seen.flags is None else f"{seen.flags & 255:#04x}",
    )


def _layers(own: _Own, program: str) -> list[str]:
    """Return the packet's layers and fields as pyshark has them: the packet alone, in a file of its own."""
    handle, path = tempfile.mkstemp(suffix=".pcapng", prefix="flowmap-")
    try:
        with os.fdopen(handle, "wb") as out:
            interface = WrittenInterface(own.interface.name, own.interface.link_type, fcs_len=own.interface.fcs_len)
            writer = PcapngWriter(out, [interface])
            writer.packet(0, own.seen.ts_ns or 0, own.frame, own.seen.wire_len, own.flags)
        return _pyshark_lines(path, program)
    finally:
        os.unlink(path)


def _pyshark_lines(path: str, program: str) -> list[str]:
    import asyncio

    import pyshark
    from pyshark.capture.capture import TSharkCrashException

    loop = asyncio.new_event_loop()
    try:
        capture = pyshark.FileCapture(
            path, tshark_path=program, custom_parameters=["-n"], eventloop=loop, keep_packets=False
        )
        try:
            packet: Any = capture.next()
        except (StopIteration, TSharkCrashException):
            return [msg("pyshark shows nothing of it")]
        finally:
            capture.close()
    finally:
        loop.close()
    lines = [line for layer in packet.layers for line in _layer_lines(layer)]
    cut = len(lines) - _MOST_LINES
    return (
        lines
        if cut <= 0
        else [*lines[:_MOST_LINES], nmsg("... and {count} more field", "... and {count} more fields", cut)]
    )


def _layer_lines(layer: Any) -> list[str]:
    """Return the fields that say something by themselves: no single bits, no names that repeat an address."""
    shown = (getattr(layer.get_field(name), "showname", None) for name in layer.field_names)
    texts = [text for text in shown if text and not _REPEATS.search(text)]
    return [f"{layer.layer_name}: {text}"[:_LINE] for text in texts[:_MOST_FIELDS]] or [layer.layer_name]


@lru_cache(maxsize=65536)
def address(version: int, hi: int, lo: int) -> str:
    """Return RFC 5952 text, which is what tshark prints."""
    return address_text((version, hi << 64 | lo))
