"""Accepted findings: what an operator knows of a team and lives with, for a reason and until a day.

    [[accept]]
    code = "FM202"                   a finding or a notice
    subject = { members = ["NIC2"] } what it may be about; without it, anything
    team = "site/host"               only of this team of `flowmap batch`; without it, of all that the file is about
    reason = "the core switch is replaced in May"
    by = "anna"
    until = 2027-05-31               through that day, local time; without it, until it is taken out

An acceptance changes no verdict: the report says what is accepted, by whom and why, and `flowmap batch` raises no alarm
for it. It
holds for no more than it names: the same finding about another member is not accepted. `evidence` is what the finding rested on
when it was accepted, as JSON: what differs since is told.

Who accepts a finding again says something newer about it, such as a later day or another reason: of the tables of a file that
are about the same (code, team, subject) the last one holds alone, and of others that cover a finding too the last one is told.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from flowmap.message import msg

__all__ = ["LASTING", "WHAT_IS_ALLOWED", "Acceptance", "differences", "lasting"]

WHAT_IS_ALLOWED = {
    "code": msg("the code of a finding, such as FM202, or of a notice, such as capture_drops"),
    "reason": msg("a text in quotes that is not empty"),
    "until": msg("a date without quotes, such as 2027-05-31"),
    "evidence": msg("a JSON object, as the report has it, in quotes"),
}
"""Of the fields whose type does not tell it."""

LASTING = ("direction", "host", "hosts", "member", "members")
"""What stays the same from one capture to the next; numbers of streams and times do not."""


class Acceptance(BaseModel):
    """One `[[accept]]` table. `ended`: its last day is over, so that it no longer holds, which is told."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str = Field(pattern="^(FM[1-5][0-9]{2}|[a-z][a-z0-9_]*)$")
    reason: str = Field(min_length=1)
    by: str | None = None
    until: date | None = None
    team: str | None = None
    subject: dict[str, Any] = {}
    evidence: str | None = None
    ended: bool = False

    @field_validator("evidence")
    @classmethod
    def _is_an_object(cls, text: str | None) -> str | None:
        if text is not None and not isinstance(json.loads(text), dict):
            raise ValueError
        return text

    @property
    def about(self) -> str:
        """Return what it is about, the same for each table about the same."""
        subject = {name: sorted(_values(named)) for name, named in self.subject.items()}
        return json.dumps([self.code, self.team, subject], sort_keys=True)

    def on(self, today: date) -> Acceptance:
        """Return it as it stands on a day."""
        return self.model_copy(update={"ended": self.until is not None and self.until < today})

    def covers(self, code: str, subject: Mapping[str, Any]) -> bool:
        """Return whether it is about a finding: the same code, and nothing in its subject beyond the one that it names.

        >>> two = Acceptance(code="FM301", reason="known", subject={"members": ["a", "b"]})
        >>> two.covers("FM301", {"members": ["b"]}), two.covers("FM301", {"members": ["b", "c"]})
        (True, False)
        """
        return code == self.code and all(
            set(_values(subject.get(name))) <= set(_values(named)) for name, named in self.subject.items()
        )

    def changes(self, evidence: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
        """Return (name, accepted, now) of what differs since it was accepted; nothing where that was not kept."""
        if self.evidence is None:
            return []
        return differences(json.loads(self.evidence), evidence)


def lasting(subject: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of a finding's subject by which the next run knows it again."""
    return {name: subject[name] for name in LASTING if subject.get(name) not in (None, [], "")}


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """Return (name, before, now) of what differs. What is measured, such as rates and bytes, differs a little each time."""
    plain = json.loads(json.dumps(now, default=str))
    return [(name, old, plain[name]) for name, old in before.items() if name in plain and not _alike(old, plain[name])]


_MEASURED = 100
"""From here on, and with fractions, a number is measured rather than counted."""
_TOLERANCE = 0.1


def _alike(old: Any, new: Any) -> bool:
    numbers = [value for value in (old, new) if isinstance(value, int | float) and not isinstance(value, bool)]
    if len(numbers) == 2:
        measured = any(isinstance(number, float) or abs(number) >= _MEASURED for number in numbers)
        return bool(old == new) or (measured and abs(old - new) <= _TOLERANCE * max(abs(old), abs(new)))
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() == new.keys() and all(_alike(old[name], new[name]) for name in old)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(_alike, old, new))
    return bool(old == new)


def _values(value: Any) -> Sequence[str]:
    """Return each as text: a file may hold a number where a report holds a name of digits."""
    return [str(one) for one in value] if isinstance(value, list | tuple) else [] if value is None else [str(value)]
