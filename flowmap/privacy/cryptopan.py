"""Crypto-PAn: addresses that share their first k bits share the first k bits of what they are mapped to, and no more.

Source: J. Xu, J. Fan, M. Ammar, S. Moon, "Prefix-Preserving IP Address Anonymization: Measurement-based Security Evaluation
and a New Cryptography-based Scheme", ICNP 2002. Bit i of an address is flipped by the first bit of AES of its first i bits,
filled up with a pad. For IPv6 the same over 128 bits, as other programs do it. All blocks of many addresses go through
AES at once: a table has hundreds of thousands of addresses, each of 32 or 128 blocks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["KEY_BYTES", "CryptoPan"]

KEY_BYTES = 32
_BLOCK = 16
_BLOCKS_AT_ONCE = 1 << 18
Array = np.ndarray[Any, Any]


class CryptoPan:
    """The mapping of one key; the first half of the key is that of AES, the second makes the pad."""

    def __init__(self, key: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

        if len(key) != KEY_BYTES:
            raise ValueError(f"a key has {KEY_BYTES} bytes, this one {len(key)}")
        # ECB is what the scheme is made of: each block is encrypted by itself, as a random function of a prefix
        self._encrypt = Cipher(algorithms.AES(key[:_BLOCK]), modes.ECB()).encryptor().update
        self._pad = np.frombuffer(self._encrypt(key[_BLOCK:]), dtype=np.uint8)

    def many(self, addresses: Sequence[int], bits: int) -> list[int]:
        """Map addresses of 32 or 128 `bits`, given as integers.

        >>> [hex(one) for one in CryptoPan(bytes(range(32))).many([0xC0000201], 32)]
        ['0x25a5d11']
        """
        step = _BLOCKS_AT_ONCE // bits
        return [
            mapped
            for start in range(0, len(addresses), step)
            for mapped in self._some(addresses[start : start + step], bits)
        ]

    def _some(self, addresses: Sequence[int], bits: int) -> list[int]:
        size = bits // 8
        octets = np.frombuffer(b"".join(one.to_bytes(size, "big") for one in addresses), dtype=np.uint8).reshape(
            -1, size
        )
        own = np.zeros((len(octets), _BLOCK), dtype=np.uint8)
        own[:, :size] = octets
        first = np.packbits(np.arange(8 * _BLOCK) < np.arange(bits)[:, None], axis=1)  # row i: the first i bits
        blocks = (own[:, None, :] & first) | (self._pad & ~first)
        encrypted = np.frombuffer(self._encrypt(blocks.tobytes()), dtype=np.uint8).reshape(-1, bits, _BLOCK)
        flips = np.packbits(encrypted[:, :, 0] >> 7, axis=1)
        return [int.from_bytes(row.tobytes(), "big") for row in octets ^ flips]
