"""Findings, and the rules that make them: what a person should know beyond the claims, with the numbers it rests on.

A rule is registered once, where its family stands (`verdict/findings/FAMILY/rules.py`, beside its page): its code, its rank
among findings, what it explains, and the numbers it may rest on, each a `Key` with label and unit. A code or a key that is
registered twice is refused at import; a `Finding` with a number that its rule has no key for cannot be made.

It stands on the ground floor, beside `notice.py`, because every later stage has to do with it: rules make findings, the
document keeps them, reports label their numbers. It knows none of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any, Literal

from flowmap.dataclass import dataclass
from flowmap.message import Message, msg
from flowmap.words import GRAVEST_FIRST, Severity

__all__ = ["CAUSE", "RULES", "SUBJECTS", "Finding", "Key", "Rule", "Rules", "Severity", "Unit"]

Unit = Literal["number", "flags", "moment", "duration", "rate", "bytes", "share"]
"""How a number is printed: grouped, as bits of a state, as a time of day, and in ns, bit/s, bytes or parts of 1."""

CAUSE = 100
"""Ranks below this are causes: they come before all of their severity that has none, the lowest first."""
_FAMILIES = "31254"
"""Of equal rank the team comes before placement, placement before spreading, captures that lack something before limits."""
_CODE = re.compile("FM[1-5][0-9]{2}")
SUBJECTS = {
    "stream": msg("stream"),
    "direction": msg("direction"),
    "members": msg("members"),
    "member": msg("member"),
    "host": msg("host"),
    "path": msg("file"),
    "migration": msg("migration"),
    "streams": msg("streams"),
    "hosts": msg("hosts"),
}
"""What a finding can be about, and what that is called."""


@dataclass(frozen=True, slots=True)
class Key:
    """A number, or word, that findings rest on.

    `words`: how its values are called, where they are words; `printed`: whether it is listed among what a finding rests
    on, or its explanation has it already.
    """

    name: str
    label: Message
    unit: Unit = "number"
    words: Mapping[str, Message] = field(default_factory=dict)
    printed: bool = True


@dataclass(frozen=True, slots=True)
class Rule:
    """What is the same of all findings of one code. The page of the code has its title, what it means and what to do."""

    code: str
    evidence: tuple[Key, ...] = ()
    rank: int = CAUSE
    """Its place among findings of one severity: what causes others comes before what follows from it."""
    explains: Mapping[str, int] = field(default_factory=dict)
    """Codes that follow from it, each with its place among all that may explain that one: 1 is the most exact."""
    keeps_out: bool = False
    """It names members that LACP keeps out of the bundle: an error where hosts fail to spread for that."""
    is_limit: bool = False
    """It says what more speed would take, not that something is wrong with the team."""
    notices: tuple[str, ...] = ()
    """Notices that a person has to act on, which it tells."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`explanation` is about this case, as `action` is if given; else that is on the page of the code, as the title is."""

    rule: Rule
    severity: Severity
    explanation: Message
    subject: Mapping[str, Any] = field(default_factory=dict)
    evidence: Mapping[str, Any] = field(default_factory=dict)
    wireshark_filter: str | None = None
    action: Message | None = None

    def __post_init__(self) -> None:
        """Refuse what no report has a label for."""
        unknown = {*self.evidence} - {key.name for key in self.rule.evidence} | {*self.subject} - SUBJECTS.keys()
        if unknown:
            raise ValueError(f"{self.rule.code} has no label for {', '.join(sorted(unknown))}")

    @property
    def code(self) -> str:
        """The code of its rule."""
        return self.rule.code

    @property
    def urgency(self) -> tuple[int, int, int, str]:
        """Its place among findings: the gravest first, and what causes others before what follows from it.

        >>> lost, lonely = Rule("FM303", rank=1), Rule("FM201")
        >>> told = [Finding(rule, "error", msg("it is so")) for rule in (lonely, lost)]
        >>> [finding.code for finding in sorted(told, key=lambda finding: finding.urgency)]
        ['FM303', 'FM201']
        """
        return GRAVEST_FIRST.index(self.severity), self.rule.rank, _FAMILIES.index(self.code[2]), self.code


class Rules(Mapping[str, Rule]):
    """Rules by code, and the keys of what they rest on by name."""

    def __init__(self) -> None:
        self._rules: dict[str, Rule] = {}
        self.keys_by_name: dict[str, Key] = {}

    def add(self, rule: Rule) -> Rule:
        """Register a rule; ValueError if its code is malformed or taken, or one of its keys already means something else."""
        if not _CODE.fullmatch(rule.code):
            raise ValueError(f"{rule.code} is no code of a finding")
        if rule.code in self._rules:
            raise ValueError(f"{rule.code} is registered twice")
        for key in rule.evidence:
            if not key.label or self.keys_by_name.setdefault(key.name, key) is not key:
                raise ValueError(f"{key.name}, which {rule.code} rests on, has no label, or two")
        self._rules[rule.code] = rule
        return rule

    def check(self) -> None:
        """Raise ValueError where a rule explains a code that none is registered under; call it once all are."""
        for rule in self._rules.values():
            if unknown := rule.explains.keys() - self._rules.keys():
                raise ValueError(f"{rule.code} explains {', '.join(sorted(unknown))}, which is no rule")

    def explaining(self, explained: Rule) -> tuple[str, ...]:
        """Return the codes that may explain a finding of another rule, the most exact first."""
        code = explained.code
        found = [rule for rule in self._rules.values() if code in rule.explains]
        return tuple(rule.code for rule in sorted(found, key=lambda rule: (rule.explains[code], rule.code)))

    def __getitem__(self, code: str) -> Rule:
        return self._rules[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rules)

    def __len__(self) -> int:
        return len(self._rules)


RULES = Rules()
"""All rules whose families are imported; `verdict.findings.registered` imports them all."""
