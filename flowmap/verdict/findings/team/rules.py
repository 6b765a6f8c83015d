"""FM3xx, the team, its LACP and its mode: the rules, and what their findings rest on.

Ranks: without one team nothing is judged (FM307); then what keeps LACP from a bundle, and after it the state that LACP is in
for that (FM302).
"""

from __future__ import annotations

from flowmap.finding import RULES, Key, Rule
from flowmap.message import msg
from flowmap.verdict.findings.keys import COUNT, PORT, TIMES

__all__ = [
    "FM301",
    "FM302",
    "FM303",
    "FM304",
    "FM305",
    "FM306",
    "FM307",
    "FM308",
    "FM309",
    "FM310",
    "FM311",
    "FM312",
    "FM313",
    "FM314",
    "FM315",
    "FM316",
    "FM317",
    "FM318",
    "FM319",
    "FM320",
    "FM321",
    "FM322",
    "FM323",
]

_KIND = Key("kind", msg("kind"), printed=False)
_SYSTEM, _SYSTEMS = Key("system", msg("LACP system")), Key("systems", msg("LACP systems"))
_OF_HOST = Key("of_host", msg("of the host"))
_SENDER = (_KIND, _SYSTEM, _OF_HOST)
_TOTAL = Key("total", msg("total"))
_STATE, _PEER_STATE = (
    Key("state", msg("state bits"), "flags"),
    Key("peer_state", msg("state bits of the other side"), "flags"),
)
_KEYS, _PORTS = Key("keys", msg("keys")), Key("ports", msg("ports"))
_ASKED, _GAP = Key("asked_ns", msg("interval asked for"), "duration"), Key("gap_ns", msg("median interval"), "duration")
_SPAN = Key("span_ns", msg("length of time"), "duration")
_MARKERS = (*_SENDER, COUNT, Key("unanswered", msg("unanswered")))
_MODE = (Key("mode", msg("mode")), Key("algorithm", msg("algorithm")))
_MAC = Key("mac", msg("MAC"))
_OUT = {"FM201": 1}
"""A member that LACP keeps out may be why only one could be used."""

FM301 = RULES.add(Rule("FM301", (*_SENDER, COUNT), rank=20, explains=_OUT, keeps_out=True))
FM302 = RULES.add(
    Rule(
        "FM302",
        (
            *_SENDER,
            Key("at_end", msg("to the end")),
            COUNT,
            _TOTAL,
            Key("last_ns", msg("last at"), "moment"),
            _STATE,
            Key("states", msg("state bits"), "flags"),
            Key("aggregator", msg("LACP aggregator")),
            Key("active_aggregator", msg("active LACP aggregator")),
            Key("churned", msg("churned")),
        ),
        rank=30,
        explains=_OUT,
        keeps_out=True,
    )
)
FM303 = RULES.add(Rule("FM303", (_KIND, _SYSTEMS), rank=10, explains=_OUT, keeps_out=True))
FM304 = RULES.add(Rule("FM304", (*_SENDER, _KEYS), rank=11, explains=_OUT, keeps_out=True))
FM305 = RULES.add(Rule("FM305", (*_SENDER, PORT), rank=12, explains=_OUT))
FM306 = RULES.add(Rule("FM306"))
FM307 = RULES.add(Rule("FM307", (Key("commands", msg("commands"), printed=False),), rank=0))
FM308 = RULES.add(Rule("FM308", (*_MODE, Key("directions", msg("stream-directions")), Key("clue", msg("clue")))))
FM309 = RULES.add(
    Rule(
        "FM309",
        (
            _KIND,
            Key("described", msg("by its description")),
            Key("active", msg("active member")),
            Key("named", msg("named as")),
            Key("is_of", msg("belongs to")),
            Key("captured", msg("captured")),
            Key("peak_bps", msg("busiest 100 ms"), "rate"),
        ),
        explains=_OUT,
    )
)
FM310 = RULES.add(
    Rule(
        "FM310",
        (
            *_SENDER,
            TIMES,
            COUNT,
            _TOTAL,
            _ASKED,
            Key("peer_gap_ns", msg("median interval of the other side"), "duration"),
            Key("peer_pause_ns", msg("longest gap of the other side before an expiry"), "duration"),
            Key("peer_expired", msg("the other side lost it too")),
        ),
        rank=22,
    )
)
FM311 = RULES.add(Rule("FM311", (*_SENDER, COUNT, _TOTAL, _SPAN, _STATE, _PEER_STATE), rank=21))
FM312 = RULES.add(Rule("FM312", (*_SENDER, _PORTS, _KEYS, _SYSTEMS, Key("at_ns", msg("seen at"), "moment"))))
FM313 = RULES.add(
    Rule(
        "FM313",
        (
            *_SENDER,
            _ASKED,
            _GAP,
            COUNT,
            Key("pause_ns", msg("longest gap before an expiry"), "duration"),
            Key("most", msg("most in a second")),
            Key("allowed", msg("allowed")),
        ),
    )
)
FM314 = RULES.add(Rule("FM314", (*_SENDER, _STATE)))
FM315 = RULES.add(
    Rule(
        "FM315",
        (
            *_SENDER,
            _SYSTEMS,
            Key("partner", msg("partner")),
            Key("hears", msg("names as its partner")),
            Key("is", msg("the partner is")),
            _PORTS,
            COUNT,
        ),
        rank=13,
        explains=_OUT,
    )
)
FM316 = RULES.add(Rule("FM316", _MARKERS))
FM317 = RULES.add(Rule("FM317", _MARKERS))
FM318 = RULES.add(
    Rule(
        "FM318",
        (
            _KIND,
            Key("fast", msg("asks for fast")),
            Key("slow", msg("asks for slow")),
            Key("fast_of_host", msg("the host asks for fast")),
        ),
    )
)
FM319 = RULES.add(
    Rule(
        "FM319",
        (
            Key("lacpdus", msg("LACPDUs")),
            Key(
                "source_macs",
                msg("source MACs"),
                words={
                    "own": msg("another one on each member"),
                    "one": msg("one for all members"),
                },
            ),
        ),
    )
)
FM320 = RULES.add(Rule("FM320", (_MAC, Key("flooded", msg("flooded frames")))))
FM321 = RULES.add(Rule("FM321", (Key("address", msg("address")), _MAC, Key("arp_macs", msg("MACs by ARP")))))
FM322 = RULES.add(Rule("FM322", (Key("protocols", msg("protocols")), Key("other_addresses", msg("other addresses")))))
FM323 = RULES.add(Rule("FM323", (Key("aggregates", msg("aggregates")),)))
