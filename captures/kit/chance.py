"""Arithmetic that the expectations rest on, written from the published formulas alone."""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Iterator, Sequence

__all__ = ["exact_p", "layer34", "layer34_fragment"]


def exact_p(counts: Sequence[int]) -> float:
    """How likely chance gives `counts` or something no likelier: the exact multinomial test with equal shares."""
    total, n = sum(counts), len(counts)
    seen = _arrangements(counts)
    ways = sum(a for y in _splits(total, n) if (a := _arrangements(y)) <= seen)
    return ways / int(n**total)


def _arrangements(counts: Sequence[int]) -> int:
    return math.factorial(sum(counts)) // math.prod(map(math.factorial, counts))


def _splits(total: int, n: int) -> Iterator[tuple[int, ...]]:
    if n == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in _splits(total - first, n - 1):
            yield (first, *rest)


def layer34(src: str, dst: str, sport: int, dport: int) -> int:
    """Linux bonding layer3+4 before the modulo, little-endian host, with the shift (kernels since late 2017)."""
    ports = sport.to_bytes(2, "big") + dport.to_bytes(2, "big")
    return _fold(int.from_bytes(ports, "little") ^ _addresses(src, dst)) >> 1


def layer34_fragment(src: str, dst: str) -> int:
    """The same for a fragment, whose ports the driver does not look at."""
    return _fold(_addresses(src, dst)) >> 1


def _addresses(src: str, dst: str) -> int:
    value = 0
    for text in (src, dst):
        packed = ipaddress.ip_address(text).packed
        for at in range(0, len(packed), 4):
            value ^= int.from_bytes(packed[at : at + 4], "little")
    return value


def _fold(value: int) -> int:
    value ^= value >> 16
    return value ^ value >> 8
