"""The order in which a person has to know findings: the gravest first, and what causes others before what follows from it."""

from __future__ import annotations

from typing import Protocol

__all__ = ["LIMIT_CODES", "urgency"]

_SEVERITY = {"error": 0, "warning": 1, "info": 2}
_CAUSES = ("FM307", "FM506", "FM303", "FM304", "FM305", "FM315", "FM301", "FM311", "FM310", "FM302", "FM505",
           "FM504", "FM501")
"""What no judgement is possible with, then what keeps LACP from a bundle, before the state that LACP is in for it; and why
captures lack packets, before that they do."""
_FAMILIES = "31254"
"""The team before placement, placement before spreading; what the captures lack before what limits the speed."""
LIMIT_CODES = frozenset({"FM402", "FM403", "FM404", "FM405", "FM406", "FM407", "FM408"})
"""They say what more speed would take, not that something is wrong with the team."""


class _Told(Protocol):
    @property
    def code(self) -> str: ...
    @property
    def severity(self) -> str: ...


def urgency(finding: _Told) -> tuple[int, int, int, str]:
    """The key to sort findings by.

    >>> from collections import namedtuple
    >>> told = namedtuple("told", "code severity")
    >>> [one.code for one in sorted([told("FM201", "error"), told("FM302", "error"), told("FM303", "error")], key=urgency)]
    ['FM303', 'FM302', 'FM201']
    """
    cause = _CAUSES.index(finding.code) if finding.code in _CAUSES else len(_CAUSES)
    return _SEVERITY[finding.severity], cause, _FAMILIES.find(finding.code[2]), finding.code
