"""The answer: one sentence that settles the complaint, whose choice or fault it is, and what its owner can do.

A person forwards the sentence without editing it, so it names subject, direction, member, time and counts, and it is the same
in every format. It is not a summary of the two claims but comes from what explains most, in this order:

1. what keeps everything from being judged: no member is known, captures of two hosts, nothing to judge (`unknown`)
2. what is broken: streams sprayed or moved, members that cannot be used, links lost, hosts that do not spread (`broken`)
3. what limits the complaint: a full member, one pair of hosts, a mode that means it, sender, window, loss (`limited`)
4. what cannot be told: too few hosts, captures that lack packets (`unknown`)
5. all is well (`well`)

The verdict is one of four and is decided before (`overall`): `by-design` is neither a pass nor a fault; nothing is broken, and
using more members takes something else. `tone` says how to take the sentence: good (nothing to do), note (nothing broken, worth
knowing), warning (held, but worth a look), bad (something has to be mended, or nothing could be judged).

Received streams are placed by the switch, sent ones by the host; `decider` is that side, "network" for links and paths,
"nobody" where nothing was chosen. An action is for that owner. It names no option of flowmap: the reader of the forwarded
sentence has no flowmap. What would let flowmap say more is apart, in `to_know_more` (`more`).

Rejected: to begin with the claim that fell (the reader asks what is wrong, not which test failed), and a sentence per claim
(two sentences, of which the second often explains the first).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from flowmap.message import glue, listed, nmsg
from flowmap.verdict.answer.broken import broken
from flowmap.verdict.answer.case import Answer, Case
from flowmap.verdict.answer.limited import limited
from flowmap.verdict.answer.more import to_know_more
from flowmap.verdict.answer.overall import judge_all
from flowmap.verdict.answer.unknown import nothing_judged, undecided
from flowmap.verdict.answer.well import well

__all__ = ["Answer", "Case", "answer_of", "judge_all", "to_know_more"]


def answer_of(case: Case) -> Answer:
    """Return the answer from the finding that explains most; with the members whose captures hold nothing at all."""
    answer = next(_answers(case), None) or well(case)
    silent = [member.name for member in case.team.read_members if not member.packets]
    if not silent or case.pinned.why == "no_streams":
        return answer
    told = nmsg(
        "The capture of {names} holds not one packet: whether that member was idle cannot be told.",
        "The captures of {names} hold not one packet: whether those members were idle cannot be told.",
        len(silent),
        names=listed(silent),
    )
    return replace(answer, sentence=glue(answer.sentence, told))


def _answers(case: Case) -> Iterator[Answer]:
    for rule in (nothing_judged, broken, limited, undecided):
        if (answer := rule(case)) is not None:
            yield answer
