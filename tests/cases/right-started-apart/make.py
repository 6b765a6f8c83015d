# ruff: noqa
import pathlib, sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from pkt import *

folder(OUT, streams(["cap-095500"] * 4 + ["cap-095501"] * 4, n=60))
