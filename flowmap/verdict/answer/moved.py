"""Streams that were moved between healthy members: by whom, how many, when, and what moved beside them for a reason.

The sentence counts and dates only the moves that are a fault. Moves that a join or a lost link explains, and moves that the
mode of the side that made them means, are told after it, as what they are.
"""

from __future__ import annotations

from collections.abc import Sequence

from flowmap.facts.model import Direction, Moved, Side, TeamFacts
from flowmap.message import Message, glue, msg, nmsg, number_word
from flowmap.verdict.answer.case import Answer, Case, chooser, failing, main_side
from flowmap.verdict.answer.phrases import clock, grid_of, times, when
from flowmap.verdict.answer.took_over import events
from flowmap.verdict.findings.placement.rules import FM102
from flowmap.verdict.placement.scene import follows_host
from flowmap.words import HOLDING_CAUSES

__all__ = ["moved"]


def moved(case: Case) -> Answer | None:
    """Return the answer where streams changed member for no reason that holds."""
    found = failing(case, "moved")
    if not found:
        return None
    chosen = [d for d in found if not _only_follows(d, case.team)]
    side, own = main_side(chosen or found)
    everyone = [d for s in case.team.judged for d in s.directions if d.side == side and d.shares]
    moves = sorted((move for d in own for move in _faults(d, case.team)), key=lambda move: move.ts_ns)
    sentence = _told(side, len(own), len(everyone), when(case, moves))
    ruled = side == "tx" or not case.team.expectation.switch_chooses
    none = msg("In this mode none should move.") if ruled and any(d.expected is False for d in own) else ""
    told = glue(sentence, none, _other_side(case, side), *events(case))
    return Answer(FM102.code, "bad", told, chooser(side), glue(_action(side, moves), _action_beside(case, side)))


def _faults(direction: Direction, team: TeamFacts) -> list[Moved]:
    """Return the moves that nothing explains; all of them where each has a reason of its own."""
    return _unexplained(direction, team) or list(direction.placed.moves)


def _unexplained(direction: Direction, team: TeamFacts) -> list[Moved]:
    return [
        move
        for move in direction.placed.moves
        if move.cause not in HOLDING_CAUSES and not _meant(direction, move, team)
    ]


def _only_follows(direction: Direction, team: TeamFacts) -> bool:
    return all(follows_host(direction, move, team) for move in _faults(direction, team))


def _meant(direction: Direction, move: Moved, team: TeamFacts) -> bool:
    side = direction.side
    return side != "unknown" and team.expectation.allows(side, "moved", move.cause) is True


def _told(side: Side, count: int, whole: int, when: Message) -> Message:
    """Return how many of how many were moved, by whom."""
    facts = {"when": when, "whole": number_word(whole), "number": number_word(count)}
    if side == "rx":
        return _of_switch(count, whole, facts)
    if side == "tx":
        return _of_host(count, whole, facts)
    if count == whole == 2:
        return msg("Both stream directions moved to another member while both were up, {when}.", **facts)
    if count == whole > 2:
        return msg("All {number} stream directions moved to another member while both were up, {when}.", **facts)
    return nmsg(
        "One of {whole} stream directions moved to another member while both were up, {when}.",
        "{number} of {whole} stream directions moved to another member while both were up, {when}.",
        count,
        **(facts | {"number": number_word(count, capital=True)}),
    )


def _of_switch(count: int, whole: int, facts: dict[str, Message]) -> Message:
    if count < whole:
        return nmsg(
            "The switch moved one of {whole} incoming streams to another member while both were up, {when}.",
            "The switch moved {number} of {whole} incoming streams to another member while both were up, {when}.",
            count,
            **facts,
        )
    if count == 2:
        return msg("The switch moved both incoming streams to another member while both were up, {when}.", **facts)
    return nmsg(
        "The switch moved the only incoming stream to another member while both were up, {when}.",
        "The switch moved all {number} incoming streams to another member while both were up, {when}.",
        count,
        **facts,
    )


def _of_host(count: int, whole: int, facts: dict[str, Message]) -> Message:
    if count < whole:
        return nmsg(
            "The host moved one of {whole} outgoing streams to another member while both were up, {when}.",
            "The host moved {number} of {whole} outgoing streams to another member while both were up, {when}.",
            count,
            **facts,
        )
    if count == 2:
        return msg("The host moved both outgoing streams to another member while both were up, {when}.", **facts)
    return nmsg(
        "The host moved the only outgoing stream to another member while both were up, {when}.",
        "The host moved all {number} outgoing streams to another member while both were up, {when}.",
        count,
        **facts,
    )


def _other_side(case: Case, side: Side) -> Message:
    """Return what the other chooser did meanwhile: the same fault, what its mode means, or no more than to follow the host."""
    ways = [
        d
        for s in case.team.judged
        for d in s.directions
        if d.placed.placement == "moved" and d.side not in (side, "unknown")
    ]
    faults = [d for d in ways if _unexplained(d, case.team)]
    following = [side == "tx" and _only_follows(d, case.team) for d in faults]
    meant = [
        d for d in ways if not _unexplained(d, case.team) and any(m.cause not in HOLDING_CAUSES for m in d.placed.moves)
    ]
    followed = msg(
        "What comes in went the same way each time: without a channel the switch delivers where it last saw the host send."
    )
    return glue(
        _did_so(side, [d for d, follows in zip(faults, following, strict=True) if not follows], case.team),
        followed if any(following) else "",
        _as_meant(side, len(meant)),
    )


def _did_so(side: Side, faults: Sequence[Direction], team: TeamFacts) -> Message:
    if not faults:
        return glue()
    moves = sorted((m for d in faults for m in _unexplained(d, team)), key=lambda move: move.ts_ns)
    facts = {"number": number_word(len(faults)), "when": times(moves)}
    if side == "rx":
        return nmsg(
            "The host did so with one that it sends, {when}.",
            "The host did so with {number} that it sends, {when}.",
            len(faults),
            **facts,
        )
    return nmsg(
        "The switch did so with one that it delivers, {when}.",
        "The switch did so with {number} that it delivers, {when}.",
        len(faults),
        **facts,
    )


def _as_meant(side: Side, count: int) -> Message:
    if not count:
        return glue()
    number = number_word(count)
    if side == "rx":
        return nmsg(
            "The host moved one that it sends, as its mode does.",
            "The host moved {number} that it sends, as its mode does.",
            count,
            number=number,
        )
    return nmsg(
        "The switch moved one that it delivers, as this mode means it.",
        "The switch moved {number} that it delivers, as this mode means it.",
        count,
        number=number,
    )


def _action(side: Side, moves: Sequence[Moved]) -> Message:
    """Return what the owner of the side that chose can do; `moves` are the faults of that side."""
    time, grid = clock(moves[0].ts_ns), grid_of(moves)
    if side == "rx":
        return msg(
            "Ask whoever runs the switch what moved streams at {time}: a hash that follows load or gaps (dynamic, "
            "adaptive, rebalancing), a changed hash policy, a flapping port.",
            time=time,
        )
    if side == "tx" and grid:
        return msg(
            "Find out on the host what moves streams every 10 s: a mode that rebalances by load does (balance-tlb and "
            "balance-alb of Linux, Open vSwitch). If its mode should leave streams where they are, another mode is in force.",
        )
    if side == "tx":
        return msg(
            "Find out on the host what moved streams at {time}: a mode that rebalances by load, a changed hash "
            "policy, a flapping port. If its mode should leave streams where they are, another mode is in force.",
            time=time,
        )
    return msg(
        "Find out what moved streams at {time}, on the host for what it sends and on the switch for what it receives: a "
        "hash that follows load, a changed hash policy, a flapping port.",
        time=time,
    )


def _action_beside(case: Case, side: Side) -> Message:
    """Return what the other chooser's owner can do, where that one moved streams too and did not only follow."""
    moves = sorted(
        (
            move
            for stream in case.team.judged
            for d in stream.directions
            if d.placed.placement == "moved" and d.side not in (side, "unknown")
            if not (side == "tx" and _only_follows(d, case.team))
            for move in _unexplained(d, case.team)
        ),
        key=lambda move: move.ts_ns,
    )
    if not moves:
        return glue()
    time = times(moves)
    if side == "rx":
        return msg("Find out the same on the host for what it sends: its team moved streams {when}.", when=time)
    return msg("Ask the same of whoever runs the switch: it moved streams {when}.", when=time)
