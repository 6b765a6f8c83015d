"""What tshark reads in many captures, asked at once: it takes longer to start than to read any of them.

editcap copies the captures, and mergecap puts the copies behind one another, each with a frame before it that no capture has.
A capture that editcap does not read to its end is shown to tshark as it is, alone.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from builders import pcap

__all__ = ["rows_of"]

_MARK = bytes.fromhex("02666c6f776d02666c6f777388b5")
"""An Ethernet header: of local addresses, and of the EtherType for experiments."""
_MARKED = ["02:66:6c:6f:77:6d", "02:66:6c:6f:77:73"]
"""Its addresses, as tshark prints them."""


def rows_of(
    paths: Sequence[Path], options: Sequence[str], fields: Sequence[str], most: int = 0
) -> dict[Path, list[list[str]]]:
    """Values of the fields, a list per packet, of the first packets of each capture (0: of all)."""
    words = [*options, "-E", "occurrence=f", *(word for field in fields for word in ("-e", field))]
    limit = ["-c", str(most)] if most else []
    with tempfile.TemporaryDirectory() as folder:
        copies = {path: Path(folder, f"{number}.pcapng") for number, path in enumerate(paths)}
        whole = [path for path, copy in copies.items() if _copied(path, copy, most)]
        found = _joined([copies[path] for path in whole], Path(folder), words)
    rows = dict(zip(whole, found, strict=True))
    return {path: rows[path] if path in rows else _read(path, [*limit, *words]) for path in paths}


def _copied(path: Path, copy: Path, most: int) -> bool:
    """Whether all of it, or so many packets, could be copied."""
    command = [
        "editcap",
        "-F",
        "pcapng",
        *(["-r", str(path), str(copy), f"1-{most}"] if most else [str(path), str(copy)]),
    ]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _joined(copies: Sequence[Path], folder: Path, words: Sequence[str]) -> list[list[list[str]]]:
    """The rows of each copy."""
    mark, joined = folder / "mark.pcap", folder / "joined.pcapng"
    mark.write_bytes(pcap([(0, _MARK + bytes(46))]))
    behind_marks = [str(path) for copy in copies for path in (mark, copy)]
    subprocess.run(["mergecap", "-a", "-F", "pcapng", "-w", joined, *behind_marks], capture_output=True, check=True)
    found: list[list[list[str]]] = []
    for destination, source, *row in _read(joined, ["-e", "eth.dst", "-e", "eth.src", *words]):
        if [destination, source] == _MARKED:
            found.append([])
        else:
            found[-1].append(row)
    assert len(found) == len(copies)
    return found


def _read(path: Path, words: Sequence[str]) -> list[list[str]]:
    command = ["tshark", "-n", "-r", str(path), "-T", "fields", *words]
    lines = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120).stdout.splitlines()
    return [line.split("\t") for line in lines]
