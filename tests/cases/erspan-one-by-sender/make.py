# ruff: noqa
import pathlib, sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from pkt import *

session = {"nic1": 1, "nic2": 2}
pk = streams(["nic1"] * 4 + ["nic2"] * 4, n=60)
pcap(f"{OUT}/span.pcap", [erspan(p, 0, 0, kind=1, src=f"192.0.2.{session[p.m]}") for p in pk], snap=190)
