"""`flowmap history` and `flowmap prune`: what batch runs have found, and forgetting it."""

from __future__ import annotations

import os
from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated

import typer

from flowmap.cli.boundary import OUTPUT, guarded, say
from flowmap.cli.language import language, tell
from flowmap.errors import ConfigError, ReportError
from flowmap.message import Message, msg, nmsg

if TYPE_CHECKING:
    from flowmap.batch.ledger import Entry, Ledger
    from flowmap.batch.prune import Pruned

__all__ = ["LEDGER", "OUT", "history", "no_such", "place", "prune"]

LEDGER = typer.Option(metavar="FILE", envvar="FLOWMAP_LEDGER", help=tell("The ledger. [default: DIR/ledger.sqlite]"))
OUT = typer.Option(metavar="DIR", help=tell("What was --out of `flowmap batch`."))


def history(
    team: Annotated[
        str | None, typer.Argument(metavar="[TEAM]", help=tell("The team; without it, all are listed."))
    ] = None,
    out: Annotated[str | None, OUT] = None,
    ledger: Annotated[str | None, LEDGER] = None,
    json: Annotated[str | None, typer.Option(metavar="FILE|-", help=tell("Write it as JSON."))] = None,
    csv: Annotated[str | None, typer.Option(metavar="FILE|-", help=tell("Write it as CSV."))] = None,
) -> None:
    """Show how a team's verdict, balance and migration speed went over time."""
    guarded(lambda: _history(team, place(out, ledger), json, csv))


def prune(
    keep: Annotated[
        str, typer.Option(metavar="90d", help=tell("Keep what is younger than this, such as 90d, 12h, 30min or 6mo."))
    ],
    out: Annotated[str, OUT],
    ledger: Annotated[str | None, LEDGER] = None,
    wait: Annotated[bool, typer.Option("--wait", help=tell("Wait while a batch run has the ledger."))] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=tell("Show what would go, and change nothing."))] = False,
) -> None:
    """Delete old analyses whose captures are gone or have changed, with their reports."""
    guarded(lambda: _prune(keep, out, place(out, ledger), wait, dry_run))


def place(out: str | None, ledger: str | None) -> str:
    """Return the path of the ledger that is meant. Raises ConfigError where none is named."""
    if ledger is None and out is None:
        raise ConfigError(msg("name the ledger: --out DIR as in `flowmap batch`, or --ledger FILE"))
    return ledger or os.path.join(str(out), "ledger.sqlite")


def _history(team: str | None, place: str, json: str | None, csv: str | None) -> int:
    from flowmap.batch.ledger import Ledger

    ledger = Ledger(place, create=False, read_only=True)
    try:
        entries = ledger.all_current() if team is None else ledger.of_team(team)
        if not entries and team is not None:
            raise no_such(team, ledger)
    finally:
        ledger.close()
    if json is not None or csv is not None:
        _write(entries, json, csv)
    else:
        _show(entries, of_all=team is None)
    return 0


def _write(entries: list[Entry], json: str | None, csv: str | None) -> None:
    from flowmap.cli.commands.batch.history_table import csv_text, row
    from flowmap.report.formats.files import write_text
    from flowmap.report.formats.json_ import plain_json

    if json == csv:
        raise ConfigError(msg("--json and --csv: name two files"))
    if json is not None:
        plain_json(json, [row(entry) for entry in entries])
    if csv is not None:
        write_text(csv, csv_text(entries))


def no_such(team: str, ledger: Ledger) -> ConfigError:
    """Return the error for a team that is not in the ledger, with the nearest name."""
    import difflib

    near = difflib.get_close_matches(team, ledger.teams(), n=1)
    if near:
        return ConfigError(msg("no team {team} is in the ledger: did you mean {near}?", team=team, near=near[0]))
    return ConfigError(msg("no team {team} is in the ledger; `flowmap history` without a name lists them", team=team))


def _show(entries: list[Entry], *, of_all: bool) -> None:
    from flowmap.cli.commands.batch.history_table import columns, trend
    from flowmap.cli.values import terminal_width, wants_color
    from flowmap.report.formats.canvas import Canvas
    from flowmap.report.formats.files import write_for_terminal

    canvas = Canvas(terminal_width(), wants_color(), language())
    header, rows = columns(entries, wide=True)
    if canvas.room(header, rows) > canvas.width:
        header, rows = columns(entries, wide=False)
    names = range(header.index(msg("team")), header.index(msg("verdict")))
    canvas.table(header, rows, right=(len(header) - 2, len(header) - 1), fold=names)
    for line in [] if of_all else trend(entries):
        canvas.line(line, indent=2)
    write_for_terminal("-", canvas.text())


def _prune(keep: str, out: str, place: str, wait: bool, dry_run: bool) -> int:
    import time

    from flowmap.batch.ledger import Ledger
    from flowmap.batch.lock import locked
    from flowmap.batch.output.index import write_index
    from flowmap.batch.prune import prune as forget
    from flowmap.cli.values import generated_at, parse_since

    before_ns = parse_since(keep, time.time_ns(), "--keep")
    ledger, left = Ledger(place, create=False, read_only=dry_run), list[Message]()
    try:
        with nullcontext() if dry_run else locked(f"{place}.lock", wait=wait):
            pruned = forget(ledger, out, before_ns, dry_run=dry_run)
            if pruned.forgotten and not dry_run and os.path.isdir(out):
                write_index(ledger, out, language(), generated_at())
    except ReportError as error:  # what is forgotten is told all the same
        left.append(error.message)
    finally:
        ledger.close()
    left += pruned.left
    for told in left:
        say(told)
    if dry_run:
        _show_pruned(pruned)
        say(
            nmsg(
                "{count} analysis would be deleted; nothing was changed",
                "{count} analyses would be deleted; nothing was changed",
                len(pruned.forgotten),
            )
        )
    else:
        say(nmsg("{count} analysis deleted", "{count} analyses deleted", len(pruned.forgotten)))
    if pruned.kept:
        say(
            nmsg(
                "{count} old one kept: its captures are still there",
                "{count} old ones kept: their captures are still there",
                pruned.kept,
            )
        )
    return OUTPUT if left else 0


def _show_pruned(pruned: Pruned) -> None:
    """Print a line an analysis, then a line a file."""
    from flowmap.document.quantities import moment, plain
    from flowmap.report.formats.files import write_for_terminal

    lines = [f"{moment(one.finished_ns)[:16]}  {one.team} {one.run}".rstrip() for one in pruned.forgotten]
    write_for_terminal("-", "".join(f"{plain(line)}\n" for line in [*lines, *pruned.files]))
