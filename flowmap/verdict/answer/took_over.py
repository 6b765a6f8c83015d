"""Members that were lost, came or went, or took over by command, and what their streams did meanwhile."""

from __future__ import annotations

from collections.abc import Sequence

from flowmap.facts.model import Direction, Moved
from flowmap.message import Message, glue, listed, msg, nmsg, number_word
from flowmap.verdict.answer.case import Answer, Case
from flowmap.verdict.answer.losses import find_losses, lost_sentences
from flowmap.verdict.answer.phrases import clock, one_member_at_a_time, span
from flowmap.verdict.findings.placement.rules import FM103, FM104

__all__ = ["events", "switched_over", "took_over"]

_STANDSTILL_NS = 1_000_000_000
"""A switch-over that its streams feel: TCP gives up waiting and backs off from here on."""


def took_over(case: Case) -> Answer | None:
    """Return what happened where streams moved because a link failed or the set of members changed."""
    if case.verdict not in ("pass", "by-design"):
        return None
    losses = find_losses(case)
    if losses:
        names = listed(case.names([loss.member for loss in losses]))
        action = nmsg(
            "Find out why {names} lost its link then: cable, transceiver, switch port, driver.",
            "Find out why {names} lost their links then: cable, transceiver, switch port, driver.",
            len({loss.member for loss in losses}),
            names=names,
        )
        return Answer(FM103.code, "warning", glue(*lost_sentences(case, losses)), "network", action)
    return switched_over(case) or _changed(case)


def events(case: Case) -> list[Message]:
    """Return sentences about links lost and members that came or went, for an answer that is about something else."""
    changed = _moves(case)
    said = lost_sentences(case, find_losses(case))
    if changed and not all(move.switched_over for _, _, move in changed):
        said.append(_set_changed(case, changed))
    return said


def switched_over(case: Case) -> Answer | None:
    """Return the answer where the team made another member the active one while the old one's link was up."""
    moves = _moves(case)
    if not moves or not all(move.switched_over for _, _, move in moves):
        return None
    old, new = (listed(case.names([getattr(m, side) for _, _, m in moves])) for side in ("old", "new"))
    pause = max(move.gap_ns for _, _, move in moves)
    left = [move.ts_ns - move.gap_ns for _, d, move in moves if d.side == "tx"] or [
        move.ts_ns - move.gap_ns for _, _, move in moves
    ]
    at, announced = max(left), _announced(case, moves)
    facts = {
        "old": old,
        "new": new,
        "time": clock(at if announced is None else min(at, announced)),
        "pause": span(pause),
    }
    still_came = max((move.ts_ns - move.gap_ns for _, d, move in moves if d.side == "rx"), default=at)
    late = pause >= _STANDSTILL_NS and still_came - at >= _STANDSTILL_NS
    said = msg(
        "The team switched over from {old} to {new} at {time}, although the link of {old} was up; all its streams stood "
        "still for up to {pause}.",
        **facts,
    )
    if late:
        said = glue(said, _went_on_sending(old, new, clock(still_came), heard=announced is not None))
    return Answer(
        FM104.code,
        "warning",
        glue(said, one_member_at_a_time(case)),
        "host",
        _over_action(old, new, late=late, heard=announced is not None),
    )


def _announced(case: Case, moves: Sequence[tuple[int, Direction, Moved]]) -> int | None:
    """Return when the host announced itself on the new member around the switch-over, if it did."""
    start = min(move.ts_ns - move.gap_ns for _, _, move in moves)
    end, news = max(move.ts_ns for _, _, move in moves), {move.new for _, _, move in moves}
    return min(
        (ts_ns for ts_ns, member in case.team.announced if member in news and start <= ts_ns <= end), default=None
    )


def _went_on_sending(old: Message, new: Message, until: Message, *, heard: bool) -> Message:
    if heard:
        return msg(
            "The host announced itself on {new} at once, but the switch went on sending to {old} until {until}.",
            old=old,
            new=new,
            until=until,
        )
    return msg(
        "The host did not announce itself on {new}, and the switch went on sending to {old} until {until}.",
        old=old,
        new=new,
        until=until,
    )


def _over_action(old: Message, new: Message, *, late: bool, heard: bool) -> Message:
    who = msg(
        "Find out on the host who or what made {new} the active member: a command, a preferred member that came back, a "
        "monitor of the path.",
        new=new,
    )
    if not late:
        return who
    return glue(
        who,
        (
            msg(
                "For the standstill look at the switch: why it went on sending to {old} although the host had announced itself "
                "(how it learns MAC addresses, port security).",
                old=old,
            )
            if heard
            else msg(
                "Against the standstill let the host announce itself on the new member (gratuitous ARP), so that the switch "
                "learns where it is."
            )
        ),
    )


def _moves(case: Case) -> list[tuple[int, Direction, Moved]]:
    """Return the moves that happened because the set of members changed, by time."""
    moves = [(s.number, d, m) for s in case.team.judged for d in s.directions for m in d.placed.moves]
    return sorted((one for one in moves if one[2].cause == "member-set-change"), key=lambda one: one[2].ts_ns)


def _changed(case: Case) -> Answer | None:
    moves = _moves(case)
    if not moves:
        return None
    action = msg("Nothing, if that change was planned. Otherwise find out why the members of the team changed then.")
    return Answer(FM104.code, "note", _set_changed(case, moves), "host", action)


def _set_changed(case: Case, moves: Sequence[tuple[int, Direction, Moved]]) -> Message:
    """Return what joined or left, when, and how many streams moved for it."""
    streams = {number for number, _, _ in moves}
    start, end = min(m.ts_ns - m.gap_ns for _, _, m in moves), max(m.ts_ns for _, _, m in moves)
    changes = [
        (case.team.members[one.member].name, one.bundled, at)
        for one in case.team.lacp.set_changes()
        if start - 2 * _STANDSTILL_NS <= (at := case.team.true_time(one.member, one.latest_ns)) <= end
    ]
    facts = {"number": number_word(len(streams))}
    if not changes:
        old, new = (listed(case.names([getattr(m, side) for _, _, m in moves])) for side in ("old", "new"))
        return nmsg(
            "When the members of the team changed, at {time}, one stream moved from {old} to {new}.",
            "When the members of the team changed, at {time}, {number} streams moved from {old} to {new}.",
            len(streams),
            old=old,
            new=new,
            time=clock(moves[0][2].ts_ns),
            **facts,
        )
    what = listed(
        [
            msg("{member} joined the team at {time}", member=name, time=clock(at))
            if joined
            else msg("{member} left the team at {time}", member=name, time=clock(at))
            for name, joined, at in changes
        ]
    )
    return nmsg(
        "{what}; one stream moved for that, as it should.",
        "{what}; {number} streams moved for that, as they should.",
        len(streams),
        what=what,
        **facts,
    )
