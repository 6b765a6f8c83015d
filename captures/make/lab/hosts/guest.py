"""The teamed host as a small guest with Linux's bonding driver: a Debian kernel, busybox, and a shell on its serial port.

Its NICs are tap devices in the switch's namespace, named like the members, and are recorded there: each is the host's end of a
cable. A cable is unplugged over QEMU's monitor, so that the driver loses its carrier as it would with a real one.
"""

from __future__ import annotations

import gzip
import lzma
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from machine import Machine, connected
from needs import kernel_of
from network import Network
from remotes import aggregate, wait_for_members
from route import Route

__all__ = ["BondingGuest"]

_MODULES = ("virtio_pci", "virtio_net", "bonding")
_INIT = Path(__file__).with_name("guest.sh")
_END = "end of answer"
_BLOCKS_A_SECOND = 20


class BondingGuest:
    """A guest with one bond. Commands run in it one after the other, those that end in `&` in its background."""

    space = "S"
    """The namespace in which its members are recorded."""

    def __init__(self, network: Network, team: Mapping[str, Any], path: Route, kernel: Path) -> None:
        self.members: Sequence[str] = team["members"]
        self._network, self._team, self._path = network, team, path
        found = kernel_of(kernel)
        assert found, "needs.missing asks for it"
        image, shell = network.folder / "initramfs.gz", network.folder / "guest.shell"
        image.write_bytes(_initramfs(network.folder / "initramfs", found[1]))
        self._machine = Machine(
            network,
            self.space,
            "guest",
            *("-m", "160", "-no-reboot", "-kernel", str(found[0]), "-initrd", str(image)),
            *("-append", "console=ttyS0 quiet panic=-1", "-serial", f"file:{network.folder / 'console.log'}"),
            *("-serial", f"unix:{shell},server=on,wait=off"),
            *_nics(self.members, team.get("speeds", {})),
        )
        self._shell = connected(shell)
        self._answers = self._shell.makefile("r", encoding="utf-8", errors="replace")
        self._until("guest ready")
        settings = {"mode": team["mode"], "miimon": "50"} | team.get("bonding", {})
        words = " ".join(f"{name}={value}" for name, value in settings.items())
        for member in self.members:
            network.run(self.space, "ip", "link", "set", member, "up")
        aggregate(network, "bond0", team, self.members)
        self.run(f"bond '{words}' {path.teamed}")

    def run(self, command: str) -> str:
        """Run a command in the guest, and return what it prints."""
        self._shell.sendall(f"{command}\necho '{_END}'\n".encode())
        return self._until(_END)

    def wait(self) -> None:
        """Wait until the switch uses the members that it is to use, and the first remote host answers."""
        wait_for_members(self._network, self.space, "to-bond0", self._team)
        self.run(f"until ping -c 1 -W 1 {self._path.remote(1)} >/dev/null 2>&1; do :; done")

    def _until(self, words: str) -> str:
        lines: list[str] = []
        while words not in (line := self._answers.readline()):
            if not line:
                raise RuntimeError("the guest has ended")
            lines.append(line)
        return "".join(lines)

    def show(self) -> dict[str, str]:
        """Return what the driver says of its bond."""
        return {"/proc/net/bonding/bond0": self.run("cat /proc/net/bonding/bond0")}

    def listen(self, route: Route, _: int) -> None:
        """Accept connections, and read them to their end."""
        self.run(f"nc -ll -p {route.port} -e /drain &")

    def send(self, route: Route, host: int, size: int, rate: int) -> None:
        """Send so many bytes to a remote host, so many a second."""
        block = rate // _BLOCKS_A_SECOND
        self.run(f'send {route.remote(host)} {route.port} {block} {-(-size // block)} & SENDERS="$SENDERS $!"')

    def finish(self) -> None:
        """Wait until all that was sent has arrived."""
        self.run("wait $SENDERS")

    def set_link(self, member: str, state: str) -> None:
        """Plug a member's cable in or out."""
        self._machine.ask("set_link", name=member, up=state == "up")


def _nics(members: Sequence[str], speeds: Mapping[str, int]) -> list[str]:
    words = []
    for number, member in enumerate(members, 1):
        words += ["-netdev", f"tap,id={member},ifname={member},script=no,downscript=no,vnet_hdr=off"]
        mac = f"52:54:00:00:0a:{number:02x}"
        speed = speeds.get(member, 10_000)
        words += ["-device", f"virtio-net-pci,netdev={member},mac={mac},speed={speed},duplex=full,romfile="]
    return words


def _initramfs(folder: Path, modules: Path) -> bytes:
    """Lay out the guest's files and return them packed: busybox, the modules in the order of their needs, the first program."""
    for name in ("bin", "modules", "proc", "sys", "dev"):
        (folder / name).mkdir(parents=True)
    for source, target in ((Path(shutil.which("busybox") or ""), folder / "bin" / "busybox"), (_INIT, folder / "init")):
        target.write_bytes(source.read_bytes())
        target.chmod(0o755)
    (folder / "drain").write_text("#!/bin/sh\ncat > /dev/null\n", encoding="ascii")
    (folder / "drain").chmod(0o755)
    for number, module in enumerate(_in_order(modules)):
        plain = lzma.decompress(module.read_bytes()) if module.suffix == ".xz" else module.read_bytes()
        (folder / "modules" / f"{number:02}-{module.name.partition('.')[0]}.ko").write_bytes(plain)
    names = "\n".join(str(path.relative_to(folder)) for path in sorted(folder.rglob("*")))
    packed = subprocess.run(
        ["busybox", "cpio", "-o", "-H", "newc"], cwd=folder, input=names.encode(), capture_output=True, check=True
    )
    return gzip.compress(packed.stdout, 1)


def _in_order(modules: Path) -> list[Path]:
    """Return the files of the modules, each behind those it depends on."""
    done: dict[str, Path] = {}

    def add(name: str) -> None:
        path = next(modules.rglob(f"{name}.ko*"), None)
        if name in done or path is None:  # what is built in has no file
            return
        needed = subprocess.run(["modinfo", "-F", "depends", path], capture_output=True, text=True, check=True).stdout
        for one in filter(None, needed.strip().split(",")):
            add(one)
        done[name] = path

    for name in _MODULES:
        add(name)
    return list(done.values())
