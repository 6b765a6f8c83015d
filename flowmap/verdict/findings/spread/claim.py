"""Findings about the claim that hosts spread, and what uses more members than what was seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from flowmap.facts.model import TeamFacts
from flowmap.finding import Finding, Severity
from flowmap.message import Message, msg, number_word
from flowmap.team.host import Address, address_text
from flowmap.verdict.claims.results import Spread
from flowmap.verdict.findings.spread.rules import FM201, FM202, FM203, FM204, FM205, FM206
from flowmap.verdict.mode.candidates import Candidates
from flowmap.verdict.mode.flooded import RECEIVES_ON_ONE, flooded_action
from flowmap.verdict.mode.policy import Choice, ports_in_key
from flowmap.verdict.sentences import spread_sentence
from flowmap.words import Way

__all__ = ["many_streams", "spread_finding"]

_UNEVEN = {
    "tx": msg(
        "Compare what the host hashes with what differs between the hosts. Common causes: a key that is equal for all "
        "(destination only, MAC behind a router), only even or only odd addresses, a pinned virtual port."
    ),
    "rx": msg(
        "Compare what the switch hashes with what differs between the hosts. Common causes: a key that is equal for all "
        "(destination only, MAC behind a router), only even or only odd addresses, two hashes in a row."
    ),
}
_MANY = 4
_RULES = {
    "one_usable": FM201,
    "mode": FM201,
    "standby": FM201,
    "unlikely": FM202,
    "chance": FM203,
    "one_host": FM204,
    "flooded": FM205,
}
"""By why the claim is as it is."""


def spread_finding(team: TeamFacts, spread: Spread, candidates: Candidates | None, meant: bool) -> Iterator[Finding]:
    """Yield why hosts do not spread. `meant`: a spread that fails, or is improbable, is what the mode means."""
    rule = _RULES.get(spread.why)
    if rule is None or (meant and spread.why in ("unlikely", "chance")):
        return
    counts = {team.members[member].name: count for member, count in spread.counts.items()}
    evidence = {"hosts": spread.hosts, "unit": spread.unit, "counts": counts, "p_value": spread.p}
    severity: Severity = "error" if spread.verdict == "fail" and not meant else "info"
    sentence, action = spread_sentence(spread, team, candidates), _action(team, spread, candidates)
    yield Finding(rule, severity, sentence, {"direction": spread.side}, evidence, action=action)


def _action(team: TeamFacts, spread: Spread, candidates: Candidates | None) -> Message | None:
    """Return what to do in this case; None: what the page of the code says."""
    if spread.why == "one_usable":
        return msg("Repair LACP on the members that were not in the bundle.")
    if spread.why == "flooded":
        return flooded_action(team, candidates)
    if spread.why in ("mode", "standby"):
        return _other_mode(team, spread)
    return _UNEVEN.get(str(spread.side)) if spread.why == "unlikely" else None


def _other_mode(team: TeamFacts, spread: Spread) -> Message:
    """Return what uses more members than the mode that was given does."""
    side: Way = "rx" if spread.side == "rx" else "tx"
    if spread.why == "mode" and team.expectation.one_member_scope(side) == "port":
        return msg(
            "Nothing is broken. For more than one member: give migrations several virtual ports (vNICs), or choose "
            "another algorithm of this mode, such as dynamic or transport ports."
        )
    if spread.side == "rx" and _by_sending(team):
        return RECEIVES_ON_ONE
    return msg(
        "Nothing is broken. If several members are to carry traffic at once, choose a mode that spreads: LACP, or "
        "static on both sides, with a hash of addresses and ports."
    )


def _by_sending(team: TeamFacts) -> bool:
    """Return whether all members carry traffic, and the switch, which does not aggregate, answers on one."""
    return all(row.switch == "independent" and row.rx != "active" for row in team.expectation.rows)


def many_streams(team: TeamFacts, tx: Sequence[Choice], rx: Sequence[Choice]) -> Iterator[Finding]:
    """Yield at least four streams with one remote host, all on one member of several, where no key with ports is known of."""
    for side, choices in (("tx", tx), ("rx", rx)):
        if team.expectation.one_member_scope("tx" if side == "tx" else "rx") or len(team.team_members) < 2:
            continue
        found = _with_many(team, side)
        if not found or ports_in_key(team, side, choices):
            continue
        for host, members in found.items():
            first = members[0]
            if len(set(members)) > 1 or first is None:
                continue
            text = msg(
                "{number} streams with {host} all use {member}: a key of addresses only puts every stream of a host pair on "
                "one member.",
                number=number_word(len(members), capital=True),
                host=address_text(host),
                member=team.members[first].name,
            )
            yield Finding(
                FM206, "info", text, {"host": address_text(host), "direction": side}, {"streams": len(members)}
            )
            return


def _with_many(team: TeamFacts, side: str) -> dict[Address, list[int | None]]:
    """Return first members of the bulk directions of this side, by remote address; of those with so many."""
    bulks = [stream.bulk for stream in team.judged if stream.bulk.side == side]
    ends = [(bulk.dst if side == "tx" else bulk.src)[0] for bulk in bulks]
    found: dict[Address, list[int | None]] = {host: [] for host, n in sorted(Counter(ends).items()) if n >= _MANY}
    for host, bulk in zip(ends, bulks, strict=True) if found else ():
        if host in found:
            found[host].append(bulk.first_member)
    return found
