# ruff: noqa
import pathlib, sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from pkt import *

pk = streams(["eth1"] * 4 + ["eth2"] * 4, n=60)
for p in pk:
    p.m += ".out" if p.out else ".in"
folder(OUT, pk)
