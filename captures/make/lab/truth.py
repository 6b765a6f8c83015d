"""What other programs say of a recording: Open vSwitch of its bonds, tshark of the packets."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["counted"]

_FIELDS = ("frame.interface_name", "ip.src", "tcp.srcport", "ip.dst", "tcp.dstport", "tcp.len", "vlan.id")


def counted(capture: Path) -> Mapping[str, Any]:
    """Packets by member, and packets and payload of each direction of a connection by member, as tshark dissects them."""
    command = ["tshark", "-n", "-r", str(capture), "-T", "fields", "-E", "occurrence=f"]
    for field in _FIELDS:
        command += ["-e", field]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    members: Counter[str] = Counter()
    flows: dict[tuple[str, ...], dict[str, dict[str, int]]] = {}
    for line in printed.splitlines():
        member, *ends, length, vlan = line.split("\t")
        members[member] += 1
        if not ends[1]:
            continue
        own = flows.setdefault((*ends, vlan), {}).setdefault(member, {"packets": 0, "payload_bytes": 0})
        own["packets"] += 1
        own["payload_bytes"] += int(length or 0)
    rows = [
        {"src": key[0], "src_port": int(key[1]), "dst": key[2], "dst_port": int(key[3]), "vlan": key[4], "members": own}
        for key, own in sorted(flows.items())
    ]
    return {"packets": dict(members), "flows": rows}
