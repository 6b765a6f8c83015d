# ruff: noqa
import pathlib, sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from pkt import *

pk = streams(["x"] * 4 + ["y"] * 4, n=300, gap=10 * MS)
for p in pk:
    p.m = {"x": ("alpha", "beta"), "y": ("gamma", "delta")}[p.m][p.t >= T0 + 1500 * MS]
folder(OUT, pk)
