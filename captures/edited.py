#!/usr/bin/env python3
"""Captures edited from recorded ones: `python captures/edited.py [NAME...] [--out FOLDER]` writes FOLDER/NAME/.

What goes wrong with LACP, or takes a link of 10 Gbit/s, cannot be recorded everywhere. So frames of real captures are changed,
each recipe in one respect, and the rest of them stays as it was recorded. docs/questions.md says what flowmap finds in them.
Without a NAME all are written, into captures/edited/ (not under version control).
"""

from __future__ import annotations

import argparse
from pathlib import Path

from kit.recordings import write
from recipes import RECIPES

HERE = Path(__file__).resolve().parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(sorted(RECIPES)))
    parser.add_argument("--out", type=Path, default=HERE / "edited", help="folder to write into")
    given = parser.parse_args()
    unknown = sorted(set(given.names) - set(RECIPES))
    if unknown:
        parser.error(f"no recipe {', '.join(unknown)}")
    for name in given.names or sorted(RECIPES):
        write(given.out / name, RECIPES[name]())


if __name__ == "__main__":
    main()
