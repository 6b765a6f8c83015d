# ruff: noqa
import pathlib, sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from pkt import *

pk = streams(["p1"] * 4 + ["p2"] * 4 + ["p3"] * 4, n=60)
for port in (1, 2, 3, 4):
    pk += lacp(f"p{port}", port, key=9 if port < 4 else 21)
folder(OUT, pk)
