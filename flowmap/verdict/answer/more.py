"""What would let flowmap say more: its own options, other captures, more hosts.

It is for the person who runs flowmap, never for the customer.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from flowmap.facts.model import StreamFacts, TeamFacts
from flowmap.message import Message, msg, number_word
from flowmap.verdict.answer.case import Case
from flowmap.verdict.answer.phrases import FULL
from flowmap.verdict.chance.probability import smallest_failing_total
from flowmap.verdict.sentences import files_mixed
from flowmap.words import HOLDING_CAUSES

__all__ = ["to_know_more"]

_CAPTURED_AGAIN = {
    "one_captured": msg("Capture all members of the team at the same time."),
    "apart": msg("Capture all members at the same time."),
    "alone_then": msg("Capture again while all members are in the bundle from the start."),
}


def to_know_more(case: Case) -> list[Message]:
    """Return what to add to the command or to capture, what tells most first."""
    return list(dict.fromkeys(_wanted(case)))


def _wanted(case: Case) -> Iterator[Message]:
    team, pinned, spread = case.team, case.pinned, case.spread
    if pinned.why == "no_streams":
        yield from _which_streams(case)
        return
    if pinned.why == "two_hosts" and team.two_hosts is not None:
        yield (
            msg("Analyze each team by itself, with these commands.")
            if team.two_hosts.teams_of_one
            else msg("Analyze each host by itself, with these commands.")
        )
        return
    if pinned.why == "links_mixed" and files_mixed(team):
        yield msg("Give each of these files a name of its own (NAME=FILE).")
    if pinned.why in ("member_lost", "links_mixed"):
        return
    undermined = bool(pinned.undermined_by or spread.undermined_by)
    if undermined and not any(one.code.startswith("FM5") and one.severity != "info" for one in case.findings):
        yield msg(
            "Capture again so that nothing is missing: all members at once, a larger buffer, a snaplen of 96 to 128 "
            "bytes."
        )
    if not undermined and spread.why in _CAPTURED_AGAIN:
        yield _CAPTURED_AGAIN[spread.why]
    if any(d.placed.too_soon for s in team.judged for d in s.directions):
        yield msg("Capture for longer after the move: whether the old member was dead shows only some time later.")
    sides = {direction.side for stream in team.judged for direction in stream.directions}
    if "unknown" in sides:
        yield msg(
            "Name the teamed host with --local ADDR: what is sent is the host's choice, what is received the switch's."
        )
    if not team.expectation.rows and _mode_matters(case):
        yield msg(
            "Name mode and algorithm with --mode and --algorithm, or give --team what the host prints of its team."
        )
    yield from _hosts(case)
    large = [s for s in team.judged if s.bulk.payload_bytes >= team.settings.thresholds.bulk_min_bytes]
    if any(s.limit is not None and s.limit.by == "unknown" and _speed_unknown(team, s) for s in large):
        yield msg("Give the members' speed with --speed, so that a full member can be told from a slow sender.")


def _which_streams(case: Case) -> Iterator[Message]:
    if case.team.settings.from_ns is not None or case.team.settings.to_ns is not None:
        yield msg("Choose other times with --from and --to, or leave them out.")
    if case.team.bulk_unmatched:
        yield msg("Judge all bulk streams with --streams bulk, or name the migrations' port with --migration-port.")
    else:
        yield msg(
            "If other streams are meant, name their port with --migration-port, or judge all streams with --streams all."
        )


def _mode_matters(case: Case) -> bool:
    """Return whether knowing the mode could change the verdict, or what explains it.

    It could where the mode may mean the moves, hosts are on one member, or streams of one pair share a member. It could
    not where LACP, a lost link, a sender or the captures explain it.
    """
    spread = case.spread
    if any(m.cause not in HOLDING_CAUSES for s in case.team.judged for d in s.directions for m in d.placed.moves):
        return True
    if spread.why in ("flooded", "chance", "unlikely") and not spread.undermined_by:
        return True
    if case.verdict != "by-design" or spread.why != "one_host":
        return False
    shared = [s for s in case.carrying if s.limit is None or s.limit.by in ("unknown", *FULL)]
    by_switch = any(case.team.lacp.bundled_spans(member.number) for member in case.team.team_members)
    return len(shared) > 1 and any(s.bulk.side != "rx" or not by_switch for s in shared)


def _hosts(case: Case) -> Iterator[Message]:
    """Yield how many hosts at once could show a fault."""
    spread = case.spread
    members = len(spread.counts)
    enough = smallest_failing_total(members, Fraction(str(case.team.settings.thresholds.spread_alpha)))
    if enough is None or spread.why not in ("one_host", "chance") or case.verdict in ("pass", "fail"):
        return
    yield msg(
        "Capture migrations with at least {number} hosts at once: on {members} members that many show whether hosts "
        "spread.",
        number=number_word(enough),
        members=number_word(members),
    )


def _speed_unknown(team: TeamFacts, stream: StreamFacts) -> bool:
    """Return whether the speed of a member of a large stream, which would tell what limited it, is not known."""
    return any(team.speed_of(share.member) is None for share in stream.bulk.shares)
