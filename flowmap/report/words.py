"""Numbers, times and untrusted names as words for a person. SI units, local time with its offset, ASCII."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

__all__ = ["amount", "bits", "count", "duration", "endpoint", "grouped", "moment", "plain", "probability", "speed"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PREFIXES = ("", "k", "M", "G", "T", "P", "E")


def plain(text: str) -> str:
    r"""A name from a capture or a file, made harmless for a terminal: what does not print is shown as its escape.

    >>> plain("nic\x1b[2J")
    'nic\\x1b[2J'
    """
    if text.isprintable():
        return text
    return "".join(part if part.isprintable() else part.encode("unicode_escape").decode() for part in text)


def _scaled(value: float, unit: str) -> str:
    size = float(abs(value))
    step = 0
    while size >= 999.5 and step < len(_PREFIXES) - 1:
        size /= 1000
        step += 1
    digits = 0 if step == 0 or size >= 99.95 else 1
    return f"{'-' if value < 0 else ''}{size:.{digits}f} {_PREFIXES[step]}{unit}"


def amount(size: int | None) -> str:
    """Bytes.

    >>> amount(9_499_347), amount(133_510), amount(60)
    ('9.5 MB', '134 kB', '60 B')
    """
    return "?" if size is None else _scaled(size, "B")


def bits(rate: int | None) -> str:
    """Bits per second."""
    return "?" if rate is None else _scaled(rate, "bit/s")


def speed(rate: int | None) -> str:
    """The speed of a port, short: 10G, 2.5G, 100M.

    >>> speed(2_500_000_000), speed(None)
    ('2.5G', '?')
    """
    if rate is None:
        return "?"
    for factor, letter in ((10**12, "T"), (10**9, "G"), (10**6, "M")):
        if rate >= factor:
            return f"{rate / factor:.4g}{letter}"
    return f"{rate / 1000:.4g}k"


def count(number: int, noun: str, many: str | None = None) -> str:
    """A number with its noun.

    >>> count(1, "stream"), count(12000, "stream")
    ('1 stream', '12 000 streams')
    """
    return f"{grouped(number)} " + (noun if number == 1 else many or noun + "s")


def grouped(number: int) -> str:
    """A number in groups of three digits.

    >>> grouped(12000)
    '12 000'
    """
    return f"{number:,}".replace(",", " ")


def duration(span_ns: int) -> str:
    """A length of time in the unit that suits it.

    >>> duration(1_200_000_000), duration(80_000_000), duration(7_260_000_000_000)
    ('1.2 s', '80.0 ms', '2 h 01 min')
    """
    size = abs(span_ns)
    sign = "-" if span_ns < 0 else ""
    if size >= 3600 * 10**9:
        minutes = round(size / 60e9)
        return f"{sign}{minutes // 60} h {minutes % 60:02d} min"
    if size >= 120 * 10**9:
        seconds = round(size / 1e9)
        return f"{sign}{seconds // 60} min {seconds % 60:02d} s"
    for factor, unit in ((10**9, "s"), (10**6, "ms"), (10**3, "us")):
        if size >= factor:
            return f"{sign}{size / factor:.1f} {unit}"
    return f"{sign}{size} ns"


def moment(ts_ns: int | None, *, date: bool = True) -> str:
    """A time in the local zone with its offset, to the millisecond."""
    if ts_ns is None:
        return "no time"
    utc = _EPOCH + timedelta(microseconds=ts_ns // 1000)
    try:
        local = utc.astimezone()
    except (OSError, OverflowError, ValueError):  # Windows knows no zone before 1970
        local = utc
    offset = local.strftime("%z")
    clock = local.strftime("%H:%M:%S.") + f"{local.microsecond // 1000:03d}"
    return f"{local.strftime('%Y-%m-%d')} {clock} {offset[:3]}:{offset[3:5]}" if date else clock


def endpoint(ip: str, port: int) -> str:
    """Address and port as they are written in a URL."""
    return f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"


def probability(p: float | None) -> str:
    """A probability with three significant digits.

    >>> probability(0.625), probability(2 / 256)
    ('0.625', '0.00781')
    """
    if p is None:
        return "not tested"
    return f"{p:.3g}" if p >= 0.0001 else f"{p:.1e}"
