# ruff: noqa
import pathlib, sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from pkt import *

for p in (pk := streams(["eth1"] * 4 + ["eth2"] * 4, n=60)):
    p.m = f"{'tx' if p.out else 'rx'}/{p.m}"
folder(OUT, pk)
