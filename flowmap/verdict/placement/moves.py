"""Decides why a stream-direction changed member: failover, member set change, rebalance, flowlet, or not known.

In: placed directions with the changes that the second pass observed, LACP, gaps of the members. Out: the placements, each
change with its cause, and the weakest cause as that of the direction.

The causes in order of precedence. A silence of the stream itself proves nothing: a capped sender pauses all the time. What
counts is whether the old member was dead, who came or went, who else moved, and what the members' load was.

- failover: the old member is silent in both directions for three LACPDU intervals after the move, or three times its
  longest gap where LACP is not spoken. A link that was down for less shows by LACPDUs with Expired or Defaulted on it. A
  member that the host left while frames still came in there was alive: that is a switch-over, by command or by the host's
  own choice.
- member-set-change: a member joined or left, by LACP, and the move is of that: away from the one that leaves, after one
  joined (never before), or together with such moves (a new hash moves others too). So is a switch-over: all streams of the
  old member, in both directions, went to one other at about the same time, and LACP does not keep them apart. So is the way
  back to a member after its failover.
- rebalance: the old member lives, other streams stay there, and the load of that direction goes from the busier member to
  the idler one, or moves keep to a grid of 10 s.
- flowlet: an idle gap before the move, larger than paths differ in delay, of what the host sends.
- unexplained: none of these, or the capture ends too soon to tell.

More than a few moves are no placement "moved" unless each has a cause that many moves may have: see `_enough_reason`.

Thresholds: three LACPDU intervals are IEEE 802.1AX's own timeout; the grid of 10 s is that of Linux's tlb and alb and of
Open vSwitch; 1 ms of idle time is more than paths through one switch differ. The rest stands below with its reason. The
recordings of failover, flowlet and rebalance in `captures/` must come out as what was done to them.

Rejected: silence of the stream before the move (a capped sender pauses 100 ms all the time), the time of the move alone
(streams move together by chance when many do), and to explain a move before a member joined by that join.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from flowmap.facts.model import Cause, Direction, Moved, Placed, TeamFacts
from flowmap.message import Message, msg
from flowmap.team.lacp.bundle import SetChange
from flowmap.trace.watching.observe import Switch
from flowmap.verdict.placement.scene import TOGETHER_NS, Scene
from flowmap.words import HOLDING_CAUSES

__all__ = ["GRID_NS", "GRID_TOLERANCE_NS", "explain_moves", "mixed"]

_KEEPS_COMING_NS = 500_000_000
"""Frames that come in on a member so long after the host's last one there: in between it was alive. An ACK waits 200 ms."""
_FLAP_BEFORE_NS, _FLAP_AFTER_NS = 3_000_000_000, 2_000_000_000
"""Where LACPDUs of a flap are, around a move: a partner is given up after 3 s, a link that is back speaks at once."""
_NARROW_NS = 2_500_000_000
"""A change that is known to the LACPDU interval: moves meanwhile are of it. Of wider ones only moves together with it are."""
_APART_NS = 1_000_000_000
"""Many moves of load are no faster than this on the average; choosers look at load each second at most."""

GRID_NS = 10_000_000_000
GRID_TOLERANCE_NS = 500_000_000
_FLOWLET_GAP_NS = 1_000_000
_SHORTEST_GAP_NS = 200_000_000
_WEAKEST_LAST: tuple[Cause, ...] = ("failover", "member-set-change", "rebalance", "flowlet", "unexplained")


def explain_moves(directions: Sequence[Direction], placements: Sequence[Placed], team: TeamFacts) -> list[Placed]:
    """Return the placements with the moves of each moved direction and their causes; its cause is its weakest one."""
    found = list(placements)
    moving = [
        number
        for number, (d, placed) in enumerate(zip(directions, placements, strict=True))
        if placed.placement == "moved" and d.observation is not None
    ]
    if moving:
        scene = Scene(directions, [directions[number] for number in moving])
        around = _Around(team, scene, team.lacp.set_changes())
        for number in moving:
            found[number] = _explained(directions[number], placements[number], around)
    return found


class _Around(NamedTuple):
    """What moves are judged by: the team, what was on which member, and when members joined or left."""

    team: TeamFacts
    scene: Scene
    changes: Sequence[SetChange]


def _explained(direction: Direction, placed: Placed, around: _Around) -> Placed:
    team, scene = around.team, around.scene
    moves: list[Moved] = []
    for switch in direction.observation.switches if direction.observation is not None else ():
        cause, too_soon = _cause(direction, switch, moves, around)
        over = cause == "member-set-change" and _switched_over(switch, scene, team)
        moves.append(Moved(switch.ts_ns, switch.old, switch.new, switch.gap_ns, cause, too_soon, over))
    weakest: Cause = max([move.cause for move in moves], key=_WEAKEST_LAST.index, default="unexplained")
    if len(moves) > team.settings.thresholds.moved_max_switches and not _enough_reason(direction, moves, team):
        return Placed("undecided", mixed(len(moves)))
    return replace(placed, cause=weakest, moves=tuple(moves))


def mixed(count: int) -> Message:
    """Return why a direction that changed member so often, for no known reason, is undecided."""
    return msg("mixed: {changes} changes of member, too many for moves, too few for spraying", changes=count)


def _enough_reason(direction: Direction, moves: Sequence[Moved], team: TeamFacts) -> bool:
    """Return whether each of many moves has a cause that many moves may have.

    Such causes are members that fail, come and go, or a chooser that by its mode moves streams, or that takes its time.
    """
    allowed = _allowed_moves(direction, team)
    slow = moves[-1].ts_ns - moves[0].ts_ns >= _APART_NS * (len(moves) - 1)
    return all(
        move.cause in HOLDING_CAUSES or move.cause == allowed or (move.cause == "rebalance" and slow) for move in moves
    )


def _cause(direction: Direction, switch: Switch, earlier: Sequence[Moved], around: _Around) -> tuple[Cause, bool]:
    """Return the cause of a move that follows `earlier` ones, and whether the capture ends too soon to know it."""
    team, scene = around.team, around.scene
    dead, too_soon = _dead_after(direction, switch, scene, team)
    switched_over = _switched_over(switch, scene, team)
    if not switched_over and (dead or _flapped(switch, team)):
        return "failover", False
    returned = any(move.cause == "failover" and move.old == switch.new for move in earlier)
    if switched_over or returned or any(_is_of(change, switch, scene, team) for change in around.changes):
        return "member-set-change", False
    allowed = _allowed_moves(direction, team)
    rebalance = not too_soon and _is_rebalance(direction, switch, scene)
    flowlet = _is_flowlet(direction, switch, team) and (allowed == "flowlet" or not too_soon)
    if flowlet and (not rebalance or allowed == "flowlet"):
        return "flowlet", False
    if rebalance:
        return "rebalance", False
    return "unexplained", too_soon


def _dead_after(direction: Direction, switch: Switch, scene: Scene, team: TeamFacts) -> tuple[bool, bool]:
    """Return whether the old member is silent long enough after the move, and whether the capture ends too soon to show it.

    Silent means in both directions. The move was some time between the last packet on the old member and the first on
    the new one. Where the host and the switch both left in that time, the old member's silence counts from its
    beginning: after a failure a stream can take seconds to come back. One direction alone may just have paused: then
    the silence counts from the packet on the new.
    """
    member = team.members[switch.old]
    moved_at = team.member_time(switch.old, switch.ts_ns)
    last_on_old = team.member_time(switch.old, switch.before_ns)
    needed, slack = _silence_needed(switch, scene, last_on_old, team)
    counts_from = last_on_old if scene.both_left(direction, switch) else moved_at
    for start, end in member.gaps:
        if start <= moved_at + slack and end > moved_at:
            return end - max(counts_from, start) >= needed, False
    if member.last_ns is not None and member.last_ns <= moved_at + slack:
        silent = team.member_time(switch.old, team.end_ns) - max(counts_from, member.last_ns)
        return silent >= needed, silent < needed
    return False, False


def _silence_needed(switch: Switch, scene: Scene, last_on_old: int, team: TeamFacts) -> tuple[int, int]:
    """Return the nanoseconds of silence that mean a dead member, and how long after the move stragglers may still come.

    Without LACP the member's own gaps say what is usual on it: those since it carries streams, not the idle time before.
    """
    limits = team.settings.thresholds
    interval = team.lacp.interval_ns(switch.old)
    if interval is not None:
        return int(limits.failover_lacp_intervals * interval), interval // 10
    in_use = team.member_time(switch.old, scene.in_use_since(switch.old))
    before = [end - start for start, end in team.members[switch.old].gaps if in_use <= start and end <= last_on_old]
    return int(limits.failover_gap_factor * max([_SHORTEST_GAP_NS, *before])), _SHORTEST_GAP_NS // 2


def _flapped(switch: Switch, team: TeamFacts) -> bool:
    """Return whether a side lost its LACP partner on the old member around the move.

    Then its link was down for a moment, or its other end fell silent.
    """
    start = team.member_time(switch.old, switch.before_ns) - _FLAP_BEFORE_NS
    end = team.member_time(switch.old, switch.ts_ns) + _FLAP_AFTER_NS
    return any(start <= ts_ns <= end for ts_ns in team.lacp.partner_losses(switch.old))


def _switched_over(switch: Switch, scene: Scene, team: TeamFacts) -> bool:
    """Return whether the team changed its active member while the old one's link was up.

    Nothing stays on the old member, both sides left it for the same one, and either frames went on coming in there after the
    host had left it, or they still do after the move.
    """
    leaving = scene.departure(switch)
    if leaving.last.keys() != {"tx", "rx"} or leaving.news != {switch.new} or team.lacp.bundled_spans(switch.old):
        return False
    if scene.staying(switch.old, leaving.end_ns):
        return False
    return leaving.last["rx"] - leaving.last["tx"] >= _KEEPS_COMING_NS or _lives_on(switch, team)


def _lives_on(switch: Switch, team: TeamFacts) -> bool:
    """Return whether the old member goes on to carry frames after the move as it did before."""
    member, moved_at = team.members[switch.old], team.member_time(switch.old, switch.ts_ns)
    silent = [end - start for start, end in member.gaps if end > moved_at and start <= moved_at + TOGETHER_NS]
    if member.last_ns is None or member.last_ns <= moved_at + _KEEPS_COMING_NS:
        return False
    return max(silent, default=0) <= team.settings.thresholds.failover_gap_factor * TOGETHER_NS


def _is_of(change: SetChange, switch: Switch, scene: Scene, team: TeamFacts) -> bool:
    """Return whether the move is of this change, which LACPDUs bracket.

    A join excuses no move before it; a pause of the stream may delay its move, not advance it.
    """
    earliest, latest = (team.true_time(change.member, ts_ns) for ts_ns in (change.earliest_ns, change.latest_ns))
    slack = team.uncertainty_ns([switch.old, switch.new, change.member]) or 0
    if switch.ts_ns < earliest - slack or switch.before_ns > latest + TOGETHER_NS:
        return False
    if change.member == (switch.new if change.bundled else switch.old):
        return True
    return scene.moved_with(switch, change.member, change.bundled) or latest - earliest <= _NARROW_NS


def _allowed_moves(direction: Direction, team: TeamFacts) -> str | None:
    """Return the one kind of move that the configured mode makes in this direction, if it says so."""
    kinds = {row.tx_moves if direction.side == "tx" else row.rx_moves for row in team.expectation.rows}
    return kinds.pop() if len(kinds) == 1 else None


def _is_rebalance(direction: Direction, switch: Switch, scene: Scene) -> bool:
    """Old member alive, other streams stay there, and load goes from the busier to the idler or moves keep to a grid.

    Who chooses knows the load that it sends itself; where that says nothing, all load counts.
    """
    if not scene.staying(switch.old, switch.ts_ns):
        return False
    if _on_grid(switch, scene.moments):
        return True
    at = switch.before_ns
    return any(scene.load(switch.old, at, side) > scene.load(switch.new, at, side) for side in (direction.side, None))


def _on_grid(switch: Switch, moments: Sequence[int]) -> bool:
    """Return whether at least three moments of change, this one among them, are whole multiples of 10 s apart."""
    found = [switch.ts_ns]
    for other in moments:
        distance = abs(other - switch.ts_ns)
        off = min(distance % GRID_NS, GRID_NS - distance % GRID_NS)
        if off <= GRID_TOLERANCE_NS and all(abs(other - moment) > GRID_NS // 2 for moment in found):
            found.append(other)
            if len(found) >= 3:
                return True
    return False


def _is_flowlet(direction: Direction, switch: Switch, team: TeamFacts) -> bool:
    """Return an idle gap before the move that is larger than paths differ in delay, in the direction the host chooses."""
    if direction.side == "rx":
        return False
    uncertainty = team.uncertainty_ns([switch.old, switch.new]) or 0
    return switch.gap_ns >= _FLOWLET_GAP_NS + uncertainty
