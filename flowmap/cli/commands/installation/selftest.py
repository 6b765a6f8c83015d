"""`flowmap selftest`: whether this installation is whole."""

from __future__ import annotations

from flowmap.cli.boundary import guarded
from flowmap.cli.language import said
from flowmap.message import Message, msg

__all__ = ["selftest"]

_BROKEN = 70


def selftest() -> None:
    """Analyze two bundled captures and compare the outcome with what is known of them.

    Exit codes: 0; 70 something is not as it should be.
    """
    guarded(_run)


def _run() -> int:
    from flowmap.report.formats.files import write_for_terminal
    from flowmap.tools.selftest import Check, checks

    def line(check: Check) -> Message:
        if check.good:
            return msg("ok      {what}", what=check.what)
        if check.why is None:
            return msg("NOT ok  {what}", what=check.what)
        return msg("NOT ok  {what}: {why}", what=check.what, why=check.why)

    good = True
    for check in checks():
        write_for_terminal("-", f"{said(line(check))}\n")
        good &= check.good
    return 0 if good else _BROKEN
