"""What a scenario gives: files, how to analyze them, what must come out; and the manifest as TOML."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kit.scene import Scene
from kit.writers import pcap

__all__ = ["Entry", "File", "manifest", "pcaps"]


@dataclass(frozen=True)
class File:
    """A file's bytes and how many whole packets it holds. `readable` False: it is no capture, on purpose."""

    data: bytes
    packets: int
    readable: bool = True


@dataclass(frozen=True)
class Entry:
    """One run of `flowmap analyze ARGUMENTS` in `folder`: what it must give (`expect`) and by which rule (`why`)."""

    id: str
    number: int
    title: str
    made: str
    arguments: Sequence[str]
    why: str
    expect: Mapping[str, Any]
    files: Mapping[str, File] = field(default_factory=dict)
    folder: str = ""


def pcaps(scene: Scene, **how: Any) -> dict[str, File]:
    """One pcap per member, named after it."""
    return {f"{name}.pcap": File(pcap(packets, **how), len(packets)) for name, packets in scene.packets.items()}


_HEAD = """\
# The sample captures: files, how they were made, what `flowmap analyze` must say of them, and why.
# Written by generate.py; the expectations are stated beside the code that makes each capture (scenarios/*.py).
# arguments: of `flowmap analyze`, run in `folder`. README.md says what the keys of `expect` mean.
"""


def manifest(entries: Sequence[Entry]) -> str:
    """MANIFEST.toml."""
    parts = [_HEAD]
    files: Mapping[str, File] = {}
    for entry in entries:
        files = entry.files or files
        parts.append("\n[[scenario]]\n")
        head = {"id": entry.id, "number": entry.number, "title": entry.title, "folder": entry.folder or entry.id}
        head |= {"made": entry.made, "arguments": list(entry.arguments), "why": entry.why}
        parts += [f"{key} = {_value(value)}\n" for key, value in head.items()]
        parts.append("files = [\n")
        for name, file in sorted(files.items()):
            row = {"name": name, "sha256": hashlib.sha256(file.data).hexdigest(), "packets": file.packets}
            row |= {} if file.readable else {"readable": False}
            parts.append(f"    {_value(row)},\n")
        parts.append("]\n[scenario.expect]\n")
        parts += [_pair(key, value) for key, value in entry.expect.items()]
    return "".join(parts)


def _pair(key: str, value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return f"{key} = [\n" + "".join(f"    {_value(row)},\n" for row in value) + "]\n"
    return f"{key} = {_value(value)}\n"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Mapping):
        pairs = (f"{_key(key)} = {_value(item)}" for key, item in value.items())
        return "{ " + ", ".join(pairs) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_value, value)) + "]"
    return repr(value)


def _key(key: str) -> str:
    return key if key.replace("_", "").replace("-", "").isalnum() and key.isascii() else json.dumps(key)
