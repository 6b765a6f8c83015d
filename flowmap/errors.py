"""Exceptions flowmap raises on purpose.

    FlowmapError
      ConfigError            a setting, option or description that cannot be used
      CaptureError           an input; carries where it went wrong and what to do
        NotACapture          the bytes are of no capture format flowmap knows
        UnreadableCapture    missing, no permission, not a file
          InterruptedReading an I/O error, which may be gone the next time
        UnsupportedFormat    a known format that needs converting first
      ClusterError           workers could not do what was asked of them for one team
        ClusterUnusable      no scheduler, no workers, or workers with another flowmap: nothing can be done
      LedgerError            the ledger of a batch run cannot be used
        LockHeld             another run is at work on it
      ReportError            an output that could not be written

`cli` maps each class to one exit code; nothing else exits.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from flowmap.message import Message, glue, msg

__all__ = [
    "CaptureError",
    "ClusterError",
    "ClusterUnusable",
    "ConfigError",
    "FlowmapError",
    "InterruptedReading",
    "LedgerError",
    "LockHeld",
    "NotACapture",
    "ReportError",
    "UnreadableCapture",
    "UnsupportedFormat",
]


class FlowmapError(Exception):
    """Base of everything flowmap raises on purpose. `message` can be said in another language, `str` is English."""

    def __init__(self, message: Message) -> None:
        super().__init__(message)

    @property
    def message(self) -> Message:
        """What it was raised with."""
        said = self.args[0] if self.args else ""
        return said if isinstance(said, Message) else glue(str(said))


class ConfigError(FlowmapError):
    """A setting, option or description that cannot be used (exit 2)."""


class NameClash(ConfigError):
    """Two captures that would both be the member of one name."""


class CaptureError(FlowmapError):
    """An input that could not be read, or not to its end.

    `offset` is the byte offset in the capture, `packet_number` counts from 1, `needed` and `found` say what was expected
    there and what is, `length_source` which part of the capture claimed a length that does not hold (a record header, the
    section header), `hint` what the user can do. Unknown parts are None and left out of the message.
    """

    def __init__(
        self,
        path: str,
        reason: Message,
        *,
        offset: int | None = None,
        packet_number: int | None = None,
        needed: Message | None = None,
        found: Message | None = None,
        length_source: Message | None = None,
        hint: Message | None = None,
    ) -> None:
        self.path = path
        self.reason = reason
        self.offset = offset
        self.packet_number = packet_number
        self.needed = needed
        self.found = found
        self.length_source = length_source
        self.hint = hint
        self.detail = self._detail()
        super().__init__(msg("{path}: {reason}", path=path or '""', reason=self.detail))

    def __reduce__(self) -> tuple[Any, ...]:
        """Return what pickles need: errors travel between processes."""
        names = ("offset", "packet_number", "needed", "found", "length_source", "hint")
        return partial(type(self), self.path, self.reason, **{name: getattr(self, name) for name in names}), ()

    def _where(self) -> int | None:
        """Return the offset that the message names."""
        return self.offset

    def _detail(self) -> Message:
        """Return what is wrong, without whose it is."""
        said = self.reason
        if (offset := self._where()) is not None:
            said = msg("{said} at byte {offset}", said=said, offset=offset)
        if self.packet_number is not None:
            said = msg("{said} (packet {number})", said=said, number=self.packet_number)
        if self.needed is not None:
            said = msg("{said}; needed {needed}", said=said, needed=self.needed)
        if self.found is not None:
            said = msg("{said}; found {found}", said=said, found=self.found)
        if self.length_source is not None:
            said = msg("{said}, as {source} has it", said=said, source=self.length_source)
        return msg("{said}. {hint}", said=said, hint=self.hint) if self.hint is not None else said


class NotACapture(CaptureError):
    """The bytes are of no capture format flowmap knows. That is so of the whole file, so no place in it is said."""

    def _where(self) -> int | None:
        return self.offset or None


class UnreadableCapture(CaptureError):
    """Missing, no permission, not a regular file, or an I/O error."""


class InterruptedReading(UnreadableCapture):
    """The system failed while the capture was read: the same may be readable the next time."""


class MissingCapture(UnreadableCapture):
    """Nothing of that name is there, as far as can be told."""


class UnsupportedFormat(CaptureError):
    """A format flowmap knows by its magic but cannot read itself; the hint has the conversion command."""


class ClusterError(FlowmapError):
    """The workers of a cluster could not read a team's captures (exit 75): a file that they do not see, workers that died."""


class ClusterUnusable(ClusterError):
    """The cluster can do nothing for now: no scheduler answers, there are no workers, or they have another flowmap."""


class BeyondLimit(FlowmapError):
    """A team went beyond what a batch run lets it have, on a worker of a cluster."""


class LedgerError(FlowmapError):
    """The ledger of batch runs cannot be opened, read or written (exit 74)."""


class LockHeld(LedgerError):
    """Another batch run is at work on the same ledger (exit 75)."""


class ReportError(FlowmapError):
    """An output that could not be written (exit 74)."""
