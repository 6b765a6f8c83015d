"""FM1xx, where streams were placed: the rules, and what their findings rest on."""

from __future__ import annotations

from flowmap.finding import RULES, Key, Rule
from flowmap.message import msg

__all__ = ["FM101", "FM102", "FM103", "FM104", "FM105", "FM106", "FM107", "FM108"]

_PLACED = (
    Key("expected", msg("as configured")),
    Key("packets", msg("packets")),
    Key("switches", msg("changes of member")),
    Key("median_run", msg("median run, packets")),
    Key("duplicates", msg("duplicates")),
    Key("sequence_changes", msg("changes in sequence order")),
    Key("sequence_steps", msg("steps in sequence order")),
    Key("looked_at", msg("packets looked at")),
    Key("of_packets", msg("packets in all")),
    Key("sent_again", msg("sent again, at least")),
)
_MOVED = (*_PLACED, Key("moves", msg("moves")))

FM101 = RULES.add(Rule("FM101", _PLACED))
FM102 = RULES.add(Rule("FM102", _MOVED))
FM103 = RULES.add(Rule("FM103", _MOVED))
FM104 = RULES.add(Rule("FM104", _MOVED))
FM105 = RULES.add(Rule("FM105", _MOVED))
FM106 = RULES.add(Rule("FM106", _MOVED))
FM107 = RULES.add(Rule("FM107", _PLACED))
FM108 = RULES.add(Rule("FM108", _PLACED))
