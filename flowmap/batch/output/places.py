"""Where in the output folder the reports of a team's run lie: names from captures made safe for any file system."""

from __future__ import annotations

import hashlib
import re

__all__ = ["FOLDER", "INDEX", "REPORTS", "report_folder"]

INDEX = "index.html"
REPORTS = ("report.html", "report.json")
"""What the folder of each team's run gets."""
FOLDER = "reports"
"""Below --out: all of them."""
_UNSAFE = re.compile(rb"[^A-Za-z0-9_.=+@,-]|^[.@-]|\.$")
_MOST_BYTES = 150
_RUN = "@"
"""Begins the folder of a run. No part of a team's name keeps a leading one, so no report lies inside another's folder: without
this the run `b` of the team `a` would hold the team `a/b`."""
_NO_RUN = "-"
"""No name is quoted to this: a leading hyphen never stays."""


def report_folder(team: str, run: str) -> str:
    """Return the folder below --out, with `/` between its parts. No two share one, and none lies inside another.

    >>> report_folder("site 1/host", "2026-05-01"), report_folder("host", "")
    ('reports/site%201/host/@2026-05-01', 'reports/host/-')
    """
    parts = [_safe(part) for part in team.split("/")]
    return "/".join([FOLDER, *parts, _RUN + _safe(run) if run else _NO_RUN])


def _safe(name: str) -> str:
    raw = name.encode("utf-8", "surrogateescape")
    quoted = _UNSAFE.sub(lambda match: b"".join(b"%%%02X" % byte for byte in match[0]), raw).decode("ascii") or "%"
    if len(quoted) <= _MOST_BYTES:
        return quoted
    return f"{quoted[: _MOST_BYTES - 20]}%{hashlib.sha256(raw).hexdigest()[:16]}"
