"""What a machine must have before a scenario can be built on it, and the Debian package that brings it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

__all__ = ["kernel_of", "missing"]

_ALWAYS = {
    "ip": "iproute2",
    "tc": "iproute2",
    "ss": "iproute2",
    "ethtool": "ethtool",
    "ovsdb-tool": "openvswitch-switch",
    "ovsdb-server": "openvswitch-switch",
    "ovs-vswitchd": "openvswitch-switch",
    "ovs-vsctl": "openvswitch-switch",
    "ovs-appctl": "openvswitch-switch",
    "dumpcap": "wireshark-common",
    "tshark": "tshark",
}
_MIGRATION = {"qemu-system-x86_64": "qemu-system-x86"}
_GUEST = {"busybox": "busybox-static", "modinfo": "kmod"} | _MIGRATION


def missing(scenarios: Iterable[Mapping[str, Any]], kernel: Path) -> str | None:
    """Return why these scenarios cannot be built on this machine; None where they can."""
    scenarios = list(scenarios)
    guest = any(scenario.get("host") == "bonding" for scenario in scenarios)
    programs = _ALWAYS | (_MIGRATION if any(_migrates(scenario) for scenario in scenarios) else {})
    programs |= _GUEST if guest else {}
    if absent := [f"{program} (package {package})" for program, package in programs.items() if not _there(program)]:
        return f"not installed: {', '.join(absent)}"
    if os.geteuid():
        return "it needs root, for network namespaces"
    if not Path("/dev/net/tun").exists():
        return "there is no /dev/net/tun, which the switch's own ports need"
    if guest and kernel_of(kernel) is None:
        return f"no boot/vmlinuz-* with lib/modules/*/**/bonding.ko in {kernel}: see --kernel"
    name = f"fmlab{os.getpid()}probe"
    if subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False).returncode:
        return "network namespaces cannot be made here"
    subprocess.run(["ip", "netns", "del", name], check=False)
    return None


def _there(program: str) -> bool:
    return shutil.which(program) is not None


def _migrates(scenario: Mapping[str, Any]) -> bool:
    return "qemu" in {scenario.get("transfer"), *(vlan.get("transfer") for vlan in scenario.get("vlans", {}).values())}


def kernel_of(folder: Path) -> tuple[Path, Path] | None:
    """Return the kernel and the folder of its modules among what a Debian kernel package holds, or None."""
    for kernel in sorted(folder.glob("boot/vmlinuz-*"), reverse=True):
        modules = folder / "lib" / "modules" / kernel.name.removeprefix("vmlinuz-")
        if next(modules.rglob("bonding.ko*"), None):
            return kernel, modules
    return None
