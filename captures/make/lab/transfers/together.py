"""All transfers of a scenario at once: begun together, and waited for."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from hosts.switched import PROGRAM
from network import Network
from route import Route
from transfers.migration import Migration

__all__ = ["Host", "Transfers"]

_PATIENCE_S = 300


class Host(Protocol):
    """The teamed host, whatever it is made of."""

    space: str
    members: Sequence[str]

    def wait(self) -> None: ...
    def show(self) -> dict[str, str]: ...
    def listen(self, route: Route, number: int) -> None: ...
    def send(self, route: Route, host: int, size: int, rate: int) -> None: ...
    def finish(self) -> None: ...
    def set_link(self, member: str, state: str) -> None: ...


class Transfers:
    """To the teamed host, or from it where the scenario's `direction` is "out"; a migration where the route says so."""

    def __init__(self, network: Network, host: Host, scenario: Mapping[str, Any], paths: Sequence[Route]) -> None:
        self._network, self._host, self._scenario = network, host, scenario
        self._out = scenario.get("direction") == "out"
        self._plain = [path for path in paths if path.transfer == "tcp"]
        self._remotes = range(1, scenario["hosts"] + 1)
        self._processes: list[subprocess.Popen[bytes]] = []
        pairs = [(path, remote) for path in paths if path.transfer == "qemu" for remote in self._remotes]
        pairs = [pair for pair in pairs for _ in range(scenario.get("machines", 1))]
        self.migrations = [Migration(network, path, remote, number) for number, (path, remote) in enumerate(pairs)]

    def prepare(self) -> None:
        """Start whatever waits for a connection."""
        for migration in self.migrations:
            migration.prepare(self._scenario)
        for path in self._plain:
            if not self._out:
                self._host.listen(path, len(self._remotes))
            for remote in self._remotes if self._out else ():
                self._start(remote, "listen", str(path.port), "1")
        time.sleep(1)

    def begin(self) -> None:
        """Begin all of them."""
        for migration in self.migrations:
            migration.begin()
        size, rate = self._scenario.get("plain_size", self._scenario["size"]), self._scenario["rate"]
        for path in self._plain:
            for remote in self._remotes:
                if self._out:
                    self._host.send(path, remote, size, rate)
                else:
                    words = (path.remote(remote), path.teamed, str(path.port), str(size), str(rate))
                    self._start(remote, "send", *words)

    def _start(self, remote: int, *words: str) -> None:
        self._processes.append(self._network.start(f"R{remote}", *PROGRAM, *words))

    def look(self) -> bool:
        """Return whether all migrations are over."""
        over = [migration.over() for migration in self.migrations]
        return all(over)

    def finish(self) -> None:
        """Wait until all have ended."""
        end = time.monotonic() + _PATIENCE_S
        while not self.look():
            if time.monotonic() > end:
                raise RuntimeError("a migration does not end")
            time.sleep(0.2)
        self._network.wait(self._processes, _PATIENCE_S)
        self._host.finish()
