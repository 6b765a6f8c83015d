"""`flowmap history` and `flowmap prune`: what batch runs have found, and forgetting it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flowmap.cli.boundary import guarded, say
from flowmap.cli.language import language, tell
from flowmap.errors import ConfigError
from flowmap.message import msg, nmsg

if TYPE_CHECKING:
    from flowmap.batch.ledger import Entry, Ledger

__all__ = ["history", "prune"]

_LEDGER = typer.Option(metavar="FILE", envvar="FLOWMAP_LEDGER", help=tell("The ledger. [default: DIR/ledger.sqlite]"))
_OUT = typer.Option(metavar="DIR", help=tell("What was --out of `flowmap batch`."))


def history(
    team: Annotated[str | None, typer.Argument(metavar="[TEAM]", help=tell("The team; without it, all are listed."))] = None,
    out: Annotated[str | None, _OUT] = None,
    ledger: Annotated[str | None, _LEDGER] = None,
    json: Annotated[str | None, typer.Option(metavar="FILE|-", help=tell("Write it as JSON."))] = None,
) -> None:
    """Show how a team's verdict, balance and migration speed went over time."""
    guarded(lambda: _history(team, _place(out, ledger), json))


def prune(
    keep: Annotated[str, typer.Option(metavar="90d", help=tell("Keep what is younger than this: days, h or m."))],
    out: Annotated[str, _OUT],
    ledger: Annotated[str | None, _LEDGER] = None,
    wait: Annotated[bool, typer.Option("--wait", help=tell("Wait while a batch run has the ledger."))] = False,
) -> None:
    """Forget old analyses whose captures are gone or changed since, with their reports."""
    guarded(lambda: _prune(keep, out, _place(out, ledger), wait))


def _place(out: str | None, ledger: str | None) -> str:
    if ledger is None and out is None:
        raise ConfigError(msg("name the ledger: --out DIR as in `flowmap batch`, or --ledger FILE"))
    return ledger or os.path.join(str(out), "ledger.sqlite")


def _history(team: str | None, place: str, json: str | None) -> int:
    from flowmap.batch.ledger import Ledger

    ledger = Ledger(place, create=False)
    try:
        entries = ledger.all_current() if team is None else ledger.of_team(team)
        if not entries and team is not None:
            raise _no_such(team, ledger)
    finally:
        ledger.close()
    if json is not None:
        from flowmap.report.json_ import plain_json

        plain_json(json, [_row(entry) for entry in entries])
    else:
        _show(entries)
    return 0


def _no_such(team: str, ledger: Ledger) -> ConfigError:
    import difflib

    near = difflib.get_close_matches(team, ledger.teams(), n=1)
    if near:
        return ConfigError(msg("no team {team} is in the ledger: did you mean {near}?", team=team, near=near[0]))
    return ConfigError(msg("no team {team} is in the ledger; `flowmap history` without a name lists them", team=team))


def _row(entry: Entry) -> dict[str, Any]:
    outcome = entry.outcome
    return {
        "team": entry.team, "run": entry.run, "current": entry.current, "started_ns": entry.started_ns,
        "finished_ns": entry.finished_ns, "verdict": outcome.verdict, "pinned": outcome.pinned, "spread": outcome.spread,
        "exit_code": outcome.exit_code, "balance_jain": outcome.jain, "members": outcome.members,
        "migration_bps": outcome.migration_bps,
        "packets": outcome.packets, "wire_bytes": outcome.wire_bytes, "streams": outcome.streams,
        "findings": list(outcome.findings), "summary": outcome.summary, "error": outcome.error, "reports": entry.folder,
    }  # fmt: skip


def _show(entries: list[Entry]) -> None:
    from flowmap.cli.values import terminal_width, wants_color
    from flowmap.report.canvas import Canvas
    from flowmap.report.files import write_for_terminal

    canvas = Canvas(terminal_width(), wants_color(), language())
    header, rows = _columns(entries, claims=True)
    if canvas.room(header, rows) > canvas.width:
        header, rows = _columns(entries, claims=False)
    canvas.table(header, rows, right=(len(header) - 2, len(header) - 1), fold=range(1, header.index(msg("verdict"))))
    write_for_terminal("-", canvas.text())


def _columns(entries: list[Entry], *, claims: bool) -> tuple[list[str], list[list[str]]]:
    """Head and rows of the table, with what each claim came to where there is room for it."""
    from flowmap.report.words import bits, moment
    from flowmap.verdict.words import word

    runs = any(entry.run for entry in entries)
    rows: list[list[str]] = []
    for entry in entries:
        outcome = entry.outcome
        verdict = msg("failed") if outcome.error else word(outcome.verdict)
        each = [word(verdict) if verdict else "" for verdict in (outcome.pinned, outcome.spread)] if claims else []
        jain = "" if outcome.jain is None else msg("{jain:.2f}", jain=outcome.jain)
        speed = "" if outcome.migration_bps is None else bits(outcome.migration_bps)
        rows.append([moment(entry.finished_ns)[:16], entry.team, *([entry.run] if runs else []), verdict, *each, jain, speed])
    named = [msg("team"), *([msg("run")] if runs else [])]
    judged = [msg("verdict"), *(["pinned", "spread"] if claims else [])]
    return [msg("analysed"), *named, *judged, "Jain", msg("migration")], rows


def _prune(keep: str, out: str, place: str, wait: bool) -> int:
    import time

    from flowmap.batch.index import write_index
    from flowmap.batch.ledger import Ledger
    from flowmap.batch.lock import locked
    from flowmap.batch.prune import prune as forget
    from flowmap.cli.values import generated_at, parse_since

    before_ns = parse_since(keep, time.time_ns(), "--keep")
    ledger = Ledger(place, create=False)
    try:
        with locked(f"{place}.lock", wait=wait):
            pruned = forget(ledger, out, before_ns)
            if pruned.forgotten and os.path.isdir(out):
                write_index(ledger, out, language(), generated_at())
    finally:
        ledger.close()
    say(nmsg("{count} analysis forgotten", "{count} analyses forgotten", pruned.forgotten))
    if pruned.kept:
        say(nmsg("{count} old one kept: its captures are still there", "{count} old ones kept: their captures are still there",
                 pruned.kept))  # fmt: skip
    return 0
