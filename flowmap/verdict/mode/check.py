"""What the teaming mode does in each direction, and whether what was seen is that.

The mode is the one that was given or described; where there is none, the family of modes that the packets leave. A mode that
was only inferred explains; it decides nothing: verdicts and each stream-direction's `expected` rest on what was given.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from flowmap.dataclass import dataclass
from flowmap.facts.model import Direction, TeamFacts
from flowmap.message import Message, all_of, glue, listed, msg, nmsg
from flowmap.team.modes.table import Expectation, Row, meanings
from flowmap.team.modes.text import MOVES, RECEIVES, sends
from flowmap.verdict.claims.results import Spread, cannot_tell
from flowmap.verdict.mode.candidates import Candidates
from flowmap.words import Way, word

__all__ = ["ModeCheck", "check_mode"]

_COLUMNS = {"tx": ("tx", "tx_moves", "policy"), "rx": ("rx", "rx_moves")}
"""Of the table of modes: what clues about them are a direction's own."""
_HASHED = frozenset({"4tuple", "ip", "mac", "dst", "smac+vlan", "vport", "opaque"})
_SPREADS = frozenset({"4tuple", "ip", "dst", "opaque", "switch"})
"""Keys that differ for distinct hosts, wherever these are."""
_BY_SENDING = frozenset({"primary", "affinity", "learned", "arp", "active"})


@dataclass(frozen=True, slots=True)
class ModeCheck:
    """`text`: what the mode does in this direction, what was seen, whether that is it. `as_expected` None: cannot be told."""

    direction: Way
    as_expected: bool | None
    text: Message


def check_mode(team: TeamFacts, candidates: Candidates, spread: Spread) -> list[ModeCheck]:
    """Return both directions; nothing where no mode is known, or placement cannot be told."""
    rows = team.expectation.rows or candidates.only_family.rows
    if not rows or cannot_tell(team) or len(team.team_members) < 2 or not team.judged:
        return []
    return [_check(side, rows, team, candidates, spread) for side in ("tx", "rx")]


def _check(side: Way, rows: Sequence[Row], team: TeamFacts, candidates: Candidates, spread: Spread) -> ModeCheck:
    directions = [d for s in team.judged for d in s.directions if d.side == side and d.placed.placement != "absent"]
    rule = _key(side, rows)
    if not directions:
        unknown = any(d.side == "unknown" for s in team.judged for d in s.directions)
        seen = (
            msg("Which of the stream-directions seen are these is not known: name the host with --local.")
            if unknown
            else msg("No judged stream was seen in this direction.")
        )
        return ModeCheck(side, None, glue(rule, seen))
    if any(d.placed.placement == "moved" for d in directions):
        rule = glue(rule, _moves(side, rows))
    against = next(_against(side, rows, directions, team, candidates), None)
    holds, said = _judged(side, rows, directions, against, spread)
    return ModeCheck(
        side, holds, msg("{rule} {seen}: {verdict}.", rule=rule, seen=_seen(directions, team), verdict=said)
    )


def _judged(
    side: Way,
    rows: Sequence[Row],
    directions: Sequence[Direction],
    against: Message | None,
    spread: Spread,
) -> tuple[bool | None, Message]:
    """Return whether it is as the rows expect, and that in words; `against` is what contradicts them, if anything does."""
    if against is not None:
        return False, msg("not as expected, for {why}", why=against)
    allowed = {Expectation(tuple(rows)).allows(side, d.placed.placement, d.placed.cause) for d in directions}
    if allowed != {True}:
        return None, msg("whether that is as expected cannot be told")
    if spread.why == "unlikely" and spread.side == side:
        if {row.chosen_by(side) for row in rows} <= _SPREADS:
            return False, msg("as expected of each, but not that distinct hosts spread so little")
        return None, msg("as expected of each; that distinct hosts spread so little may be the key's doing")
    return True, msg("as expected")


def _key(side: Way, rows: Sequence[Row]) -> Message:
    """Return by what a member is chosen: in the words of the rows, or what those that differ have in common."""
    words = list(dict.fromkeys(sends(row) if side == "tx" else RECEIVES[row.rx] for row in rows))
    keys = {row.chosen_by(side) for row in rows}
    if len(words) == 1:
        return words[0]
    if keys <= _HASHED:
        return msg("by a hash that the name of the mode alone does not tell: every stream has one member.")
    if keys <= _BY_SENDING:
        return msg(
            "on a member that follows from how the host sends, as the switch does not aggregate: all that goes to one "
            "MAC uses one member."
        )
    return msg("in ways that differ: several modes have this name.")


def _moves(side: Way, rows: Sequence[Row]) -> Message:
    """Return whether streams may change member."""
    kinds = {row.tx_moves if side == "tx" else row.rx_moves for row in rows}
    if len(kinds) == 1:
        kind = kinds.pop()
        return glue() if kind == "any" else MOVES[kind]
    return MOVES["none"] if kinds <= {"none", "unknown"} else msg("With some algorithms a healthy stream may move.")


def _seen(directions: Sequence[Direction], team: TeamFacts) -> Message:
    numbers = sorted({share.member for d in directions for share in d.shares})
    names = listed([team.members[number].name for number in numbers])
    counts = Counter(d.placed.placement for d in directions)
    count = len(directions)
    if len(counts) > 1:
        told = listed([msg("{count} {placement}", count=many, placement=word(one)) for one, many in counts.items()])
        return msg(
            "Of {count} stream-directions seen {placements}, over {names}", count=count, placements=told, names=names
        )
    if "single" not in counts:
        return nmsg(
            "The one stream-direction seen is {placement}, over {names}",
            "{all} stream-directions seen are {placement}, over {names}",
            count,
            all=all_of(count),
            placement=word(next(iter(counts))),
            names=names,
        )
    if len(numbers) == 1:
        return nmsg(
            "The one stream-direction seen sits on {names}",
            "{all} stream-directions seen sit on {names}",
            count,
            all=all_of(count),
            names=names,
        )
    return msg("Each of the {count} stream-directions seen sits on one member, over {names}", count=count, names=names)


def _against(
    side: Way, rows: Sequence[Row], directions: Sequence[Direction], team: TeamFacts, candidates: Candidates
) -> Iterator[Message]:
    """Yield what contradicts all of the rows in this direction."""
    expected = Expectation(tuple(rows))
    for direction in directions:
        if expected.allows(side, direction.placed.placement, direction.placed.cause) is False:
            yield msg("this mode leaves no stream-direction {placement}", placement=word(direction.placed.placement))
    used = {share.member for d in directions for share in d.shares}
    if len(used) > 1 and not team.taken_over and expected.one_member_scope(side) == "team":
        yield msg("{reason}", reason=expected.one_member_only(side))
    own = [
        [clue for clue in one.refuted_by if meanings()[clue.kind].column in _COLUMNS[side]]
        for one in candidates.of(rows)
    ]
    if own and all(own):
        yield own[0][0].text
