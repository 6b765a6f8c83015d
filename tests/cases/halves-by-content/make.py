# ruff: noqa
import pathlib, sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from pkt import *

pk = streams(["a"] * 6 + ["b"] * 6, n=60)
for p in pk:
    p.m = {"aTrue": "w", "aFalse": "x", "bTrue": "y", "bFalse": "z"}[f"{p.m}{p.out}"]
folder(OUT, pk)
