# ruff: noqa
import pathlib, sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from pkt import *

pk = streams(["a"] * 4 + ["b"] * 4 + ["c"] * 4, n=120)
folder(OUT, [p.but(t=p.t - (30 * S if p.out else 0)) for p in pk], ns=True, sort=False)
