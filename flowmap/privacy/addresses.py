"""IP addresses and MACs by a key, as integers.

IP addresses go by Crypto-PAn. Those that are the same on every network tell nothing and are kept: unspecified, broadcast,
loopback, multicast (but not solicited-node multicast, which has the end of an address in it).

MACs go by a permutation of their 46 bits beside "group" and "locally administered", which stay: a Feistel network over
HMAC-SHA256, so that distinct MACs stay distinct. The vendor does not stay: few hosts have the NICs of a rare one. Zero,
broadcast and the addresses of bridges (01:80:c2:00:00:xx) are kept.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable

from flowmap.privacy.cryptopan import CryptoPan

__all__ = ["AddressMap"]

_ROUNDS = 10
_HALF = 23
_BITS = {4: 32, 6: 128}
_ALWAYS_KEPT = {(4, 0), (4, 2**32 - 1), (6, 0), (6, 1)}
_KEPT_RANGES = {4: ((127 << 24, 8), (224 << 24, 4)), 6: ((0xFF << 120, 8),)}
_SOLICITED_NODE = 0xFF02_0000_0000_0000_0000_0001_FF00_0000 >> 24
_BROADCAST = 2**48 - 1
_BRIDGES = 0x0180_C200_0000 >> 8


class AddressMap:
    """One key's mapping; every address is worked out once."""

    def __init__(self, key: bytes) -> None:
        self._pan = CryptoPan(key)
        self._mac_key = hmac.digest(key, b"flowmap: MAC addresses", "sha256")
        self._known: dict[tuple[int, int], int] = {}
        self._macs: dict[int, int] = {}

    def learn(self, version: int, numbers: Iterable[int]) -> None:
        """Work out many addresses at once, which is quicker than one by one."""
        distinct = dict.fromkeys(numbers)
        new = [n for n in distinct if (version, n) not in self._known and not _is_kept(version, n)]
        for number, mapped in zip(new, self._pan.many(new, _BITS[version]), strict=True):
            self._known[version, number] = mapped

    def ip(self, version: int, number: int) -> int:
        """Return what stands for an IP address."""
        if _is_kept(version, number):
            return number
        if (version, number) not in self._known:
            self.learn(version, [number])
        return self._known[version, number]

    def mac(self, number: int) -> int:
        """Return what stands for a MAC address."""
        if number in (0, _BROADCAST) or number >> 8 == _BRIDGES:
            return number
        if number not in self._macs:
            self._macs[number] = self._permuted(number)
        return self._macs[number]

    def _permuted(self, number: int) -> int:
        first, rest = number >> 40, number & (1 << 40) - 1
        free = (first >> 2) << 40 | rest
        left, right = free >> _HALF, free & (1 << _HALF) - 1
        for turn in range(_ROUNDS):
            digest = hmac.digest(self._mac_key, bytes([turn]) + right.to_bytes(3, "big"), "sha256")
            left, right = right, left ^ int.from_bytes(digest[:3], "big") & (1 << _HALF) - 1
        free = left << _HALF | right
        return (free >> 40) << 42 | (first & 3) << 40 | free & (1 << 40) - 1


def _is_kept(version: int, number: int) -> bool:
    if (version, number) in _ALWAYS_KEPT:
        return True
    if version == 6 and number >> 24 == _SOLICITED_NODE:
        return False
    bits = _BITS[version]
    return any(number >> bits - length == prefix >> bits - length for prefix, length in _KEPT_RANGES[version])
