"""What switches print of a port at a time: JunOS, AOS-CX, Cisco NX-OS and IOS, Arista EOS, Huawei VRP, HPE Comware.

A line names the port, and lines below it count in words of the vendor, some under a heading for the side. One machine reads
them all: `_HEADS` begin a port, `_SIDES` a side, `_COUNTS` are numbers. The first number of each kind counts, so what is
repeated below for IPv6, queues or logical interfaces adds nothing. The switch's "in" is what the host sent.

    Physical interface: xe-0/0/1, Enabled ...           JunOS, show interfaces extensive (statistics, detail)
    Interface 1/1/1 is up                               AOS-CX, show interface; newer ones with a column for each side
    Ethernet1/1 is up                                   NX-OS, show interface; IOS and EOS with "line protocol"
    GigabitEthernet0/0/1 current state : UP             VRP, display interface; Comware with a line for the state

Sources: the vendors' command references, and the outputs of real devices in github.com/networktocode/ntc-templates (tests/),
with which this was compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from flowmap.team.counters.model import Counter, Reading, whole

__all__ = ["port_statistics"]

_STATE = r"(?:up|down|administratively|admin|connected|disabled|notconnect|err-?disabled)\b"
_HEADS = tuple(
    re.compile(text, re.IGNORECASE)
    for text in (
        r"^Physical interface: ([^\s,]+),",
        rf"^ ?(?:Interface )?([\w/.:-]*\d) is {_STATE}",
        r"^ ?(\w[\w/.:-]*\d) current state ?:",
        r"^([A-Za-z][\w-]*\d(?:/\d+)*(?:[:.]\d+)?) *$",
    )
)
_ENDS = re.compile(r"^ *(?:Logical interface \S|Subinterface \S)")
_SIDES = re.compile(
    r"^ *(?:(?P<in>RX|Input errors:|Input\b[^:]*:)|(?P<out>TX|Output errors:|Output\b[^:]*:))", re.IGNORECASE
)
_BOTH = re.compile(r"^ (Packets|Bytes|Dropped|Errors) +([\d,]+|n/a) +([\d,]+|n/a)(?: +[\d,]+)?\s*$")
_BOTH_KINDS = {"Packets": "packets", "Bytes": "bytes", "Dropped": "drops", "Errors": "errors"}
_COUNTS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (what, re.compile(text, re.IGNORECASE))
    for what, text in (
        ("packets", r"^ +(?:In|Out)put +packets: +(\d+)"),
        ("bytes", r"^ +(?:In|Out)put +bytes *: +(\d+)"),
        ("packets", r"(\d+) total packets\b"),
        ("bytes", r"(\d+) total bytes\b"),
        ("packets", r"(\d+) (?:in|out)put packets +\d+ bytes"),
        ("bytes", r"\d+ (?:in|out)put packets +(\d+) bytes"),
        ("packets", r"^ +(\d+) packets (?:in|out)put,"),
        ("bytes", r"^ +\d+ packets (?:in|out)put, (\d+) bytes"),
        ("packets", r"^ *(?:In|Out)put *(?:\(total\))?: *(\d+) packets,"),
        ("bytes", r"^ *(?:In|Out)put *(?:\(total\))?: *\d+ packets, *(\d+) bytes"),
        ("drops", r"(?:^ +|, )Drops: (\d+)"),
        ("drops", r"(\d+) dropped\b"),
        ("drops", r"(\d+) (?:in|out)put discards?\b"),
        ("drops", r"\bDiscard: +(\d+)"),
        ("drops", r"Total output drops: (\d+)"),
        ("errors", r"(?:^ +|, )Errors: (\d+)"),
        ("errors", r"^ +(\d+) errors\b"),
        ("errors", r"(\d+) (?:in|out)put errors?\b"),
        ("errors", r"\bTotal Error: +(\d+)"),
    )
)
_OF_ITS_OWN = re.compile(
    r"\d+ packets (input|output),|\d+ (input|output) (?:packets|errors?|discards?)\b|Total (output) drops:",
    re.IGNORECASE,
)
"""Lines that name their side themselves (IOS has no headings)."""
_FIELDS: Mapping[tuple[str, str], Counter] = {
    ("in", "packets"): "tx_packets",
    ("in", "bytes"): "tx_bytes",
    ("in", "drops"): "tx_drops",
    ("in", "errors"): "tx_errors",
    ("out", "packets"): "rx_packets",
    ("out", "bytes"): "rx_bytes",
    ("out", "drops"): "rx_drops",
    ("out", "errors"): "rx_errors",
}
_KIND = "show interfaces"


def port_statistics(text: str, source: str) -> Iterator[Reading]:
    """Yield all ports of which the text counts packets; a port that comes again is a later reading."""
    port, side = None, ""
    values: dict[Counter, int] = {}
    for line in text.splitlines():
        if (head := _head(line)) is not None:
            yield from _reading(port, values, source)
            port, side, values = head, "", {}
        elif port is None:
            continue
        elif _ENDS.match(line):
            yield from _reading(port, values, source)
            port, values = None, {}
        elif both := _BOTH.match(line):
            _keep(values, "in", _BOTH_KINDS[both[1]], both[2])
            _keep(values, "out", _BOTH_KINDS[both[1]], both[3])
        else:
            side = _side(line, side)
            for what, pattern in _COUNTS:
                if found := pattern.search(line):
                    _keep(values, side, what, found[1])
    yield from _reading(port, values, source)


def _head(line: str) -> str | None:
    return next((match[1] for pattern in _HEADS if (match := pattern.match(line))), None)


def _side(line: str, side: str) -> str:
    """Return the side that the line is of: its own, the one that it is the heading of, or that of the lines above."""
    if own := _OF_ITS_OWN.search(line):
        return "in" if own[own.lastindex or 0].casefold() == "input" else "out"
    if match := _SIDES.match(line):
        return match.lastgroup or side
    return side


def _keep(values: dict[Counter, int], side: str, what: str, count: str) -> None:
    field = _FIELDS.get((side, what))
    if field is not None and (number := whole(count)) is not None:
        values.setdefault(field, number)


def _reading(port: str | None, values: dict[Counter, int], source: str) -> Iterator[Reading]:
    """Yield the reading of a port; nothing for what only looks like one: packets must be counted both ways."""
    if port is not None and "rx_packets" in values and "tx_packets" in values:
        yield Reading(port, _KIND, source, values, of_switch=True)
