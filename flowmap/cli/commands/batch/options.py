"""The options of `flowmap batch` as one value, checked before anything is read."""

from __future__ import annotations

import os

from flowmap.dataclass import dataclass
from flowmap.errors import ConfigError
from flowmap.message import msg

__all__ = ["BatchOptions"]

_LEVELS = ("warning", "fail", "inconclusive", "never")
_NEW = "new"


@dataclass(frozen=True)
class BatchOptions:
    """As given; see `flowmap batch --help`. Raises ConfigError for what cannot be meant."""

    folders: list[str]
    out: str
    ledger: str | None
    layout: str | None
    textfile: str | None
    webhook: str | None
    jobs: int | None
    scheduler: str | None
    since: str | None
    settle: float
    time_limit: float
    memory_limit: str
    fail_on: str
    again: list[str]
    json_log: str | None
    wait: bool
    quiet: bool
    verbose: bool

    def check(self) -> None:
        """Refuse what cannot be meant."""
        from flowmap.batch.captures.nothing import among_reports
        from flowmap.capture.source.url import is_url, require_fsspec
        from flowmap.cluster import check_address, require_dask

        words = self.fail_on.split(",")
        if not {*words} <= {*_LEVELS, _NEW} or len({*words} - {_NEW}) > 1 or len(words) != len({*words}):
            raise ConfigError(
                msg(
                    "--fail-on {value}: it is one of {known}, or such a one with ,{new} behind",
                    value=self.fail_on,
                    known=", ".join([*_LEVELS, _NEW]),
                    new=_NEW,
                )
            )
        if self.webhook is not None and not _is_address(self.webhook):
            raise ConfigError(msg("--webhook: an address is like https://HOST/PATH, with a host and without blanks"))
        if self.scheduler is not None:
            require_dask("--scheduler")
            check_address("--scheduler", self.scheduler)
        for folder in self.folders:
            if is_url(folder) and not os.path.isdir(folder):
                require_fsspec(folder)
            elif not os.path.isdir(folder):
                raise ConfigError(msg("{path}: no such folder", path=folder))
            elif os.path.realpath(folder) == os.path.realpath(
                self.out
            ):  # what is in it is left out: nothing would be found
                raise ConfigError(
                    msg(
                        "--out {out}: is the folder of the captures itself; name another, or a new one in it",
                        out=self.out,
                    )
                )
        if not os.path.exists(self.ledger_path) and (left := among_reports(self.out, self.folders)) is not None:
            raise ConfigError(left)
        if self.textfile is not None and os.path.isdir(self.textfile):
            raise ConfigError(msg("--textfile {path}: it is a folder; name a file in it", path=self.textfile))

    @property
    def level(self) -> str:
        """The mildest outcome that is an exit code."""
        return next((word for word in self.fail_on.split(",") if word != _NEW), "inconclusive")

    @property
    def only_new(self) -> bool:
        """Whether only what was not there before is one."""
        return _NEW in self.fail_on.split(",")

    @property
    def ledger_path(self) -> str:
        """Where the ledger is."""
        return self.ledger or os.path.join(self.out, "ledger.sqlite")


def _is_address(text: str) -> bool:
    """Return whether something can be posted there: better refused now than after a night's work."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:  # no port, half an IPv6 address
        return False
    return parts.scheme in ("http", "https") and bool(host) and text.isascii() and not any(c <= " " for c in text)
