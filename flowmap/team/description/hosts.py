"""A text with the outputs of several hosts, as cluster shells print it: which lines are whose.

Known are a name before each line (pdsh, dsh, fabric, compose), headings with a name (clush, dshbak, ansible, parallel-ssh, and
the rows of = or # that people's own loops print), and prompts that name the machine (root@node1).
"""

from __future__ import annotations

import re
from itertools import pairwise

__all__ = ["by_host"]

_OUTPUT = r"(?:Ethernet Channel Bonding Driver:|Bonding Mode:|---- \S+ ----|bond_mode:|setup:|TeamingMode)"
_BEFORE = r"\[?([\w.@-]+)\]?(?: (?:out|err|stdout))?[^\S\n]*[:|](?: |\t|(?=\S|$))"
"""The name before each line: `a: `, `[a] out: `, `a | `."""
_PREFIX = re.compile(rf"^{_BEFORE}(?={_OUTPUT})", re.MULTILINE)
_PREFIXED = re.compile(_BEFORE)
_HEADINGS = re.compile(
    r"^[=#*]{2,}[^\S\n]*(?P<rows>[\w.:@-]+)[^\S\n]*[=#*]{2,}[^\S\n]*$"
    r"|^(?:#+|>>+|\++|-{2,3})[^\S\n]*(?P<mark>[\w.@-]*[A-Za-z0-9])[^\S\n]*:?(?:[^\S\n]*-{2,3})?[^\S\n]*$"
    r"|^(?:[Hh]ost|HOST|[Nn]ode|NODE|[Ss]erver)[^\S\n]*[:=][^\S\n]*(?P<word>[\w.@-]+)[^\S\n]*$"
    r"|^-{5,}[^\S\n]*\n(?P<dashes>[\w.:@,\[\]-]+)(?: \(\d+\))?[^\S\n]*\n-{5,}[^\S\n]*$"
    r"|^(?P<ansible>[\w.:@-]+) \| (?:SUCCESS|CHANGED|FAILED)\b.*>>[^\S\n]*$"
    r"|^\[\d+\] [\d:]+ \[(?:SUCCESS|FAILURE)\] (?P<pssh>\S+).*$"
    r"|^\[?[\w.-]+@(?P<prompt>[\w.-]+)[ :][^\n]*?[#$](?= )",
    re.MULTILINE,
)


def by_host(text: str) -> list[tuple[str | None, str]]:
    r"""Return (host, its lines) in order; the whole text, of no known host, where fewer than two are named.

    >>> by_host("a: Bonding Mode: x\nb: Bonding Mode: y\na:  Slave\n")
    [('a', 'Bonding Mode: x\n Slave\n'), ('b', 'Bonding Mode: y\n')]
    """
    names = list(dict.fromkeys(_PREFIX.findall(text)))
    if len(names) > 1:
        return list(_lines_by(frozenset(names), text).items())
    headings = list(_HEADINGS.finditer(text))
    if len({_named(heading) for heading in headings}) < 2:
        return [(None, text)]
    parts = [
        (_named(one), text[one.start() : other])
        for one, other in zip(headings, [*(after.start() for _, after in pairwise(headings)), len(text)], strict=True)
    ]
    merged: dict[str, str] = {}
    for name, part in parts:
        merged[name] = merged.get(name, "") + part
    return list(merged.items())


def _named(heading: re.Match[str]) -> str:
    return next(value for value in heading.groups() if value is not None)


def _lines_by(names: frozenset[str], text: str) -> dict[str, str]:
    """Return by host the lines that begin with its name and a colon, without that."""
    own: dict[str, list[str]] = {}
    for line in text.splitlines():
        found = _PREFIXED.match(line)
        if found and found[1] in names:
            own.setdefault(found[1], []).append(line[found.end() :])
    return {name: "".join(line + "\n" for line in lines) for name, lines in own.items()}
