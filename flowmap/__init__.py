"""flowmap: which NIC of a team carried each flow, and is that as it should be.

`analyze` and what it gives are the public API, with the exceptions; everything below the package is free to change.
"""

from __future__ import annotations

from flowmap.version import __version__

TYPE_CHECKING = False  # typing itself is not imported: until `flowmap.cli.main` runs, nothing catches an interrupt
if TYPE_CHECKING:
    from typing import Any, Unpack

    from flowmap.api import Analysis, AnalyzeSettings, Flows, Paths, Series, Streams
    from flowmap.errors import (
        CaptureError,
        ConfigError,
        FlowmapError,
        NotACapture,
        ReportError,
        UnreadableCapture,
        UnsupportedFormat,
    )

__all__ = [
    "Analysis",
    "AnalyzeSettings",
    "CaptureError",
    "ConfigError",
    "FlowmapError",
    "Flows",
    "NotACapture",
    "ReportError",
    "Series",
    "Streams",
    "UnreadableCapture",
    "UnsupportedFormat",
    "__version__",
    "analyze",
]


def analyze(paths: Paths, **settings: Unpack[AnalyzeSettings]) -> Analysis:
    """Analyze the captures of one team: which member carried each stream, and is that as it should be.

    Parameters: one path or several, each as on the command line: a capture, a folder, a pattern, or `NAME=PATH` for a member's
    name; or a mapping of members' names to the path or paths of each. Settings have the names and values of flowmap.toml:
    `local`, `speed`, `mode`, `algorithm`, `migration_port`, `streams`, `top`, `strict`, `jobs`, `decoder`, `thresholds`.
    `from_` and `to` are times, ISO 8601 text or UTC nanoseconds. No settings file and no environment variable is read for
    them. `anonymize`, a key file's path or 32 bytes, replaces all addresses and names, as `--anonymize` does.

    Returns the report with its tables `flows`, `streams` and `series`, which polars, DuckDB and pandas read. Inputs that cannot
    be read are in its `messages` and notices, as long as one can. Raises CaptureError where none can: UnreadableCapture for
    a path that is missing or may not be read, NotACapture, UnsupportedFormat; what is wrong with further inputs is in its
    notes. Raises ConfigError for a setting, a key, or a combination of inputs that cannot be used.

    >>> import flowmap
    >>> analysis = flowmap.analyze("captures/different-sources", speed="10G")
    >>> analysis.verdict, analysis.report.claims.spread.counts
    ('pass', {'hvT_nic1': 1, 'hvT_nic2': 3})
    >>> analysis.flows.rows, int(analysis.flows["packets"].sum())
    (8, 14588)
    >>> sorted(set(analysis.streams["placement"]))
    ['single']
    """
    from flowmap import api

    return api.analyze(paths, **settings)


def __getattr__(name: str) -> Any:
    """Load classes of results and exceptions when asked for: `import flowmap` alone stays quick."""
    if name in ("Analysis", "AnalyzeSettings", "Flows", "Series", "Streams"):
        from flowmap import api

        return getattr(api, name)
    if name in __all__:
        from flowmap import errors

        return getattr(errors, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
