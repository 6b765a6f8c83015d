"""The outer headers of a stream-direction in a tunnel: they are what a team hashes."""

from __future__ import annotations

from collections import Counter

from flowmap.facts.flows import encapsulation_text
from flowmap.facts.model import Tunnel
from flowmap.team.host import Address
from flowmap.trace.collecting.outer import NOT_TOLD, OuterHeaders

__all__ = ["find_tunnel"]


def find_tunnel(chain: int, packets: Counter[int], outers: OuterHeaders) -> Tunnel | None:
    """Return the tunnel of a direction; None without a tunnel, or where no outer header was read.

    `chain` as in HEADER.encap; `packets` by number of their outer header.
    """
    told = {number: count for number, count in packets.most_common() if number < NOT_TOLD}
    headers = [
        ((h.version, h.src_hi << 64 | h.src_lo), h.sport, (h.version, h.dst_hi << 64 | h.dst_lo), h.dport, h.protocol)
        for h in outers.of(told)
    ]
    if not chain or not headers:
        return None
    pairs: Counter[tuple[Address, Address]] = Counter()
    for (src, _, dst, _, _), count in zip(headers, told.values(), strict=True):
        pairs[src, dst] += count
    (src, dst), _ = pairs.most_common(1)[0]
    own = [header for header in headers if (header[0], header[2]) == (src, dst)]
    return Tunnel(
        encapsulation_text(chain),
        src,
        dst,
        tuple(sorted({sport for _, sport, _, _, _ in own} - {0})),
        own[0][3] or None,
        len(pairs),
        headers[0] if len(packets) == 1 else None,
    )
