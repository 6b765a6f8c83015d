"""FM2xx, how hosts spread and how members are chosen: the rules, and what their findings rest on."""

from __future__ import annotations

from flowmap.finding import RULES, Key, Rule
from flowmap.message import msg
from flowmap.verdict.findings.keys import COUNTS, PORT, STREAMS

__all__ = [
    "FM201",
    "FM202",
    "FM203",
    "FM204",
    "FM205",
    "FM206",
    "FM207",
    "FM208",
    "FM209",
    "FM210",
    "FM211",
    "FM212",
    "FM213",
]

_UNIT = Key("unit", msg("counted unit"))
_MEMBERS = Key("members", msg("members"))
_VALUES = Key("values", msg("different values"))
_SPREAD = (Key("hosts", msg("hosts")), _UNIT, COUNTS, Key("p_value", msg("p-value")))
_CHOSEN = (
    Key("direction", msg("direction")),
    _VALUES,
    COUNTS,
    Key("other_counts", msg("units by member, other direction")),
)

FM201 = RULES.add(Rule("FM201", _SPREAD))
FM202 = RULES.add(Rule("FM202", _SPREAD))
FM203 = RULES.add(Rule("FM203", _SPREAD))
FM204 = RULES.add(Rule("FM204", _SPREAD))
FM205 = RULES.add(Rule("FM205", _SPREAD))
FM206 = RULES.add(Rule("FM206", (STREAMS,)))
FM207 = RULES.add(Rule("FM207", _CHOSEN, explains={"FM202": 3}))
FM208 = RULES.add(Rule("FM208", _CHOSEN, explains={"FM202": 1}))
FM209 = RULES.add(Rule("FM209", _CHOSEN, explains={"FM202": 4}))
FM210 = RULES.add(Rule("FM210", (Key("even", msg("from even ports")), STREAMS), explains={"FM202": 2}))
FM211 = RULES.add(
    Rule(
        "FM211",
        (
            Key("units", msg("units")),
            _UNIT,
            _MEMBERS,
            Key("members_used", msg("members used")),
            Key("p_at_most", msg("chance of so few members")),
        ),
    )
)
FM212 = RULES.add(Rule("FM212", (STREAMS, Key("pairs", msg("pairs of hosts")), PORT)))
FM213 = RULES.add(
    Rule(
        "FM213",
        (
            _VALUES,
            _MEMBERS,
            Key("odds", msg("chance by members used")),
            Key("odds_with_one_more", msg("chance by members used, with one more")),
        ),
        explains={"FM202": 5},
    )
)
