"""From judged facts to the report document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flowmap.document import model as doc
from flowmap.document.build.accepted import accept_findings
from flowmap.document.build.hosts import host_rows
from flowmap.document.build.members import member_rows
from flowmap.document.build.migrations import migration_rows
from flowmap.document.build.policy import policy_rows
from flowmap.document.build.streams import stream_rows
from flowmap.document.pages.pages import pages
from flowmap.facts.model import MemberShare, TeamFacts
from flowmap.finding import Finding
from flowmap.flow.streams.migration import group_migrations
from flowmap.flow.streams.stream import Streams
from flowmap.message import Message, glue, msg
from flowmap.notice import Notice
from flowmap.settings.config import Settings
from flowmap.team.host import TeamHost, address_text
from flowmap.team.lacp.lacpdu import mac_text
from flowmap.team.modes.table import LACP
from flowmap.verdict.answer import Answer, answer_of, to_know_more
from flowmap.verdict.chance.balance import balance
from flowmap.verdict.claims.results import Pinned, Spread, cannot_tell
from flowmap.verdict.claims.spread import least_units
from flowmap.verdict.conclude import Judgement
from flowmap.verdict.mode.candidates import Candidate, Candidates
from flowmap.verdict.mode.check import check_mode
from flowmap.verdict.quality.counters import beside_text, bypassed
from flowmap.verdict.sentences import pinned_sentence, spread_sentence
from flowmap.verdict.speed.imbalance import FullSpan, is_measurable
from flowmap.version import __version__

__all__ = ["build_report", "empty_report", "notice_rows"]

_EXIT = {"pass": 0, "by-design": 0, "fail": 1, "inconclusive": 3}


def build_report(judged: Judgement, streams: Streams, flows: int, incomplete: bool) -> doc.Report:
    """Write down what was judged. `incomplete`: some input was missing, unreadable or damaged in the middle."""
    case, team = judged.case, judged.case.team
    migrations = group_migrations(streams, [s.migration for s in team.judged if s.migration is not None])
    numbers = {stream: number for number, one in enumerate(migrations, start=1) for stream in one.streams}
    code = _EXIT[case.verdict]
    rows = stream_rows(team, streams, numbers)
    notices = notice_rows(team.notices)
    told, accepted = accept_findings([_finding(finding) for finding in case.findings], notices, team.settings.accept)
    return doc.Report(
        tool=doc.Tool(version=__version__),
        generated_at="1970-01-01T00:00:00Z",
        settings=doc.ReportSettings.of(team.settings),
        verdict=case.verdict,
        exit_code=3 if code == 0 and incomplete else code,
        answer=_answer(answer_of(case)),
        to_know_more=list(to_know_more(case)),
        claims=doc.Claims(pinned=_pinned(case.pinned, team), spread=_spread(case.spread, team, case.candidates)),
        totals=doc.Totals(
            packets=sum(m.packets for m in team.members),
            wire_bytes=sum(m.wire_bytes for m in team.members),
            flows=flows,
            streams=len(streams.table),
            streams_judged=len(team.judged),
            streams_listed=len(rows),
        ),
        team=_team(team, case.candidates, case.spread),
        clock=_clock(team),
        epochs=_epochs(team),
        members=member_rows(team, streams),
        streams=rows,
        migrations=migration_rows(team, migrations),
        hosts=host_rows(team),
        balance=_balance(team, judged.full),
        policy=policy_rows(judged.tx, judged.rx),
        findings=told,
        notices=notices,
        accepted=accepted,
    )


def empty_report(settings: Settings, notices: Sequence[Notice], sentence: Message) -> doc.Report:
    """Return the report of a run without any usable input (exit 4)."""
    rows = notice_rows(notices)
    return doc.Report(
        tool=doc.Tool(version=__version__),
        generated_at="1970-01-01T00:00:00Z",
        settings=doc.ReportSettings.of(settings),
        verdict="inconclusive",
        exit_code=4,
        answer=doc.Answer(
            tone="bad", sentence=sentence, decider="unknown", action=msg("Nothing can be said about the team yet.")
        ),
        claims=doc.Claims(
            pinned=doc.Pinned(verdict="inconclusive", reason=sentence),
            spread=doc.Spread(verdict="inconclusive", reason=sentence),
        ),
        totals=doc.Totals(),
        team=doc.Team(),
        clock=doc.Clock(),
        notices=rows,
        accepted=accept_findings([], rows, settings.accept)[1],
    )


def _pinned(pinned: Pinned, team: TeamFacts) -> doc.Pinned:
    words = ("single", "moved", "sprayed", "mirrored", "undecided", "absent")
    return doc.Pinned(
        verdict=pinned.verdict,
        reason=pinned_sentence(pinned, team),
        undermined_by=pinned.undermined_by,
        streams=pinned.streams,
        directions=pinned.directions,
        **{word: pinned.counts[word] for word in words},
    )


def _answer(answer: Answer) -> doc.Answer:
    """Return the answer, with what the page of its finding says to do where the case says nothing of its own."""
    action = answer.action
    if action is None:
        action = pages()[answer.code].action if answer.code else glue()
    return doc.Answer(
        code=answer.code,
        tone=answer.tone,
        sentence=answer.sentence,
        decider=answer.decider,
        action=action,
    )


def _spread(spread: Spread, team: TeamFacts, candidates: Candidates) -> doc.Spread:
    directions = [doc.SpreadDirection(**_direction(one, team, candidates)) for one in spread.directions]
    own, past = _direction(spread, team, candidates), bypassed(team)
    if past is not None:
        own["reason"] = glue(own["reason"], beside_text(team))
    return doc.Spread(**own, directions=directions, by_counters={} if past is None else past.counts)


def _direction(spread: Spread, team: TeamFacts, candidates: Candidates) -> dict[str, Any]:
    return {
        "verdict": spread.verdict,
        "reason": spread_sentence(spread, team, candidates),
        "undermined_by": spread.undermined_by,
        "direction": spread.side,
        "hosts": spread.hosts,
        "unit": spread.unit,
        "units": spread.units,
        "members": len(spread.counts),
        "members_used": spread.members_used,
        "counts": {team.members[member].name: count for member, count in spread.counts.items()},
        "p_value": spread.p,
        "p_value_exact": spread.p_exact,
        "least_units": least_units(spread, team),
    }


def _team(team: TeamFacts, candidates: Candidates, spread: Spread) -> doc.Team:
    host = team.host if team.two_hosts is None or team.two_hosts.teams_of_one else TeamHost()
    addresses = [address_text(address) for address in sorted(host.addresses)]
    macs = [mac_text(mac) for mac in sorted(host.macs)]
    rows, seen = team.expectation.rows, candidates.only_family.name or _heard(team)
    modes, algorithms = {row.mode for row in rows}, {row.algorithm for row in rows}
    return doc.Team(
        name=team.described.team.name if team.described else None,
        host=next(iter(addresses or macs), None),
        host_source=host.source,
        addresses=addresses,
        macs=macs,
        mode=modes.pop() if len(modes) == 1 else team.mode if rows else seen,
        algorithm=algorithms.pop() if len(algorithms) == 1 else team.algorithm,
        mode_source="config" if rows else "inferred" if seen else "unknown",
        expectations=[
            doc.ModeExpectation(direction=one.direction, as_expected=one.as_expected, detail=one.text)
            for one in check_mode(team, candidates, spread)
        ],
        clues=[doc.ModeClue(clue=clue.kind, value=clue.value, detail=clue.text) for clue in candidates.clues],
        candidates=[_candidate(one) for one in candidates.ranked],
    )


def _heard(team: TeamFacts) -> str | None:
    """Return LACP, where it has members in the bundle: whatever hash chooses among them."""
    bundled = any(team.lacp.bundled_spans(member.number) for member in team.team_members)
    return LACP if bundled and cannot_tell(team) is None else None


def _candidate(one: Candidate) -> doc.ModeCandidate:
    names = [list(dict.fromkeys(clue.kind for clue in clues)) for clues in (one.supported_by, one.refuted_by)]
    return doc.ModeCandidate(
        platform=one.row.platform,
        mode=one.row.mode,
        algorithm=one.row.algorithm,
        verdict=one.verdict,
        score=one.score,
        supported_by=names[0],
        refuted_by=names[1],
    )


def _clock(team: TeamFacts) -> doc.Clock:
    if len(team.members) < 2:
        return doc.Clock()
    clock = team.clock
    return doc.Clock(
        reference=team.members[clock.reference].name,
        offsets=[
            doc.ClockOffset(
                member=team.members[c.member].name,
                offset_ns=c.offset_ns if c.corrected else 0,
                uncertainty_ns=c.uncertainty_ns,
                drift_ppm=c.drift_ppm if c.known else None,
                corrected=c.corrected,
            )
            for c in clock.members
            if c.member != clock.reference
        ],
    )


def _epochs(team: TeamFacts) -> list[doc.Epoch]:
    """Return intervals with a constant set of members, by LACP; one epoch where LACP says nothing."""
    begins = [team.true_time(m.number, m.first_ns) for m in team.team_members if m.first_ns is not None]
    if not begins:
        return []
    everybody = [m.number for m in team.team_members]
    start, end, present = min(begins), team.end_ns, set(everybody)
    changes = team.lacp.set_changes()
    joining = {change.member for change in reversed(changes) if change.bundled}
    left_first = {m for m in joining if next(c for c in changes if c.member == m).bundled}
    present -= left_first
    epochs = []
    for change in changes:
        at = team.true_time(change.member, change.latest_ns)
        if start < at < end:
            epochs.append((start, at, set(present)))
            start = at
        (present.add if change.bundled else present.discard)(change.member)
    epochs.append((start, end, present))
    return [
        doc.Epoch(start_ns=a, end_ns=b, members=[team.members[m].name for m in sorted(names)]) for a, b, names in epochs
    ]


def _balance(team: TeamFacts, spans: Sequence[FullSpan]) -> doc.Balance:
    shares: dict[str, dict[int, list[MemberShare]]] = {"tx": {}, "rx": {}, "unknown": {}}
    for stream in team.judged:
        for direction in stream.directions:
            for share in direction.shares:
                shares[direction.side].setdefault(share.member, []).append(share)
    numbers = {side: _side_balance(team, shares[side]) for side in ("tx", "rx")}
    full = [
        doc.FullTime(
            direction=span.side,
            member=team.members[span.member].name,
            first_ns=span.first_ns,
            last_ns=span.last_ns,
            used=round(span.used, 4),
            load_bps=span.load_bps,
            speed_bps=span.speed_bps,
            idle_bps={team.members[other].name: bps for other, bps in span.idle_bps.items()},
        )
        for span in spans
    ]
    return doc.Balance(tx=numbers["tx"], rx=numbers["rx"], full=full if is_measurable(team) else None)


def _side_balance(team: TeamFacts, shares: Mapping[int, Sequence[MemberShare]]) -> doc.BalanceNumbers:
    """Return the balance over all captured members, those too that stood idle or were kept out."""
    every = [shares.get(member.number, ()) for member in team.team_members]
    loads, counts = [sum([x.wire_bytes for x in own]) for own in every], [len(own) for own in every]
    intervals = [
        [(x.first_ns, x.last_ns) for x in own if x.first_ns is not None and x.last_ns is not None] for own in every
    ]
    b = balance(loads, counts, intervals)
    return doc.BalanceNumbers(
        jain=b.jain,
        max_over_mean=b.max_over_mean,
        cov=b.cov,
        entropy=b.entropy,
        fim=b.fim,
        peak_concurrency=b.peak_concurrency,
    )


def _finding(finding: Finding) -> doc.Finding:
    page = pages()[finding.code]
    return doc.Finding(
        code=finding.code,
        severity=finding.severity,
        title=page.title,
        subject=dict(finding.subject),
        evidence=dict(finding.evidence),
        explanation=finding.explanation,
        action=finding.action or page.action,
        wireshark_filter=finding.wireshark_filter,
    )


def notice_rows(notices: Sequence[Notice]) -> list[doc.NoticeRow]:
    """Return notices in a stable order; equal (code, member, path) counted together."""
    from flowmap.notice import NoticeLog

    log = NoticeLog()
    log.extend(list(notices))
    ordered = sorted(log, key=lambda n: (n.code, n.member or "", n.path or "", n.first_offset or 0))
    return [
        doc.NoticeRow(
            code=n.code,
            severity=n.severity,
            member=n.member,
            path=n.path,
            first_offset=n.first_offset,
            packet_number=n.packet_number,
            count=n.count,
            detail=n.detail,
            undermines=n.undermines,
        )
        for n in ordered
    ]
