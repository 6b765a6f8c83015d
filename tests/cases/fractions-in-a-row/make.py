import struct

from pkt import OUT, pcap_bytes, put, streams

ODD = {
    "pairs": lambda k: k % 50 in (20, 21),
    "long": lambda k: 2 * (100 <= k < 300),
    "turns": lambda k: k % 2,
    "last": lambda k: k > 1190,
}
for folder, seconds in ODD.items():
    pk = streams(["n1"] * 4 + ["n2"] * 4, n=200)
    for m in ("n1", "n2"):
        data, at, k = bytearray(pcap_bytes([p for p in pk if p.m == m])), 24, 0
        while at < len(data):
            second, part, captured = struct.unpack_from("<3I", data, at)
            more = int(seconds(k))
            struct.pack_into("<2I", data, at, second - more, part + more * 10**6)
            at, k = at + 16 + captured, k + 1
        put(f"{OUT}/{folder}/{m}.pcap", bytes(data))
