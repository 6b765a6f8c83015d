"""Changes of member, those alike in one line."""

from __future__ import annotations

from typing import Any

from factories import SECOND, T0, make_stream

from flowmap.document.model import Move, Stream
from flowmap.report.sections.streams.moves import moves_of


def move(
    seconds: float, old: str = "nic1", new: str = "nic2", cause: str = "failover", gap: float | None = 1.2
) -> Move:
    gap_ns = None if gap is None else round(gap * SECOND)
    return Move(ts_ns=T0 + round(seconds * SECOND), from_=old, to=new, gap_ns=gap_ns, cause=cause)  # type: ignore[arg-type]


def stream(number: int, *moves: Move, tx: tuple[Move, ...] = (), **changes: Any) -> Stream:
    made = make_stream(number)
    rx, sent = made.directions
    rx = rx.model_copy(update={"moves": list(moves), **changes})
    return made.model_copy(update={"directions": [rx, sent.model_copy(update={"moves": list(tx), **changes})]})


def told(*streams: Stream) -> list[str]:
    return [line.partition("  ")[2] for line in moves_of(streams)]


def test_one_move_has_its_pause_its_cause_and_its_stream() -> None:
    assert told(stream(3, move(1))) == ["nic1 -> nic2 after 1.2 s: failover, #3 rx"]
    assert told(stream(3, move(1, gap=None))) == ["nic1 -> nic2: failover, #3 rx"]


def test_moves_within_a_second_of_each_other_are_one_line_with_the_longest_pause() -> None:
    streams = [stream(number, move(number * 0.9, gap=number)) for number in (1, 2, 3)]
    assert told(*streams) == ["nic1 -> nic2 within 3.0 s: 3 x failover, rx"]
    apart = [stream(number, move(number * 1.1, gap=number)) for number in (1, 2)]
    assert len(told(*apart)) == 2


def test_what_differs_stays_apart() -> None:
    assert len(told(stream(1, move(1)), stream(2, move(1, cause="rebalance")))) == 2
    assert len(told(stream(1, move(1)), stream(2, move(1, "nic2", "nic1")))) == 2


def test_what_both_sides_did_alike_is_told_once() -> None:
    both = stream(1, move(1, gap=None), tx=(move(1.0004, gap=None),))
    assert told(both) == ["nic1 -> nic2: failover, #1 each way"]


def test_moves_against_the_configured_mode_say_so() -> None:
    sent = stream(1, tx=(move(1, cause="rebalance"),), expected=False)
    assert told(sent) == ["nic1 -> nic2 after 1.2 s: rebalance, not as configured, #1 tx"]
    held = stream(1, tx=(move(1, cause="failover"),), expected=False)
    assert "not as configured" not in told(held)[0]  # no mode keeps a stream on a dead link


def test_beyond_six_the_rest_is_counted() -> None:
    lines = moves_of([stream(1, *(move(10 * k) for k in range(8)))])
    assert len(lines) == 7
    assert lines[-1] == "... and 2 more moves"
    assert moves_of([stream(1)]) == ()
