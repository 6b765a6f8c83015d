"""What limits the complaint where nothing is broken: one pair of hosts, a mode that means it, a full member, window, loss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from flowmap.facts.model import Side, StreamFacts
from flowmap.finding import Finding
from flowmap.message import Message, glue, listed, msg, nmsg, number_word
from flowmap.verdict.answer.case import Answer, Case, Decider, chooser, used_members
from flowmap.verdict.answer.phrases import FULL, full_clause, landed, pair_subject, units_landed
from flowmap.verdict.answer.well import holds
from flowmap.verdict.findings.limits.rules import FM402, FM403, FM404, FM405, FM406, FM407
from flowmap.verdict.findings.limits.unequal import even_speeds, slower_than
from flowmap.verdict.findings.placement.rules import FM107
from flowmap.verdict.findings.spread.rules import FM201, FM203, FM204, FM205
from flowmap.verdict.mode.flooded import RECEIVES_ON_ONE

__all__ = ["limited"]

_LIMITS = {"receiver-window": FM404.code, "loss": FM405.code, "sender": FM406.code, "cpu": FM407.code}
_PATH: dict[str, tuple[str, Decider]] = {"receiver-window": (FM404.code, "host"), "loss": (FM405.code, "network")}
_OWNERS: dict[str, Decider] = dict(_PATH.values())


def limited(case: Case) -> Answer | None:
    """Return the answer where something other than a fault keeps the transfers from being faster."""
    if case.verdict == "by-design":
        return _by_mode(case) if case.meant is not None else _one_pair(case)
    if case.verdict == "pass":
        words = {stream.limit.by for stream in case.team.judged if stream.limit is not None}
        return (_full_member(case) if words & set(FULL) else None) or (_path(case) if words & _PATH.keys() else None)
    return None


def _one_pair(case: Case) -> Answer:
    """Answer for one stream, or streams of one pair of hosts, on one member: first the direction with most payload."""
    if case.pinned.counts["mirrored"] == case.pinned.directions:
        sentence = glue(holds(case), msg("A team never makes one stream faster."))
        return Answer(
            FM107.code,
            "note",
            sentence,
            "nobody",
            msg(
                "Find out why packets are recorded on several members: captures of one port, of the team's own interface, or a "
                "mirror."
            ),
        )
    ways = _by_side(case)
    side = max(ways, key=lambda one: sum(s.bulk.payload_bytes for s in ways[one]))
    parts = [_pair_on(case, side, ways[side])]
    parts += [_pair_on(case, other, own) for other, own in ways.items() if other != side]
    streams = ways[side]
    why = msg("A team never makes one stream faster.")
    if len(streams) > 1:
        why = msg("A team never makes one stream faster, and {reason}.", reason=_shared_why(case, side, len(streams)))
    idle = [m.name for m in case.team.team_members if m.number not in used_members([s.bulk for s in streams])]
    more = _would_use(case, side, streams, idle)
    decider: Decider = chooser(side) if len(streams) > 1 else "nobody"
    full = {s.limit.by for s in streams if s.limit is not None and s.limit.by in FULL}
    code = FM403.code if "shared-member" in full else FM402.code if full else FM204.code
    elsewhere = _elsewhere(case, streams)
    if elsewhere is not None and elsewhere.code in _OWNERS:  # more members help nothing before that is mended
        return Answer(elsewhere.code, "note", glue(*parts, why), _OWNERS[elsewhere.code], elsewhere.action)
    if elsewhere is not None:
        action = elsewhere.action or _pair_action(case, side, len(streams))
        return Answer(elsewhere.code, "note", glue(*parts, why, more), "host", action)
    return Answer(code, "note", glue(*parts, why, more), decider, _pair_action(case, side, len(streams)))


def _elsewhere(case: Case, streams: Sequence[StreamFacts]) -> Finding | None:
    """Return what limited all of these streams, where it was not the member."""
    words = {stream.limit.by for stream in streams if stream.limit is not None}
    return case.finding(_LIMITS[words.pop()]) if len(words) == 1 and words <= set(_LIMITS) else None


def _by_side(case: Case) -> dict[Side, list[StreamFacts]]:
    ways: dict[Side, list[StreamFacts]] = {}
    for stream in case.carrying:
        ways.setdefault(stream.bulk.side, []).append(stream)
    return ways


def _pair_on(case: Case, side: Side, streams: Sequence[StreamFacts]) -> Message:
    directions = [stream.bulk for stream in streams]
    names = case.names(used_members(directions))
    where = landed(pair_subject(streams, side), names, side, len(streams))
    return glue(glue(where, full_clause(case, directions) or _paced(streams), between=""), ".", between="")


def _paced(streams: Sequence[StreamFacts]) -> Message:
    """Return what limited all of these streams, where it was not the member."""
    words = {stream.limit.by for stream in streams if stream.limit is not None}
    if words == {"sender"} or words == {"cpu"}:
        return nmsg(
            " and was limited by its sender, not by the team",
            " and were limited by their sender, not by the team",
            len(streams),
        )
    if words == {"receiver-window"}:
        return nmsg(
            " and was limited by the receiver's window", " and were limited by the receiver's window", len(streams)
        )
    if words == {"loss"}:
        return nmsg(" and was limited by lost packets", " and were limited by lost packets", len(streams))
    return glue()


def _shared_why(case: Case, side: Side, count: int) -> Message:
    """Return why streams of one pair share a member: the rule that is known, else a hash."""
    rows = case.team.expectation.rows
    reason = case.team.expectation.one_member_only(side) if rows and side != "unknown" else None
    if reason is not None:
        return msg("here {reason}", reason=reason)
    streams = msg("both streams") if count == 2 else msg("all {number} streams", number=number_word(count))
    if side == "rx":
        return msg("the switch's hash gave {streams} one member", streams=streams)
    if side == "tx":
        return msg("the host's hash gave {streams} one member", streams=streams)
    return msg("the hash gave {streams} one member", streams=streams)


def _would_use(case: Case, side: Side, streams: Sequence[StreamFacts], idle: Sequence[str]) -> Message:
    """Return what would use the other members."""
    if not idle:
        return glue()
    names = {"idle": listed(idle)}
    reach = _scope(case, side)
    if reach == "team":
        return msg("With this mode nothing but a failure uses {idle}.", **names)
    if reach == "port":
        return msg("More virtual ports, or an algorithm that hashes ports, would use {idle} too.", **names)
    if case.ports_in_key(side):
        return msg("More streams, or more pairs of hosts, may use {idle} too.", **names)
    if side == "rx" and case.ports_in_key("tx"):  # what the host does its switch may do too
        return msg(
            "More pairs of hosts may use {idle}; so may more streams, if the switch hashes ports as the host does.",
            **names,
        )
    if len(streams) == 1:
        return msg("More pairs of hosts, or more streams with a hash with ports, would use {idle}.", **names)
    return msg("More pairs of hosts, or a hash with ports, would use {idle}.", **names)


def _scope(case: Case, side: Side) -> Literal["team", "port"] | None:
    if side == "unknown" or not case.team.expectation.rows:
        return None
    return case.team.expectation.one_member_scope(side)


def _pair_action(case: Case, side: Side, count: int) -> Message:
    reach = _scope(case, side)
    if reach == "port":
        return msg(
            "For more than one member: give migrations several virtual ports (vNICs), or choose another algorithm, "
            "such as dynamic or transport ports."
        )
    if reach == "team" and side == "rx":
        return RECEIVES_ON_ONE
    if reach == "team":
        return msg(
            "Nothing needs repair. For more than one member at a time choose a mode that spreads (LACP with a "
            "hash of addresses and ports)."
        )
    if case.ports_in_key(side):
        return msg(
            "Nothing needs repair. For more speed let migrations use more streams at once (SMB Multichannel, QEMU "
            "multifd, several vMotion adapters), run them between more hosts, or use faster members."
        )
    if side == "rx":
        return msg(
            "Nothing needs repair. For more speed let the switch's channel hash ports too, and let migrations use "
            "several streams at once; run them between more hosts; or use faster members."
        )
    return msg(
        "Nothing needs repair. For more speed hash ports too (layer3+4, transport ports), and let migrations use "
        "several streams at once; run them between more hosts; or use faster members."
    )


def _by_mode(case: Case) -> Answer:
    """Answer for hosts that share a member because the mode means it."""
    spread, side = case.spread, case.spread.side or "unknown"
    directions = [s.bulk for s in case.carrying if s.bulk.side == side]
    used = [case.team.members[number].name for number, count in spread.counts.items() if count]
    where = glue(units_landed(spread, used, side), full_clause(case, directions), between="")
    said = msg("{landed}, by design: {reason}.", landed=where, reason=case.meant)
    if case.proven:
        fault = (
            msg(
                "By the packets the team is {mode}; if the host is in LACP or static mode, it is a fault at the switch.",
                mode=case.candidates.only_family.name,
            )
            if side == "rx"
            else msg(
                "By the packets the team is {mode}; if the host has another mode, it is a fault there.",
                mode=case.candidates.only_family.name,
            )
        )
        said = glue(said, fault)
    code = {"flooded": FM205.code, "chance": FM203.code}.get(spread.why, FM201.code)
    reach = _scope(case, side)
    action = RECEIVES_ON_ONE if side == "rx" and reach != "port" else _pair_action(case, side, 2)
    return Answer(code, "note", said, "host", action)


def _full_member(case: Case) -> Answer | None:
    """Return streams that shared a full member while others had room, though hosts spread."""
    full: dict[str, list[StreamFacts]] = {}
    for stream in case.carrying:
        if stream.limit is not None and stream.limit.by in FULL:
            full.setdefault(str(stream.limit.evidence.get("member")), []).append(stream)
    if not full:
        return None
    name, streams = max(full.items(), key=lambda one: sum(s.bulk.payload_bytes for s in one[1]))
    side = streams[0].bulk.side
    whole = sum(s.bulk.side == side for s in case.carrying)
    subject = (
        nmsg(
            "One of {whole} streams",
            "{count} of {whole} streams",
            len(streams),
            whole=number_word(whole),
            count=number_word(len(streams), capital=True),
        )
        if len(streams) < whole
        else (nmsg("The one stream", "{all} streams", whole, all=msg("All {number}", number=number_word(whole))))
    )
    where = glue(landed(subject, [name], side, len(streams)), full_clause(case, [s.bulk for s in streams]), between="")
    code = FM403.code if len(streams) > 1 else FM402.code
    slow = slower_than(case.team, name)
    if slow is not None:
        unequal = msg(
            "The members' speeds are unequal ({speeds}), and a hash gives each as many streams, whatever its speed.",
            speeds=slow,
        )
        return Answer(
            code, "warning", glue(glue(where, ".", between=""), unequal, holds(case)), "network", even_speeds(name)
        )
    sentence = glue(glue(where, ".", between=""), holds(case))
    return Answer(code, "note", sentence, chooser(side), _share_action(case, side))


def _share_action(case: Case, side: Side) -> Message:
    if case.ports_in_key(side):
        return msg(
            "Nothing needs repair: which streams share a member is chance. More streams at once even it out; "
            "faster members give each more."
        )
    return msg(
        "Nothing needs repair: which hosts share a member is chance. A hash with ports, and more streams at "
        "once, even it out; faster members give each more."
    )


def _path(case: Case) -> Answer | None:
    """Return the receiver's window, or loss, where it limited what carried most of the payload."""
    streams = case.carrying
    whole = sum(s.bulk.payload_bytes for s in streams)
    for by, (code, decider) in _PATH.items():
        own = [s for s in streams if s.limit is not None and s.limit.by == by]
        if own and 2 * sum(s.bulk.payload_bytes for s in own) > whole:
            largest = max(own, key=lambda s: s.bulk.payload_bytes)
            reason = largest.limit.reason if largest.limit else ""
            subject = (
                msg("The stream")
                if len(own) == 1 == len(streams)
                else msg(
                    "{count} of {whole} streams",
                    count=number_word(len(own), capital=True),
                    whole=number_word(len(streams)),
                )
            )
            sentence = nmsg(
                "{subject} was limited by its path, not by the team: {reason}.",
                "{subject} were limited by their path, not by the team: {reason}.",
                len(own),
                subject=subject,
                reason=reason,
            )
            tone: Literal["warning", "note"] = "warning" if by == "loss" else "note"
            return Answer(code, tone, glue(sentence, holds(case)), decider)
    return None
