"""Claim 2 in a sentence: where hosts landed, and what that proves."""

from __future__ import annotations

from flowmap.facts.model import TeamFacts
from flowmap.message import Message, glue, listed, msg, nmsg, number_word
from flowmap.team.host import address_text
from flowmap.verdict.chance.probability import one_in
from flowmap.verdict.claims.results import Spread
from flowmap.verdict.claims.spread import least_units
from flowmap.verdict.mode.candidates import Candidates
from flowmap.verdict.mode.flooded import flooded_sentence
from flowmap.verdict.sentences.one_member import all_hosts, one_member_sentence, unusable, why_unusable
from flowmap.verdict.sentences.subjects import all_units, cannot_tell_sentence, no_streams_sentence, units_text

__all__ = ["spread_sentence"]


def spread_sentence(spread: Spread, team: TeamFacts, candidates: Candidates | None = None) -> Message:
    """Return claim 2 as a sentence. `candidates`: the modes that the packets leave, where none was given."""
    if spread.undermined_by:
        return msg("The hosts seen spread over the members, which incomplete captures cannot prove.")
    if spread.why in ("two_hosts", "members_unsure", "member_lost", "links_mixed"):
        return cannot_tell_sentence(spread.why, team)
    if spread.why == "no_streams":
        return no_streams_sentence(team)
    if spread.why == "one_captured" and len(team.read_members) < len(team.team_members):
        lost = [member.name for member in team.team_members if member not in team.read_members]
        return msg(
            "Nothing could be read on {names}, so whether hosts spread cannot be seen: the notices say what was captured "
            "there.",
            names=listed(lost),
        )
    other = [one.name for one in team.read_members if one.only_side not in (None, spread.side)]
    if spread.why == "one_captured" and other:
        return msg(
            "Of {names} this direction was not captured, so whether hosts spread cannot be seen.", names=listed(other)
        )
    if spread.why == "one_captured" and team.copies:
        copies = [team.members[number].name for number in team.copies]
        return nmsg(
            "{names} holds nothing but copies of what another member holds, so only one member of the team was captured: "
            "capture the others at the same time.",
            "{names} hold nothing but copies of what another member holds, so only one member of the team was captured: "
            "capture the others at the same time.",
            len(copies),
            names=listed(copies),
        )
    if spread.why == "one_captured":
        return msg("Only one member of the team was captured, so nothing can be said about spreading.")
    if spread.why == "alone_then":
        return msg(
            "When these streams began, only {member} was in the bundle, so they had no choice.",
            member=listed([team.members[number].name for number in spread.counts]),
        )
    if spread.why == "one_host":
        return _one_host(spread, team)
    if spread.why == "flooded":
        return flooded_sentence(team, candidates, all_hosts(spread.hosts))
    if spread.why in ("one_usable", "mode", "standby"):
        return one_member_sentence(spread, team)
    if spread.why == "sprayed":
        return msg("Every stream is sprayed over several members, so hosts cannot be told apart by member.")
    if spread.why == "apart":
        return msg("The members were captured at different times, so whether hosts spread cannot be seen.")
    return _by_chance(spread, team)


def _one_tunnel(spread: Spread, team: TeamFacts) -> Message | None:
    """Return what the team sees where all judged streams are in one tunnel; None where they are not."""
    bulk = [stream.bulk for stream in team.judged if stream.bulk.shares and stream.bulk.side == spread.side]
    tunnels = [direction.tunnel for direction in bulk if direction.tunnel]
    ends = {(tunnel.src, tunnel.dst) for tunnel in tunnels}
    if not tunnels or len(tunnels) < len(bulk) or len(ends) > 1:
        return None
    headers = {tunnel.header for tunnel in tunnels}
    (src, dst), one_flow = ends.pop(), len(headers) == 1 and None not in headers
    between = {"tunnel": tunnels[0].name, "src": address_text(src), "dst": address_text(dst)}
    if one_flow:
        return msg(
            "All migration traffic is in one {tunnel} tunnel from {src} to {dst} with one outer header: the team sees a single "
            "flow, so one member is expected. Capture migrations through several tunnels at once.",
            **between,
        )
    return msg(
        "All migration traffic is in {tunnel} tunnels from {src} to {dst}: the team sees one remote host, told apart by the "
        "outer source port at most. Capture migrations with several tunnel endpoints at once.",
        **between,
    )


def _one_host(spread: Spread, team: TeamFacts) -> Message:
    sentence = _one_tunnel(spread, team) or _not_applicable(spread)
    dead = unusable(team)
    return glue(sentence, msg("{why}.", why=why_unusable(team, dead[0])) if dead else "")


def _not_applicable(spread: Spread) -> Message:
    if spread.side == "rx":
        return msg("Only one host sends here, so nothing could spread.")
    if spread.side == "tx":
        return msg("Only one host receives from here, so nothing could spread.")
    return msg("There is only one pair of hosts, so nothing could spread.")


def _by_chance(spread: Spread, team: TeamFacts) -> Message:
    names = {member: team.members[member].name for member in spread.counts}
    landed = listed(
        [msg("{number} on {member}", number=count, member=names[member]) for member, count in spread.counts.items()]
    )
    if spread.why == "unlikely":
        return msg(
            "{units} landed unevenly ({landed}), which happens by chance {chance}.",
            units=units_text(spread, capital=True),
            landed=landed,
            chance=_chance(spread),
        )
    if spread.why == "holds":
        return msg(
            "{units} spread over {used} of {members} members ({landed}).",
            units=units_text(spread, capital=True),
            used=spread.members_used,
            members=len(spread.counts),
            landed=landed,
        )
    used = next((names[member] for member, count in spread.counts.items() if count), msg("one member"))
    idle = [names[member] for member, count in spread.counts.items() if not count]
    enough = least_units(spread, team)
    facts = {"units": all_units(spread), "used": used, "chance": _chance(spread), "idle": listed(idle)}
    if not enough:
        return msg("{units} landed on {used}, none on {idle}, which happens by chance {chance}.", **facts)
    return msg(
        "{units} landed on {used}, none on {idle}, which happens by chance {chance}; with fewer than {enough} no result "
        "can prove a fault.",
        **facts,
        enough=number_word(enough),
    )


def _chance(spread: Spread) -> Message:
    return one_in(spread.p if spread.p is not None else 1.0)
