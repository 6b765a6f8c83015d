import struct

from pkt import OUT, csum, mirrored, pcap, streams


def fragmented(p, mtu=1500):
    """The packet as IPv4 fragments (RFC 791) behind its Ethernet header, of which the first has the mirrored frame's head."""
    if p.wire <= 14 + mtu:
        return [p]
    data, total = p.data + bytes(p.wire - len(p.data)), p.wire - 34
    parts, at = [], 0
    while at < total:
        size = min((mtu - 20) // 8 * 8, total - at)
        more = 0x2000 if at + size < total else 0
        h = (
            data[14:16]
            + struct.pack("!H", 20 + size)
            + data[18:20]
            + struct.pack("!H", more | at // 8)
            + data[22:24]
            + bytes(2)
        )
        h += data[26:34]
        h = h[:10] + struct.pack("!H", csum(h)) + h[12:]
        parts.append(
            p.but(
                t=p.t + len(parts) * 1000, data=(data[:14] + h + data[34 + at : 34 + at + size])[:256], wire=34 + size
            )
        )
        at += size
    return parts


pk = mirrored(streams(["a"] * 4 + ["b"] * 4, n=60), lambda p: {"a": 21, "b": 22}[p.m])
pcap(f"{OUT}/collector.pcap", [part for p in pk for part in fragmented(p)], snap=256)
