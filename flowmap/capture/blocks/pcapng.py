"""The blocks of pcapng that describe: section header, interface description, interface statistics.

Bytes of one whole block in, plain values out; options that are broken or unknown are passed over. Source:
draft-ietf-opsawg-pcapng, sections 3.5, 4.1, 4.2 and 4.6.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from flowmap.dataclass import dataclass
from flowmap.types import TimeUnit

__all__ = ["Description", "Statistics", "Unit", "parse_interface", "parse_statistics", "resolution", "section_order"]

_UNKNOWN_COUNT = 2**64 - 1


@dataclass(frozen=True)
class Unit:
    """How ticks become nanoseconds: IFACE's unit, factor, offset_s."""

    unit: int = TimeUnit.MULTIPLY
    factor: int = 1000
    offset_s: int = 0


@dataclass(frozen=True)
class Description:
    """An interface description block."""

    link_type: int
    snaplen: int
    name: str | None
    description: str | None
    mac: str | None
    speed_bps: int | None
    fcs_len: int
    filter: str | None
    clock: Unit


@dataclass(frozen=True)
class Statistics:
    """An interface statistics block; counters that it lacks are None. Times are ticks of the interface's clock."""

    interface_id: int
    start: int | None
    end: int | None
    received: int | None
    dropped_interface: int | None
    accepted: int | None
    dropped_os: int | None


def section_order(block: bytes) -> bool | None:
    """Return whether the section whose header begins with these 12 bytes is big endian; None where it is neither.

    >>> section_order(bytes.fromhex("0a0d0d0a 0000001c 1a2b3c4d"))
    True
    """
    return {b"\x1a\x2b\x3c\x4d": True, b"\x4d\x3c\x2b\x1a": False}.get(block[8:12])


def resolution(value: int) -> tuple[int, int]:
    """Return (unit, factor) of an if_tsresol byte: 10^-x, or with the top bit set 2^-x.

    >>> resolution(6)
    (<TimeUnit.MULTIPLY: 0>, 1000)
    """
    exponent = value & 0x7F
    if value & 0x80:
        return TimeUnit.SHIFT, exponent
    if exponent <= 9:
        return TimeUnit.MULTIPLY, 10 ** (9 - exponent)
    divisor = 10 ** (exponent - 9)
    return TimeUnit.DIVIDE, divisor if divisor < 2**64 else 0


def parse_interface(block: bytes, big: bool) -> Description:
    """Read an interface description block (at least 20 bytes)."""
    order = ">" if big else "<"
    link_type, _reserved, snaplen = struct.unpack_from(order + "HHI", block, 8)
    options = dict(_options(block, 16, order))
    unit, factor = resolution(options[9][0]) if len(options.get(9, b"")) >= 1 else (TimeUnit.MULTIPLY, 1000)
    zone = options.get(14, b"")
    mac, speed, fcs = options.get(6, b""), options.get(8, b""), options.get(13, b"")
    return Description(
        link_type=link_type,
        snaplen=snaplen,
        name=_text(options.get(2)),
        description=_text(options.get(3)),
        mac=mac.hex(":") if len(mac) == 6 else None,
        speed_bps=struct.unpack(order + "Q", speed)[0] if len(speed) == 8 else None,
        fcs_len=fcs[0] if fcs else 0,
        filter=_text((options.get(11) or b"")[1:]),
        clock=Unit(unit, factor, struct.unpack(order + "q", zone)[0] if len(zone) == 8 else 0),
    )


def parse_statistics(block: bytes, big: bool) -> Statistics:
    """Read an interface statistics block (at least 24 bytes)."""
    order = ">" if big else "<"
    options = dict(_options(block, 20, order))

    def count(code: int) -> int | None:
        value = options.get(code, b"")
        number: int | None = struct.unpack(order + "Q", value)[0] if len(value) == 8 else None
        return None if number == _UNKNOWN_COUNT else number

    def ticks(code: int) -> int | None:
        value = options.get(code, b"")
        if len(value) != 8:
            return None
        high, low = struct.unpack(order + "II", value)
        joined: int = high << 32 | low
        return joined

    interface_id = struct.unpack_from(order + "I", block, 8)[0]
    return Statistics(interface_id, ticks(2), ticks(3), count(4), count(5), count(6), count(7))


def _options(block: bytes, position: int, order: str) -> Iterator[tuple[int, bytes]]:
    """Yield the options between `position` and the trailing length; a broken one ends the list."""
    stop = len(block) - 4
    while position + 4 <= stop:
        code, size = struct.unpack_from(order + "HH", block, position)
        if code == 0 or position + 4 + size > stop:
            return
        yield code, block[position + 4 : position + 4 + size]
        position += 4 + (size + 3 & ~3)


def _text(value: bytes | None) -> str | None:
    """Return the text of a UTF-8 option, or None where it is missing or empty."""
    return value.rstrip(b"\0").decode("utf-8", "replace") or None if value else None
