"""Toeplitz, the hash by which a NIC chooses a receive queue: it explains one busy core, never the member of a team.

Source: Microsoft, RSS hashing functions ("Verifying the RSS hash calculation"); drivers often make up a key of their
own, so a queue cannot be asserted without it.
"""

from __future__ import annotations

__all__ = ["MICROSOFT_KEY", "rss_hash", "toeplitz"]

MICROSOFT_KEY = bytes.fromhex(
    "6d5a56da255b0ec24167253d43a38fb0d0ca2bcbae7b30b477cb2da38030f20c6a42b73bbeac01fa"
)  # fmt: skip
"""The published key of 40 bytes, with which the test vectors are made."""


def toeplitz(key: bytes, data: bytes) -> int:
    """32-bit Toeplitz hash; the key has at least 4 bytes more than the data (ValueError)."""
    if len(key) < len(data) + 4:
        raise ValueError(f"a key of {len(key)} bytes hashes up to {len(key) - 4} bytes, not {len(data)}")
    bits = int.from_bytes(key, "big")
    width = 8 * len(key)
    result = 0
    for at, byte in enumerate(data):
        for bit in range(8):
            if byte & 0x80 >> bit:
                result ^= bits >> (width - 32 - (8 * at + bit)) & 0xFFFFFFFF
    return result


def rss_hash(
    source: tuple[int, int], destination: tuple[int, int], ports: tuple[int, int] | None = None,
    key: bytes = MICROSOFT_KEY,
) -> int:  # fmt: skip
    """Of a received packet: addresses as (version, integer), ports (source, destination) unless it is a fragment.

    >>> hex(rss_hash((4, 0x420995BB), (4, 0xA18E6450), (2794, 1766)))
    '0x51ccc178'
    """
    size = 4 if source[0] == 4 else 16
    data = source[1].to_bytes(size, "big") + destination[1].to_bytes(size, "big")
    for port in ports or ():
        data += port.to_bytes(2, "big")
    return toeplitz(key, data)
