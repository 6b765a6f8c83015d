# ruff: noqa
import pathlib, sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from pkt import *

session = {"nic1": 1, "nic2": 2}
pk = streams(["nic1"] * 4 + ["nic2"] * 4, n=60)
pcap(
    f"{OUT}/m.pcap",
    [
        vxlan(p, "02:99:00:00:00:01", "02:99:00:00:00:02", "192.0.2.1", "192.0.2.200", vni=500 + session[p.m])
        for p in pk
    ],
    snap=190,
)
