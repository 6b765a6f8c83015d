# ruff: noqa
import pathlib, sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from pkt import *


def layers(pk):
    out = []
    for p in pk:
        order = [7, 3, 9, 4]
        for k, number in enumerate(order[::-1] if p.out else order):
            out.append(sll2(p, number, tagged=30 if number in (7, 3) else None, t=p.t + k * US))
    return out + [sll2(p, 8) for p in arp("x")]


pcap(f"{OUT}/any.pcap", layers(streams(["x"] * 6)), link=276)
