# ruff: noqa
import pathlib, sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from pkt import *

pk = streams(["n1"] * 8 + ["n2"] * 8, n=60)
folder(
    OUT,
    [
        p.but(data=p.data[:12] + bytes.fromhex("88e52c0000000001") + bytes(100), wire=p.wire + 32) if p.m == "n2" else p
        for p in pk
    ],
)
