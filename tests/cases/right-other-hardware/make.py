# ruff: noqa
import pathlib, sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from pkt import *

pk = streams(["eth0"] * 8, n=60)
cut = T0 + 30 * MS
early, late = [p for p in pk if p.t < cut], [p for p in pk if p.t >= cut]
put(
    f"{OUT}/two.pcapng",
    section(early, ["eth0"], addrs=["02:aa:00:00:00:01"]) + section(late, ["eth0"], addrs=["02:aa:00:00:00:02"]),
)
