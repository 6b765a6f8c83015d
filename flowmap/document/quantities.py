"""Numbers, times and untrusted names as words for a person. SI units, local time with its offset, ASCII.

Numbers are messages, so that they get the decimal mark of the language that they are said in.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from flowmap.message import Message, glue, msg, nmsg

__all__ = [
    "amount",
    "bits",
    "count",
    "duration",
    "endpoint",
    "grouped",
    "migrated",
    "moment",
    "plain",
    "probability",
    "speed",
]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PREFIXES = ("", "k", "M", "G", "T", "P", "E")


def plain(text: str) -> str:
    r"""Return a name from a capture or a file, made harmless for a terminal: what does not print is shown as its escape.

    >>> plain("nic\x1b[2J")
    'nic\\x1b[2J'
    """
    if text.isprintable():
        return text
    return "".join(part if part.isprintable() else part.encode("unicode_escape").decode() for part in text)


def _figure(template: str, size: float, unit: str) -> Message:
    """Return a number with its unit, which no catalogue has to know."""
    return Message(template, {"size": size, "unit": unit})


def _scaled(value: float, unit: str) -> Message:
    size = float(abs(value))
    step = 0
    while size >= 999.5 and step < len(_PREFIXES) - 1:
        size /= 1000
        step += 1
    digits = 0 if step == 0 or size >= 99.95 else 1
    return _figure(
        "{size:.1f} {unit}" if digits else "{size:.0f} {unit}", -size if value < 0 else size, _PREFIXES[step] + unit
    )


def amount(size: int | None) -> Message:
    """Return bytes in the prefix that suits them.

    >>> amount(9_499_347), amount(133_510), amount(60)
    ('9.5 MB', '134 kB', '60 B')
    """
    return glue("?") if size is None else _scaled(size, "B")


def migrated(bytes_: int, resent: int | None) -> Message:
    """Return the payload of a migration, and what of it was sent again.

    >>> migrated(9_499_347, 0), migrated(9_499_347, 5792)
    ('9.5 MB', '9.5 MB + 5.8 kB sent again')
    """
    if not resent:
        return amount(bytes_)
    return msg("{payload} + {resent} sent again", payload=amount(bytes_), resent=amount(resent))


def bits(rate: int | None) -> Message:
    """Return bits per second in the prefix that suits them."""
    return glue("?") if rate is None else _scaled(rate, "bit/s")


def speed(rate: int | None) -> Message:
    """Return the speed of a port, short: 10G, 2.5G, 100M.

    >>> speed(2_500_000_000), speed(None)
    ('2.5G', '?')
    """
    if rate is None:
        return glue("?")
    for factor, letter in ((10**12, "T"), (10**9, "G"), (10**6, "M")):
        if rate >= factor:
            return _figure("{size:.4g}{unit}", rate / factor, letter)
    return _figure("{size:.4g}{unit}", rate / 1000, "k")


def count(one: str, many: str, number: int, /, **params: Any) -> Message:
    """Return a number with its noun; the templates name it as `{number}`, in groups of three digits.

    >>> count("{number} stream", "{number} streams", 1), count("{number} stream", "{number} streams", 12000)
    ('1 stream', '12,000 streams')
    """
    return nmsg(one, many, number, number=grouped(number), **params)


def grouped(number: int) -> Message:
    """Return a number in groups of three digits.

    >>> grouped(12000)
    '12,000'
    """
    return Message("{number:,}", {"number": number})


def duration(span_ns: int) -> Message:
    """Return a length of time in the unit that suits it.

    >>> duration(1_200_000_000), duration(80_000_000), duration(7_260_000_000_000)
    ('1.2 s', '80.0 ms', '2 h 01 min')
    """
    size = abs(span_ns)
    sign = "-" if span_ns < 0 else ""
    if size >= 3600 * 10**9:
        minutes = round(size / 60e9)
        return glue(f"{sign}{minutes // 60} h {minutes % 60:02d} min")
    if size >= 120 * 10**9:
        seconds = round(size / 1e9)
        return glue(f"{sign}{seconds // 60} min {seconds % 60:02d} s")
    for factor, unit in ((10**9, "s"), (10**6, "ms"), (10**3, "us")):
        if size >= factor:
            return _figure("{size:.1f} {unit}", span_ns / factor, unit)
    return glue(f"{sign}{size} ns")


def moment(ts_ns: int | None, *, date: bool = True) -> Message:
    """Return a time in the local zone with its offset, to the millisecond."""
    if ts_ns is None:
        return msg("no time")
    utc = _EPOCH + timedelta(microseconds=ts_ns // 1000)
    try:
        local = utc.astimezone()
    except (OSError, OverflowError, ValueError):  # Windows knows no zone before 1970
        local = utc
    offset = local.strftime("%z")
    clock = local.strftime("%H:%M:%S.") + f"{local.microsecond // 1000:03d}"
    return glue(local.strftime("%Y-%m-%d"), clock, f"{offset[:3]}:{offset[3:5]}") if date else glue(clock)


def endpoint(ip: str, port: int) -> str:
    """Return address and port as they are written in a URL."""
    return f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"


def probability(p: float | None) -> Message:
    """Return a probability with three significant digits.

    >>> probability(0.625), probability(2 / 256)
    ('0.625', '0.00781')
    """
    if p is None:
        return msg("not tested")
    return _figure("{size:.3g}" if p >= 0.0001 else "{size:.1e}", p, "")
