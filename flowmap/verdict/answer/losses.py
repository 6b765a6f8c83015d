"""Members that lost their link while streams were on them: when, how often, for how long, and where their streams went.

A loss is seen by the moves away from the member; moves within three seconds are of one loss, for streams that pause are noticed
later than those that do not. A link that goes up and down faster than LACPDUs are sent shows in LACP only in part, and not at
all by moves once its streams have left: then the times that are known are told as a least number.
"""

from __future__ import annotations

from collections.abc import Sequence

from flowmap.dataclass import dataclass
from flowmap.facts.model import Direction, Moved
from flowmap.message import Message, listed, msg, nmsg, number_word, times_word
from flowmap.team.lacp.rhythm import LIVES
from flowmap.verdict.answer.case import Case
from flowmap.verdict.answer.phrases import clock, span

__all__ = ["Loss", "find_losses", "lost_sentences"]

_ONE_LOSS_NS = 3_000_000_000
_SHORT_GAP_NS = 500_000_000
"""The loss lies between the last packet on the member and the first one elsewhere. Where these are further apart than this a
retransmission timeout is between them (RFC 6298: 1 s, at least 0.2 s in practice): the stream stood still from the loss on."""


@dataclass(frozen=True)
class Loss:
    """One time that a member was lost: when, and the moves of streams away from it."""

    member: int
    ts_ns: int
    moves: tuple[tuple[int, Direction, Moved], ...]
    """With the number of the stream that moved."""


def find_losses(case: Case) -> list[Loss]:
    """Return the losses of all members, by time."""
    moves = [
        (s.number, d, m)
        for s in case.team.judged
        for d in s.directions
        for m in d.placed.moves
        if m.cause == "failover"
    ]
    found: list[list[tuple[int, Direction, Moved]]] = []
    latest: dict[int, list[tuple[int, Direction, Moved]]] = {}
    for one in sorted(moves, key=lambda one: one[2].ts_ns):
        move = one[2]
        if move.old not in latest or move.ts_ns - latest[move.old][-1][2].ts_ns > _ONE_LOSS_NS:
            latest[move.old] = []
            found.append(latest[move.old])
        latest[move.old].append(one)
    return [Loss(own[0][2].old, _lost_at(own[0][2]), tuple(own)) for own in found]


def _lost_at(move: Moved) -> int:
    return move.ts_ns - move.gap_ns if move.gap_ns > _SHORT_GAP_NS else move.ts_ns


def lost_sentences(case: Case, losses: Sequence[Loss]) -> list[Message]:
    """Return a sentence for each member that was lost."""
    said = []
    for member in dict.fromkeys(loss.member for loss in losses):
        own = [loss for loss in losses if loss.member == member]
        times = max(len(own), _times_by_lacp(case, member))
        said.append(_lost_once(case, own[0]) if times == 1 else _lost_again(case, own, times))
    return said


def _times_by_lacp(case: Case, member: int) -> int:
    """Return how often a side lost its partner on the member, and found it again."""
    signs = case.team.lacp.findings(case.team.lacp_host)
    times = [one.evidence["times"] for one in signs if one.kind == "flapping" and member in one.members]
    return max((count for count in times if isinstance(count, int)), default=0)


def _lost_once(case: Case, loss: Loss) -> Message:
    name = case.team.members[loss.member].name
    back = _back_after(case, loss)
    lost = msg("{member} lost its link at {time}", member=name, time=clock(loss.ts_ns))
    if back is not None:
        lost = msg("{lost} and came back after {pause}", lost=lost, pause=span(back))
    elif (gone := _gone_for(case, loss)) is not None:
        lost = msg(
            "{lost} and did not come back in the {pause} to the end of the captures", lost=lost, pause=span(gone)
        )
    return _went_on(case, lost, [loss])


def _lost_again(case: Case, losses: Sequence[Loss], times: int) -> Message:
    member = losses[0].member
    whole = case.team.lacp.whole_again(member)
    last = max(loss.ts_ns for loss in losses)
    least = "" if times == len(losses) else msg("at least ")
    facts = {
        "member": case.team.members[member].name,
        "least": least,
        "times": times_word(times),
        "first": clock(min(loss.ts_ns for loss in losses)),
        "last": clock(last),
    }
    if whole is not None and (by := case.team.true_time(member, whole)) >= last:
        lost = msg(
            "{member} lost its link again and again, {least}{times} from {first} on, and was whole again by {whole}",
            whole=clock(by),
            **facts,
        )
    elif len(losses) > 1:
        lost = msg("{member} lost its link again and again, {least}{times} between {first} and {last}", **facts)
    else:
        lost = msg("{member} lost its link again and again, {least}{times} from {first} on", **facts)
    return _went_on(case, lost, losses)


def _went_on(case: Case, lost: Message, losses: Sequence[Loss]) -> Message:
    """Return what the streams of a lost member did: `lost` is the clause before it."""
    moves = [one for loss in losses for one in loss.moves]
    streams = {number for number, _, _ in moves}
    facts = {
        "lost": lost,
        "number": number_word(len(streams)),
        "new": listed(case.names([m.new for _, _, m in moves])),
        "pause": span(max(m.gap_ns for _, _, m in moves)),
    }
    if any(d.placed.moves[-1].new == losses[0].member for _, d, _ in moves):
        return nmsg(
            "{lost}; its stream went on over {new} within {pause} and moved back later.",
            "{lost}; its {number} streams went on over {new} within {pause}; some moved back later.",
            len(streams),
            **facts,
        )
    return nmsg(
        "{lost}; its stream went on over {new} within {pause} and stayed there.",
        "{lost}; its {number} streams went on over {new} within {pause} and stayed there.",
        len(streams),
        **facts,
    )


def _back_after(case: Case, loss: Loss) -> int | None:
    """Return how long nothing came over the member, or None where LACP was silent, then or later.

    It is measured by LACP and by the last packets of the streams that left the member.
    """
    lacp, at = case.team.lacp, case.team.member_time(loss.member, loss.ts_ns)
    times = lacp.lacpdu_times(loss.member)
    before, after = [t for t in times if t <= at], [t for t in times if t > at]
    interval = lacp.interval_ns(loss.member)
    if not before or not after or interval is None or after[0] - before[-1] < 2 * interval:
        return None
    left = max(case.team.member_time(loss.member, move.ts_ns - move.gap_ns) for _, _, move in loss.moves)
    return after[0] - max(before[-1], left)


def _gone_for(case: Case, loss: Loss) -> int | None:
    """Return how long the member was silent to its capture's end; None where LACPDUs came, or silence means nothing yet."""
    lacp, at = case.team.lacp, case.team.member_time(loss.member, loss.ts_ns)
    times, interval = lacp.lacpdu_times(loss.member), lacp.interval_ns(loss.member)
    window = lacp.windows.get(loss.member)
    if not times or interval is None or window is None or times[-1] > at or window[1] - at < LIVES * interval:
        return None
    return window[1] - at
