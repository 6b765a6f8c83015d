"""What the captures cannot tell, and why: nothing to judge, members missing, too few hosts, moves that end with the capture."""

from __future__ import annotations

from flowmap.message import Message, glue, listed, msg, number_word
from flowmap.verdict.answer.case import Answer, Case, chooser, used_members
from flowmap.verdict.answer.phrases import full_clause, units_landed
from flowmap.verdict.chance.probability import one_in
from flowmap.verdict.claims.spread import least_units
from flowmap.verdict.findings.capture.rules import FM501, FM502, FM504, FM505, FM506, FM508
from flowmap.verdict.findings.limits.rules import FM401, FM410
from flowmap.verdict.findings.placement.rules import FM102, FM108
from flowmap.verdict.findings.spread.rules import FM203
from flowmap.verdict.findings.team.rules import FM307
from flowmap.verdict.sentences import files_mixed, pinned_sentence, spread_sentence

__all__ = ["nothing_judged", "undecided"]

_LACKING = FM502.code, FM504.code, FM505.code, FM501.code
"""What captures may lack, so that a stream was seen on no member: what tells most about that comes first."""
_CODES = {"two_hosts": FM307.code, "member_lost": FM506.code, "links_mixed": FM506.code}
_NOTHING_YET = msg("Nothing yet: these captures cannot tell whether anything is wrong.")
_EACH_HOST = msg("Judge each host by its own captures first: together they can tell nothing of either team.")
_EACH_TEAM = msg("Judge each team by its own captures first: together they can tell nothing of either.")


def nothing_judged(case: Case) -> Answer | None:
    """Return the answer where no stream could be judged at all."""
    why = case.pinned.why
    sentence = pinned_sentence(case.pinned, case.team)
    if why == "two_hosts":
        teams = case.team.two_hosts is not None and case.team.two_hosts.teams_of_one
        return Answer(FM307.code, "warning", sentence, "unknown", _EACH_TEAM if teams else _EACH_HOST)
    if why == "links_mixed" and files_mixed(case.team):
        return Answer(FM506.code, "warning", sentence, "unknown", _NOTHING_YET)
    if why in _CODES:
        return Answer(_CODES[why], "bad", sentence, "unknown")
    if why != "no_streams":
        return None
    if case.team.settings.from_ns is not None or case.team.settings.to_ns is not None:
        return Answer(None, "warning", sentence, "unknown", _NOTHING_YET)
    rdma = case.finding(FM410.code) or case.finding(FM401.code)
    if rdma is not None:
        return Answer(rdma.code, "warning", glue(sentence, rdma.explanation), "unknown")
    if case.team.bulk_unmatched:
        return Answer(FM508.code, "warning", sentence, "unknown", msg("Say which port the migrations use."))
    return Answer(
        None,
        "warning",
        sentence,
        "unknown",
        msg(
            "Find out over which network migrations go (live migration networks, VMkernel adapters with vMotion, migration "
            "network of the cluster), and capture the NICs of that network while one runs."
        ),
    )


def undecided(case: Case) -> Answer | None:
    """Return the answer where streams were judged and the captures do not tell enough."""
    if case.verdict != "inconclusive":
        return None
    undermined = [*case.pinned.undermined_by, *case.spread.undermined_by]
    if undermined:
        finding = next((f for f in case.findings if f.code.startswith("FM5") and f.severity != "info"), None)
        sentence = pinned_sentence(case.pinned, case.team)
        why = finding.explanation if finding else ""
        return Answer(
            finding.code if finding else None,
            "warning",
            glue(sentence, why),
            "unknown",
            finding.action if finding else None,
        )
    if case.pinned.verdict == "inconclusive":
        lacking = case.finding(*_LACKING, grave=True) if case.pinned.why == "absent" else None
        if lacking is not None:
            sentence = glue(pinned_sentence(case.pinned, case.team), lacking.explanation)
            return Answer(lacking.code, "warning", sentence, "unknown", lacking.action)
        code = FM102.code if case.pinned.why == "moved" else FM108.code
        return Answer(
            code if case.finding(code) else None,
            "warning",
            pinned_sentence(case.pinned, case.team),
            "unknown",
            _NOTHING_YET,
        )
    if case.spread.why == "chance":
        return _by_chance(case)
    sentence = spread_sentence(case.spread, case.team, case.candidates)
    return Answer(None, "warning", sentence, "unknown", _NOTHING_YET)


def _by_chance(case: Case) -> Answer:
    spread, side = case.spread, case.spread.side or "unknown"
    members = case.team.members
    used = [members[number].name for number, count in spread.counts.items() if count]
    idle = [members[number].name for number, count in spread.counts.items() if not count]
    directions = [s.bulk for s in case.carrying if s.bulk.side == side]
    if spread.units < 2:  # the others began under other members
        return Answer(
            FM203.code,
            "note",
            msg("Too few hosts began while the team had the same members, so they cannot be compared."),
            chooser(side),
            _NOTHING_YET,
        )
    full = full_clause(case, directions) if len(used_members(directions)) == 1 else glue()
    enough = least_units(spread, case.team)
    facts = {
        "landed": units_landed(spread, used, side),
        "idle": listed(idle),
        "chance": one_in(spread.p if spread.p is not None else 1.0),
    }
    if full:
        first = msg("{landed}{full}.", landed=facts["landed"], full=full)
        proof: Message = msg(
            "By chance all of them share one member {chance}, so this proves no fault.", chance=facts["chance"]
        )
    else:
        first = msg("{landed}, none on {idle}, which happens by chance {chance}: that proves no fault.", **facts)
        proof = glue()
    tell = _tells(spread.unit, enough) if enough else ""
    return Answer(FM203.code, "note", glue(first, proof, tell), chooser(side), _NOTHING_YET)


def _tells(unit: str | None, enough: int) -> Message:
    number = number_word(enough)
    if unit == "stream":
        return msg("It takes at least {number} streams at once to tell.", number=number)
    return msg("It takes at least {number} hosts at once to tell.", number=number)
