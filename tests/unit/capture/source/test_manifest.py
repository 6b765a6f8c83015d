"""What a manifest may name: files inside its own folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flowmap.capture.source.manifest import MANIFEST, SCHEMA, counters_in, descriptions_in


def folder_with(tmp_path: Path, **document: object) -> str:
    folder = tmp_path / "folder"
    (folder / "host").mkdir(parents=True)
    for name in ("a.txt", "b.txt"):
        (folder / "host" / name).touch()
    (tmp_path / "outside.txt").touch()
    (folder / MANIFEST).write_text(json.dumps({"schema": SCHEMA, **document}))
    return str(folder)


def test_files_of_the_folder_are_named(tmp_path: Path) -> None:
    counters = {"before": ["host/a.txt"], "after": ["host/b.txt", "host/gone.txt"]}
    folder = folder_with(tmp_path, descriptions=["host/b.txt", "host/a.txt"], counters=counters)
    assert descriptions_in(["elsewhere", folder, folder]) == (f"{folder}/host/b.txt", f"{folder}/host/a.txt")
    assert counters_in([folder]) == ((f"{folder}/host/a.txt",), (f"{folder}/host/b.txt",))


@pytest.mark.parametrize(
    "name", ["../outside.txt", "host/../../outside.txt", "/etc/passwd", "link.txt", "host", "a\0b", 7, None]
)
def test_nothing_outside_is(tmp_path: Path, name: object) -> None:
    folder = folder_with(tmp_path, descriptions=[name])
    (Path(folder) / "link.txt").symlink_to(tmp_path / "outside.txt")
    assert descriptions_in([folder]) == ()


@pytest.mark.parametrize(
    "text", ["", "[", "[]", "{}", '{"schema": "another/1", "descriptions": ["host/a.txt"]}', "[" * 100_000]
)
def test_what_is_no_manifest_says_nothing(tmp_path: Path, text: str) -> None:
    folder = folder_with(tmp_path)
    (Path(folder) / MANIFEST).write_text(text)
    assert descriptions_in([folder]) == ()
