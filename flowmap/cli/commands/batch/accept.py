"""`flowmap batch accept`: a finding of a team's latest run is known, for a reason, perhaps until a day."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flowmap.cli.boundary import guarded, say
from flowmap.cli.commands.batch.history import LEDGER, OUT, no_such, place
from flowmap.cli.language import tell
from flowmap.errors import ConfigError
from flowmap.message import msg, nmsg

if TYPE_CHECKING:
    from datetime import date

    from flowmap.batch.ledger import Entry

__all__ = ["accept"]


def accept(
    team: Annotated[str, typer.Argument(metavar="TEAM", help=tell("The team, as `flowmap history` has it."))],
    code: Annotated[
        str, typer.Argument(metavar="CODE", help=tell("Code of a finding or notice of its latest report."))
    ],
    reason: Annotated[str, typer.Option(metavar="TEXT", help=tell("Why it is lived with; reports show it."))],
    until: Annotated[str | None, typer.Option(metavar="DATE", help=tell("Its last day, such as 2027-05-31."))] = None,
    by: Annotated[str | None, typer.Option(metavar="NAME", help=tell("Who accepts it. [default: this user]"))] = None,
    out: Annotated[str | None, OUT] = None,
    ledger: Annotated[str | None, LEDGER] = None,
) -> None:
    """Accept a finding of a team's latest run: reports show it with the reason, and batch wakes nobody for it."""
    guarded(lambda: _accept(team, code, {"reason": reason, "by": by or _user(), "until": _day(until)}, out, ledger))


def _accept(team: str, code: str, why: dict[str, Any], out: str | None, ledger: str | None) -> int:
    from flowmap.batch.accept import accepted_file, add, of_report
    from flowmap.batch.ledger import Ledger

    where = place(out, ledger)
    known = Ledger(where, create=False, read_only=True)
    try:
        entries = [entry for entry in known.of_team(team) if entry.current]
        if not entries:
            raise no_such(team, known)
    finally:
        known.close()
    if not why["reason"].strip():
        raise ConfigError(msg("--reason: say why, in a few words"))
    code = code.upper() if code[:2].lower() == "fm" else code
    accepted = of_report(_report(out or os.path.dirname(where), entries[-1]), code, team, why)
    add(accepted_file(where), accepted)
    say(
        nmsg(
            "{team}: {code} is accepted ({path}); the next run analyzes the team again",
            "{team}: {code} is accepted, {count} findings ({path}); the next run analyzes the team again",
            len(accepted),
            team=team,
            code=code,
            path=accepted_file(where),
        )
    )
    return 0


def _report(out: str, entry: Entry) -> dict[str, Any]:
    import json

    path = os.path.join(out, *entry.folder.split("/"), "report.json")
    try:
        with open(path, encoding="utf-8") as file:
            report = json.load(file)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(
            msg("{path}: the latest report cannot be read: {reason}", path=path, reason=reason)
        ) from error
    return report if isinstance(report, dict) else {}


def _day(text: str | None) -> date | None:
    from datetime import date, datetime

    from flowmap.cli.values import generated_at

    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(msg("--until {text!r}: write a day like 2027-05-31", text=text)) from error
    if day < datetime.fromisoformat(generated_at()).astimezone().date():
        raise ConfigError(msg("--until {text!r}: that day is over", text=text))
    return day


def _user() -> str | None:
    """Return the name of who runs this, where the system knows one."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return None
