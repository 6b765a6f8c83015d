# ruff: noqa
import pathlib, sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from pkt import *

pk = streams(["a"] * 4 + ["b"] * 4 + ["c"] * 4, n=60)
for m in "abc":
    mine = [p for p in pk if p.m == m]
    for k in range(3):
        pcap(f"{OUT}/host7_{m}.cap.{k}", mine[k * 130 : (k + 1) * 130])
