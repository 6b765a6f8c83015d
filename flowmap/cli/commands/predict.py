"""`flowmap predict`: what a policy would make of the streams that were seen, on so many members."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from flowmap.cli.boundary import guarded, say
from flowmap.cli.completion import policies_like
from flowmap.cli.help import Command
from flowmap.cli.language import language, tell
from flowmap.errors import ConfigError
from flowmap.message import msg

if TYPE_CHECKING:
    from flowmap.team.hashes.chooser import Chooser
    from flowmap.tools.predict.loads import Streamed
    from flowmap.tools.predict.text import Prediction

__all__ = ["PredictCommand", "predict"]

_SEVERAL = ("--policy", "--members")
_MOST_MEMBERS = 64
_MEMBERS = 2
"""Of a list of header fields, which tells no team: the smallest one."""


class PredictCommand(Command):
    """Takes several values behind one --policy or --members: what looks like one goes on with it."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        return super().parse_args(ctx, _expanded(args))


def _expanded(args: list[str]) -> list[str]:
    """Return the arguments with each option of several values repeated before each of its values.

    >>> _expanded(["list.csv", "--members", "2", "3", "--policy", "layer2", "layer3+4"])
    ['list.csv', '--members', '2', '--members', '3', '--policy', 'layer2', '--policy', 'layer3+4']
    """
    told: list[str] = []
    option, taken = None, 0
    for arg in args:
        if option is not None and not arg.startswith("-") and (not taken or _goes_on(option, arg)):
            told += [option, arg]
            taken += 1
        else:
            option, taken = (arg, 0) if arg in _SEVERAL else (None, 0)
            told += [] if option else [arg]
    return told + ([option] if option and not taken else [])


def _goes_on(option: str, arg: str) -> bool:
    if option == "--members":
        return re.fullmatch(r"\d+(,\d+)*", arg) is not None
    import os

    return not os.path.exists(arg) and not re.search(
        r"\.(\w*cap\w*|json\w*|csv|gz|zst|lz4|xz|bz2)$", arg, re.IGNORECASE
    )


def predict(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help=tell("A capture, a report, or header fields as CSV or JSON lines."))
    ],
    policy: Annotated[
        list[str] | None,
        typer.Option(
            metavar="P...",
            autocompletion=policies_like,
            help=tell("Policy, algorithm, mode or hash key. Repeatable. [default: every known policy]"),
        ),
    ] = None,
    members: Annotated[
        list[str] | None,
        typer.Option(metavar="N...", help=tell("How many members. Repeatable. [default: as captured, else 2]")),
    ] = None,
    variant: Annotated[
        str | None, typer.Option(metavar="V", help=tell("Kernel version or variant of the policies. [default: newest]"))
    ] = None,
    rows: Annotated[
        str | None,
        typer.Option(metavar="OUT.csv|.jsonl|-", help=tell("Write every row with its member, and no summary.")),
    ] = None,
    speed: Annotated[
        str | None, typer.Option(metavar="10G", help=tell("Speed of a member. [default: as captured]"))
    ] = None,
    json: Annotated[str | None, typer.Option(metavar="FILE|-", help=tell("Write the summary as JSON."))] = None,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help=tell("Say more on standard error."))] = False,
) -> None:
    """Predict on which member each stream would land, for each policy and each number of members.

    Exit codes: 0; 2 usage, an unknown policy, or a list with a bad value; 4 no usable capture; 74 an output could not be
    written.
    """
    outputs = {"--rows": rows, "--json": json}
    asked = _Asked(file, policy or [], members or [], variant, speed)
    guarded(lambda: _run(asked, outputs), verbose=verbose)


class _Asked(NamedTuple):
    file: str
    policies: list[str]
    members: list[str]
    variant: str | None
    speed: str | None


def _run(asked: _Asked, outputs: dict[str, str | None]) -> int:
    from flowmap.cli.outputs import refuse_overwriting
    from flowmap.cli.progress import ProgressBar
    from flowmap.cli.values import load, terminal_width, wants_color
    from flowmap.report.formats.files import write_for_terminal
    from flowmap.report.formats.json_ import plain_json
    from flowmap.team.hashes.chooser import find_chooser
    from flowmap.team.hashes.policy import POLICIES
    from flowmap.tools.predict.loads import read_loads
    from flowmap.tools.predict.rows import rows_format, write_rows
    from flowmap.tools.predict.text import prediction_values, render_prediction

    file, policies, members, variant, speed = asked
    choosers = [find_chooser(name, variant) for name in dict.fromkeys(_split(policies or list(POLICIES)))]
    counts = _counts(members)
    if outputs["--rows"] is not None:
        rows_format(outputs["--rows"])
    if all(path is not None for path in outputs.values()) and outputs["--rows"] == outputs["--json"]:
        raise ConfigError(msg("{taken} and {option} go to the same place", taken="--rows", option="--json"))
    for option, path in outputs.items():
        if path is not None:
            refuse_overwriting(option, path, [file])
    settings = load({"speed": None if speed is None else [speed]}).settings
    with ProgressBar(enabled=True) as progress:
        found = read_loads(file, settings, progress, say)
    counts = counts or [found.members or _MEMBERS]
    if outputs["--rows"] is not None:
        write_rows(outputs["--rows"], found.rows, choosers, counts)
        for remark in found.remarks:
            say(remark)
    if outputs["--json"] is None and outputs["--rows"] is not None:
        return 0
    told = _told(asked, found, choosers, counts, settings.default_speed)
    if outputs["--json"] is not None:
        plain_json(outputs["--json"], prediction_values(told))
    if "-" not in outputs.values() and outputs["--rows"] is None:
        write_for_terminal("-", render_prediction(told, terminal_width(), wants_color(), language()))
    return 0


def _told(asked: _Asked, found: Streamed, choosers: list[Chooser], counts: list[int], speed: int | None) -> Prediction:
    """Return forecast each chooser with each number of members, and find the cheapest change to each."""
    from flowmap.tools.predict.remedy import cheapest_change
    from flowmap.tools.predict.text import Prediction
    from flowmap.verdict.mode.forecast import forecast

    speed = speed or found.speed_bps
    forecasts = [forecast(chooser, n, found.counted, speed) for chooser in choosers for n in counts]
    known = [one.wire_bytes for one in found.counted if one.wire_bytes is not None]
    return Prediction(
        asked.file,
        found.direction,
        len(found.counted),
        len({one.host for one in found.counted if one.host}),
        sum(known) if known else None,
        speed,
        found.remarks,
        [(one, cheapest_change(one, found.counted, asked.variant)) for one in forecasts],
    )


def _split(values: list[str]) -> list[str]:
    return [part for value in values for part in re.split(r",(?=\s*[A-Za-z])", value) if part.strip()]


def _counts(values: list[str]) -> list[int]:
    counts = []
    for part in (part for value in values for part in value.split(",")):
        if not part.strip().isdecimal() or not 1 <= int(part) <= _MOST_MEMBERS:
            raise ConfigError(msg("--members {text}: give numbers from 1 to {most}", text=part, most=_MOST_MEMBERS))
        counts.append(int(part))
    return list(dict.fromkeys(counts))
