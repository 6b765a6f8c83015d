"""Four recorded runs, kept beside the generated scenarios: real QEMU migrations over Open vSwitch bonds.

What must come out of them was taken down while they were recorded (QEMU's sockets, `ovs-appctl bond/show`, tshark's
counts); `recorded.json` holds it.
"""

from __future__ import annotations

import json
from pathlib import Path

from kit.entry import Entry, File

__all__ = ["entries"]


def entries(captures: Path) -> list[Entry]:
    """One entry per recorded run; its files are read from `captures`."""
    out = []
    for run in json.loads(Path(__file__).with_name("recorded.json").read_text(encoding="utf-8")):
        folder = captures / run["id"]
        files = {name: File((folder / name).read_bytes(), packets) for name, packets in run["packets"].items()}
        out.append(
            Entry(
                run["id"], 0, run["title"], run["made"], run["arguments"], run["why"], run["expect"], files, run["id"]
            )
        )
    return out
