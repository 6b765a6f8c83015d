"""`flowmap capture`: records all members of a team at once, into a folder that `analyze` takes whole."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from flowmap.cli.boundary import INCONCLUSIVE, guarded, say
from flowmap.cli.completion import among
from flowmap.cli.language import said, tell
from flowmap.errors import ConfigError
from flowmap.message import Message, listed, msg

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flowmap.tools.capture.find import Found
    from flowmap.tools.capture.manifest import Manifest
    from flowmap.tools.capture.plan import Plan
    from flowmap.tools.capture.watch import MemberSeen

__all__ = ["capture"]

_SCRIPTS = ("windows", "esxi", "switch")


def capture(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="TEAM|NIC...", help=tell("A team, or all of its NICs."))
    ] = None,
    output: Annotated[
        str | None, typer.Option("-o", "--output", metavar="DIR", help=tell("A new folder for it."))
    ] = None,
    duration: Annotated[
        str, typer.Option(metavar="2m", help=tell("How long, such as 90s, 2m or 1h; 0: until Ctrl-C."))
    ] = "2m",
    snaplen: Annotated[int, typer.Option(metavar="BYTES", min=64, max=262144, help=tell("Kept of each packet."))] = 128,
    ring: Annotated[
        str, typer.Option(metavar="SIZE", help=tell("Of all files; beyond it the oldest packets go."))
    ] = "4G",
    dry_run: Annotated[bool, typer.Option("--dry-run", help=tell("Print the commands, and record nothing."))] = False,
    script: Annotated[
        str | None,
        typer.Option(
            metavar="windows|esxi|switch",
            autocompletion=among(*_SCRIPTS),
            help=tell("Print a script that records there, to hand to its owner."),
        ),
    ] = None,
    quiet: Annotated[
        bool, typer.Option("-q", "--quiet", help=tell("No line for each member while it records."))
    ] = False,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help=tell("Say more on standard error."))] = False,
) -> None:
    """Record every member of a team at once, with what the host says of it, into one folder for `flowmap analyze DIR`.

    Exit codes: 0 worth sending; 2 usage, a missing program or right; 3 recorded, but not worth sending: it says why;
    74 no room, or it could not be written.
    """
    if script is not None:
        guarded(lambda: _print_script(script), verbose=verbose)
    guarded(lambda: _run(names or [], output, (duration, snaplen, ring), dry_run, quiet), verbose=verbose)


def _print_script(name: str) -> int:
    from importlib import resources

    from flowmap.report.formats.files import write_for_terminal

    if name not in _SCRIPTS:
        raise ConfigError(msg("--script {name}: it is one of {known}", name=name, known=", ".join(_SCRIPTS)))
    file = {"windows": "windows.ps1", "esxi": "esxi.sh", "switch": "switch.txt"}[name]
    write_for_terminal("-", (resources.files("flowmap.tools.capture") / "scripts" / file).read_text(encoding="utf-8"))
    return 0


def _run(names: list[str], output: str | None, how: tuple[str, int, str], dry_run: bool, quiet: bool) -> int:
    from pathlib import Path

    from flowmap.report.formats.files import make_folder
    from flowmap.tools.capture.check import check_disk, check_folder, check_rights, find_program
    from flowmap.tools.capture.find import find
    from flowmap.tools.capture.programs import output_of

    if not names or (output is None and not dry_run):
        raise ConfigError(msg("name the team or its NICs, and a new folder: flowmap capture TEAM -o DIR"))
    found = find(names, Path("/sys/class/net"), output_of)
    plan = _plan(found, output or "DIR", how, "dumpcap" if dry_run else find_program())
    if dry_run:
        _print_commands(plan)
        return 0
    check_folder(plan.folder)
    check_rights(plan.program, plan.members)
    make_folder(plan.folder)
    check_disk(plan)
    say(
        msg(
            "recording {members} into {folder}; Ctrl-C ends it well",
            members=listed(list(plan.members)),
            folder=plan.folder,
        )
    )
    return _judge(*_record(found, plan, quiet), plan)


def _plan(found: Found, folder: str, how: tuple[str, int, str], program: str) -> Plan:
    from flowmap.cli.values import parse_size
    from flowmap.tools.capture.plan import Plan

    duration, snaplen, ring = how
    size = parse_size(ring, "--ring")
    if size is None or size < 16 << 20:
        raise ConfigError(msg("--ring {text!r}: at least 16M", text=ring))
    return Plan(found.members, folder, program, snaplen, size, _seconds(duration))


def _seconds(text: str) -> float | None:
    import re

    match = re.fullmatch(r"(\d{1,6})(s|m|min|h)?", text.strip())
    if match is None:
        raise ConfigError(msg("--duration {text!r}: write 90s, 2m or 1h, or 0 for until Ctrl-C", text=text))
    return int(match[1]) * {"s": 1, "m": 60, "min": 60, "h": 3600}[match[2] or "s"] or None


def _print_commands(plan: Plan) -> None:
    import shlex

    from flowmap.report.formats.files import write_for_terminal
    from flowmap.tools.capture.plan import commands

    lines = [f"mkdir {shlex.quote(plan.folder)}", *(shlex.join(command) for command in commands(plan))]
    write_for_terminal("-", "".join(f"{line}\n" for line in lines))


def _record(found: Found, plan: Plan, quiet: bool) -> tuple[Manifest, Mapping[str, MemberSeen]]:
    import signal
    import time
    from datetime import UTC, datetime
    from pathlib import Path

    from flowmap.tools.capture.programs import output_of
    from flowmap.tools.capture.session import Session, record

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:  # which nohup has set
            signal.signal(number, interrupt)  # a service's stop ends it as well as Ctrl-C does
    lines = _Lines(enabled=not quiet)
    session = Session(
        lambda: datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        time.sleep,
        lines,
        output_of,
        Path("/sys/class/net"),
    )
    try:
        return record(found, plan, session)
    finally:
        lines.close()


class _Lines:
    """A live line for each member on a terminal; elsewhere nothing until the end."""

    def __init__(self, *, enabled: bool) -> None:
        import sys

        self._enabled = enabled and sys.stderr is not None and sys.stderr.isatty()
        self._shown = 0

    def __call__(self, seen: Mapping[str, MemberSeen]) -> None:
        import sys

        if not self._enabled:
            return
        lines = [said(_line(name, one)) for name, one in seen.items()]
        back = f"\x1b[{self._shown}A" if self._shown else ""
        sys.stderr.write(back + "".join(f"\x1b[2K{line}\n" for line in lines))
        sys.stderr.flush()
        self._shown = len(lines)

    def close(self) -> None:
        """Leave the last lines as they are."""
        self._enabled = False


def _line(name: str, seen: MemberSeen) -> Message:
    ports = ", ".join(str(port) for port, _ in seen.ports.most_common(3)) or msg("none yet")
    text = msg(
        "{member}: {packets} packets, {dropped} dropped by the NIC, {lacpdus} LACPDUs, migration ports: {ports}",
        member=name,
        packets=seen.packets,
        dropped=seen.dropped,
        lacpdus=seen.lacpdus,
        ports=ports,
    )
    return msg("{line} (the interface is gone)", line=text) if seen.gone else text


def _judge(manifest: Manifest, seen: Mapping[str, MemberSeen], plan: Plan) -> int:
    """Say whether it is worth sending."""
    from flowmap.analysis import analyze
    from flowmap.cli.values import in_force, load
    from flowmap.errors import CaptureError
    from flowmap.report.formats.files import write_for_terminal
    from flowmap.tools.capture.worth import complaints

    report = None
    try:
        report = analyze([plan.folder], in_force(load().settings)).report
    except (ConfigError, CaptureError) as error:
        say(error.message)
    for name, one in seen.items():
        say(_line(name, one))
    found = complaints(manifest, seen, report)
    lines: list[str] = [] if report is None else [str(said(report.answer.sentence))]
    if found:
        lines += [said(msg("Not worth sending yet:")), *(f"  - {said(one)}" for one in found)]
    else:
        lines.append(said(msg("Worth sending: the folder {folder}, whole.", folder=os.path.abspath(plan.folder))))
    write_for_terminal("-", "".join(f"{line}\n" for line in lines))
    return INCONCLUSIVE if found else 0
