# ruff: noqa
import pathlib, sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from pkt import *

folder(OUT, streams(["nic-01"] * 4 + ["nic-02"] * 4, n=60))
