"""What findings of several families rest on: the numbers and words that mean the same in each."""

from __future__ import annotations

from flowmap.finding import Key
from flowmap.message import msg

__all__ = ["COUNT", "COUNTS", "PORT", "STREAMS", "TIMES"]

COUNT = Key("count", msg("count"))
COUNTS = Key("counts", msg("units by member"))
PORT = Key("port", msg("port"))
STREAMS = Key("streams", msg("streams"))
TIMES = Key("times", msg("times"))
