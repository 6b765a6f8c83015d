# ruff: noqa
import pathlib, sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from pkt import *

pk = streams(["vmnic0"] * 4 + ["vmnic1"] * 4 + ["vmnic2"] * 4, n=60)
for p in pk:
    p.m += "-UplinkSndKernel" if p.out else "-UplinkRcvKernel"
folder(OUT, pk, ng=True)
