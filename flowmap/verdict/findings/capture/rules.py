"""FM5xx, what the captures lack: the rules, what their findings rest on, and the notices that they tell."""

from __future__ import annotations

from flowmap.finding import RULES, Key, Rule
from flowmap.message import msg
from flowmap.verdict.findings.keys import COUNT, STREAMS

__all__ = [
    "FM501",
    "FM502",
    "FM503",
    "FM504",
    "FM505",
    "FM506",
    "FM507",
    "FM508",
    "FM509",
    "FM510",
    "FM511",
]

_NOTICED = (COUNT, Key("first_offset", msg("first at byte")))
_COUNTED = (
    Key("counted_packets", msg("packets counted")),
    Key("captured_packets", msg("packets captured")),
    Key("slack_packets", msg("possible before and after")),
    Key("counters_of", msg("counters of")),
)

FM501 = RULES.add(Rule("FM501", _NOTICED, rank=42, notices=("capture_drops",)))
FM502 = RULES.add(Rule("FM502", _NOTICED, notices=("missing_bytes",)))
FM503 = RULES.add(Rule("FM503", _NOTICED, notices=("clock_offset",)))
FM504 = RULES.add(Rule("FM504", _NOTICED, rank=41, notices=("windows_disjoint", "window_short")))
FM505 = RULES.add(Rule("FM505", _NOTICED, rank=40, notices=("capture_damaged", "unreadable_capture")))
FM506 = RULES.add(Rule("FM506", _NOTICED, rank=1, notices=("sll_member_lost", "links_mixed", "members_unsure")))
FM507 = RULES.add(Rule("FM507", _NOTICED, notices=("aggregate_left_out",)))
FM508 = RULES.add(Rule("FM508", (STREAMS,)))
FM509 = RULES.add(Rule("FM509", _NOTICED, notices=("other_team",)))
FM510 = RULES.add(Rule("FM510", _COUNTED, rank=43))
FM511 = RULES.add(Rule("FM511", _COUNTED))
