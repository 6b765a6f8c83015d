"""All is well: each stream on one member, hosts spread; with what the transfers were limited by, where that is known."""

from __future__ import annotations

from collections import Counter

from flowmap.message import Message, glue, listed, msg, nmsg, number_word
from flowmap.verdict.answer.case import Answer, Case
from flowmap.verdict.quality.counters import beside_text
from flowmap.verdict.sentences import pinned_sentence, spread_sentence

__all__ = ["holds", "well"]


def well(case: Case) -> Answer:
    """Return the answer where nothing else explains more."""
    beside = beside_text(case.team)
    sentence = glue(holds(case), _paced_by(case), beside)
    return Answer(None, "note" if beside else "good", sentence, "nobody", msg("Nothing; the team does what it should."))


def holds(case: Case) -> Message:
    """Return what was seen: both claims in one or two sentences."""
    spread = case.spread
    if spread.verdict == "pass" and case.pinned.verdict == "pass":
        return glue(pinned_sentence(case.pinned, case.team), spread_sentence(spread, case.team, case.candidates))
    return glue(pinned_sentence(case.pinned, case.team), _of_one_host(case))


def _of_one_host(case: Case) -> Message:
    """Return where the streams of one pair of hosts landed, where they use several members: it shows no spread of hosts."""
    spread = case.spread
    used = {case.team.members[number].name: count for number, count in spread.counts.items() if count}
    if case.pinned.verdict != "pass" or spread.why != "one_host" or len(used) < 2 or spread.unit != "stream":
        return glue()
    landed = listed([msg("{number} on {member}", number=count, member=name) for name, count in used.items()])
    return msg(
        "They are all of one pair of hosts, and use {used} of {members} members ({landed}).",
        used=len(used),
        members=len(spread.counts),
        landed=landed,
    )


def _paced_by(case: Case) -> Message:
    """Return what limited most of the transfers, where it was at the ends and not the team."""
    streams = case.carrying
    words = Counter(stream.limit.by for stream in streams if stream.limit is not None)
    for by in ("sender", "cpu"):
        count = words[by]
        if 2 * count > len(streams):
            whole = len(streams)
            senders = len(
                {stream.bulk.seen_src for stream in streams if stream.limit is not None and stream.limit.by == by}
            )
            facts = {"some": number_word(count), "whole": number_word(whole)}
            if whole == 1:
                return msg("The sender limited its speed, not the team.")
            if count == whole:
                return nmsg(
                    "The sender limited their speed, not the team.",
                    "The senders limited their speed, not the team.",
                    senders,
                )
            return nmsg(
                "The sender limited the speed of {some} of the {whole}, not the team.",
                "The senders limited the speed of {some} of the {whole}, not the team.",
                senders,
                **facts,
            )
    return glue()
