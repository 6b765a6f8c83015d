"""What a batch run tells while it goes and at its end: summary line, log of JSON lines, webhook, exit code."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import signal
import stat
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from types import FrameType
from typing import Any

from flowmap.batch.known import changes_since, gone, new_problems, verdict_of
from flowmap.batch.run import Change, Result
from flowmap.cli.boundary import INCONCLUSIVE, OUTPUT, say, say_trace
from flowmap.cli.commands.batch.mail import FAIL, is_silent, mail, wakes
from flowmap.cli.commands.batch.options import BatchOptions
from flowmap.errors import ReportError
from flowmap.message import Message, encodable_parts, listed, msg, nmsg
from flowmap.report.formats.files import write_for_terminal
from flowmap.words import word

__all__ = ["Events", "Stop", "exit_code"]


class Stop:
    """Ends a run between two teams when a signal asks for it."""

    def __init__(self) -> None:
        self.number = 0

    def wanted(self) -> bool:
        """Return whether a signal came."""
        return self.number != 0

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Listen for SIGTERM, SIGHUP and an interrupt.

        The first lets the teams at hand finish, a second ends the run at once.
        """
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
                if _ends_in_a_line(path, self._log):
                    os.write(self._log, b"\n")
            except OSError as error:
                raise ReportError(
                    msg("{path}: cannot be written: {reason}", path=path, reason=error.strerror)
                ) from error
        return self

    def __exit__(self, *_: object) -> None:
        if self._log is not None and self._options.json_log != "-":
            os.close(self._log)

    def tell(self, change: Change) -> None:
        """Report that a team's run was analyzed."""
        line = _line(change)
        self._write_log(line)
        if self._options.verbose:
            say(
                msg(
                    "{team}: {verdict} ({seconds:.1f} s)",
                    team=change.team.name,
                    verdict=_said(change),
                    seconds=change.seconds,
                )
            )
        problem = change.unwritten or change.outcome.error
        if problem:
            say(msg("{team}: {problem}", team=change.team.name, problem=problem))
        if change.pageless:
            say(
                msg(
                    "{team}: the page could not be drawn, the next run tries again: {reason}",
                    team=change.team.name,
                    reason=change.pageless,
                )
            )
        if change.trace and self._options.verbose:
            say_trace(change.trace)
        if self._options.webhook and _differs(change):
            self._post(self._options.webhook, line)

    def _write_log(self, line: dict[str, Any]) -> None:
        """Write each line in one go, so that lines of two runs never mix."""
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
        """Post a change; a webhook that cannot be reached is given up for this run, for analyses must not wait for it."""
        from flowmap.batch.output.webhook import post

        failure = None if self.untold else post(url, line)
        if failure is not None:
            say(failure)
        if failure is not None or self.untold:
            self.untold += 1

    def post_again(self, changes: Iterable[Change]) -> None:
        """Post what an earlier run could not send to the webhook."""
        for change in changes:
            if self._options.webhook and _differs(change):
                self._post(self._options.webhook, _line(change))

    def end(self, result: Result, *, first: bool = False) -> None:
        """Send the mail, if anything changed.

        `first`: the ledger was empty, so the operator is waiting for an answer.
        """
        for complaint in (*result.complaints, *result.news.values()):
            say(complaint)
        if result.waiting and self._options.verbose:
            say(
                nmsg(
                    "{count} still being written: {teams}",
                    "{count} still being written: {teams}",
                    len(result.waiting),
                    teams=listed([team.name for team in result.waiting]),
                )
            )
        elif result.waiting and first:
            say(
                nmsg(
                    "{count} waits for the next run, for its captures changed within the last {seconds:g} seconds "
                    "(--settle 0 takes it now): {teams}",
                    "{count} wait for the next run, for their captures changed within the last {seconds:g} seconds "
                    "(--settle 0 takes them now): {teams}",
                    len(result.waiting),
                    seconds=self._options.settle,
                    teams=listed([team.name for team in result.waiting]),
                )
            )
        elif result.waiting and result.complaints and not result.changes:
            say(nmsg("{count} still being written", "{count} still being written", len(result.waiting)))
        if self.untold:
            say(
                nmsg(
                    "{count} change was not told to the webhook",
                    "{count} changes were not told to the webhook",
                    self.untold,
                )
            )
        if not is_silent(result, self._options):
            try:
                write_for_terminal("-", mail(result, self._options))
            except ReportError as error:
                self.failed = True
                say(error.message)


def _ends_in_a_line(path: str, log: int) -> bool:
    """Return whether a run left the log in the middle of a line, on a full disk or when it was killed."""
    if not stat.S_ISREG(os.fstat(log).st_mode) or not os.fstat(log).st_size:
        return False
    with contextlib.suppress(OSError), open(path, "rb") as file:  # it may be written, not read
        file.seek(-1, os.SEEK_END)
        return file.read(1) != b"\n"
    return False


def exit_code(result: Result, options: BatchOptions, *, failed: bool) -> int:
    """Return the code of the worst outcome that is not accepted; what could not be read counts as inconclusive."""
    if failed:
        return OUTPUT
    codes = {wakes(change, options) for change in result.changes}
    if (result.complaints or result.news) and options.level in ("inconclusive", "warning"):
        codes.add(INCONCLUSIVE)
    return FAIL if FAIL in codes else max(codes, default=0)


def _said(change: Change) -> Message:
    return msg("error") if change.outcome.error else word(change.outcome.verdict)


def _differs(change: Change) -> bool:
    before = change.before
    return before is None or verdict_of(before) != verdict_of(change.outcome)


def _line(change: Change) -> dict[str, Any]:
    outcome = change.outcome
    return {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "team": change.team.team,
        "run": change.team.run,
        "verdict": verdict_of(outcome),
        "pinned": outcome.pinned,
        "spread": outcome.spread,
        "exit_code": outcome.exit_code,
        "verdict_before": None if change.before is None else verdict_of(change.before),
        "summary": outcome.summary,
        "error": change.unwritten or outcome.error,
        "findings": list(outcome.findings),
        "new": new_problems(outcome, change.known),
        "gone": gone(outcome, change.known),
        "accepted": list(outcome.accepted),
        "accepted_changed": changes_since(outcome, change.known),
        "accepted_until_now": list(outcome.ended),
        "migration_bps": outcome.migration_bps,
        "balance_jain": outcome.jain,
        "members": outcome.members,
        "seconds": round(change.seconds, 3),
        **({"traceback": change.trace} if change.trace else {}),
    }
