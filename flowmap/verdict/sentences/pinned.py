"""Claim 1 in a sentence: each migration stream sits on one member, or which one does not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from flowmap.facts.model import Direction, TeamFacts
from flowmap.message import Message, glue, listed, msg, nmsg, number_word
from flowmap.verdict.claims.pinned import direction_verdict
from flowmap.verdict.claims.results import Pinned
from flowmap.verdict.sentences.subjects import cannot_tell_sentence, direction_text, no_streams_sentence
from flowmap.words import word

__all__ = ["pinned_sentence"]

_INCOMPLETE = {  # of every notice that may undermine, as a test holds
    "record_truncated": msg("a last record that is cut off"),
    "input_shortened": msg("an input of which only a part was kept"),
    "buffer_compressed": msg("buffers that are compressed"),
    "event_broken": msg("broken events"),
    "interface_unknown": msg("packets of interfaces that are not described"),
    "interface_limit": msg("interfaces beyond the limit"),
    "no_interface": msg("a capture without an interface"),
    "unsupported_ethertype": msg("frames that are not decoded"),
    "unsupported_protocol": msg("frames that are not decoded"),
    "members_unsure": msg("captures whose member is not sure"),
    "member_uncaptured": msg("a member that was not captured"),
    "capture_drops": msg("packets lost in capturing"),
    "counters_missed": msg("packets that counters show and no capture holds"),
    "capture_damaged": msg("damage in the middle"),
    "unreadable_capture": msg("a capture that cannot be read"),
    "missing_bytes": msg("acknowledged bytes that no capture holds"),
    "windows_disjoint": msg("members captured at different times"),
    "reverse_absent": msg("directions that no capture holds"),
    "window_short": msg("a member whose capture does not last as long as the streams do"),
}


def pinned_sentence(pinned: Pinned, team: TeamFacts) -> Message:
    """Return claim 1 as a sentence."""
    if pinned.undermined_by:
        return _undermined(pinned)
    if pinned.why in ("two_hosts", "members_unsure", "member_lost", "links_mixed"):
        return cannot_tell_sentence(pinned.why, team)
    if pinned.why == "no_streams":
        return no_streams_sentence(team)
    if pinned.why == "holds":
        return _pinned_holds(pinned, team)
    deciding = [d for s in team.judged for d in s.directions if direction_verdict(d, team) == pinned.verdict]
    alike = [d for d in deciding if d.placed.placement == pinned.why] or deciding
    return _not_pinned(pinned.why, alike[0], team, _others(len(alike) - 1, pinned.why), _rest(deciding, alike))


def _undermined(pinned: Pinned) -> Message:
    what = _incomplete(pinned.undermined_by)
    if pinned.counts["moved"]:
        return msg(
            "Every migration stream seen keeps to one member at a time, but the captures are incomplete ({what}), so this "
            "proves nothing.",
            what=what,
        )
    if pinned.counts["absent"]:
        return msg(
            "Every migration stream seen sits on one member in each direction that was captured, but the captures are "
            "incomplete ({what}), so this proves nothing.",
            what=what,
        )
    return msg(
        "Every migration stream seen sits on one member, but the captures are incomplete ({what}), so this proves "
        "nothing.",
        what=what,
    )


def _incomplete(codes: Sequence[str]) -> Message:
    return listed(list(dict.fromkeys(_INCOMPLETE[code] for code in codes)))


def _others(more: int, why: str) -> Message:
    """Return how many more directions are like the one that is told."""
    if not more:
        return glue()
    number = number_word(more)
    if why in ("moved", "sprayed"):
        return nmsg("so did one more direction", "so did {number} more directions", more, number=number)
    return nmsg("one more direction is like it", "{number} more directions are like it", more, number=number)


def _rest(deciding: Sequence[Direction], alike: Sequence[Direction]) -> Message:
    """Return directions that decide beside these, by placement."""
    counts = Counter(d.placed.placement for d in deciding if d.placed.placement != alike[0].placed.placement)
    return listed(
        [msg("{number} {placement}", number=count, placement=word(name)) for name, count in counts.most_common()]
    )


def _not_pinned(why: str, direction: Direction, team: TeamFacts, more: Message, rest: Message) -> Message:
    what = direction_text(direction)
    names = listed([team.members[share.member].name for share in direction.shares])
    said: Message
    if why == "sprayed":
        said = (
            msg(
                "{what} was dealt out packet by packet over {names}, as its mode is configured to do",
                what=what,
                names=names,
            )
            if direction.expected
            else msg("{what} was dealt out packet by packet over {names}", what=what, names=names)
        )
    elif why == "moved":
        said = _moved_text(direction, team, what)
    elif why == "absent":
        said = msg("{what} was captured nowhere, although it was acknowledged", what=what)
    else:
        said = msg("{what} is on {names}: {reason}", what=what, names=names, reason=direction.placed.reason)
    told = glue(said, more, between="; ")
    return msg("{told} (beside: {rest}).", told=told, rest=rest) if rest else glue(told, ".", between="")


def _moved_text(direction: Direction, team: TeamFacts, what: Message) -> Message:
    moves = direction.placed.moves
    if direction.placed.too_soon:
        return nmsg(
            "{what} changed member once, and the capture ends too soon to tell why",
            "{what} changed member {count} times, and the capture ends too soon to tell why",
            len(moves),
            what=what,
        )
    if len(moves) == 1:
        return msg(
            "{what} moved from {old} to {new} while both were up",
            what=what,
            old=team.members[moves[0].old].name,
            new=team.members[moves[0].new].name,
        )
    names = listed([team.members[share.member].name for share in direction.shares])
    return msg(
        "{what} moved {count} times between {names} while they were up", what=what, count=len(moves), names=names
    )


def _pinned_holds(pinned: Pinned, team: TeamFacts) -> Message:
    ways = [direction for stream in team.judged for direction in stream.directions]
    copied = [way for way in ways if way.placed.placement == "mirrored"]
    if len(copied) == len(ways):
        return _all_copied(pinned, max(len(way.shares) for way in ways))
    again = (
        nmsg(
            "One stream-direction was recorded on several members at once, and counts once.",
            "{directions} stream-directions were recorded on several members at once, and count once.",
            len(copied),
            directions=number_word(len(copied), capital=True),
        )
        if copied
        else ""
    )
    return glue(_kept(pinned, [way for way in ways if way.placed.placement == "moved"], team), again)


def _all_copied(pinned: Pinned, members: int) -> Message:
    return nmsg(
        "One migration stream was recorded on {members} members at once: the same packets, counted once.",
        "Each of the {streams} migration streams was recorded on {members} members at once: the same packets, counted once.",
        pinned.streams,
        streams=number_word(pinned.streams),
        members=number_word(members),
    )


def _kept(pinned: Pinned, moved: Sequence[Direction], team: TeamFacts) -> Message:
    streams = number_word(pinned.streams)
    if not moved and pinned.counts["absent"]:
        return nmsg(
            "The one migration stream sits on one member in the direction that was captured.",
            "Each of the {streams} migration streams sits on one member in each direction that was captured.",
            pinned.streams,
            streams=streams,
        )
    if not moved:
        return nmsg(
            "The one migration stream sits on one member in each direction.",
            "Each of the {streams} migration streams sits on one member in each direction.",
            pinned.streams,
            streams=streams,
        )
    keeps = nmsg(
        "The one migration stream keeps to one member at a time",
        "Each of the {streams} migration streams keeps to one member at a time",
        pinned.streams,
        streams=streams,
    )
    changed = nmsg(
        "one direction moved {causes}",
        "{directions} directions moved {causes}",
        len(moved),
        directions=number_word(len(moved)),
        causes=listed(_causes(moved, team)),
    )
    return msg("{keeps}; {changed}.", keeps=keeps, changed=changed)


def _causes(moved: Sequence[Direction], team: TeamFacts) -> list[Message]:
    """Return why they moved; of a failover the members that failed."""
    moves = sorted((move for direction in moved for move in direction.placed.moves), key=lambda move: move.ts_ns)
    failed = list(dict.fromkeys(team.members[move.old].name for move in moves if move.cause == "failover"))
    said = []
    for cause in sorted({str(move.cause) for move in moves}):
        if cause == "failover":
            said.append(
                nmsg(
                    "when {members} lost its link (failover)",
                    "when {members} lost their links (failover)",
                    len(failed),
                    members=listed(failed),
                )
            )
        elif cause == "member-set-change" and all(move.switched_over for move in moves if move.cause == cause):
            said.append(msg("when the team switched over (member-set-change)"))
        elif cause == "member-set-change":
            said.append(msg("when a member joined or left (member-set-change)"))
        else:
            said.append(msg("as the mode allows ({cause})", cause=word(cause)))
    return said
