"""Findings: what a person should know beyond the claims, each with the numbers it rests on.

A finding says here what is the case; its title, general meaning and what to do are the page of its code.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from flowmap.message import Message, listed, msg, nmsg, number_word
from flowmap.team.host import Address, address_text
from flowmap.verdict.candidates import Candidates
from flowmap.verdict.claims import Pinned, Spread
from flowmap.verdict.facts import Direction, StreamFacts, TeamFacts
from flowmap.verdict.limit_findings import limit_findings
from flowmap.verdict.pinned import direction_verdict
from flowmap.verdict.sentences import direction_text, pinned_sentence, spread_sentence
from flowmap.verdict.stream_filter import stream_filter
from flowmap.verdict.team_findings import team_findings
from flowmap.verdict.urgency import urgency
from flowmap.verdict.words import word

__all__ = ["Finding", "find_all"]

_BY_CAUSE = {
    "failover": "FM103", "member-set-change": "FM104", "rebalance": "FM105", "flowlet": "FM106", "unexplained": "FM102",
}  # fmt: skip
_SPREAD = {"one_usable": "FM201", "unlikely": "FM202", "chance": "FM203", "one_host": "FM204", "flooded": "FM205"}

_KEEP_OUT = ("FM301", "FM302", "FM303", "FM304")


@dataclass(frozen=True)
class Finding:
    """`explanation` is about this case, as `action` is if given; else that comes from the page of `code`, as the title does."""

    code: str
    severity: Literal["info", "warning", "error"]
    explanation: Message
    subject: Mapping[str, Any] = field(default_factory=dict)
    evidence: Mapping[str, Any] = field(default_factory=dict)
    wireshark_filter: str | None = None
    action: Message | None = None


def find_all(team: TeamFacts, pinned: Pinned, spread: Spread, candidates: Candidates | None = None) -> list[Finding]:
    """All findings, the gravest first, causes before what follows from them."""
    found = [*_placements(team), *_spread(team, spread), *_streams(team, pinned)]
    found += [Finding(**finding) for finding in (*team_findings(team), *limit_findings(team))]
    if not any(finding.code == "FM308" for finding in found):
        found += _refuted_mode(team, candidates)
    return sorted(_weighed(found, team, spread), key=urgency)


def _weighed(found: Sequence[Finding], team: TeamFacts, spread: Spread) -> Iterator[Finding]:
    """What LACP did to members that could not be used is an error where hosts fail to spread for that."""
    unusable = {member.name for member in team.team_members if member.number not in spread.counts}
    for finding in found:
        blamed = finding.code in _KEEP_OUT and not unusable.isdisjoint(finding.subject.get("members", ()))
        yield replace(finding, severity="error") if spread.why == "one_usable" and blamed else finding


def _refuted_mode(team: TeamFacts, candidates: Candidates | None) -> Iterator[Finding]:
    """The mode that was given or described, where the packets refute each of its rows."""
    known = candidates.of(team.expectation.rows) if candidates is not None else []
    if known and all(one.refuted_by for one in known):
        clue = known[0].refuted_by[0]
        text = msg("The packets refute the mode that was given: {why}.", why=clue.text)
        yield Finding("FM308", "warning", text, {}, {"mode": team.mode, "algorithm": team.algorithm, "clue": clue.kind})


def _placements(team: TeamFacts) -> Iterator[Finding]:
    for stream in team.judged:
        for direction in stream.directions:
            yield from _placement(stream, direction, team)


def _placement(stream: StreamFacts, direction: Direction, team: TeamFacts) -> Iterator[Finding]:
    placed, o = direction.placed, direction.observation
    names = [team.members[share.member].name for share in direction.shares]
    subject = {"stream": stream.number, "direction": direction.side, "members": names}
    what = direction_text(direction)
    evidence: dict[str, Any] = {"expected": direction.expected}
    if o is not None:
        evidence |= {
            "packets": {team.members[m].name: count for m, count in sorted(o.packets.items())},
            "switches": o.switch_count, "median_run": o.median_run, "duplicates": o.duplicates,
            "sequence_changes": o.changes_in_order, "sequence_steps": o.steps_in_order,
        }  # fmt: skip
    if placed.placement == "sprayed":
        said = {"what": what, "names": listed(names), "reason": placed.reason}
        text = msg(
            "{what} alternates between {names}: {reason}. The configured mode does this by design; it still limits and "
            "reorders the stream.", **said,
        ) if direction.expected else msg("{what} alternates between {names}: {reason}.", **said)  # fmt: skip
        yield Finding("FM101", "error", text, subject, evidence, stream_filter(direction))
    elif placed.placement == "moved":
        yield _moved(stream, direction, team, subject, evidence)
    elif placed.placement == "mirrored":
        text = msg("{what}: {reason}; each is counted once.", what=what, reason=placed.reason)
        yield Finding("FM107", "info", text, subject, evidence, stream_filter(direction))
    elif placed.placement == "undecided" and team.two_hosts is None:
        text = msg("{what}: {reason}.", what=what, reason=placed.reason)
        yield Finding("FM108", "warning", text, subject, evidence, stream_filter(direction))


def _moved(
    stream: StreamFacts, direction: Direction, team: TeamFacts, subject: dict[str, Any], evidence: dict[str, Any]
) -> Finding:
    placed = direction.placed
    steps = [
        {"ts_ns": move.ts_ns, "from": team.members[move.old].name, "to": team.members[move.new].name,
         "gap_ns": move.gap_ns, "cause": move.cause}
        for move in placed.moves
    ]  # fmt: skip
    fails = direction_verdict(direction, team) == "fail"
    code = "FM102" if fails else _BY_CAUSE[str(placed.cause)]
    return Finding(code, "error" if fails else "warning", _moved_text(direction, team), subject,
                   {**evidence, "moves": steps}, stream_filter(direction))  # fmt: skip


def _moved_text(direction: Direction, team: TeamFacts) -> Message:
    moves, cause = direction.placed.moves, word(direction.placed.cause)
    left = msg(
        "{what} left {old} for {new} after a pause of {pause:.1f} ms", what=direction_text(direction),
        old=team.members[moves[0].old].name, new=team.members[moves[0].new].name, pause=moves[0].gap_ns / 1e6,
    )  # fmt: skip
    if len(moves) > 1:
        left = nmsg("{left}, and moved one more time", "{left}, and moved {number} more times",
                    len(moves) - 1, left=left, number=number_word(len(moves) - 1))  # fmt: skip
    if direction.placed.too_soon:
        return msg("{left} ({cause}; the capture ends too soon to tell more).", left=left, cause=cause)
    return msg("{left} ({cause}).", left=left, cause=cause)


def _spread(team: TeamFacts, spread: Spread) -> Iterator[Finding]:
    counts = {team.members[member].name: count for member, count in spread.counts.items()}
    evidence = {"hosts": spread.hosts, "unit": spread.unit, "counts": counts, "p_value": spread.p}
    subject = {"direction": spread.side}
    sentence = spread_sentence(spread, team)
    code = _SPREAD.get(spread.why)
    if code:
        severity: Literal["error", "info"] = "error" if spread.verdict == "fail" else "info"
        action = msg("Repair LACP on the members that were not in the bundle.") if spread.why == "one_usable" else None
        yield Finding(code, severity, sentence, subject, evidence, action=action)
    elif spread.why == "mode":
        action = msg("Only another teaming mode changes this; `flowmap explain MODE` tells what a mode does.")
        yield Finding("FM201", "error", sentence, subject, evidence, action=action)
    keyed = _many_streams_one_member(team)
    if keyed:
        host, count, member = keyed
        text = msg(
            "{number} streams with {host} all use {member}: a key of addresses only puts every stream of a host pair on "
            "one member.", number=number_word(count, capital=True), host=address_text(host),
            member=team.members[member].name,
        )  # fmt: skip
        yield Finding("FM206", "info", text, {"host": address_text(host)}, {"streams": count})


def _many_streams_one_member(team: TeamFacts) -> tuple[Address, int, int] | None:
    """A remote host whose streams (at least four) all landed on one member of several."""
    by_host: dict[Address, list[int | None]] = {}
    for stream in team.judged:
        end = stream.bulk.dst if stream.bulk.side == "tx" else stream.bulk.src
        by_host.setdefault(end[0], []).append(stream.bulk.first_member)
    for host, members in sorted(by_host.items()):
        first = members[0]
        if len(members) >= 4 and len(set(members)) == 1 and first is not None and len(team.team_members) > 1:
            return host, len(members), first
    return None


def _streams(team: TeamFacts, pinned: Pinned) -> Iterator[Finding]:
    if pinned.why == "no_streams" and team.bulk_unmatched:
        yield Finding("FM508", "warning", pinned_sentence(pinned, team), {}, {"streams": team.bulk_unmatched})
    quiet_smb = [s for s in team.streams if s.migration and s.migration.kind == "smb" and not s.judged]
    if quiet_smb and not any(s.migration and s.migration.kind == "smb" for s in team.judged):
        payload = sum(d.payload_bytes for s in quiet_smb for d in s.directions)
        text = nmsg(
            "One smb connection carried almost nothing ({payload} bytes): if live migration runs over SMB Direct (RDMA), "
            "its bulk bypasses the capture.",
            "{number} smb connections carried almost nothing ({payload} bytes): if live migration runs over SMB Direct "
            "(RDMA), its bulk bypasses the capture.",
            len(quiet_smb), number=number_word(len(quiet_smb), capital=True), payload=payload,
        )  # fmt: skip
        yield Finding("FM401", "warning", text, {"streams": [s.number for s in quiet_smb]}, {"payload_bytes": payload})
