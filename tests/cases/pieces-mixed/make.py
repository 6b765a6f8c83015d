# ruff: noqa
import pathlib, sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from pkt import *

pk = streams(["c-0955"] * 4 + ["d-0955"] * 4, n=60)
for p in pk:
    late = p.t >= T0 + 31 * MS
    p.m = {"c": ("c-095500", "c-095600"), "d": ("c-095501", "c-095601")}[p.m[0]][late]
folder(OUT, pk)
