# ruff: noqa
import pathlib, sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from pkt import *

session = {"nic1": 1, "nic2": 2}
pk = streams(["nic1"] * 4 + ["nic2"] * 4, n=60)
pcap(f"{OUT}/span.pcap", mirrored(pk, lambda p: session[p.m], kind=3) + arp("x", 20), snap=190)
