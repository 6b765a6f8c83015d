"""What a batch run tells while it goes and at its end: summary line, log of JSON lines, webhook, exit code."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import signal
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from types import FrameType
from typing import Any

from flowmap.batch.run import Change, Result
from flowmap.cli.batch_options import BatchOptions
from flowmap.cli.boundary import CONFIG, INCONCLUSIVE, OUTPUT, say, say_trace
from flowmap.cli.language import said
from flowmap.errors import ReportError
from flowmap.message import Message, encodable_parts, glue, listed, msg, nmsg
from flowmap.report.files import write_for_terminal
from flowmap.report.words import plain
from flowmap.verdict.words import word

__all__ = ["Events", "Stop", "exit_code"]

_FAIL = 1


class Stop:
    """Ends a run between two teams when a signal asks for it."""

    def __init__(self) -> None:
        self.number = 0

    def wanted(self) -> bool:
        """Whether a signal came."""
        return self.number != 0

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """SIGTERM, SIGHUP and an interrupt let the teams at hand be finished; a second one ends the run at once."""
        numbers = [n for name in ("SIGTERM", "SIGHUP", "SIGINT") if (n := getattr(signal, name, None)) is not None]
        before = {number: signal.getsignal(number) for number in numbers}

        def note(number: int, _frame: FrameType | None) -> None:
            self.number = number
            for one, handler in before.items():
                signal.signal(one, handler)
            say(msg("ending after the teams at hand (signal {number})", number=number))

        for number in numbers:
            signal.signal(number, note)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


class Events:
    """Tells of changes as they come."""

    def __init__(self, options: BatchOptions) -> None:
        self._options = options
        self._log: int | None = None
        self.untold = 0
        """Changes that the webhook did not hear of."""
        self.failed = False
        """Whether some of it could not be written."""

    def __enter__(self) -> Events:
        path = self._options.json_log
        if path == "-":
            self._log = sys.stdout.fileno()
        elif path is not None:
            try:
                self._log = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
            except OSError as error:
                raise ReportError(
                    msg("{path}: cannot be written: {reason}", path=path, reason=error.strerror)
                ) from error
        return self

    def __exit__(self, *_: object) -> None:
        if self._log is not None and self._options.json_log != "-":
            os.close(self._log)

    def tell(self, change: Change) -> None:
        """A team's run was analysed."""
        line = _line(change)
        self._write_log(line)
        if self._options.verbose:
            say(msg("{team}: {verdict} ({seconds:.1f} s)", team=change.team.name, verdict=_said(change),
                    seconds=change.seconds))  # fmt: skip
        problem = change.unwritten or change.outcome.error
        if problem:
            say(msg("{team}: {problem}", team=change.team.name, problem=problem))
        if change.trace and self._options.verbose:
            say_trace(change.trace)
        if self._options.webhook and _differs(change):
            self._post(self._options.webhook, line)

    def _write_log(self, line: dict[str, Any]) -> None:
        """One write for each line, so that lines of two runs never mix."""
        if self._log is None or self.failed:
            return
        data = json.dumps(encodable_parts(line), ensure_ascii=False).encode() + b"\n"
        try:
            if os.write(self._log, data) < len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            self._fail(str(self._options.json_log), error)

    def _fail(self, path: str, error: OSError) -> None:
        self.failed = True
        name = msg("standard output") if path == "-" else path
        say(msg("{name}: cannot be written: {reason}", name=name, reason=error.strerror or error))

    def _post(self, url: str, line: dict[str, Any]) -> None:
        """Once the webhook cannot be reached it is given up for this run: the analyses are not to wait for it."""
        from flowmap.batch.webhook import post

        failure = None if self.untold else post(url, line)
        if failure is not None:
            say(failure)
        if failure is not None or self.untold:
            self.untold += 1

    def post_again(self, changes: Iterable[Change]) -> None:
        """What an earlier run could not tell the webhook."""
        for change in changes:
            if self._options.webhook and _differs(change):
                self._post(self._options.webhook, _line(change))

    def end(self, result: Result) -> None:
        """The summary line, if anything changed."""
        for complaint in result.complaints:
            say(complaint)
        if result.waiting and self._options.verbose:
            say(nmsg("{count} still being written: {teams}", "{count} still being written: {teams}", len(result.waiting),
                     teams=listed([team.name for team in result.waiting])))  # fmt: skip
        elif result.waiting and result.complaints and not result.changes:
            say(nmsg("{count} still being written", "{count} still being written", len(result.waiting)))
        if self.untold:
            say(nmsg("{count} change was not told to the webhook", "{count} changes were not told to the webhook",
                     self.untold))  # fmt: skip
        if result.changes and not self._options.quiet and self._options.json_log != "-":
            try:
                write_for_terminal("-", plain(said(summary(result))) + "\n")
            except ReportError as error:
                self.failed = True
                say(error.message)


def exit_code(result: Result, fail_on: str, *, failed: bool) -> int:
    """Of the worst new verdict; a team or a folder that could not be read counts as inconclusive."""
    if failed:
        return OUTPUT
    codes = {INCONCLUSIVE if _code(change) > CONFIG else _code(change) for change in result.changes}
    if result.complaints:
        codes.add(INCONCLUSIVE)
    if _FAIL in codes and fail_on != "never":
        return _FAIL
    return INCONCLUSIVE if codes - {0, _FAIL} and fail_on == "inconclusive" else 0


def summary(result: Result) -> Message:
    """One line: how many teams are new, or runs where a team has several, and what is not as it should be."""
    new = len(result.changes)
    counted = {
        verdict: [c for c in result.changes if _verdict(c) == verdict] for verdict in ("fail", "inconclusive", "failed")
    }
    parts: list[str] = [
        nmsg("{count} team analysed of {found}", "{count} teams analysed of {found}", new, found=result.found)
        if result.found == result.teams
        else nmsg("{count} run analysed of {found}", "{count} runs analysed of {found}", new, found=result.found)
    ]
    passed = new - sum(map(len, counted.values()))
    if passed:
        parts.append(nmsg("{count} pass", "{count} pass", passed))
    for verdict, changes in counted.items():
        if changes:
            parts.append(_named(verdict, len(changes), listed(sorted(change.team.name for change in changes))))
    if result.waiting:
        parts.append(nmsg("{count} still being written", "{count} still being written", len(result.waiting)))
    return glue(*parts, between="; ")


def _named(verdict: str, number: int, teams: Message) -> Message:
    if verdict == "fail":
        return nmsg("{count} fail ({teams})", "{count} fail ({teams})", number, teams=teams)
    if verdict == "inconclusive":
        return nmsg("{count} inconclusive ({teams})", "{count} inconclusive ({teams})", number, teams=teams)
    return nmsg("{count} without an answer ({teams})", "{count} without an answer ({teams})", number, teams=teams)


def _code(change: Change) -> int:
    return change.outcome.exit_code


def _said(change: Change) -> Message:
    return msg("failed") if change.outcome.error else word(change.outcome.verdict)


def _verdict(change: Change) -> str:
    return "failed" if change.outcome.error else change.outcome.verdict


def _differs(change: Change) -> bool:
    before = change.before
    return before is None or (before.verdict, before.error is None) != (
        change.outcome.verdict,
        change.outcome.error is None,
    )


def _line(change: Change) -> dict[str, Any]:
    outcome = change.outcome
    return {
        "time": datetime.now(UTC).isoformat(timespec="seconds"), "team": change.team.team, "run": change.team.run,
        "verdict": outcome.verdict, "pinned": outcome.pinned, "spread": outcome.spread, "exit_code": outcome.exit_code,
        "verdict_before": None if change.before is None else change.before.verdict, "summary": outcome.summary,
        "error": change.unwritten or outcome.error, "findings": list(outcome.findings),
        "migration_bps": outcome.migration_bps, "balance_jain": outcome.jain, "members": outcome.members,
        "seconds": round(change.seconds, 3), **({"traceback": change.trace} if change.trace else {}),
    }  # fmt: skip
