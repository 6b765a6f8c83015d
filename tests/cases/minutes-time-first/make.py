# ruff: noqa
import pathlib, sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from pkt import *

pk = streams(["eth1"] * 4 + ["eth2"] * 4, n=60)

for m in ("eth1", "eth2"):
    mine = [p for p in pk if p.m == m]
    size = len(mine) // 3 + 1
    for k in range(3):
        piece = mine[k * size : (k + 1) * size]
        put(f"{OUT}/20260101-09550{k}-{m}.pcapng", section(piece, [m]))
