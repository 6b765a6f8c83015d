"""Why a stream-direction changed member: failover, member set change, rebalance, flowlet, or nobody knows.

The order is that of precedence. A silence of the stream itself proves nothing: a capped sender pauses all the time. What
counts is whether the old member is dead, who else moved, and what the members' load was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flowmap.trace.observe import Switch
from flowmap.verdict.facts import Cause, Direction, Moved, TeamFacts

__all__ = ["explain_moves"]

_GRID_NS = 10_000_000_000
_GRID_TOLERANCE_NS = 500_000_000
_TOGETHER_NS = 1_000_000_000
_FLOWLET_GAP_NS = 1_000_000
_SHORTEST_GAP_NS = 200_000_000
_WEAKEST_LAST: tuple[Cause, ...] = ("failover", "member-set-change", "rebalance", "flowlet", "unexplained")


def explain_moves(directions: Sequence[Direction], team: TeamFacts) -> None:
    """Give each moved direction its moves with their causes; the direction's cause is its weakest one."""
    moving = [d for d in directions if d.placed.placement == "moved" and d.observation is not None]
    all_switches = [switch for d in moving if d.observation for switch in d.observation.switches]
    for direction in moving:
        assert direction.observation is not None
        moves: list[Moved] = []
        for switch in direction.observation.switches:
            cause, too_soon = _cause(direction, switch, moves, all_switches, directions, team)
            moves.append(Moved(switch.ts_ns, switch.old, switch.new, switch.gap_ns, cause, too_soon))
        weakest: Cause = max([move.cause for move in moves], key=_WEAKEST_LAST.index, default="unexplained")
        direction.placed = replace(direction.placed, cause=weakest, moves=tuple(moves))


def _cause(
    direction: Direction, switch: Switch, earlier: Sequence[Moved], everyone: Sequence[Switch],
    directions: Sequence[Direction], team: TeamFacts,
) -> tuple[Cause, bool]:  # fmt: skip
    dead, too_soon = _dead_after(direction, switch, directions, team)
    if dead:
        return "failover", False
    if any(move.cause == "failover" and move.old == switch.new for move in earlier) or _set_changed(switch, team):
        return "member-set-change", False
    allowed = _allowed_moves(direction, team)
    rebalance = not too_soon and _is_rebalance(switch, everyone, directions, team)
    flowlet = _is_flowlet(direction, switch, team) and (allowed == "flowlet" or not too_soon)
    if flowlet and (not rebalance or allowed == "flowlet"):
        return "flowlet", False
    if rebalance:
        return "rebalance", False
    return "unexplained", too_soon


def _dead_after(
    direction: Direction, switch: Switch, directions: Sequence[Direction], team: TeamFacts
) -> tuple[bool, bool]:
    """(the old member is silent in both directions long enough after the move, the capture ends too soon to tell).

    The move was some time between the last packet on the old member and the first on the new one. Where the host and the
    switch both left in that time, the old member's silence counts from its beginning: after a failure a stream can take
    seconds to come back. One direction alone may just have paused: then the silence counts from the packet on the new.
    """
    member = team.members[switch.old]
    moved_at = team.member_time(switch.old, switch.ts_ns)
    last_on_old = team.member_time(switch.old, switch.before_ns)
    needed, slack = _silence_needed(switch, directions, last_on_old, team)
    counts_from = last_on_old if _both_left(direction, switch, directions) else moved_at
    for start, end in member.gaps:
        if start <= moved_at + slack and end > moved_at:
            return end - max(counts_from, start) >= needed, False
    if member.last_ns is not None and member.last_ns <= moved_at + slack:
        silent = team.member_time(switch.old, team.end_ns) - max(counts_from, member.last_ns)
        return silent >= needed, silent < needed
    return False, False


def _both_left(direction: Direction, switch: Switch, directions: Sequence[Direction]) -> bool:
    """Whether a direction that the other side places left the same member at the same time."""
    return any(
        other.old == switch.old and other.before_ns <= switch.ts_ns and other.ts_ns >= switch.before_ns
        for opposite in directions
        if opposite.observation and _is_opposite(direction, opposite)
        for other in opposite.observation.switches
    )


def _is_opposite(one: Direction, other: Direction) -> bool:
    if "unknown" in (one.side, other.side):
        return one.src == other.dst and one.dst == other.src
    return one.side != other.side


def _silence_needed(
    switch: Switch, directions: Sequence[Direction], last_on_old: int, team: TeamFacts
) -> tuple[int, int]:
    """Nanoseconds of silence that mean a dead member, and how long after the move stragglers may still come.

    Without LACP the member's own gaps say what is usual on it: those since it carries streams, not the idle time before.
    """
    limits = team.settings.thresholds
    interval = team.lacp.interval_ns(switch.old)
    if interval is not None:
        return int(limits.failover_lacp_intervals * interval), interval // 10
    shares = [share for direction in directions for share in direction.shares if share.member == switch.old]
    begin = min((share.first_ns for share in shares if share.first_ns is not None), default=0)
    in_use = team.member_time(switch.old, begin)
    before = [end - start for start, end in team.members[switch.old].gaps if in_use <= start and end <= last_on_old]
    return int(limits.failover_gap_factor * max([_SHORTEST_GAP_NS, *before])), _SHORTEST_GAP_NS // 2


def _set_changed(switch: Switch, team: TeamFacts) -> bool:
    """Whether LACP shows a member joining or leaving around the move (its LACPDUs bracket the moment)."""
    return any(
        team.true_time(change.member, change.earliest_ns) - _TOGETHER_NS
        <= switch.ts_ns
        <= team.true_time(change.member, change.latest_ns) + _TOGETHER_NS
        for change in team.lacp.set_changes()
    )


def _allowed_moves(direction: Direction, team: TeamFacts) -> str | None:
    """The one kind of move that the configured mode makes in this direction, if it says so."""
    kinds = {row.tx_moves if direction.side == "tx" else row.rx_moves for row in team.expectation.rows}
    return kinds.pop() if len(kinds) == 1 else None


def _is_rebalance(
    switch: Switch, everyone: Sequence[Switch], directions: Sequence[Direction], team: TeamFacts
) -> bool:
    """Old member alive, other streams stay there, and load goes from the busier to the idler or moves keep to a grid."""
    staying = [d for d in directions if _is_on(d, switch.old, switch.ts_ns)]
    if not staying:
        return False
    return _on_grid(switch, everyone) or _load(directions, switch.old, switch) > _load(directions, switch.new, switch)


def _is_on(direction: Direction, member: int, ts_ns: int) -> bool:
    """Whether the direction was on the member before and goes on there after this moment."""
    return any(
        share.member == member and share.first_ns is not None and share.last_ns is not None
        and share.first_ns < ts_ns < share.last_ns
        for share in direction.shares
    )  # fmt: skip


def _load(directions: Sequence[Direction], member: int, switch: Switch) -> float:
    """Wire bytes a second on the member just before the move, the moving stream included, by mean rates."""
    total = 0.0
    for direction in directions:
        for share in direction.shares:
            if share.member != member or share.first_ns is None or share.last_ns is None:
                continue
            if share.first_ns <= switch.before_ns <= share.last_ns:
                total += share.wire_bytes / max(1, share.last_ns - share.first_ns)
    return total


def _on_grid(switch: Switch, everyone: Sequence[Switch]) -> bool:
    """Whether at least three moments of change, this one among them, are whole multiples of 10 s apart."""
    moments = {switch.ts_ns}
    for other in everyone:
        distance = abs(other.ts_ns - switch.ts_ns)
        off = min(distance % _GRID_NS, _GRID_NS - distance % _GRID_NS)
        apart = all(abs(other.ts_ns - moment) > _GRID_NS // 2 for moment in moments)
        if off <= _GRID_TOLERANCE_NS and apart:
            moments.add(other.ts_ns)
    return len(moments) >= 3


def _is_flowlet(direction: Direction, switch: Switch, team: TeamFacts) -> bool:
    """An idle gap before the move that is larger than paths differ in delay, in the direction the host chooses."""
    if direction.side == "rx":
        return False
    uncertainty = team.uncertainty_ns([switch.old, switch.new]) or 0
    return switch.gap_ns >= _FLOWLET_GAP_NS + uncertainty
