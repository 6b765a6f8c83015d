"""Captures read on the workers of a Dask cluster.

`tasks` is what runs on a worker: it calls what a thread of this process would. `dask_` is a `Reader` of the pipeline that hands
these tasks to a scheduler and turns all that may go wrong there into a ClusterError.
"""

from __future__ import annotations

from flowmap.errors import ConfigError
from flowmap.message import msg

__all__ = ["require_dask"]


def require_dask(option: str) -> None:
    """Raise ConfigError where the extra is missing, before anything is read."""
    from importlib.util import find_spec

    if find_spec("distributed") is None:
        raise ConfigError(
            msg("{what} needs the extra cluster: pip install 'flowmap[cluster]', or '.[cluster]' in a clone", what=option)
        )
