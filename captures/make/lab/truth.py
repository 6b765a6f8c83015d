"""What other programs say of a recording: tshark of its packets, and which versions of them."""

from __future__ import annotations

import platform
import subprocess
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["counted", "made_with"]

_FIELDS = (
    *("frame.interface_name", "frame.time_relative", "frame.len"),
    *("ip.src", "tcp.srcport", "ip.dst", "tcp.dstport", "vlan.id", "vxlan.vni", "tcp.len"),
)


def counted(capture: Path) -> Mapping[str, Any]:
    """Return packets by member, and packets and payload of each direction of a connection by member, as tshark dissects them.

    Of addresses the innermost counts, so that a connection in a tunnel is the one that the hosts have.
    """
    command = ["tshark", "-n", "-r", str(capture), "-T", "fields", "-E", "occurrence=l"]
    for field in _FIELDS:
        command += ["-e", field]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    members: Counter[str] = Counter()
    flows: dict[tuple[str, ...], dict[str, dict[str, float]]] = {}
    for line in printed.splitlines():
        member, at, size, *key, length = line.split("\t")
        members[member] += 1
        if not key[1]:
            continue
        own = flows.setdefault(tuple(key), {}).setdefault(
            member, {"first_s": float(at), "packets": 0, "wire_bytes": 0, "payload_bytes": 0}
        )
        own["first_s"] = min(own["first_s"], float(at))
        own["packets"] += 1
        own["wire_bytes"] += int(size)
        own["payload_bytes"] += int(length or 0)
    names = ("src", "src_port", "dst", "dst_port", "vlan", "vni")
    rows = [
        {name: int(text) if name.endswith("port") else text for name, text in zip(names, key, strict=True)}
        | {"members": own}
        for key, own in sorted(flows.items())
    ]
    return {"packets": dict(members), "flows": rows}


def made_with() -> Mapping[str, str]:
    """Return the versions of what made and counted the recording; of QEMU only where it is installed."""
    told = {"kernel": platform.release()}
    for program in ("ovs-vswitchd", "dumpcap", "tshark", "qemu-system-x86_64"):
        try:
            done = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
        except FileNotFoundError:
            continue
        told[program] = done.stdout.splitlines()[0]
    return told
