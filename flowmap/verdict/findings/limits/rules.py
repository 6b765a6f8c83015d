"""FM4xx, what limited the transfers: the rules, and what their findings rest on."""

from __future__ import annotations

from flowmap.finding import RULES, Key, Rule
from flowmap.message import msg
from flowmap.verdict.findings.keys import COUNTS, STREAMS, TIMES

__all__ = ["FM401", "FM402", "FM403", "FM404", "FM405", "FM406", "FM407", "FM408", "FM409", "FM410", "FM411"]

_SPEED, _LOAD = Key("speed_bps", msg("speed"), "rate"), Key("load_bps", msg("load of the member"), "rate")
_RATE = Key("rate_bps", msg("mean rate"), "rate")
_LIMIT = (
    Key("member", msg("member")),
    _SPEED,
    _LOAD,
    Key("full_share", msg("time the member was full"), "share"),
    Key("own_share", msg("own share of the load"), "share"),
    Key("concurrent", msg("bulk streams at the same time")),
    _RATE,
    Key("rate_variation", msg("variation of the rate"), "share"),
    Key("window_blocked_share", msg("time the window was full"), "share"),
    Key("sender_idle_share", msg("time the sender was idle"), "share"),
    Key("recovering_share", msg("time in recovery from loss"), "share"),
    Key("window_bytes", msg("window of the receiver"), "bytes"),
    Key("zero_windows", msg("zero windows")),
    Key("round_trip_ns", msg("round trip"), "duration"),
    Key(
        "captured_near",
        msg("captured near"),
        words={
            "sender": msg("the sender's end"),
            "receiver": msg("the receiver's end"),
            "between": msg("neither end"),
            "unknown": msg("unknown"),
        },
    ),
    Key("resent_share", msg("sent again"), "share"),
    Key("loss_bound_bps", msg("rate that loss allows"), "rate"),
    Key("idle_bps", msg("room meanwhile"), "rate"),
)
"""In the order in which reports list them."""
_BYPASS = {"rdma": msg("RDMA"), "vf": msg("virtual functions (SR-IOV)"), "port": msg("unknown")}

FM401 = RULES.add(Rule("FM401", (Key("payload_bytes", msg("payload"), "bytes"),)))
FM402 = RULES.add(Rule("FM402", _LIMIT, is_limit=True))
FM403 = RULES.add(Rule("FM403", _LIMIT, is_limit=True))
FM404 = RULES.add(Rule("FM404", _LIMIT, is_limit=True))
FM405 = RULES.add(Rule("FM405", _LIMIT, is_limit=True))
FM406 = RULES.add(Rule("FM406", _LIMIT, is_limit=True))
FM407 = RULES.add(Rule("FM407", _LIMIT, is_limit=True))
FM408 = RULES.add(Rule("FM408", (STREAMS, _RATE, _SPEED), is_limit=True))
FM409 = RULES.add(
    Rule(
        "FM409",
        (
            Key("rx_drops", msg("received and dropped")),
            Key("tx_drops", msg("dropped in sending")),
            Key("rx_errors", msg("errors in receiving")),
            Key("tx_errors", msg("errors in sending")),
        ),
    )
)
FM410 = RULES.add(
    Rule(
        "FM410",
        (
            Key("bypass", msg("past the stack"), words=_BYPASS),
            Key("bypass_tx_bytes", msg("sent past the stack"), "bytes"),
            Key("bypass_rx_bytes", msg("received past the stack"), "bytes"),
            COUNTS,
        ),
    )
)
FM411 = RULES.add(
    Rule(
        "FM411",
        (
            Key("seconds", msg("seconds")),
            TIMES,
            _LOAD,
            _SPEED,
            Key("idle_load_bps", msg("carried meanwhile"), "rate"),
        ),
    )
)
