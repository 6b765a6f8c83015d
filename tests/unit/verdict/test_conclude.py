"""What is concluded of a small team: the claims first, then findings, all in one case."""

from __future__ import annotations

import numpy as np
from small_teams import team

from flowmap.analysis.judge import judge
from flowmap.flow.streams.stream import STREAM, Streams
from flowmap.types import FLOW
from flowmap.verdict.conclude import conclude


def test_a_team_without_streams_leaves_the_claims_open() -> None:
    streams = Streams(np.zeros(0, STREAM), np.zeros(0, FLOW), np.zeros(0, bool), np.zeros(0, np.int64))
    judged = conclude(judge(team()), streams)
    assert (judged.case.pinned.verdict, judged.case.pinned.why) == ("inconclusive", "no_streams")
    assert judged.case.verdict == "inconclusive"
    assert (judged.tx.choices, judged.rx.choices, list(judged.full)) == ((), (), [])
