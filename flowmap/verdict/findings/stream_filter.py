"""How a stream is found in Wireshark."""

from __future__ import annotations

from flowmap.facts.model import Direction
from flowmap.team.host import Address, address_text

__all__ = ["stream_filter"]


def stream_filter(direction: Direction) -> str:
    """Return the Wireshark display filter of both directions of a stream."""
    (src, sport), (dst, dport) = direction.src, direction.dst
    return (
        f"{_address(src)} == {address_text(src)} && {_address(dst)} == {address_text(dst)} && "
        f"tcp.port == {sport} && tcp.port == {dport}"
    )


def _address(address: Address) -> str:
    return "ip.addr" if address[0] == 4 else "ipv6.addr"
