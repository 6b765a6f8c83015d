"""What both claims say alike: a stream-direction by its ends, captures that tell no member, no stream to judge."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from flowmap.facts.model import Direction, TeamFacts
from flowmap.message import Message, glue, listed, msg, nmsg, number_word
from flowmap.team.host import Address, address_text
from flowmap.team.members import TeamMember
from flowmap.verdict.claims.results import Spread

__all__ = [
    "all_units",
    "cannot_tell_sentence",
    "direction_text",
    "files_mixed",
    "no_streams_sentence",
    "two_hosts_sentence",
    "units_text",
    "window_text",
]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def direction_text(direction: Direction) -> Message:
    """Return the endpoints as a sentence names them: "10.0.0.1:50000 to 10.0.0.2:6600"."""
    (src, sport), (dst, dport) = direction.src, direction.dst
    source, destination = _endpoint(address_text(src), sport), _endpoint(address_text(dst), dport)
    return msg("{source} to {destination}", source=source, destination=destination)


def _endpoint(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def files_mixed(team: TeamFacts) -> TeamMember | None:
    """Return a member that several files were given for which are of several links, if there is one."""
    return next((member for member in team.team_members if member.links_mixed and len(member.captures) > 1), None)


def two_hosts_sentence(team: TeamFacts) -> Message:
    """Return a sentence that says whose captures they are."""
    hosts = team.two_hosts.members if team.two_hosts else ""
    if team.two_hosts and team.two_hosts.teams_of_one:
        return msg("The captures are of several teams of one host: analyze each team by itself ({teams}).", teams=hosts)
    if team.two_hosts and team.two_hosts.addresses and None not in team.two_hosts.addresses:
        return msg(
            "The captures are of two hosts, not of one team: analyze each host by itself ({hosts}).",
            hosts=glue(
                *[
                    _at_host(team, own, address)
                    for own, address in zip(team.two_hosts.groups, team.two_hosts.addresses, strict=True)
                    if address is not None
                ],
                between="; ",
            ),
        )
    return msg("The captures are of two hosts, not of one team: analyze each host by itself ({hosts}).", hosts=hosts)


def _at_host(team: TeamFacts, members: Sequence[int], address: Address) -> Message:
    """Return "nic1 and nic2 at 10.0.0.1"."""
    names = listed([team.members[number].name for number in members])
    return msg("{names} at {host}", names=names, host=address_text(address))


def cannot_tell_sentence(why: str, team: TeamFacts) -> Message:
    """Return why no claim can be judged."""
    if why == "two_hosts":
        return two_hosts_sentence(team)
    if why == "members_unsure":
        return msg("{doubt:capital}.", doubt=team.doubts[0])
    if why == "links_mixed":
        mixed = [member.name for member in team.team_members if member.links_mixed]
        if (several := files_mixed(team)) is not None:
            return msg(
                "The files taken together as {name} are of several links, not of one: {files}.",
                name=several.name,
                files=listed([os.path.basename(capture.path) for capture in several.captures]),
            )
        return nmsg(
            "{names} holds packets of several links that cannot be told apart: capture or export each member by itself.",
            "{names} hold packets of several links that cannot be told apart: capture or export each member by itself.",
            len(mixed),
            names=listed(mixed),
        )
    return msg("The capture was taken on all interfaces with link type SLL, which does not record the member.")


def no_streams_sentence(team: TeamFacts) -> Message:
    """Return why there is nothing to judge."""
    if (told := _outside_window(team)) is not None:
        return told
    if team.bulk_unmatched:
        return nmsg(
            "No stream uses a known migration port; one stream carried bulk on another port.",
            "No stream uses a known migration port; {streams} streams carried bulk on other ports.",
            team.bulk_unmatched,
            streams=number_word(team.bulk_unmatched),
        )
    return msg("No migration stream was captured on these NICs, so there is nothing to judge.")


def _outside_window(team: TeamFacts) -> Message | None:
    """Return, where a time was asked for, that it leaves out everything, or all migrations, and when the captures are."""
    start, end = team.settings.from_ns, team.settings.to_ns
    firsts = [member.first_ns for member in team.members if member.first_ns is not None]
    lasts = [member.last_ns for member in team.members if member.last_ns is not None]
    if (start is None and end is None) or not firsts or not lasts:
        return None
    first, last = min(firsts), max(lasts)
    facts = {"window": window_text(start, end), "first": _moment(first), "last": _moment(last)}
    if (start is not None and start > last) or (end is not None and end <= first):
        return msg(
            "The time that was asked for ({window}) has no packet in it: the captures go from {first} to {last}.",
            **facts,
        )
    return msg(
        "No migration stream is in the time that was asked for ({window}); the captures go from {first} to {last}.",
        **facts,
    )


def window_text(start_ns: int | None, end_ns: int | None) -> Message:
    """Return "from 2026-11-23 17:46:59.3 UTC to ...", as far as ends are given."""
    start = msg("from {time}", time=_moment(start_ns)) if start_ns is not None else ""
    return glue(start, msg("to {time}", time=_moment(end_ns)) if end_ns is not None else "")


def _moment(ts_ns: int) -> Message:
    """Return a time with its date, to a tenth of a second, in UTC."""
    at = _EPOCH + timedelta(microseconds=ts_ns // 1000)
    return msg("{time}.{tenth} UTC", time=f"{at:%Y-%m-%d %H:%M:%S}", tenth=at.microsecond // 100_000)


def all_units(spread: Spread) -> Message:
    """Return "Both hosts", "All four streams": the units of spread, where what is said holds of each."""
    if spread.units == 1:
        return units_text(spread, capital=True)
    if spread.units == 2:
        return msg("Both streams") if spread.unit == "stream" else msg("Both hosts")
    return msg("All {units}", units=units_text(spread))


def units_text(spread: Spread, *, capital: bool = False) -> Message:
    """Return the subject of a sentence about what is counted: "four hosts"."""
    number = number_word(spread.units, capital=capital)
    if spread.unit == "stream":
        return nmsg("{number} stream", "{number} streams", spread.units, number=number)
    if spread.side == "unknown":  # which end is the team's is not known, so say which end was counted
        return (
            nmsg("{number} sending host", "{number} sending hosts", spread.units, number=number)
            if spread.counted_end == "source"
            else nmsg("{number} receiving host", "{number} receiving hosts", spread.units, number=number)
        )
    return nmsg("{number} host", "{number} hosts", spread.units, number=number)
