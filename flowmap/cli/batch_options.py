"""The options of `flowmap batch` as one value, checked before anything is read."""

from __future__ import annotations

import os
from dataclasses import dataclass

from flowmap.errors import ConfigError
from flowmap.message import msg

__all__ = ["BatchOptions"]

_LEVELS = ("fail", "inconclusive", "never")


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
    json_log: str | None
    wait: bool
    quiet: bool
    verbose: bool

    def check(self) -> None:
        """Refuse what cannot be meant."""
        from flowmap.capture.url import is_url, require_fsspec
        from flowmap.cluster import check_address, require_dask

        if self.fail_on not in _LEVELS:
            raise ConfigError(
                msg("--fail-on {value}: it is one of {known}", value=self.fail_on, known=", ".join(_LEVELS))
            )
        if self.webhook is not None and not self.webhook.startswith(("http://", "https://")):
            raise ConfigError(msg("--webhook: an address begins with http:// or https://"))
        if self.scheduler is not None:
            require_dask("--scheduler")
            check_address("--scheduler", self.scheduler)
        for folder in self.folders:
            if is_url(folder) and not os.path.isdir(folder):
                require_fsspec(folder)
            elif not os.path.isdir(folder):
                raise ConfigError(msg("{path}: no such folder", path=folder))
        if self.textfile is not None and os.path.isdir(self.textfile):
            raise ConfigError(msg("--textfile {path}: it is a folder; name a file in it", path=self.textfile))

    @property
    def ledger_path(self) -> str:
        """Where the ledger is."""
        return self.ledger or os.path.join(self.out, "ledger.sqlite")
