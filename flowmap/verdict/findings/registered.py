"""Registers the rules of every family by being imported.

It costs little, for the rules of a family stand apart from what makes findings of them.
"""

from __future__ import annotations

from flowmap.finding import RULES
from flowmap.verdict.findings.capture import rules as _capture
from flowmap.verdict.findings.limits import rules as _limits
from flowmap.verdict.findings.placement import rules as _placement
from flowmap.verdict.findings.spread import rules as _spread
from flowmap.verdict.findings.team import rules as _team

__all__ = ["FAMILIES", "RULES"]

FAMILIES = {"1": _placement, "2": _spread, "3": _team, "4": _limits, "5": _capture}
"""The modules with the rules of each family, by the first digit of its codes."""
RULES.check()
