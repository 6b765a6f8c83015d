"""`flowmap batch`: folders of captures in, reports and a ledger out; meant for cron and systemd timers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from flowmap.cli.boundary import guarded
from flowmap.cli.language import tell
from flowmap.kernels.parts import processors

if TYPE_CHECKING:
    from flowmap.batch.ledger import Ledger
    from flowmap.batch.model import TeamRun
    from flowmap.batch.run import Plan, Result
    from flowmap.cli.commands.batch.options import BatchOptions
    from flowmap.settings.config import Settings

__all__ = ["EPILOG", "batch"]

EPILOG = tell(
    "Exit codes: 0 nothing new, or all new verdicts pass; 1 a new one fails; 2 usage or configuration; 3 a new one is "
    "inconclusive, or a team or folder could not be read or holds nothing; 74 an output could not be written; 75 another "
    "run has the ledger, or the cluster cannot be used; "
    "128+n signal n."
)


def batch(
    folders: Annotated[
        list[str], typer.Argument(metavar="FOLDER...", help=tell("Folders or URLs to look for captures in."))
    ],
    out: Annotated[str, typer.Option(metavar="DIR", help=tell("Where reports, index and ledger go."))],
    ledger: Annotated[
        str | None, typer.Option(metavar="FILE", help=tell("The ledger. [default: DIR/ledger.sqlite]"))
    ] = None,
    layout: Annotated[
        str | None, typer.Option(metavar="FILE.toml", help=tell("Where captures lie, by patterns with placeholders."))
    ] = None,
    textfile: Annotated[
        str | None, typer.Option(metavar="FILE.prom", help=tell("Write metrics for node_exporter."))
    ] = None,
    webhook: Annotated[
        str | None, typer.Option(metavar="URL", envvar="FLOWMAP_WEBHOOK", help=tell("POST each change there as JSON."))
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(metavar="N", min=1, help=tell("Teams at once. [default: processors]"))
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="tcp://HOST:PORT", help=tell("Read captures on the workers of a Dask scheduler.")),
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="T", help=tell("Leave out teams unchanged since T, or for 7d, 12h, 30min."))
    ] = None,
    settle: Annotated[
        float, typer.Option(metavar="SECONDS", min=0, help=tell("Wait for captures changed within so many seconds."))
    ] = 10,
    time_limit: Annotated[float, typer.Option(metavar="SECONDS", min=0, help=tell("For each team; 0: none."))] = 3600,
    memory_limit: Annotated[str, typer.Option(metavar="SIZE", help=tell("For each team, such as 2G; 0: none."))] = "4G",
    fail_on: Annotated[
        str,
        typer.Option(
            metavar="warning|inconclusive|fail|never|new",
            help=tell("The mildest outcome that is an exit code; new: only what was not there before, also fail,new."),
        ),
    ] = "inconclusive",
    again: Annotated[
        list[str] | None,
        typer.Option(metavar="TEAM", help=tell("Analyze it again even if nothing changed. Repeatable.")),
    ] = None,
    json_log: Annotated[
        str | None, typer.Option(metavar="FILE|-", help=tell("Add a line of JSON for each change."))
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help=tell("Wait while another run has the ledger."))] = False,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help=tell("No summary line."))] = False,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help=tell("Say more on standard error."))] = False,
) -> None:
    """Analyze what is new or changed in folders of captures, and keep reports, an index and a ledger."""
    from flowmap.cli.commands.batch.options import BatchOptions

    given = {name: value for name, value in locals().items() if name != "BatchOptions"}
    options = BatchOptions(**given | {"again": again or []})
    guarded(lambda: _run(options), verbose=verbose)


def _run(options: BatchOptions) -> int:
    from flowmap.batch.captures.nothing import remember
    from flowmap.batch.ledger import Ledger
    from flowmap.batch.lock import locked
    from flowmap.batch.run import change_of, run_batch
    from flowmap.cli.commands.batch.events import Events, Stop, exit_code
    from flowmap.report.formats.files import make_folder

    options.check()
    plan = _plan(options)
    make_folder(options.out)
    stop = Stop()
    with locked(f"{options.ledger_path}.lock", wait=options.wait), stop.listening(), Events(options) as events:
        ledger = Ledger(options.ledger_path)
        first = not ledger.teams()
        try:
            events.post_again(change_of(entry, ledger) for entry in ledger.unposted())
            result = run_batch(plan, ledger, stop.wanted, events.tell)
            failed = _publish(options, plan, ledger, result)
            events.end(result, first=first)
            if not events.failed:
                ledger.tell_all()
                remember(result.standing, ledger)
            if not events.untold:
                ledger.post_all()
        finally:
            ledger.close()
    if result.ended is not None:
        raise result.ended
    return 128 + stop.number if stop.number else exit_code(result, options, failed=failed or events.failed)


def _plan(options: BatchOptions) -> Plan:
    import time

    from flowmap.batch.accept import accepted_file
    from flowmap.batch.captures.layout import read_layout
    from flowmap.batch.run import Plan
    from flowmap.batch.work import Limits
    from flowmap.cli.language import language
    from flowmap.cli.values import TeamSettings, generated_at, parse_since, parse_size

    jobs = options.jobs or processors()
    memory = parse_size(options.memory_limit, "--memory-limit")
    known = TeamSettings(accepted_file(options.ledger_path))

    def settings_of(team: TeamRun) -> Settings:
        settings = known.of(team.folders, team.settings, team.team)
        return settings if jobs == 1 else settings.model_copy(update={"jobs": 1})

    known.of((), {})  # what is wrong for all teams ends the run here
    return Plan(
        folders=options.folders,
        out=options.out,
        limits=Limits(jobs, options.time_limit or None, memory),
        settings_of=settings_of,
        made_at=generated_at(),
        language=language(),
        layouts=read_layout(options.layout) if options.layout else (),
        settle_s=options.settle,
        since_ns=None if options.since is None else parse_since(options.since, time.time_ns(), "--since"),
        scheduler=options.scheduler,
        again=options.again,
    )


def _publish(options: BatchOptions, plan: Plan, ledger: Ledger, result: Result) -> bool:
    """Write what others read. Gives whether some of it could not be written."""
    import time

    from flowmap.batch.output.index import write_index
    from flowmap.batch.output.textfile import Folders, write_textfile
    from flowmap.cli.boundary import say
    from flowmap.cli.values import generated_at
    from flowmap.errors import ReportError

    try:
        write_index(ledger, options.out, plan.language, generated_at())
        if options.textfile is not None:
            folders = Folders(len(result.waiting), len(result.complaints), len(result.empty))
            write_textfile(options.textfile, ledger.all_current(), time.time_ns(), folders)
    except ReportError as error:
        say(error.message)
        return True
    return any(change.unwritten or change.pageless for change in result.changes)
