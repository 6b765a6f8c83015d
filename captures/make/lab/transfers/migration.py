"""A live migration of a QEMU machine from a remote host to the teamed one, and what QEMU says of it.

The machine has no system and stands still: its memory has a piece that is not zero, which migrates page by page as a running
one's.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from machine import Machine
from network import Network
from route import Route

__all__ = ["Migration"]

_MEMORY_MB = 48
_FILLED_FROM = 16 << 20


class Migration:
    """One machine, and the one that takes it over. It listens on a port of its own, as libvirt has it."""

    def __init__(self, network: Network, route: Route, host: int, number: int) -> None:
        self._network, self._route, self._host = network, route, host
        self.port = route.port + number
        self.sockets: set[tuple[str, int]] = set()

    def prepare(self, scenario: Mapping[str, Any]) -> None:
        """Start both machines and let one wait for the other's state."""
        name = f"vm{self.port}"
        payload = _payload(self._network.folder, scenario["size"])
        common = ("-m", str(_MEMORY_MB), "-S")
        filled = f"loader,file={payload},addr={_FILLED_FROM:#x},force-raw=on"
        self._source = Machine(self._network, f"R{self._host}", f"{name}-source", *common, "-device", filled)
        self._target = Machine(self._network, "T", f"{name}-target", *common, "-incoming", "defer")
        channels = scenario.get("multifd", 0)
        if channels:
            for machine in (self._source, self._target):
                wanted = {"capability": "multifd", "state": True}
                machine.ask("migrate-set-capabilities", capabilities=[wanted])
                machine.ask("migrate-set-parameters", multifd_channels=channels)
        self._source.ask("migrate-set-parameters", max_bandwidth=scenario["rate"])
        self._target.ask("migrate-incoming", uri=self._uri)

    @property
    def _uri(self) -> str:
        return f"tcp:{self._route.teamed}:{self.port}"

    def begin(self) -> None:
        """Let the machine move."""
        self._source.ask("migrate", uri=self._uri)

    def over(self) -> bool:
        """Return whether the machine has moved; look at the sockets it uses meanwhile."""
        words = ("ss", "-Htn", "dst", self._route.teamed, "dport", "=", f":{self.port}")
        for line in self._network.run(f"R{self._host}", *words).splitlines():
            address, _, port = line.split()[3].rpartition(":")
            self.sockets.add((address, int(port)))
        status = self._source.ask("query-migrate").get("status")
        if status in ("failed", "cancelled"):
            raise RuntimeError(f"the migration to {self._uri} ended as {status}")
        return bool(status == "completed")

    def told(self) -> dict[str, Any]:
        """Return what QEMU says of it at the end; the bytes are those of the memory, without the rest of the state."""
        answer = self._source.ask("query-migrate")
        return {
            "source": self._route.remote(self._host),
            "target": self._route.teamed,
            "target_port": self.port,
            "status": answer["status"],
            "total_time_ms": answer["total-time"],
            "memory_bytes": answer["ram"]["transferred"],
            "multifd_bytes": answer["ram"]["multifd-bytes"],
            "sockets": [list(one) for one in sorted(self.sockets)],
        }


def _payload(folder: Path, size: int) -> Path:
    path = folder / "memory"
    if not path.exists():
        path.write_bytes(b"\x5a" * size)
    return path
