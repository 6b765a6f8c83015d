# ruff: noqa
import pathlib, sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from pkt import *

pk = streams(["x"] * 8, n=300, gap=10 * MS)
for p in pk:
    p.m = ("first", "second")[p.t >= T0 + 1500 * MS]
folder(OUT, pk)
