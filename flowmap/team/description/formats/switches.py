"""What the switch says of its side: `show etherchannel summary`, `show port-channel summary`, `show lacp neighbor`.

The members are the switch's ports; which of the host's members is on which tells LLDP or CDP. `show lacp neighbor` has the
host's side of LACP as the switch heard it: system, key, timeout, state. Of the mode a channel tells only whether LACP is
spoken: what the host hashes by is not known here.
Sources: Cisco IOS and NX-OS command references; Arista EOS manual.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from flowmap.team.description.model import Adapter, LacpState, LacpTimer, Parts, TeamDescription, mac_of

__all__ = ["SWITCH", "is_switch", "switch_channels"]

SWITCH = "show etherchannel summary"
_NEIGHBOR = "show lacp neighbor"
_CHANNEL = re.compile(r"^\s*(?:\d+\s+)?(Po(?:rt-?[Cc]hannel)?\s?\d+)\s?\(([A-Za-z]+)\)(.*)$")
_PORT = re.compile(r"([A-Z][A-Za-z-]{0,30}\s?\d+(?:/\d+){0,3}(?:\.\d+)?)\s?\(([A-Za-z+*-]+)\)")
_GROUP = re.compile(r"^\s*Channel group (\d+) neighbors", re.MULTILINE)
_HEARD = re.compile(
    r"^(?P<port>[A-Z][A-Za-z-]*\d+(?:/\d+){0,3})\s+(?P<system>\d+,\s?[0-9a-fA-F.:-]{12,17})\s+\S+\s+\d+s?\s+(?P<flags>[SF][AP])\b"
)
_KEYED = re.compile(r"^\s+\d+\s+(0x[0-9A-Fa-f]+)\s+(0x[0-9A-Fa-f]+)\s*$")
_FLAT = re.compile(  # newer IOS: all of a port in one line
    r"^(?P<port>[A-Z][A-Za-z-]*\d+(?:/\d+){0,3})\s+(?P<flags>[SF][AP])\s+\d+\s+(?P<system>[0-9a-fA-F.]{14})\s+\d+s\s+"
    r"(?:0x[0-9A-Fa-f]+\s+)?(?P<key>0x[0-9A-Fa-f]+)\s+0x[0-9A-Fa-f]+\s+(?P<state>0x[0-9A-Fa-f]+)"
)
_WORDS = {
    "s": "suspended",
    "I": "stand-alone",
    "i": "individual",
    "D": "down",
    "H": "hot-standby",
    "w": "waiting",
    "u": "unsuitable",
    "M": "below min-links",
    "f": "failed",
    "h": "hot-standby",
    "r": "removed",
}


def is_switch(text: str) -> bool:
    """Return whether a text holds one of these outputs."""
    return any(_CHANNEL.match(line) for line in text.splitlines()) or _GROUP.search(text) is not None


def switch_channels(text: str, source: str) -> Parts:
    """Return the channels of a text."""
    return Parts(teams=[*_summary(text.splitlines(), source), *_neighbors(text, source)])


def _summary(lines: Sequence[str], source: str) -> list[TeamDescription]:
    teams: list[TeamDescription] = []
    name, protocol, ports = "", "", list[tuple[str, str]]()

    def close() -> None:
        if name:
            teams.append(
                TeamDescription(
                    source,
                    SWITCH,
                    name,
                    "lacp" if "LACP" in protocol.upper() else None,
                    None,
                    tuple(_port(port, flags) for port, flags in ports),
                    of_switch=True,
                )
            )

    for line in lines:
        if match := _CHANNEL.match(line):
            close()
            found = _PORT.findall(match[3])
            name, protocol, ports = match[1].replace(" ", ""), _PORT.sub("", match[3]), list(found)
        elif name and line[:1].isspace() and (more := _PORT.findall(line)):
            ports += more
        elif name and line.strip():
            close()
            name = ""
    close()
    return teams


def _port(port: str, flags: str) -> Adapter:
    word = next((_WORDS[flag] for flag in flags if flag in _WORDS), None)
    bundled = "P" in flags
    return Adapter(
        port.replace(" ", ""),
        up=False if "D" in flags else None,
        lacp=LacpState(bundled=bundled, word=None if bundled else word),
    )


def _neighbors(text: str, source: str) -> list[TeamDescription]:
    """Return by channel group what each port heard of its partner, which is the host."""
    starts = list(_GROUP.finditer(text))
    ends = [*(match.start() for match in starts), len(text)][1:]
    return [
        _group(match[1], text[match.end() : end].splitlines(), source) for match, end in zip(starts, ends, strict=True)
    ]


def _group(number: str, lines: Sequence[str], source: str) -> TeamDescription:
    members: list[Adapter] = []
    macs: frozenset[int] = frozenset()
    timers: set[LacpTimer] = set()
    for line in lines:
        flat, heard = _FLAT.match(line), _HEARD.match(line)
        if match := flat or heard:
            macs |= mac_of(match["system"].rpartition(",")[2].strip())
            timers.add("fast" if match["flags"][0] == "F" else "slow")
            lacp = LacpState(partner=True)
            if flat:
                lacp = LacpState(partner=True, key=int(flat["key"], 16), partner_state=int(flat["state"], 16))
            members.append(Adapter(match["port"], lacp=lacp))
        elif (keyed := _KEYED.match(line)) and members:
            lacp = LacpState(partner=True, key=int(keyed[1], 16), partner_state=int(keyed[2], 16))
            members[-1] = Adapter(members[-1].name, lacp=lacp)
    return TeamDescription(
        source,
        _NEIGHBOR,
        f"Po{number}",
        "lacp",
        None,
        tuple(members),
        macs,
        timers.pop() if len(timers) == 1 else None,
        of_switch=True,
    )
