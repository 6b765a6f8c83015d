"""Runs what records, and ends it well.

SIGTERM comes first, which lets dumpcap and tcpdump write what they hold, and their counts. Not an interrupt: what a shell
starts in the background, and all that starts in turn, may ignore it.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from flowmap.errors import ReportError
from flowmap.message import msg
from flowmap.report.formats.files import make_folder
from flowmap.tools.capture.check import complaint_of

__all__ = ["Recorder"]

_PATIENCE_S = 20
_DUMPCAP = re.compile(r"received/dropped on interface '(.+?)': (\d+)/(\d+)(?: \(\S*?flushed:(\d+))?")
_TCPDUMP = re.compile(r"(\d+) packets? dropped by (?:kernel|interface)")


class Recorder:
    """The programs that record. Each is in a process group of its own: Ctrl-C reaches this program alone, which ends them."""

    def __init__(self, commands: Sequence[Sequence[str]], log: Path) -> None:
        make_folder(str(log))
        self._logs = [log / f"recorder-{number}.log" for number in range(len(commands))]
        self._processes: list[subprocess.Popen[bytes]] = []
        try:
            for command, path in zip(commands, self._logs, strict=True):
                with path.open("wb") as out:
                    self._processes.append(
                        subprocess.Popen(
                            command,
                            stdin=subprocess.DEVNULL,
                            stdout=subprocess.DEVNULL,
                            stderr=out,
                            start_new_session=True,
                        )
                    )
        except OSError as error:  # a full disk, or a program that is gone
            self.end()
            name, reason = error.filename or log, error.strerror or error
            raise ReportError(msg("{name}: cannot be written: {reason}", name=name, reason=reason)) from error
        except BaseException:
            self.end()
            raise

    def all_ended(self) -> bool:
        """Return whether nothing is recorded any more."""
        return all(process.poll() is not None for process in self._processes)

    def any_failed(self) -> bool:
        """Return whether one ended by itself and not well: a full disk, a member that is gone."""
        return any(process.poll() not in (None, 0) for process in self._processes)

    def end(self) -> None:
        """End all of them and wait until their files are complete."""
        for process in self._processes:
            if process.poll() is None:
                with suppress(OSError):
                    process.terminate()
        for process in self._processes:
            try:
                process.wait(_PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def said(self) -> list[str]:
        """Return the last words of those that ended badly."""
        words = []
        for process, path in zip(self._processes, self._logs, strict=True):
            if process.returncode not in (0, None):
                words.append(complaint_of(str(process.args[0]), "\n".join(_lines(path)).encode()))  # type: ignore[index]
        return words

    def drops(self, members: Sequence[str]) -> dict[str, int | None]:
        """Return packets that were not recorded, by member, as the programs count them; None where they do not say.

        What dumpcap had not yet written when it was ended is not in it: the capture ends so much earlier.
        """
        found: dict[str, int | None] = dict.fromkeys(members)
        for number, path in enumerate(self._logs):
            text = "\n".join(_lines(path))
            for shown, _, dropped, flushed in _DUMPCAP.findall(text):
                name = shown.rpartition(": ")[2]  # 'Loopback: lo'
                if name in found:
                    found[name] = int(dropped) - int(flushed or 0)
            if (counts := _TCPDUMP.findall(text)) and len(self._logs) == len(members):
                found[members[number]] = sum(map(int, counts))
        return found

    def flushed(self) -> dict[str, int]:
        """Return the packets that dumpcap had not yet written when it was ended, by member. Its files count them as dropped."""
        text = "\n".join(line for path in self._logs for line in _lines(path))
        return {
            shown.rpartition(": ")[2]: int(count) for shown, _, _, count in _DUMPCAP.findall(text) if int(count or 0)
        }


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
