"""Captures read on the workers of a Dask cluster.

`tasks` and `pages` are what runs on a worker: they call what a thread of this process would. `dask_` is
a `Reader` of the pipeline that hands these tasks to a scheduler and turns all that may go wrong there into a ClusterError.
"""

from __future__ import annotations

import re

from flowmap.errors import ConfigError
from flowmap.message import msg

__all__ = ["check_address", "require_dask"]

_ADDRESS = re.compile(r"(?:(?:tcp|tls|ucx|ws|wss)://)?(?:\[[0-9A-Fa-f:.%]+\]|[^\s/:\[\]]+):[0-9]{1,5}")


def check_address(option: str, address: str) -> None:
    """Raise ConfigError for what cannot be the address of a scheduler.

    >>> check_address("--scheduler", "tcp://10.0.0.1:8786")
    """
    if not _ADDRESS.fullmatch(address):
        raise ConfigError(msg("{option} {address}: write it like tcp://HOST:8786", option=option, address=address))


def require_dask(option: str) -> None:
    """Raise ConfigError where the extra is missing, before anything is read."""
    from importlib.util import find_spec

    if find_spec("distributed") is None:
        raise ConfigError(
            msg("{what} needs the extra cluster: in a clone of flowmap, pip install '.[cluster]'", what=option)
        )
