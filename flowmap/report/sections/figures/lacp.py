"""LACP over time, in words: what host and switch announced of each member, and for how long both had it in the bundle."""

from __future__ import annotations

from flowmap.document.evidence import Evidence, LacpHistory, LacpSide
from flowmap.message import Message, glue, msg, nmsg
from flowmap.report.blocks import Figure

__all__ = ["STATE", "STATES", "lacp_figure", "says"]

STATE = msg("state")
STATES = {
    "in use": msg("in use"),
    "in sync": msg("in sync"),
    "not in sync": msg("not in sync"),
    "defaulted": msg("no partner"),
    "expired": msg("partner lost"),
    "bundled": msg("in the bundle"),
}
_PARTIES = {"host": msg("host says"), "switch": msg("switch says")}


def lacp_figure(evidence: Evidence, span: tuple[int, int], most: int, left_out: int) -> Figure:
    """Return what the lanes show between two times, ns, of at most `most` members. `left_out`: how many lanes are not drawn."""
    told = [_bundled(history, *span) for history in evidence.lacp]
    notes = []
    if any(len(h.sides) > 1 and all(side.party == "unknown" for side in h.sides) for h in evidence.lacp):
        notes.append(msg("Which of the two is the host is not known."))
    if left_out > 0:
        notes.append(nmsg("{count} more row is not drawn.", "{count} more rows are not drawn.", left_out))
    title = msg("LACP: what each side said of each member")
    return Figure("lacp", title, glue(*told[:most]), tuple(notes))


def _bundled(history: LacpHistory, start: int, end: int) -> Message:
    inside = sum(max(0, min(b, end) - max(a, start)) for a, b in history.bundled)
    share = Message("{percent:.0f} %", {"percent": 100 * (inside / (end - start))})
    return msg("{member} was in the bundle for {share} of the capture.", member=history.member, share=share)


def says(side: LacpSide) -> Message:
    """Return what the lane of one side is called."""
    return _PARTIES.get(side.party) or msg("{who} says", who=side.system)
