"""Answers with what is broken, or was.

That is sprayed streams, moves between healthy members, links lost, members out of the team, hosts that do not spread
although they
could.
"""

from __future__ import annotations

from dataclasses import replace

from flowmap.facts.model import Direction, StreamFacts
from flowmap.finding import RULES
from flowmap.message import Message, glue, listed, msg, nmsg, number_word
from flowmap.verdict.answer.case import Answer, Case, Decider, chooser, failing, main_side, used_members
from flowmap.verdict.answer.moved import moved
from flowmap.verdict.answer.took_over import switched_over, took_over
from flowmap.verdict.answer.uneven import uneven
from flowmap.verdict.answer.well import holds
from flowmap.verdict.findings.capture.rules import FM502
from flowmap.verdict.findings.placement.rules import FM101
from flowmap.verdict.findings.spread.rules import FM201
from flowmap.verdict.findings.team.rules import FM308, FM309, FM312
from flowmap.verdict.sentences import direction_text, spread_sentence

__all__ = ["broken"]


def broken(case: Case) -> Answer | None:
    """Return the answer where something is, or was for a time, not as it should be."""
    return (
        _sprayed(case)
        or moved(case)
        or _over(case)
        or uneven(case)
        or _kept_out(case)
        or took_over(case)
        or _warned(case)
    )


def _sprayed(case: Case) -> Answer | None:
    found = failing(case, "sprayed")
    if not found:
        return None
    side, own = main_side(found)
    first = max(own, key=lambda d: d.payload_bytes)
    stream = next(s for s in case.team.judged if any(d is first for d in s.directions))
    both_ways = sum(d.placed.placement == "sprayed" for d in stream.directions) > 1
    alike = {id(d) for d in own}
    others = sum(any(id(d) in alike for d in s.directions) for s in case.team.judged) - 1
    names = case.names(used_members([first]))
    facts = {"what": direction_text(first), "names": listed(names), "more": _more_like_it(others)}
    harm = _reordered(first, stream)
    sentence = {
        "rx": msg(
            "The switch deals the packets of one stream out over {names} one by one ({what}{more}): {harm}.",
            harm=harm,
            **facts,
        ),
        "tx": msg(
            "The host deals the packets of one stream out over {names} one by one ({what}{more}): {harm}.",
            harm=harm,
            **facts,
        ),
        "unknown": msg(
            "The packets of one stream are dealt out over {names} one by one ({what}{more}): {harm}.",
            harm=harm,
            **facts,
        ),
    }[side]
    if side == "unknown" and both_ways:  # one of the two is what the teamed host sends
        sentence = glue(
            sentence,
            msg(
                "Its acknowledgments are dealt out too: the team does that with what it sends, whichever end it is at."
            ),
        )
    finding, missing = case.finding(FM101.code), case.finding(FM502.code)
    action = finding.action if finding else None
    if side == "unknown" and both_ways:
        action = msg(
            "Look at the teaming mode of the host, and at that of the other end: balance-rr on Linux, or a "
            "packet-based mode. Choose one that hashes addresses and ports."
        )
    if missing is not None:
        sentence = glue(sentence, missing.explanation)
        action = glue(action or "", missing.action or "")
    return Answer(FM101.code, "bad", sentence, "host" if side == "unknown" and both_ways else chooser(side), action)


def _over(case: Case) -> Answer | None:
    """Return a switch-over in a team that uses one member at a time: it says more than that hosts do not spread."""
    if case.verdict != "fail" or case.spread.why not in ("flooded", "mode", "standby"):
        return None
    answer = switched_over(case)
    channel = msg("If the host is in LACP or static mode, make the ports one channel on the switch.")
    return answer and replace(answer, tone="bad", action=glue(answer.action or "", channel))


def _more_like_it(count: int) -> Message:
    return (
        nmsg(", and one more like it", ", and {number} more like it", count, number=number_word(count))
        if count
        else glue()
    )


def _reordered(direction: Direction, stream: StreamFacts) -> Message:
    """Return what spraying did to this stream: packets out of order, as they arrived if the receiver is near."""
    packets, count = sum(share.packets for share in direction.shares), direction.reordered
    near = stream.limit.evidence.get("captured_near") if stream.limit else None
    arrived = direction.side != "unknown" or near == "receiver"
    if direction.in_part and direction.in_part.overtaken and direction.observation is not None:
        packets, count = direction.observation.total, direction.in_part.overtaken
        if arrived:
            return nmsg(
                "{count} of its first {packets:,} packets arrived out of order, which TCP takes for loss",
                "{count:,} of its first {packets:,} packets arrived out of order, which TCP takes for loss",
                count,
                packets=packets,
            )
        return nmsg(
            "{count} of its first {packets:,} packets is out of order, which TCP takes for loss",
            "{count:,} of its first {packets:,} packets are out of order, which TCP takes for loss",
            count,
            packets=packets,
        )
    if count and packets and not arrived:
        return nmsg(
            "{count} of its {packets:,} packets is out of order, which TCP takes for loss",
            "{count:,} of its {packets:,} packets are out of order, which TCP takes for loss",
            count,
            packets=packets,
        )
    if count and packets:
        return nmsg(
            "{count} of its {packets:,} packets arrived out of order, which TCP takes for loss",
            "{count:,} of its {packets:,} packets arrived out of order, which TCP takes for loss",
            count,
            packets=packets,
        )
    return msg("packets can overtake each other on the way, which TCP takes for loss")


def _kept_out(case: Case) -> Answer | None:
    """Return a member that LACP kept out while too few hosts were there to show what that costs."""
    if case.spread.verdict != "not-applicable" or case.verdict != "inconclusive" or case.pinned.verdict != "pass":
        return None
    finding = case.finding(*RULES.explaining(FM201), grave=True) or case.gravest()
    sentence = glue(finding.explanation if finding else "", spread_sentence(case.spread, case.team, case.candidates))
    return Answer(finding.code if finding else None, "bad", sentence, "switch", finding.action if finding else None)


def _warned(case: Case) -> Answer | None:
    """Return both claims hold, or fail as they are meant to, and a finding warns all the same."""
    finding = case.gravest()
    if finding is None or case.verdict not in ("pass", "by-design"):
        return None
    sentence = glue(finding.explanation, holds(case))
    return Answer(
        finding.code, "warning", sentence, _owner(finding.code, finding.subject.get("direction")), finding.action
    )


def _owner(code: str, side: object) -> Decider:
    if side in ("tx", "rx"):
        return "host" if side == "tx" else "switch"
    return (
        "host" if code in (FM308.code, FM309.code, FM312.code) else "network" if code.startswith("FM3") else "unknown"
    )
