"""The index page over all runs, made of what the ledger has."""

from __future__ import annotations

import os

from flowmap.batch.ledger import Ledger
from flowmap.batch.output.places import INDEX
from flowmap.report.formats.files import sweep, write_text

__all__ = ["write_index"]

_STATE = "index"


def write_index(ledger: Ledger, out: str, language: str, made_at: str) -> None:
    """Write `index.html` if the ledger changed since, or it is gone. Raises ReportError."""
    from flowmap.report.formats.html.index import render_index
    from flowmap.report.sections.history import Run

    path = os.path.join(out, INDEX)
    state = f"{language} {ledger.revision()}"
    if ledger.state(_STATE) == state and os.path.isfile(path):
        return
    sweep(path)
    history: dict[str, list[Run]] = {}
    for entry in ledger.everything():
        outcome = entry.outcome
        run = Run(
            entry.team,
            entry.run,
            entry.finished_ns,
            "failed" if outcome.error else outcome.verdict,
            outcome.pinned,
            outcome.spread,
            outcome.jain,
            outcome.migration_bps,
            outcome.error or outcome.summary,
            outcome.findings,
            entry.folder,
            outcome.members,
            entry.current,
            outcome.accepted,
            outcome.changed,
            outcome.ended,
            outcome.settled,
            outcome.imbalance_s,
        )
        history.setdefault(entry.team, []).append(run)
    write_text(path, render_index(history, language, made_at))
    ledger.remember(_STATE, state)
