# ruff: noqa
import pathlib, sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from pkt import *

session = {"nic1": 1, "nic2": 2}
pk = streams(["nic1"] * 4 + ["nic2"] * 4, n=60)


def tzsp(p):
    body = b"\1\0\0\1\x0a\1\5\1"
    shim = struct.pack("!HHHH", 40000, 37008, (8 + len(body) + p.wire) & 0xFFFF, 0) + body
    return wrapped(p, "02:99:00:00:00:01", "02:99:00:00:00:02", f"192.0.2.{session[p.m]}", "192.0.2.200", 17, shim)


pcap(f"{OUT}/tzsp.pcap", [tzsp(p) for p in pk], snap=190)
