"""A QEMU machine in a namespace, steered by its machine protocol (QMP)."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path
from typing import Any

from network import Network

__all__ = ["Machine", "connected"]

_PATIENCE_S = 300


class Machine:
    """A machine that QEMU emulates, without any device that is not asked for. It ends with the network."""

    def __init__(self, network: Network, space: str, name: str, *options: str) -> None:
        path = network.folder / f"{name}.qmp"
        self.process = network.start(
            space,
            "qemu-system-x86_64",
            *("-accel", "tcg", "-nodefaults", "-display", "none", "-qmp", f"unix:{path},server=on,wait=off"),
            *options,
            log=network.folder / f"{name}.log",
        )
        self._monitor = connected(path)
        self._lines = self._monitor.makefile("rb")
        self._lines.readline()  # the greeting
        self.ask("qmp_capabilities")

    def ask(self, command: str, **arguments: Any) -> Any:
        """Run a command and return its answer; events that come between are passed over."""
        order = {"execute": command, "arguments": {name.replace("_", "-"): value for name, value in arguments.items()}}
        self._monitor.sendall(json.dumps(order).encode() + b"\n")
        while line := self._lines.readline():
            answer = json.loads(line)
            if "error" in answer:
                raise RuntimeError(f"{command}: {answer['error']['desc']}")
            if "return" in answer:
                return answer["return"]
        raise RuntimeError(f"{command}: the machine has ended")


def connected(path: Path) -> socket.socket:
    """Return a connection to a socket that a program has just begun to make."""
    end = time.monotonic() + _PATIENCE_S
    while True:
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(str(path))
        except OSError:
            connection.close()
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            connection.settimeout(_PATIENCE_S)
            return connection
