"""What a finding is about and rests on, as words.

Each number has the label and the unit of its key, as the page, the ticket and the notes on accepted findings have it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowmap.document.model import Finding
from flowmap.document.quantities import amount, bits, duration, grouped, moment
from flowmap.finding import SUBJECTS, Key
from flowmap.message import Message, glue, msg
from flowmap.verdict.findings.registered import RULES
from flowmap.words import DIRECTIONS
from flowmap.words import word as closed_word

__all__ = ["evidence_words", "label_of", "subject_words", "value_words"]


def subject_words(finding: Finding) -> tuple[tuple[str, str], ...]:
    """Return what the finding is about, as (label, words)."""
    return tuple((SUBJECTS.get(name, name), value_words(name, value)) for name, value in finding.subject.items())


def evidence_words(finding: Finding) -> tuple[tuple[str, str], ...]:
    """Return what it rests on, as (label, words): nothing that is unknown, is its subject, or is told elsewhere."""
    return tuple(
        (label_of(name), value_words(name, value))
        for name, value in finding.evidence.items()
        if value not in (None, [], {}) and finding.subject.get(name) != value and _key(name).printed
    )


def _key(name: str) -> Key:
    """Return the key of this name; of another version's document one that is called as it is."""
    return RULES.keys_by_name.get(name) or Key(name, glue(name.replace("_", " ")))


def label_of(name: str) -> Message:
    """Return what a number is called that findings rest on.

    >>> label_of("median_run")
    'median run, packets'
    """
    return _key(name).label


def value_words(name: str, value: Any) -> str:
    """Return a plain JSON value in words, as the key of this name has it."""
    if value is None:
        return "–"
    if isinstance(value, Message):
        return value
    if isinstance(value, bool):
        return msg("true") if value else msg("false")
    if isinstance(value, int | float):
        return _number(_key(name), value)
    if isinstance(value, Mapping):
        if {"ts_ns", "from", "to"} <= value.keys():
            return _move(value)
        parts = [msg("{name} {value}", name=key, value=value_words(name, part)) for key, part in value.items()]
        return glue(*parts, between=", ")
    if isinstance(value, list | tuple):
        return glue(*[value_words(name, part) for part in value], between=", ")
    if name == "unit":
        return closed_word(value)
    return (_key(name).words or DIRECTIONS).get(str(value), str(value))


def _number(key: Key, value: int | float) -> str:
    if key.unit == "moment":
        return moment(int(value), date=False)
    if key.unit == "duration":
        return duration(int(value))
    if key.unit == "rate":
        return bits(int(value))
    if key.unit == "bytes":
        return amount(int(value))
    if key.unit == "share":
        return Message("{size:.3g} %", {"size": 100 * value})
    if key.unit == "flags":
        return f"{value:#04x}"
    if float(value).is_integer():
        return grouped(int(value))
    return Message("{size:.3g}" if abs(value) < 1000 else "{size:.1f}", {"size": value})


def _move(move: Mapping[str, Any]) -> str:
    return msg(
        "{time}: {old} to {new} after {gap}",
        time=moment(move["ts_ns"], date=False),
        old=move["from"],
        new=move["to"],
        gap=duration(move.get("gap_ns") or 0),
    )
