"""Hosts that do not spread although nothing but a fault explains it: members kept out, a switch without a channel, a hash."""

from __future__ import annotations

from flowmap.facts.model import Side
from flowmap.finding import RULES
from flowmap.message import Message, glue, listed, msg, nmsg, number_word
from flowmap.verdict.answer.case import Answer, Case, chooser
from flowmap.verdict.answer.phrases import units_landed
from flowmap.verdict.chance.probability import one_in
from flowmap.verdict.findings.spread.rules import FM201, FM202, FM205, FM213
from flowmap.verdict.findings.team.rules import FM304
from flowmap.verdict.sentences import spread_sentence

__all__ = ["uneven"]


def uneven(case: Case) -> Answer | None:
    """Return the answer where the claim `spread` fails and the mode does not mean it."""
    if case.spread.verdict != "fail" or case.verdict != "fail":
        return None
    if case.spread.why == "one_usable":
        finding = case.finding(*RULES.explaining(FM201), grave=True) or case.finding(FM201.code)
        sentence = spread_sentence(case.spread, case.team, case.candidates)
        own = finding is not None and finding.code == FM304.code and finding.evidence.get("of_host") is True
        return Answer(
            finding.code if finding else FM201.code,
            "bad",
            sentence,
            "host" if own else "switch",
            finding.action if finding else None,
        )
    if case.spread.why in ("flooded", "mode", "standby"):
        code = FM205.code if case.spread.why == "flooded" else FM201.code
        finding = case.finding(code)
        sentence = spread_sentence(case.spread, case.team, case.candidates)
        return Answer(
            code, "bad", sentence, "switch" if code == FM205.code else "host", finding.action if finding else None
        )
    return _improbable(case)


def _improbable(case: Case) -> Answer:
    side: Side = case.spread.side or "unknown"
    reason = next(
        (f for f in map(case.finding, RULES.explaining(FM202)) if f is not None and f.subject.get("direction") == side),
        None,
    )
    sentence = glue(
        _how_uneven(case, side), reason.explanation if reason and reason.code != FM213.code else _by_hash(side)
    )
    actions = [one.action for one in (reason, case.finding(FM202.code)) if one is not None and one.action]
    return Answer(FM202.code, "bad", sentence, chooser(side), actions[0] if actions else None)


def _how_uneven(case: Case, side: Side) -> Message:
    spread, members = case.spread, case.team.members
    used = [members[number].name for number, count in spread.counts.items() if count]
    idle = [members[number].name for number, count in spread.counts.items() if not count]
    chance = one_in(spread.p if spread.p is not None else 1.0)
    if len(used) == 1:
        return nmsg(
            "{landed}, although {idle} was usable; by chance that happens {chance}.",
            "{landed}, although {idle} were usable; by chance that happens {chance}.",
            len(idle),
            landed=units_landed(spread, used, side),
            idle=listed(idle),
            chance=chance,
        )
    counts = listed(
        [
            msg("{number} on {member}", number=count, member=members[number].name)
            for number, count in spread.counts.items()
        ]
    )
    units = (
        msg("{number} streams", number=number_word(spread.units, capital=True))
        if spread.unit == "stream"
        else msg("{number} hosts", number=number_word(spread.units, capital=True))
    )
    return msg(
        "{units} landed unevenly ({counts}); by chance that happens {chance}.",
        units=units,
        counts=counts,
        chance=chance,
    )


def _by_hash(side: Side) -> Message:
    if side == "rx":
        return msg("The switch's hash gives too many of them one member.")
    if side == "tx":
        return msg("The host's hash gives too many of them one member.")
    return msg("A hash gives too many of them one member.")
