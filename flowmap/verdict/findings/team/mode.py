"""Findings about the team as a whole: captures of two hosts, members kept out, placements that its mode does not make."""

from __future__ import annotations

from collections.abc import Iterator

from flowmap.facts.model import TeamFacts
from flowmap.finding import Finding
from flowmap.message import Message, aside, listed, msg, nmsg
from flowmap.verdict.findings.team.lacp_signs import LACP_FILTER
from flowmap.verdict.findings.team.rules import FM306, FM307, FM308
from flowmap.verdict.mode.candidates import Candidates
from flowmap.verdict.quality.described_lacp import bundled_despite_mode
from flowmap.verdict.sentences import direction_text, two_hosts_sentence
from flowmap.words import word

__all__ = ["mode_findings", "refuted_mode", "two_hosts_finding"]


def two_hosts_finding(team: TeamFacts) -> Iterator[Finding]:
    """Yield that captures are of several hosts, or teams, with the commands that analyze each by itself."""
    if team.two_hosts:
        commands = team.two_hosts.commands
        yield Finding(
            FM307,
            "error",
            two_hosts_sentence(team),
            evidence={"commands": list(commands)},
            action=_commands_to_run(team.two_hosts.teams_of_one, len(commands)),
        )


def _commands_to_run(teams_of_one: bool, commands: int) -> Message:
    if teams_of_one:
        return msg("Run these commands, one for each team.")
    if commands == 2:
        return msg("Run these commands, one for each host.")
    return msg(
        "One file holds captures of both hosts. Run these commands: they part it and analyze each host by itself."
    )


def mode_findings(team: TeamFacts) -> Iterator[Finding]:
    """Yield data on members that LACP kept out, and what the mode that was given does not do."""
    yield from _not_distributing(team)
    yield from _lacp_unwanted(team)
    yield from _members_in_use(team)
    yield from _unexpected(team)


def _not_distributing(team: TeamFacts) -> Iterator[Finding]:
    """Yield data on a member that LACP kept out of the bundle during the transfer."""
    start, end = team.transfer()
    carrying = {share.member for stream in team.judged for d in stream.directions for share in d.shares}
    for member in team.team_members:
        if member.number not in carrying or member.links_mixed or member.only_side is not None:
            continue
        own = (team.member_time(member.number, start), team.member_time(member.number, end))
        if team.lacp.bundled_during(member.number, *own, team.lacp_host) is False:
            text = msg("{member} carried migration data although LACP never had it in the bundle.", member=member.name)
            yield Finding(FM306, "warning", text, {"members": [member.name]}, wireshark_filter=LACP_FILTER)


def _named(team: TeamFacts) -> dict[str, str | None]:
    return {"mode": team.mode, "algorithm": team.algorithm}


def _lacp_unwanted(team: TeamFacts) -> Iterator[Finding]:
    """Yield a bundle with the switch, in a mode that is independent of it."""
    if bundled := bundled_despite_mode(team):
        text = nmsg(
            "{names} is in an LACP bundle with the switch, which the configured mode does not use: it is independent "
            "of the switch.",
            "{names} are in an LACP bundle with the switch, which the configured mode does not use: it is independent "
            "of the switch.",
            len(bundled),
            names=listed(bundled),
        )
        yield Finding(FM308, "warning", text, {"members": bundled}, _named(team), LACP_FILTER)


def _members_in_use(team: TeamFacts) -> Iterator[Finding]:
    """Yield several members in use, in a mode that uses one."""
    for side in () if team.taken_over else ("tx", "rx"):
        if team.expectation.one_member_scope(side) != "team":
            continue
        used = {share.member for s in team.judged for d in s.directions if d.side == side for share in d.shares}
        if len(used) > 1:
            names = [team.members[number].name for number in sorted(used)]
            text = msg(
                "Direction {side} used {names}, but in the configured mode {reason}.",
                side=side,
                names=listed(names),
                reason=team.expectation.one_member_only(side),
            )
            yield Finding(FM308, "warning", text, {"direction": side, "members": names}, _named(team))


def _unexpected(team: TeamFacts) -> Iterator[Finding]:
    """Yield placements that the mode does not make where the host chooses."""
    of_host = ("tx",) if team.expectation.switch_chooses else ("tx", "rx", "unknown")
    wrong = [(s, d) for s in team.judged for d in s.directions if d.expected is False and d.side in of_host]
    if wrong:
        stream, direction = wrong[0]
        more = aside(nmsg("{count} more", "{count} more", len(wrong) - 1) if len(wrong) > 1 else "")
        text = msg(
            "{what} is {placement}, which the configured mode does not do in direction {side}{more}.",
            what=direction_text(direction),
            placement=word(direction.placed.placement),
            side=direction.side,
            more=more,
        )
        evidence = {**_named(team), "directions": len(wrong)}
        yield Finding(FM308, "warning", text, {"stream": stream.number, "direction": direction.side}, evidence)


def refuted_mode(team: TeamFacts, candidates: Candidates | None) -> Iterator[Finding]:
    """Yield the mode that was given or described, where the packets refute each of its rows."""
    known = candidates.of(team.expectation.rows) if candidates is not None else []
    if known and all(one.refuted_by for one in known):
        clue = known[0].refuted_by[0]
        text = msg("The packets refute the mode that was given: {why}.", why=clue.text)
        yield Finding(FM308, "warning", text, {}, {**_named(team), "clue": clue.kind})
