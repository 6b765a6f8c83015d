"""Documents fit to be shared: what was found, with every address and name in it replaced.

In: finished documents, whose verdicts and numbers rest on what was captured. Out: the same documents; only texts differ.
Every text of the report is mapped, but for those that only ever hold words of ours (`_OURS` and closed sets of words).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any, TypeVar, get_args, get_type_hints

import numpy as np

from flowmap.document.base import JsonObject, Model
from flowmap.document.evidence import Evidence
from flowmap.document.listing import Listing
from flowmap.document.members import Member, Neighbor
from flowmap.document.model import Finding, Report
from flowmap.document.series import Series
from flowmap.message import glue, msg
from flowmap.privacy.anonymizer import Anonymizer
from flowmap.report.sections.answer import commands_to_run
from flowmap.report.sections.findings import commands_of

__all__ = [
    "anonymized_columns",
    "anonymized_evidence",
    "anonymized_report",
    "anonymized_series",
    "learn_member",
]

M = TypeVar("M", bound=Model)
_ADDRESS_COLUMNS = ("src", "dst")
_OURS = frozenset(
    {
        "schema_",
        "generated_at",
        "version",
        "mode",
        "algorithm",
        "thresholds",
        "format",
        "link_types",
        "classes",
        "key",
        "policy",
        "variants",
        "undermined_by",
        "code",
        "title",
        "encapsulation",
        "until",
    }
)
_REPLACED = msg("Names and addresses in them are replaced: put the real ones in.")
"""Said behind commands, which cannot be run as they are."""
_WORDS = frozenset({"direction", "kind", "cause", "unit", "side", "captured_near"})
"""Fields of the document, and keys in open objects, with words of ours: a member may be called like one of them, say rx."""


def anonymized_report(report: Report, hide: Anonymizer) -> Report:
    """Return a report with everything in it replaced that is an address or a name."""
    for member in report.members:
        learn_member(hide, member.name, [capture.path for capture in member.captures])
    for member in report.members:
        _learn_surroundings(hide, member)
    if report.team.name is not None:
        hide.names.add("team", report.team.name)
    for name in report.settings.speeds:
        hide.names.add("member", name)
    for path in report.settings.team:
        hide.names.add_path(path)
    for notice in report.notices:
        hide.names.add_path(notice.path or "")
    for one in report.accepted:
        for kind, text in (("reason", one.reason), ("person", one.by)):
            if text:
                hide.names.add(kind, text)
    mapped = _model(report, hide)
    settings = mapped.settings.model_copy(update={"anonymized": True})
    asked = [*mapped.to_know_more, _REPLACED] if commands_to_run(mapped) else mapped.to_know_more
    findings = [_commands_told(one) for one in mapped.findings]
    return mapped.model_copy(update={"settings": settings, "findings": findings, "to_know_more": asked})


def _commands_told(finding: Finding) -> Finding:
    """Tell that commands with names and addresses that do not exist cannot be run as they are."""
    if not commands_of(finding):
        return finding
    return finding.model_copy(update={"action": glue(finding.action, _REPLACED)})


def learn_member(hide: Anonymizer, name: str, paths: Iterable[str]) -> None:
    """Learn a member: they become nic1, nic2, ... in their order, their captures capture-1, capture-2, ..."""
    hide.names.add("member", name)
    for path in paths:
        hide.names.add_path(path)


def _learn_surroundings(hide: Anonymizer, member: Member) -> None:
    """Learn free texts whole: an address or a known name within one says nothing of the rest of it."""
    if member.description:
        hide.names.add("description", member.description)
    neighbor: Neighbor | None = member.neighbor
    if neighbor is not None:
        for kind in ("system", "chassis", "port", "description"):
            told = getattr(neighbor, kind)
            if told and not hide.is_address(told):  # a MAC as chassis stays recognizable as one
                hide.names.add({"system": "switch"}.get(kind, kind), told)


def anonymized_columns(columns: Mapping[str, Any], hide: Anonymizer) -> dict[str, Any]:
    """Return the columns of the flow table: `member`, `src` and `dst` mapped, once for each distinct text."""
    mapped = dict(columns)
    for column in _ADDRESS_COLUMNS:
        mapped[column] = _looked_up(columns[column], hide.ip_texts(columns[column]))
    members = {name: hide.names.add("member", name) for name in dict.fromkeys(columns["member"])}
    mapped["member"] = _looked_up(columns["member"], members)
    return mapped


def anonymized_series(series: Series, hide: Anonymizer) -> Series:
    """Return throughput over time by the members' new names."""
    return replace(
        series,
        members={hide.name(name): wire for name, wire in series.members.items()},
        aggregates=frozenset(map(hide.name, series.aggregates)),
    )


def anonymized_evidence(evidence: Evidence, hide: Anonymizer) -> Evidence:
    """Return the same points and spans, by the members' new names."""
    return replace(
        evidence,
        sequences=tuple(
            replace(one, source=(hide.text(one.source[0]), one.source[1]), members=tuple(map(hide.name, one.members)))
            for one in evidence.sequences
        ),
        lacp=tuple(
            replace(
                history,
                member=hide.name(history.member),
                sides=tuple(replace(side, system=hide.text(side.system)) for side in history.sides),
            )
            for history in evidence.lacp
        ),
    )


def _looked_up(column: Any, texts: Mapping[str, str]) -> Any:
    return np.array([texts[one] for one in column] or [""], dtype=object)[: len(column)]


def _model(model: M, hide: Anonymizer) -> M:
    texts = _text_fields(type(model))
    changed = {}
    for name, value in model:
        mapped = _field(value, hide, is_text=name in texts, is_object=texts.get(name) == "object")
        if mapped is not value:
            changed[name] = mapped
    return model.model_copy(update=changed)


def _field(value: Any, hide: Anonymizer, *, is_text: bool, is_object: bool) -> Any:
    if isinstance(value, Model):
        return _model(value, hide)
    if isinstance(value, list):
        return [_field(one, hide, is_text=is_text, is_object=is_object) for one in value]
    if isinstance(value, Listing):
        return value.mapped(lambda part: _model(part, hide))
    if is_object and isinstance(value, dict):
        return _object(value, hide)
    return hide.value(value) if is_text else value


def _object(value: dict[str, Any], hide: Anonymizer) -> dict[str, Any]:
    """Return an object of which the keys are words of ours, as are those of objects in lists; other keys are members."""
    return {key: part if key in _WORDS else _json(part, hide) for key, part in value.items()}


def _json(value: Any, hide: Anonymizer) -> Any:
    if isinstance(value, list):
        return [_object(part, hide) if isinstance(part, dict) else hide.value(part) for part in value]
    return hide.value(value)


@cache
def _text_fields(kind: type[Model]) -> dict[str, str]:
    """Return the fields of a model that hold texts ("text") or open objects ("object")."""
    hints = get_type_hints(kind, include_extras=True)
    objects = {name: "object" for name, hint in hints.items() if _holds(hint, JsonObject)}
    return {name: "text" for name, hint in hints.items() if name not in _OURS and _holds(hint, str)} | objects


def _holds(hint: Any, wanted: Any) -> bool:
    return bool(hint == wanted) or any(_holds(part, wanted) for part in get_args(hint))
