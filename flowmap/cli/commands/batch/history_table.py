"""What `flowmap history` shows of the ledger: a row for each analysis as a table, JSON or CSV, and where a team is going."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Any

from flowmap.batch.known import verdict_of
from flowmap.batch.ledger import Entry
from flowmap.batch.model import Outcome
from flowmap.message import Message, msg

__all__ = ["columns", "csv_text", "row", "trend"]

_LEAST = 4
"""With fewer runs the first and the last half are no halves."""
_NOTHING = Entry(0, "", "", "", "", 0, 0, Outcome(), False)
"""Its row names the columns, also of a history without an analysis."""


def row(entry: Entry) -> dict[str, Any]:
    """Return an analysis as JSON has it. `verdict` is "error" where there is none on the team: `error` says why."""
    outcome = entry.outcome
    return {
        "team": entry.team,
        "run": entry.run,
        "current": entry.current,
        "captured_ns": entry.captured_ns or None,
        "started_ns": entry.started_ns,
        "finished_ns": entry.finished_ns,
        "verdict": verdict_of(outcome),
        "pinned": outcome.pinned,
        "spread": outcome.spread,
        "exit_code": outcome.exit_code,
        "balance_jain": outcome.jain,
        "members": outcome.members,
        "migration_bps": outcome.migration_bps,
        "imbalance_s": outcome.imbalance_s,
        "packets": outcome.packets,
        "wire_bytes": outcome.wire_bytes,
        "streams": outcome.streams,
        "findings": list(outcome.findings),
        "accepted": list(outcome.accepted),
        "summary": outcome.summary,
        "error": outcome.error,
        "reports": entry.folder,
    }


def csv_text(entries: Sequence[Entry]) -> str:
    """Return the rows as CSV: times in UTC, what is not known empty, no name a formula of a spreadsheet."""
    from flowmap.report.formats.flows import csv_cell

    names = list(row(_NOTHING))
    lines = [",".join(name.removesuffix("_ns") for name in names)]
    for entry in entries:
        lines.append(
            ",".join(_csv_value(value, csv_cell) for value in map(_utc, *zip(*row(entry).items(), strict=True)))
        )
    return "".join(f"{line}\n" for line in lines)


def columns(entries: Sequence[Entry], *, wide: bool) -> tuple[list[str], list[list[str]]]:
    """Return head and rows of the table; `wide`: with what each claim came to, and when it was analyzed."""
    from flowmap.document.quantities import bits, moment
    from flowmap.words import word

    runs = any(entry.run for entry in entries)
    rows: list[list[str]] = []
    for entry in entries:
        outcome = entry.outcome
        verdict = msg("error") if outcome.error else word(outcome.verdict)
        if outcome.settled:
            verdict = msg("{verdict}, accepted", verdict=verdict)
        claims = [word(one) if one else "" for one in (outcome.pinned, outcome.spread)] if wide else []
        jain = "" if outcome.jain is None else msg("{jain:.2f}", jain=outcome.jain)
        speed = "" if outcome.migration_bps is None else bits(outcome.migration_bps)
        times = [
            moment(entry.captured_ns or entry.finished_ns)[:16],
            *([moment(entry.finished_ns)[:16]] if wide else []),
        ]
        rows.append([*times, entry.team, *([entry.run] if runs else []), verdict, *claims, jain, speed])
    named = [msg("team"), *([msg("run")] if runs else [])]
    judged = [msg("verdict"), *(["pinned", "spread"] if wide else [])]
    return [msg("captured"), *([msg("analyzed")] if wide else []), *named, *judged, "Jain", msg("migration")], rows


def trend(entries: Sequence[Entry]) -> list[Message]:
    """Return where balance and speed of one team went: the middle of the earlier half of its runs, and of the later one."""
    from flowmap.document.quantities import bits

    current = [entry.outcome for entry in entries if entry.current and not entry.outcome.error]
    told: list[Message] = []
    if halves := _halves([one.jain for one in current if one.jain is not None]):
        told.append(
            msg(
                "Balance (Jain): {before:.2f} in the earlier half of its runs, {after:.2f} in the later half.",
                before=halves[0],
                after=halves[1],
            )
        )
    if halves := _halves([one.migration_bps for one in current if one.migration_bps is not None]):
        told.append(
            msg(
                "Migrations: {before} in the earlier half of its runs, {after} in the later half.",
                before=bits(round(halves[0])),
                after=bits(round(halves[1])),
            )
        )
    full = [one.imbalance_s for one in current if one.imbalance_s]
    if full:
        told.append(
            msg(
                "In {count} of {runs} runs a member was full while others idled, {seconds:.0f} seconds in all.",
                count=len(full),
                runs=len(current),
                seconds=sum(full),
            )
        )
    return told


def _halves(values: Sequence[float]) -> tuple[float, float] | None:
    half = len(values) // 2
    return (median(values[:half]), median(values[-half:])) if len(values) >= _LEAST else None


def _utc(name: str, value: Any) -> Any:
    """Return a time as ISO 8601 in UTC, nanoseconds included, which spreadsheets read; other values as they are."""
    if not name.endswith("_ns") or value is None:
        return value
    from datetime import UTC, datetime, timedelta

    try:
        whole = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=value // 10**9)
    except OverflowError:
        return value
    return f"{whole:%Y-%m-%dT%H:%M:%S}.{value % 10**9:09}Z"


def _csv_value(value: Any, cell: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return str(cell(" ".join(map(str, value))))
    return str(cell(value)) if isinstance(value, str) else str(value)
