# ruff: noqa
import pathlib, sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from pkt import *

pk = streams(["p1"] * 2 + ["p2"] * 2 + ["p3"] * 2 + ["p4"] * 2, n=60)
for port in (1, 2, 3, 4):
    pk += lacp(f"p{port}", port, key=9 if port < 3 else 21)
folder(OUT, pk)
