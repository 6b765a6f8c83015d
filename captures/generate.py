#!/usr/bin/env python3
"""Write the sample captures and MANIFEST.toml: `python captures/generate.py [--out FOLDER]`. Same bytes each run.

The four recorded runs of `scenarios/lab.py` are not generated; their files are read from beside this script, for the
manifest's checksums.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from kit.entry import Entry, manifest
from scenarios import BUILDERS, lab_entries

HERE = Path(__file__).resolve().parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write into (default: beside this script)")
    out: Path = parser.parse_args().out
    entries: list[Entry] = []
    for builder in BUILDERS:
        built = builder()
        for entry in built:
            folder = out / (entry.folder or entry.id)
            folder.mkdir(parents=True, exist_ok=True)
            for name, file in entry.files.items():
                (folder / name).write_bytes(file.data)
        entries += built
    (out / "MANIFEST.toml").write_text(manifest([*entries, *lab_entries(HERE)]), encoding="utf-8")


if __name__ == "__main__":
    main()
