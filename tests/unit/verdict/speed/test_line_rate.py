"""How many bulk streams share a member is counted by when they began and ended: as one by one, and of thousands at once."""

from __future__ import annotations

import random
from dataclasses import replace

from flowmap.verdict.speed.line_rate import _concurrent
from tests.small_teams import T0, S, direction, stream, team

BULK = 5_000_000


def test_those_of_the_member_and_direction_that_were_there_at_the_time() -> None:
    draw = random.Random(7)
    found = []
    for number in range(300):
        first = draw.uniform(0, 90)
        one = direction(draw.choice(("rx", "tx")), draw.randrange(2), first, first + draw.uniform(0, 9))
        payload = draw.choice((BULK, 100))
        share = one.shares[0]._replace(payload_bytes=payload)
        one = replace(one, bulk=True, payload_bytes=payload, shares=[share])
        found.append(replace(stream(number, one), last_ns=share.last_ns or 0))
    own = team(*found)
    for begin, end in ((0, 100), (20, 21), (50, 50), (95, 99)):
        first_ns, last_ns = T0 + begin * S, T0 + end * S
        for member in (0, 1):
            for side in ("rx", "tx"):
                there = [
                    s
                    for s in found
                    if s.bulk.payload_bytes == BULK
                    and s.bulk.side == side
                    and s.bulk.shares[0].member == member
                    and s.first_ns <= last_ns
                    and s.last_ns >= first_ns
                ]
                assert _concurrent(own, member, first_ns, last_ns, side) == len(there)
