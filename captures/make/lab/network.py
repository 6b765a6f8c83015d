"""Network namespaces joined by veth pairs, and an Open vSwitch of its own in those that are to switch.

Nothing of the host is touched: each Open vSwitch has its own database and run folder and the userspace datapath, so no kernel
module is needed. Whatever was begun is ended by `close`, by process id and by the name of the namespace.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

__all__ = ["Network"]

_SCHEMA = Path("/usr/share/openvswitch/vswitch.ovsschema")
_PATIENCE_S = 20
_SETTINGS = (
    ("ipv4/conf/all/arp_ignore", 1),
    ("ipv4/conf/all/rp_filter", 1),
    ("ipv6/conf/all/disable_ipv6", 1),
    ("ipv6/conf/default/disable_ipv6", 1),
)
"""The kernel sees what the userspace switch sees on a member; it must neither answer nor take it, or the host had all twice."""


class Network:
    """Namespaces by short names; the machine knows them with this process's number in front."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._prefix = f"fmlab{os.getpid()}"
        self._spaces: list[str] = []
        self._processes: list[subprocess.Popen[bytes]] = []

    def add(self, space: str) -> None:
        """Make a namespace, with its loopback up."""
        self._do(["ip", "netns", "add", self._prefix + space])
        self._spaces.append(space)
        for name, value in _SETTINGS:
            self.run(space, "sh", "-c", f"echo {value} > /proc/sys/net/{name}")
        self.run(space, "ip", "link", "set", "lo", "up")

    def join(self, space: str, name: str, other: str, other_name: str) -> None:
        """Lay a cable: a veth pair, without offloads, so that a capture shows what a wire would carry."""
        self._do(
            [
                "ip",
                "-n",
                self._prefix + space,
                "link",
                "add",
                name,
                "type",
                "veth",
                "peer",
                "name",
                other_name,
                "netns",
                self._prefix + other,
            ]
        )
        for where, end in ((space, name), (other, other_name)):
            self.run(where, "ethtool", "-K", end, "tso", "off", "gso", "off", "gro", "off", "tx", "off", "rx", "off")
            self.run(where, "ip", "link", "set", end, "up")

    def address(self, space: str, name: str, address: str, mac: str | None = None) -> None:
        """Give an interface its address."""
        if mac is not None:
            self.run(space, "ip", "link", "set", name, "address", mac)
        self.run(space, "ip", "address", "add", address, "dev", name)
        self.run(space, "ip", "link", "set", name, "up")

    def switch(self, space: str) -> None:
        """Start an Open vSwitch in the namespace."""
        run = self._runs(space)
        run.mkdir(parents=True)
        self._do(["ovsdb-tool", "create", str(run / "conf.db"), str(_SCHEMA)])
        database = f"unix:{run}/db.sock"
        self.start(space, "ovsdb-server", str(run / "conf.db"), f"--remote=p{database}", "--pidfile", "--no-chdir")
        self._until(run / "db.sock")
        self.run(space, "ovs-vsctl", f"--db={database}", "--no-wait", "init")
        self.start(space, "ovs-vswitchd", database, "--pidfile", "--no-chdir", "--disable-system")
        self._until(run / "ovs-vswitchd.pid")

    def configure(self, space: str, *words: str) -> None:
        """Run ovs-vsctl."""
        self.run(space, "ovs-vsctl", f"--db=unix:{self._runs(space)}/db.sock", *words)

    def run(self, space: str, *command: str, check: bool = True) -> str:
        """Run a program in a namespace to its end, and return what it prints."""
        return self._do(self.command(space, *command), space, check=check)

    def start(self, space: str, *command: str, log: Path | None = None) -> subprocess.Popen[bytes]:
        """Start a program in a namespace. It is ended with the network."""
        with (log or self.folder / f"{space}-{Path(command[0]).name}.log").open("ab") as out:
            process = subprocess.Popen(
                self.command(space, *command),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=self._environment(space),
            )
        self._processes.append(process)
        return process

    def command(self, space: str, *command: str) -> list[str]:
        """Return the whole command that runs a program in a namespace."""
        return ["ip", "netns", "exec", self._prefix + space, *command]

    def wait(self, processes: Sequence[subprocess.Popen[bytes]], patience_s: float) -> None:
        """Wait until processes have ended well."""
        for process in processes:
            if process.wait(patience_s):
                raise RuntimeError(f"a program failed: {' '.join(map(str, process.args))}")

    def close(self) -> None:
        """End all processes and remove all namespaces."""
        for process in reversed(self._processes):
            with suppress(OSError):
                process.send_signal(signal.SIGTERM)
        for process in self._processes:
            try:
                process.wait(_PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for space in self._spaces:
            subprocess.run(["ip", "netns", "del", self._prefix + space], check=False)
        self._processes, self._spaces = [], []

    def __enter__(self) -> Network:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _runs(self, space: str) -> Path:
        return self.folder / f"openvswitch-{space}"

    def _environment(self, space: str) -> dict[str, str]:
        run = str(self._runs(space))
        return os.environ | {"OVS_RUNDIR": run, "OVS_LOGDIR": run, "OVS_DBDIR": run, "OVS_SYSCONFDIR": run}

    def _do(self, command: Sequence[str], space: str = "", *, check: bool = True) -> str:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=self._environment(space), check=False
        )
        if check and done.returncode:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    def _until(self, path: Path) -> None:
        end = time.monotonic() + _PATIENCE_S
        while not path.exists():
            if time.monotonic() > end:
                raise RuntimeError(f"{path} did not appear")
            time.sleep(0.05)
