"""From judged facts to the report document."""

from __future__ import annotations

from collections.abc import Sequence

from flowmap.config import Settings
from flowmap.flow.migration import group_migrations
from flowmap.flow.stream import Streams
from flowmap.message import Message
from flowmap.notice import Notice
from flowmap.pipeline.member_rows import member_rows
from flowmap.pipeline.policy_rows import candidates_of, judge_placements, policy_rows
from flowmap.pipeline.stream_rows import limit_evidence, stream_rows
from flowmap.report import document as doc
from flowmap.report.explain import pages
from flowmap.team.host import address_text
from flowmap.team.lacpdu import mac_text
from flowmap.verdict.balance import balance
from flowmap.verdict.candidates import Candidate, Candidates
from flowmap.verdict.claims import Pinned, Spread, worst
from flowmap.verdict.facts import StreamFacts, TeamFacts
from flowmap.verdict.findings import Finding, find_all
from flowmap.verdict.limits import limit_of_migration
from flowmap.verdict.mode_check import check_mode
from flowmap.verdict.pinned import judge_pinned
from flowmap.verdict.policy import PolicySide
from flowmap.verdict.sentences import pinned_sentence, spread_sentence, summary_sentence
from flowmap.verdict.spread import judge_spread, least_units
from flowmap.version import __version__

__all__ = ["build_report", "empty_report", "notice_rows"]

SIDES: tuple[PolicySide, PolicySide] = ("tx", "rx")
_EXIT = {"pass": 0, "fail": 1, "inconclusive": 3}


def build_report(team: TeamFacts, streams: Streams, flows: int, incomplete: bool) -> doc.Report:
    """Judge and write down. `incomplete`: some input was missing, unreadable or damaged in the middle."""
    pinned, spread = judge_pinned(team), judge_spread(team)
    verdict = worst([pinned.verdict, spread.verdict])
    code = _EXIT[verdict]
    migrations = _migrations(team, streams)
    tx, rx = (judge_placements(side, team, streams) for side in SIDES)
    candidates = candidates_of(tx, rx, team, streams)
    rows = stream_rows(team, streams, {stream: m.id for m in migrations for stream in m.streams})
    return doc.Report(
        tool=doc.Tool(version=__version__),
        generated_at="1970-01-01T00:00:00Z",
        settings=doc.ReportSettings.of(team.settings),
        verdict=verdict,
        exit_code=3 if code == 0 and incomplete else code,
        summary=summary_sentence(pinned, spread, team, candidates),
        claims=doc.Claims(pinned=_pinned(pinned, team), spread=_spread(spread, team, candidates)),
        totals=doc.Totals(
            packets=sum(m.packets for m in team.members), wire_bytes=sum(m.wire_bytes for m in team.members),
            flows=flows, streams=len(streams.table), streams_judged=len(team.judged), streams_listed=len(rows),
        ),
        team=_team(team, candidates, spread),
        clock=_clock(team),
        epochs=_epochs(team),
        members=member_rows(team, streams),
        streams=rows,
        migrations=migrations,
        hosts=_hosts(team),
        balance=_balance(team),
        policy=policy_rows(tx, rx),
        findings=[_finding(finding) for finding in find_all(team, pinned, spread, candidates, tx.choices, rx.choices)],
        notices=notice_rows(team.notices),
    )  # fmt: skip


def empty_report(settings: Settings, notices: Sequence[Notice], sentence: Message) -> doc.Report:
    """The report of a run without any usable input (exit 4)."""
    return doc.Report(
        tool=doc.Tool(version=__version__), generated_at="1970-01-01T00:00:00Z",
        settings=doc.ReportSettings.of(settings), verdict="inconclusive", exit_code=4, summary=sentence,
        claims=doc.Claims(
            pinned=doc.Pinned(verdict="inconclusive", reason=sentence),
            spread=doc.Spread(verdict="inconclusive", reason=sentence),
        ),
        totals=doc.Totals(), team=doc.Team(), clock=doc.Clock(), notices=notice_rows(notices),
    )  # fmt: skip


def _pinned(pinned: Pinned, team: TeamFacts) -> doc.Pinned:
    words = ("single", "moved", "sprayed", "mirrored", "undecided", "absent")
    return doc.Pinned(
        verdict=pinned.verdict, reason=pinned_sentence(pinned, team), undermined_by=pinned.undermined_by,
        streams=pinned.streams, directions=pinned.directions, **{word: pinned.counts[word] for word in words},
    )  # fmt: skip


def _spread(spread: Spread, team: TeamFacts, candidates: Candidates) -> doc.Spread:
    return doc.Spread(
        verdict=spread.verdict, reason=spread_sentence(spread, team, candidates), undermined_by=spread.undermined_by,
        direction=spread.side, hosts=spread.hosts, unit=spread.unit, units=spread.units,
        members=len(spread.counts), members_used=spread.members_used,
        counts={team.members[member].name: count for member, count in spread.counts.items()},
        p_value=spread.p, p_value_exact=spread.p_exact, least_units=least_units(spread, team),
    )  # fmt: skip


def _team(team: TeamFacts, candidates: Candidates, spread: Spread) -> doc.Team:
    host = team.host
    addresses = [address_text(address) for address in sorted(host.addresses)]
    macs = [mac_text(mac) for mac in sorted(host.macs)]
    rows, family = team.expectation.rows, candidates.only_family
    modes, algorithms = {row.mode for row in rows}, {row.algorithm for row in rows}
    return doc.Team(
        name=team.described.team.name if team.described else None,
        host=next(iter(addresses or macs), None), host_source=host.source, addresses=addresses, macs=macs,
        mode=modes.pop() if len(modes) == 1 else team.mode if rows else family.name,
        algorithm=algorithms.pop() if len(algorithms) == 1 else team.algorithm,
        mode_source="config" if rows else "inferred" if family.name else "unknown",
        expectations=[doc.ModeExpectation(direction=one.direction, as_expected=one.as_expected, detail=one.text)
                      for one in check_mode(team, candidates, spread)],
        clues=[doc.ModeClue(clue=clue.kind, value=clue.value, detail=clue.text) for clue in candidates.clues],
        candidates=[_candidate(one) for one in candidates.ranked],
    )  # fmt: skip


def _candidate(one: Candidate) -> doc.ModeCandidate:
    names = [list(dict.fromkeys(clue.kind for clue in clues)) for clues in (one.supported_by, one.refuted_by)]
    return doc.ModeCandidate(
        platform=one.row.platform, mode=one.row.mode, algorithm=one.row.algorithm, verdict=one.verdict, score=one.score,
        supported_by=names[0], refuted_by=names[1],
    )  # fmt: skip


def _clock(team: TeamFacts) -> doc.Clock:
    if len(team.members) < 2:
        return doc.Clock()
    clock = team.clock
    return doc.Clock(
        reference=team.members[clock.reference].name,
        offsets=[
            doc.ClockOffset(
                member=team.members[c.member].name, offset_ns=c.offset_ns if c.corrected else 0,
                uncertainty_ns=c.uncertainty_ns, drift_ppm=c.drift_ppm if c.known else None, corrected=c.corrected,
            )
            for c in clock.members
            if c.member != clock.reference
        ],
    )  # fmt: skip


def _epochs(team: TeamFacts) -> list[doc.Epoch]:
    """Intervals with a constant set of members, by LACP; one epoch where LACP says nothing."""
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


def _migrations(team: TeamFacts, streams: Streams) -> list[doc.Migration]:
    facts = {stream.number: stream for stream in team.judged}
    found = [stream.migration for stream in team.judged if stream.migration is not None]
    rows = []
    for number, group in enumerate(group_migrations(streams, found), start=1):
        own = [facts[stream] for stream in group.streams]
        first, last = min(s.first_ns for s in own), max(s.last_ns for s in own)
        moved = sum(s.bulk.payload_bytes for s in own)
        largest = max(own, key=lambda s: s.bulk.payload_bytes)
        peak = max((_peak(s) for s in own), default=0)
        limit = limit_of_migration(team, own)
        rows.append(
            doc.Migration(
                id=number, platform=group.kind, source_host=address_text(largest.bulk.src[0]),
                destination_host=address_text(largest.bulk.dst[0]), streams=list(group.streams), first_ns=first,
                last_ns=last, bytes=moved, mean_bps=moved * 8 * 10**9 // (last - first) if last > first else None,
                peak_bps=peak if len(own) == 1 and peak else None, limited_by=limit.by if limit else None,
                limit_evidence=limit_evidence(limit),
            )
        )  # fmt: skip
    return rows


def _peak(stream: StreamFacts) -> int:
    return (stream.bulk.peak_bytes or 0) * 80


def _hosts(team: TeamFacts) -> list[doc.Host]:
    """Hosts of the listed streams: wire bytes by member, the teamed host's own in sum."""
    table: dict[str, dict[str, dict[str, int]]] = {}
    roles: dict[str, set[str]] = {}
    teamed = {address_text(address) for address in team.host.addresses}
    for stream in team.streams:
        for direction in stream.directions:
            ends = {"source": address_text(direction.src[0]), "destination": address_text(direction.dst[0])}
            for end, host in ends.items():
                if stream.judged and direction.bulk:
                    roles.setdefault(host, set()).add(end)
                own = table.setdefault(host, {"members": {}, "tx": {}, "rx": {}})
                for share in direction.shares:
                    name = team.members[share.member].name
                    for column in ("members", direction.side):
                        if column in own:
                            own[column][name] = own[column].get(name, 0) + share.wire_bytes
    return [
        doc.Host(host=host, role=_role(host, teamed, roles.get(host, set())), **columns)  # type: ignore[arg-type]
        for host, columns in sorted(table.items(), key=lambda item: (item[0] not in teamed, item[0]))
    ]


def _role(host: str, teamed: set[str], roles: set[str]) -> str:
    if host in teamed:
        return "teamed"
    return "both" if len(roles) == 2 else next(iter(roles), "other")


def _balance(team: TeamFacts) -> doc.Balance:
    numbers = {side: _side_balance(team, side) for side in ("tx", "rx")}
    return doc.Balance(tx=numbers["tx"], rx=numbers["rx"])


def _side_balance(team: TeamFacts, side: str) -> doc.BalanceNumbers:
    """Over all captured members, those too that stood idle or were kept out."""
    directions = [(s, d) for s in team.judged for d in s.directions if d.side == side]
    loads, counts, intervals = [], [], []
    for member in team.team_members:
        shares = [(s, x) for s, d in directions for x in d.shares if x.member == member.number]
        loads.append(sum(x.wire_bytes for _, x in shares))
        counts.append(len(shares))
        intervals.append([(x.first_ns, x.last_ns) for _, x in shares if x.first_ns is not None and x.last_ns is not None])
    b = balance(loads, counts, intervals)
    return doc.BalanceNumbers(
        jain=b.jain, max_over_mean=b.max_over_mean, cov=b.cov, entropy=b.entropy, fim=b.fim,
        peak_concurrency=b.peak_concurrency,
    )  # fmt: skip


def _finding(finding: Finding) -> doc.Finding:
    page = pages()[finding.code]
    return doc.Finding(
        code=finding.code, severity=finding.severity, title=page.title, subject=dict(finding.subject),
        evidence=dict(finding.evidence), explanation=finding.explanation, action=finding.action or page.action,
        wireshark_filter=finding.wireshark_filter,
    )  # fmt: skip


def notice_rows(notices: Sequence[Notice]) -> list[doc.NoticeRow]:
    """Notices in a stable order; equal (code, member, path) counted together."""
    from flowmap.notice import NoticeLog

    log = NoticeLog()
    log.extend(list(notices))
    ordered = sorted(log, key=lambda n: (n.code, n.member or "", n.path or "", n.first_offset or 0))
    return [
        doc.NoticeRow(
            code=n.code, severity=n.severity, member=n.member, path=n.path, first_offset=n.first_offset,
            packet_number=n.packet_number, count=n.count, detail=n.detail, undermines=n.undermines,
        )
        for n in ordered
    ]  # fmt: skip


