# ruff: noqa
import pathlib, sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from pkt import *

pk = streams(["eth1"] * 4 + ["eth2"] * 4, n=60)
cut = T0 + 30 * MS
body = shb() + b"".join(idb(n) for n in ("eth1", "eth2") * 2)
for p in pk:
    body += epb(p, ("eth1", "eth2").index(p.m) + 2 * (p.t >= cut))
put(f"{OUT}/merged.pcapng", body)
