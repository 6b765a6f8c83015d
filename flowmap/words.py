"""The closed sets of words in reports, such as verdicts and placements, each defined here once, and how a person reads them."""

from __future__ import annotations

from typing import Literal

from flowmap.message import Message, msg

__all__ = [
    "DIRECTIONS",
    "GRAVEST_FIRST",
    "HOLDING_CAUSES",
    "WORDS",
    "AcceptanceState",
    "Cause",
    "ClaimVerdict",
    "Confidence",
    "Decider",
    "DecoderChoice",
    "FitVerdict",
    "HostSource",
    "Judged",
    "LimitedBy",
    "Missing",
    "ModeSource",
    "Near",
    "Party",
    "Placement",
    "Platform",
    "Role",
    "Severity",
    "Side",
    "Tone",
    "Unit",
    "Verdict",
    "Way",
    "word",
]

Verdict = Literal["pass", "fail", "by-design", "inconclusive"]
"""Of the whole; see `verdict.answer.overall`."""
ClaimVerdict = Literal["pass", "fail", "inconclusive", "not-applicable"]
"""Of a claim, or of one direction of it. Not-applicable: there is nothing that could spread."""
FitVerdict = Literal["fits", "refuted", "untestable"]
"""Of a mode or a hash policy, by the packets."""
Severity = Literal["info", "warning", "error"]
GRAVEST_FIRST: tuple[Severity, ...] = ("error", "warning", "info")
Confidence = Literal["high", "medium", "low"]
Way = Literal["tx", "rx"]
Side = Literal["tx", "rx", "unknown"]
"""A direction as the teamed host sees it; unknown where the host is."""
Placement = Literal["single", "moved", "sprayed", "mirrored", "absent", "undecided"]
Cause = Literal["failover", "member-set-change", "rebalance", "flowlet", "unexplained"]
"""Of a move."""
LimitedBy = Literal["member-line-rate", "shared-member", "receiver-window", "loss", "sender", "cpu", "unknown"]
Judged = Literal["migration", "bulk", "all"]
"""Which streams are."""
DecoderChoice = Literal["auto", "kernel", "dpkt", "tshark"]
Unit = Literal["host", "stream"]
"""What is counted once each where spread is judged."""
Platform = Literal["hyper-v", "vmotion", "qemu", "proxmox", "xen", "ovirt", "smb", "custom"]
"""Of a migration; see `flow.streams.platforms`."""
Tone = Literal["good", "note", "warning", "bad"]
Decider = Literal["host", "switch", "network", "nobody", "unknown"]
Role = Literal["teamed", "source", "destination", "both", "other"]
"""Of a host in the migrations seen."""
HostSource = Literal["option", "description", "direction", "mac", "migration", "neighbor", "lacp", "unknown"]
"""By what the teamed host is known."""
ModeSource = Literal["config", "inferred", "unknown"]
AcceptanceState = Literal["used", "unused", "ended"]
"""Of an acceptance: whether its finding was there, or its time is over."""
Party = Literal["host", "switch", "unknown"]
"""Who sent LACPDUs."""
Missing = Literal["whole", "steady", "bursts", "thin"]
"""How the packets that a capture lacks are spread over a stream."""
Near = Literal["sender", "receiver", "between", "unknown"]
"""Which end of a stream it was captured near."""

_SAID = (
    # verdicts, severities, confidence
    msg("pass"),
    msg("fail"),
    msg("by-design"),
    msg("inconclusive"),
    msg("not-applicable"),
    msg("error"),
    msg("warning"),
    msg("info"),
    msg("high"),
    msg("medium"),
    msg("low"),
    # placements and causes of moves
    msg("single"),
    msg("moved"),
    msg("sprayed"),
    msg("mirrored"),
    msg("absent"),
    msg("undecided"),
    msg("failover"),
    msg("member-set-change"),
    msg("rebalance"),
    msg("flowlet"),
    msg("unexplained"),
    # what limits
    msg("member-line-rate"),
    msg("shared-member"),
    msg("receiver-window"),
    msg("loss"),
    msg("sender"),
    msg("cpu"),
    # who and where
    msg("source"),
    msg("destination"),
    msg("both"),
    msg("teamed"),
    msg("other"),
    msg("unknown"),
    msg("none"),
    msg("host"),
    msg("stream"),
    msg("config"),
    msg("inferred"),
    # tones and deciders of the answer
    msg("good"),
    msg("note"),
    msg("bad"),
    msg("switch"),
    msg("network"),
    msg("nobody"),
)
WORDS = {str(said): said for said in _SAID}
"""By the word that JSON has."""
DIRECTIONS = {"tx": msg("sent (tx)"), "rx": msg("received (rx)"), "unknown": msg("direction unknown")}
"""Directions where they stand alone, as in a column."""
HOLDING_CAUSES = ("failover", "member-set-change")
"""Causes of moves that are as they should be in every mode: a stream that moved for one of them is still pinned."""


def word(name: object) -> Message:
    """Return a closed word as a message; one that is not listed is data, such as a mode, and stays as it is.

    >>> word("sprayed").template
    'sprayed'
    """
    return WORDS.get(str(name)) or Message("{name}", {"name": str(name)})
