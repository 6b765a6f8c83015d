"""`flowmap extract`: one stream from all members, for Wireshark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from flowmap.cli.anonymize import KeyFile, anonymizer
from flowmap.cli.boundary import INCONCLUSIVE, NO_INPUT, guarded, say
from flowmap.cli.language import said, tell
from flowmap.errors import ConfigError
from flowmap.message import aside, glue, msg

if TYPE_CHECKING:
    from flowmap.tools.extract.extract import Extraction

__all__ = ["extract"]


def extract(
    paths: Annotated[
        list[str],
        typer.Argument(metavar="REPORT.json|[NAME=]PATH...", help=tell("A report, or captures as for analyze.")),
    ],
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="OUT.pcapng", help=tell("Where to write, - for stdout."))
    ],
    stream: Annotated[
        list[int] | None, typer.Option(metavar="N", help=tell("The stream's number in the report. Repeatable."))
    ] = None,
    finding: Annotated[
        str | None, typer.Option(metavar="CODE", help=tell("The streams that findings of this code are about."))
    ] = None,
    from_: Annotated[
        str | None, typer.Option("--from", metavar="T", help=tell("As for analyze: it decides the streams' numbers."))
    ] = None,
    to: Annotated[str | None, typer.Option("--to", metavar="T", help=tell("As for analyze."))] = None,
    anonymize: KeyFile = None,
    jobs: Annotated[
        int | None, typer.Option(metavar="N", help=tell("Captures read at once. [default: processors]"))
    ] = None,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help=tell("No text and no progress bar."))] = False,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help=tell("Say more on standard error."))] = False,
) -> None:
    """Write one stream, both directions, from all members into one pcapng with an interface per member.

    Exit codes: 0; 2 usage, or no such stream; 3 written, but some input is missing, unreadable or damaged; 4 no usable
    input, or not the captures that the report was made of; 74 it could not be written.
    """
    times = {"from": from_, "to": to}
    asked = _Asked(paths, output, stream or [], finding, anonymize)
    guarded(lambda: _run(asked, times, jobs, quiet), verbose=verbose)


class _Asked(NamedTuple):
    paths: list[str]
    output: str
    streams: list[int]
    finding: str | None
    keyfile: str | None


def _run(asked: _Asked, times: dict[str, str | None], jobs: int | None, quiet: bool) -> int:
    from flowmap.cli.outputs import refuse_overwriting
    from flowmap.cli.progress import ProgressBar
    from flowmap.cli.values import load, parse_time
    from flowmap.tools.extract.extract import Order, extract
    from flowmap.tools.from_report import read_report

    paths, output, streams, finding, keyfile = asked
    if bool(streams) == (finding is not None):
        raise ConfigError(msg("give --stream N, or --finding CODE"))
    hide = anonymizer(keyfile, paths)
    flags: dict[str, Any] = {"jobs": jobs}
    for option, text in times.items():
        if text is not None:
            flags[f"{option}_ns"] = parse_time(text, f"--{option}")
    settings = load(flags).settings
    if len(flags) > 1 and read_report(paths) is not None:
        raise ConfigError(msg("--from and --to are those of the report"))
    refuse_overwriting("-o", output, [*paths, *filter(None, [keyfile])])
    with ProgressBar(enabled=not quiet) as progress:
        result = extract(Order(paths, output, streams, finding), settings, progress, say, hide)
    for message in result.messages:
        say(message)
    if not result.readable:
        return NO_INPUT
    if not quiet and output != "-":
        _tell(output if hide is None else hide.name(output), result)
    return INCONCLUSIVE if result.incomplete else 0


def _tell(output: str, result: Extraction) -> None:
    from flowmap.document.quantities import count, plain
    from flowmap.report.formats.files import write_for_terminal

    members = ", ".join(f"{plain(name)} {packets}" for name, packets in result.packets.items())
    lines = [msg("stream {number}: {ends}", number=number, ends=ends) for number, ends in result.streams]
    written = count("{number} packet", "{number} packets", sum(result.packets.values()))
    lines.append(glue(plain(output), glue(written, aside(members), between=""), between=": "))
    write_for_terminal("-", "\n".join(map(said, lines)) + "\n")
