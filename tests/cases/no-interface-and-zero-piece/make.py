# ruff: noqa
import pathlib, sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from pkt import *

folder(f"{OUT}/a", streams(["n1"] * 4 + ["n2"] * 4, n=60))
put(f"{OUT}/a/n3.pcapng", shb())
folder(f"{OUT}/b", streams(["n1"] * 4 + ["n2"] * 4, n=60))
put(f"{OUT}/b/n2.pcap3", b"")
