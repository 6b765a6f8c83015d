# ruff: noqa
import pathlib, sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from pkt import *

folder(OUT, pk := streams(["n1"] * 4 + ["n2"] * 4, n=60))
for m in ("n1", "n2"):
    b, at, k = bytearray(pcap_bytes([p for p in pk if p.m == m])), 24, 0
    while at < len(b):
        s, f, c, _ = struct.unpack_from("<4I", b, at)
        if k % 50 == 20:
            struct.pack_into("<2I", b, at, s - 1, f + 1_000_000)
        at, k = at + 16 + c, k + 1
    put(f"{OUT}/{m}.pcap", bytes(b))
