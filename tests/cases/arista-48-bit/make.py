# ruff: noqa
import pathlib, sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from pkt import *

pk = streams(["n1"] * 4 + ["n2"] * 4, n=60)
shim = bytes.fromhex("d28b00010020") + bytes(6)
folder(OUT, [p.but(data=p.data[:12] + shim + p.data[12:], wire=p.wire + 12) if p.m == "n2" else p for p in pk])
