# ruff: noqa
import pathlib, sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from pkt import *

pk = streams(["eth1"] * 4 + ["eth2"] * 4, n=60)

for m in ("eth1", "eth2"):
    mine = [p for p in pk if p.m == m]
    size = len(mine) // 4 + 1
    for k in range(4):
        piece = mine[k * size : (k + 1) * size]
        pcap(f"{OUT}/{m}/cap.pcap{k}", piece)
