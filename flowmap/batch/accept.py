"""The file that `flowmap batch accept` writes, beside the ledger: `[[accept]]` tables as in flowmap.toml, to read and edit.

A table is added at the end and the file replaced whole, so that a run that reads it meanwhile sees the old or the new one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from flowmap.batch.lock import locked
from flowmap.errors import ConfigError
from flowmap.message import msg
from flowmap.report.formats.files import make_folder, write_text
from flowmap.settings.acceptance import Acceptance, lasting
from flowmap.settings.layers import file_layer
from flowmap.settings.regular import MOST_BYTES, read_small

__all__ = ["accepted_file", "add", "of_report"]

_NAME = "accepted.toml"
_HEAD = "# Accepted findings, written by `flowmap batch accept`; take a table out to have its finding told again.\n"


def accepted_file(ledger: str) -> Path:
    """Return where acceptances of a ledger's teams are."""
    return Path(ledger).with_name(_NAME)


def of_report(report: Mapping[str, Any], code: str, team: str, why: Mapping[str, Any]) -> list[Acceptance]:
    """Return an acceptance for each finding or notice of a code in a report, for what it is about today and rests on today.

    Raises ConfigError where the report has none: what is not there cannot be known.
    """
    found: dict[str, Acceptance] = {}
    for finding in report.get("findings", ()):
        if finding["code"] == code:
            subject = lasting(finding["subject"])
            evidence = json.dumps(finding["evidence"], sort_keys=True)
            found.setdefault(
                json.dumps(subject, sort_keys=True),
                Acceptance(code=code, team=team, subject=subject, evidence=evidence, **why),
            )
    for notice in report.get("notices", ()):
        if notice["code"] == code:
            subject = lasting({"member": notice["member"]})
            found.setdefault(
                json.dumps(subject, sort_keys=True), Acceptance(code=code, team=team, subject=subject, **why)
            )
    if not found:
        there = sorted({one["code"] for name in ("findings", "notices") for one in report.get(name, ())})
        raise ConfigError(
            msg(
                "{team}: its latest report has no {code}; it has {codes}",
                team=team,
                code=code,
                codes=", ".join(there) or "-",
            )
        )
    return list(found.values())


def add(path: Path, accepted: Sequence[Acceptance]) -> None:
    """Add acceptances to the file. Raises ConfigError where it holds something else, ReportError."""
    make_folder(str(path.parent))
    with locked(f"{path}.lock", wait=True):
        file_layer(path)  # a file that no run can read is not added to
        try:
            text = read_small(path).decode("utf-8-sig")
        except FileNotFoundError:
            text = _HEAD
        text += "".join(f"\n{_table(one)}" for one in accepted)
        if len(text.encode()) > MOST_BYTES:  # no run could read it
            raise ConfigError(
                msg(
                    "{path}: would be larger than {most} bytes; take out what is no longer needed",
                    path=path,
                    most=MOST_BYTES,
                )
            )
        write_text(str(path), text)


def _table(one: Acceptance) -> str:
    values = one.model_dump(exclude={"ended"}, exclude_none=True, exclude_defaults=True)
    return "[[accept]]\n" + "".join(f"{name} = {_toml(value)}\n" for name, value in values.items())


def _toml(value: Any) -> str:
    """Return a value as TOML has it; text as JSON has it, which is TOML too but for one character."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_toml(str(name))} = {_toml(part)}" for name, part in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, str):
        text = value.encode("utf-8", "backslashreplace").decode("utf-8")
        return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
    return json.dumps(value)
