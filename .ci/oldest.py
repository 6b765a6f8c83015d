"""Prints the oldest versions that pyproject.toml allows, as constraints for pip: `python .ci/oldest.py > oldest.txt`.

Of what the tests ask for, only what flowmap itself reads or writes for users is held at its oldest (its extras); pytest and
its like are the newest.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).parents[1] / "pyproject.toml"
OWN_EXTRAS = ("arrow", "cluster")
REQUIREMENT = re.compile(r"(?P<name>[\w.-]+)(?:\[[\w,-]+\])?>=(?P<oldest>[\w.]+)")


def oldest() -> Iterator[str]:
    """Yield NAME==VERSION for each requirement of flowmap and its own extras."""
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    every = [
        *project["dependencies"],
        *(one for extra in OWN_EXTRAS for one in project["optional-dependencies"][extra]),
    ]
    for text in every:
        parts = REQUIREMENT.fullmatch(text)
        if parts is None:
            raise SystemExit(f"{text}: give the oldest version, as NAME>=VERSION")
        yield f"{parts['name']}=={parts['oldest']}"


if __name__ == "__main__":
    print("\n".join(oldest()))
